"""Starts the decoder in a process of its own and believes nothing but its short answer."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import EvidenceDiskFull, NotAllowed

_DECODER: Final = Path(__file__).with_name("decoder.py")
_LONGEST_ANSWER: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What an upload may be, and what its decoder may use.

    Attributes:
        size: of the file, bytes.
        pixels: of one picture.
        seconds: of a video.
        side: longest side of the clean copy, px.
        cpu: time of the decoder, s.
        memory: of the decoder, bytes.
        output: of the clean copy, bytes.
    """

    size: int = 100 << 20
    pixels: int = 40_000_000
    seconds: int = 180
    side: int = 1920
    cpu: int = 120
    memory: int = 3 << 30
    output: int = 200 << 20


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean copy of an upload.

    Attributes:
        suffix, media_type: of the copy.
        metadata: what the upload said about itself, JSON; personal data.
    """

    suffix: str
    media_type: str
    metadata: str


def clean_copy(upload: Path, into: Path, limits: UploadLimits) -> Cleaned:
    """Decode an upload and write a copy of it that holds nothing but its pictures.

    Args:
        upload: the file as it came.
        into: where the copy goes; a new file.
        limits: what is accepted.

    Raises:
        NotAllowed: it is no picture or video that is accepted; the text says why.
        EvidenceDiskFull: there was no room for the copy.
    """
    numbers = {name: value for name, value in asdict(limits).items() if name != "size"}
    command = [sys.executable, "-I", str(_DECODER), str(upload), str(into), json.dumps(numbers)]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, no shell, paths of our own making
            command,
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.cpu * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotAllowed("The file takes too long to decode: send a shorter one.") from None
    answer = _answer(ended.stdout) if ended.returncode == 0 else {"refused": "it broke the decoder"}
    if answer.get("refused") == "full":
        raise EvidenceDiskFull("No room for the copy of the upload: free space, then try again.")
    if "refused" in answer:
        raise NotAllowed(f"The file is not accepted: {answer['refused']}.")
    if not into.is_file() or into.stat().st_size == 0:
        raise NotAllowed("The file is not accepted: nothing can be shown of it.")
    is_picture = answer.get("kind") == "picture"
    return Cleaned(
        ".jpg" if is_picture else ".mp4",
        "image/jpeg" if is_picture else "video/mp4",
        json.dumps(answer.get("metadata", {}), ensure_ascii=False, sort_keys=True),
    )


def _answer(output: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(output[:_LONGEST_ANSWER])
    except ValueError:
        return {"refused": "it broke the decoder"}
    return answer if isinstance(answer, dict) else {"refused": "it broke the decoder"}
