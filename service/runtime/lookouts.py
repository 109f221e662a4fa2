"""An eye on each camera beside its video: its clock, and where it points; a thread for each.

Zones belong to a PTZ preset. While the camera says that it stands elsewhere they sleep: nothing is
judged, the ring goes on. Where nobody knows where it points they are used.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from litterwatch.camera_adapters.onvif.ptz import Standing
from litterwatch.camera_adapters.onvif.watch import ClockNews, LostNews, News, StandingNews
from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.protocols import Clock
from litterwatch.service.cameras_file import CameraEntry, OnvifDoor
from litterwatch.service.evidence.manifest import CameraClock

_log = structlog.get_logger(__name__)
_PATIENCE: Final = 3.0  # s that a question on its way may take when all is to end


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a camera beside its video.

    Attributes:
        clock: its own, as last measured; None if it never was, or it does not tell.
        standing: where it points, as it last said; None before the first answer.
        lost: why it cannot be asked at present.
    """

    clock: CameraClock | None = None
    standing: Standing | None = None
    lost: str | None = None


class SideWatch(Protocol):
    """What `OnvifWatch` is to a lookout."""

    def run(self, is_stopping: Callable[[], bool]) -> None: ...


NewWatch = Callable[[OnvifDoor, bool, Callable[[News], None]], SideWatch]
"""Makes a watch over a door; whether the head is watched as well; who hears the news."""


@dataclass(slots=True)
class _Post:
    """One camera's lookout."""

    door: OnvifDoor
    watches_head: bool
    stopping: threading.Event
    thread: threading.Thread


class Lookouts:
    """Keeps a lookout for every camera that can be asked.

    Args:
        new_watch: makes what asks a camera.
        remember: keeps a clock that was measured, for people who look later.
        clock: the host's.
    """

    def __init__(
        self, new_watch: NewWatch, remember: Callable[[str, CameraClock], None], clock: Clock
    ) -> None:
        self._new_watch = new_watch
        self._remember = remember
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, Seen] = {}
        self._posts: dict[str, _Post] = {}

    def follow(self, entries: Sequence[CameraEntry]) -> None:
        """Look after these cameras from now on."""
        wanted = {entry.id: entry for entry in entries if entry.onvif is not None}
        for camera_id, post in list(self._posts.items()):
            entry = wanted.get(camera_id)
            is_same = entry is not None and (post.door, post.watches_head) == _asked(entry)
            if not is_same:
                post.stopping.set()
                del self._posts[camera_id]
                self._forget(camera_id)
        for camera_id, entry in wanted.items():
            if camera_id not in self._posts:
                self._posts[camera_id] = self._begin(entry)

    def seen(self, camera_id: str) -> Seen:
        """What is known of a camera now."""
        with self._lock:
            return self._seen.get(camera_id, Seen())

    def clock_of(self, camera_id: str) -> CameraClock | None:
        """What its clock was last measured to be."""
        return self.seen(camera_id).clock

    def placed(self, entry: CameraEntry) -> CameraEntry:
        """The same camera, its zones asleep or awake as it stands now."""
        return replace(entry, is_asleep=_is_elsewhere(entry, self.seen(entry.id)))

    def close(self) -> None:
        """Look no more; may be called twice."""
        posts, self._posts = list(self._posts.values()), {}
        for post in posts:
            post.stopping.set()
        until = self._clock.monotonic() + _PATIENCE
        for post in posts:
            # The rest are daemons: whoever still waits for a camera ends with the process.
            post.thread.join(max(0.0, until - self._clock.monotonic()))

    def _begin(self, entry: CameraEntry) -> _Post:
        door, watches_head = _asked(entry)
        stopping = threading.Event()
        watch = self._new_watch(
            door, watches_head, lambda news: self._hear(entry.id, stopping, news)
        )
        thread = threading.Thread(
            target=watch.run, args=(stopping.is_set,), name=f"lookout {entry.id}", daemon=True
        )
        thread.start()
        return _Post(door, watches_head, stopping, thread)

    def _hear(self, camera_id: str, stopping: threading.Event, news: News) -> None:
        """In the lookout's thread; news of a camera that is no longer looked after is dropped."""
        with self._lock:
            if stopping.is_set():
                return
            before = self._seen.get(camera_id, Seen())
            after = self._learnt(before, news)
            self._seen[camera_id] = after
        if after.lost is not None and after.lost != before.lost:
            _log.warning("camera cannot be asked", camera=camera_id, why=after.lost)
        if after.standing != before.standing:
            _log.info("camera stands", camera=camera_id, preset=_name_of(after.standing))
        if isinstance(news, ClockNews) and after.clock is not None:
            self._keep(camera_id, after.clock)

    def _learnt(self, before: Seen, news: News) -> Seen:
        if isinstance(news, LostNews):
            return replace(before, lost=str(news.error))
        if isinstance(news, StandingNews):
            return replace(before, standing=news.standing, lost=None)
        if isinstance(news, ClockNews):
            reading = news.reading
            if reading is None:
                return replace(before, clock=None, lost=None)
            measured = CameraClock(
                reading.difference.total_seconds(),
                reading.uncertainty.total_seconds(),
                self._clock.now(),
            )
            return replace(before, clock=measured, lost=None)
        return before

    def _keep(self, camera_id: str, measured: CameraClock) -> None:
        try:
            self._remember(camera_id, measured)
        except LitterwatchError as error:  # the next measurement is kept
            _log.error("a camera's clock cannot be kept", camera=camera_id, why=str(error))

    def _forget(self, camera_id: str) -> None:
        with self._lock:
            self._seen.pop(camera_id, None)


def _asked(entry: CameraEntry) -> tuple[OnvifDoor, bool]:
    assert entry.onvif is not None
    return entry.onvif, entry.preset is not None


def _is_elsewhere(entry: CameraEntry, seen: Seen) -> bool:
    """Whether the zones sleep."""
    if entry.preset is None or entry.onvif is None:
        return False
    standing = seen.standing
    if standing is None:
        # Until its first answer; a camera that cannot be asked is taken to stand.
        return seen.lost is None
    if standing.is_moving:
        return True
    if standing.preset is None:
        return standing.is_known
    return standing.preset.token != entry.preset


def _name_of(standing: Standing | None) -> str | None:
    return None if standing is None or standing.preset is None else standing.preset.name
