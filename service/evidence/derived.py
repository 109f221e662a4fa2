"""Working copies derived from evidence: small pictures, and clips that every browser plays.

They lie in `derived/` beside `evidence/`, are named by the hash of their original, can be thrown
away at any time, and are made again when somebody looks. Originals are only read.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import structlog

from litterwatch.camera_adapters.viewing_copy import write_viewing_copy
from litterwatch.detector.errors import EvidenceError, EvidenceUnavailable, LitterwatchError
from litterwatch.service.evidence.sealed import require_size
from litterwatch.service.evidence.tables import EvidenceRow
from litterwatch.service.texts import N_

FOLDER: Final = "derived"
PREVIEW_WIDTH: Final = 480
"""Of small pictures, px."""

_PLAYED_BY_BROWSERS: Final = frozenset({"h264"})
_QUALITY: Final = 80
_log = structlog.get_logger(__name__)


class CopyState(StrEnum):
    """What can be played of a clip."""

    ORIGINAL = "original"
    READY = "ready"
    MAKING = "making"
    FAILED = "failed"


class DerivedFiles:
    """Makes copies and knows where they are.

    Args:
        root: the data folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="viewing-copy")
        self._lock = threading.Lock()
        self._making: set[str] = set()
        self._failed: set[str] = set()

    def close(self) -> None:
        """Wait for the copy at hand; those that wait are not begun."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def preview(self, row: EvidenceRow) -> Path:
        """A small picture of a still; made at once, which takes some ms.

        Raises:
            EvidenceError: the still is not what was stored, or the copy cannot be written.
        """
        path = self._path(row, ".jpg")
        if not path.exists():
            original = require_size(self._root, row)
            self._write(path, lambda part: _write_preview(original, part))
        return path

    def playable(self, row: EvidenceRow, codec: str | None) -> tuple[CopyState, Path | None]:
        """What a browser is given for a clip; where it needs a copy, one is made behind the scenes.

        Raises:
            EvidenceIntegrityError: the clip is not what was stored.
        """
        if codec in _PLAYED_BY_BROWSERS and row.media_type == "video/mp4":
            return CopyState.ORIGINAL, require_size(self._root, row)
        path = self._path(row, ".mp4")
        if path.exists():
            return CopyState.READY, path
        original = require_size(self._root, row)
        with self._lock:
            if row.sha256 in self._failed:
                return CopyState.FAILED, None
            if row.sha256 not in self._making:
                self._making.add(row.sha256)
                self._worker.submit(self._make_copy, row.sha256, original, path)
        return CopyState.MAKING, None

    def _make_copy(self, sha256: str, original: Path, path: Path) -> None:
        failed = True
        try:
            self._write(path, lambda part: write_viewing_copy(original, part))
            failed = False
        except LitterwatchError as error:
            _log.warning("no viewing copy", clip=sha256, why=str(error))
        finally:
            with self._lock:
                self._making.discard(sha256)
                if failed:
                    self._failed.add(sha256)

    def _path(self, row: EvidenceRow, suffix: str) -> Path:
        return self._root / FOLDER / row.sha256[:2] / f"{row.sha256}{suffix}"

    def _write(self, path: Path, make: Callable[[Path], None]) -> None:
        part = path.with_name(f"{path.stem}.{threading.get_ident()}.part{path.suffix}")
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            make(part)
            part.chmod(0o640)  # personal data, as the original
            part.replace(path)
        except OSError as error:
            raise EvidenceError(
                f"A working copy cannot be written ({error.strerror}): check the data folder."
            ) from error
        finally:
            part.unlink(missing_ok=True)


def _write_preview(original: Path, into: Path) -> None:
    picture = cv2.imread(str(original), cv2.IMREAD_COLOR)
    if picture is None:
        raise EvidenceUnavailable(N_("This picture cannot be read."))
    height, width = picture.shape[:2]
    scale = min(1.0, PREVIEW_WIDTH / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    into.write_bytes(encoded.tobytes())
