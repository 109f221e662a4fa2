"""Decodes one uploaded file and writes a clean copy: run as a program of its own, by its path.

Hostile files are decoded here and nowhere else. The process has no environment, no network where
the kernel allows taking it away, little memory and time, and can write one file. It imports
nothing of litterwatch, so that it can be started isolated (`python -I`).

    decoder.py INPUT OUTPUT LIMITS    LIMITS and the answer on stdout are JSON
"""

import ctypes
import errno
import json
import resource
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

_GPS = 0x8825  # the part of a picture's metadata that says where it was taken
_NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


def confine(limits: dict[str, int]) -> None:
    """Take away what decoding does not need; called before a byte of the file is read."""
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"]))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["output"], limits["output"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Without privileges this may be refused; then the rules below still hold.
    ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER_AND_NETWORK)

    def refuse(event: str, _: object) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(event)

    sys.addaudithook(refuse)


def give_up(why: str) -> NoReturn:
    """Say why the file is refused, for people."""
    sys.stdout.write(json.dumps({"refused": why}))
    raise SystemExit(0)


def clean_picture(content: bytes, output: Path, limits: dict[str, int]) -> dict[str, Any]:
    """A JPEG of the picture as displayed, with nothing of the metadata."""
    import io  # noqa: PLC0415 - heavy modules are loaded once the process is confined

    from PIL import Image, ImageOps  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = None  # the size is looked at below, before anything is decoded
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as opened:
        if opened.width * opened.height > limits["pixels"]:
            give_up("too many pixels")
        told = {str(tag): str(value)[:200] for tag, value in opened.getexif().items()}
        gps = {
            str(tag): str(value)[:200] for tag, value in opened.getexif().get_ifd(0x8825).items()
        }
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((limits["side"], limits["side"]))
    upright.info = {}
    upright.save(output, "JPEG", quality=92)
    return {
        "kind": "picture",
        "width": upright.width,
        "height": upright.height,
        "metadata": {**told, **({"gps": gps} if gps else {})},
    }


def clean_video(path: Path, output: Path, limits: dict[str, int]) -> dict[str, Any]:
    """An H.264 copy of every frame, without sound and metadata."""
    import av  # noqa: PLC0415

    with av.open(str(path)) as source:
        if not source.streams.video:
            give_up("no video in it")
        stream = source.streams.video[0]
        if stream.width * stream.height > limits["pixels"] or not stream.width:
            give_up("too many pixels")
        told = {str(key): str(value)[:200] for key, value in source.metadata.items()}
        frames, last = _copy(source, stream, output, limits)
    if frames == 0:
        give_up("no picture in it")
    return {"kind": "video", "frames": frames, "seconds": last, "metadata": told}


def _copy(source: Any, stream: Any, output: Path, limits: dict[str, int]) -> tuple[int, float]:
    import av  # noqa: PLC0415

    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    scale = min(1.0, limits["side"] / max(stream.width, stream.height))
    width, height = (max(2, int(side * scale) // 2 * 2) for side in (stream.width, stream.height))
    frames, last = 0, -1
    with av.open(str(output), "w", format="mp4", options=options) as target:
        made: Any = target.add_stream("libx264", rate=30)
        made.width, made.height, made.pix_fmt = width, height, "yuv420p"
        made.codec_context.time_base = Fraction(1, 90_000)
        made.codec_context.thread_count = 1
        made.codec_context.max_b_frames = 0
        made.options = {"preset": "veryfast", "crf": "24"}
        for frame in source.decode(stream):
            if (frame.time or 0.0) > limits["seconds"]:
                give_up("longer than allowed")
            picture = frame.reformat(width=width, height=height, format="yuv420p")
            last = max(last + 1, round((frame.time or 0.0) * 90_000))
            picture.pts, picture.time_base = last, Fraction(1, 90_000)
            target.mux(made.encode(picture))
            frames += 1
        target.mux(made.encode(None))
    return frames, last / 90_000


def main(source: str, output: str, limits: dict[str, int]) -> None:
    """Decode, copy, answer."""
    confine(limits)
    path = Path(source)
    with path.open("rb") as file:
        start = file.read(16)
    is_picture = (
        start[:3] == b"\xff\xd8\xff"
        or start[:8] == b"\x89PNG\r\n\x1a\n"
        or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")
    )
    is_video = start[4:8] in (b"ftyp", b"moov") or start[:4] == b"\x1aE\xdf\xa3"
    try:
        if is_picture:
            answer = clean_picture(path.read_bytes(), Path(output), limits)
        elif is_video:
            answer = clean_video(path, Path(output), limits)
        else:
            give_up("neither a picture nor a video that is accepted")
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes is a refusal
        if getattr(error, "errno", None) == errno.ENOSPC:
            give_up("full")
        give_up(f"cannot be decoded ({type(error).__name__})")
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
