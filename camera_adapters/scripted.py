"""A FrameSource that plays given frames: the fake that ships, for tests and trials."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from litterwatch.detector.errors import SourceError
from litterwatch.detector.types import Frame


class ScriptedSource:
    """Plays frames from memory, then ends or fails as scripted.

    Args:
        frames: to play, all of one camera, in increasing media time.
        error: what to raise after the last frame, as a camera does that is lost; None ends quietly.
        camera_id: of the source; by default that of the first frame.

    Attributes:
        closed: whether `close` was called.
    """

    def __init__(
        self,
        frames: Sequence[Frame],
        *,
        error: SourceError | None = None,
        camera_id: str | None = None,
    ) -> None:
        for before, after in pairwise(frames):
            if after.media_time <= before.media_time:
                raise ValueError(
                    f"media time must increase, got {before.media_time} then {after.media_time}"
                )
        self.camera_id = camera_id or (frames[0].camera_id if frames else "scripted")
        self.closed = False
        self._frames = list(frames)
        self._error = error
        self._started = False

    def frames(self) -> Iterator[Frame]:
        """Yield the scripted frames; once.

        Raises:
            SourceError: the scripted one, after the frames.
        """
        if self._started:
            raise RuntimeError("a source is read once; make another one to play it again")
        self._started = True
        for frame in self._frames:
            if self.closed:
                return
            yield frame
        if self._error is not None and not self.closed:
            raise self._error

    def close(self) -> None:
        """Play nothing more; may be called twice."""
        self.closed = True
