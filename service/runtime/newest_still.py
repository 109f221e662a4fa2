"""The newest picture of a live camera as a file, for people who ask how the camera is."""

import os
from pathlib import Path
from typing import Final

import cv2
import structlog

from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Frame

FOLDER: Final = "live"
"""In the data folder; each file is overwritten by the next and belongs in no backup."""

EVERY: Final = 10.0
"""Seconds between two pictures."""

_QUALITY: Final = 75
_log = structlog.get_logger(__name__)


class NewestStill:
    """Keeps one camera's newest picture, at the size it is analysed in.

    Args:
        root: the data folder.
        camera_id: whose.
        clock: the host's.
    """

    def __init__(self, root: Path, camera_id: str, clock: Clock) -> None:
        self._path = still_path(root, camera_id)
        self._clock = clock
        self._shown_at = float("-inf")
        self._is_failing = False

    def show(self, frame: Frame) -> None:
        """Write it down when it is time; what the disk refuses is logged and ends nothing."""
        now = self._clock.monotonic()
        if now - self._shown_at < EVERY:
            return
        self._shown_at = now
        _, encoded = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        try:
            self._write(encoded.tobytes())
        except OSError as error:
            if not self._is_failing:
                _log.warning("the newest picture cannot be written", why=error.strerror)
            self._is_failing = True
        else:
            self._is_failing = False

    def _write(self, content: bytes) -> None:
        self._path.parent.mkdir(mode=0o750, exist_ok=True)
        part = self._path.with_name(f".{self._path.name}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        part.replace(self._path)  # no sync: after a power cut another one follows in seconds


def still_path(root: Path, camera_id: str) -> Path:
    """Where the newest picture of a camera is, if there is one."""
    return root / FOLDER / f"{camera_id}.jpg"
