"""Video that lies in a camera or recorder (Profile G): what there is, and where to play it from."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from litterwatch.camera_adapters.onvif.addresses import reachable
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.descriptions import Service
from litterwatch.camera_adapters.onvif.errors import translated
from litterwatch.detector.errors import SourceError, SourceStalled

LONGEST: Final = 60.0
"""However long a camera goes on searching, s."""
_KEPT: Final = timedelta(seconds=10)
_WAIT: Final = timedelta(seconds=2)
_AT_ONCE: Final = 20
_PAUSE: Final = 0.2
_FIRST_YEAR: Final = 1980


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording; times by the camera's clock, UTC, None where it does not say.

    Attributes:
        token: its name for the camera.
        source: what was recorded, for people.
    """

    token: str
    source: str
    begins: datetime | None
    ends: datetime | None

    def overlaps(self, begins: datetime, ends: datetime) -> bool:
        """Whether it may hold something of that time."""
        after = self.ends is None or self.ends >= begins
        return after and (self.begins is None or self.begins <= ends)


def find_recordings(camera: OnvifCamera) -> tuple[Recording, ...]:
    """Everything that lies in the camera.

    Raises:
        SourceUnsupported: it keeps nothing, or does not let it be searched.
        SourceStalled: it searches and searches.
        SourceError: anything else.
    """
    token = str(camera.call(Service.SEARCH, "FindRecordings", Scope={}, KeepAliveTime=_KEPT))
    until = camera.clock.monotonic() + LONGEST
    found: dict[str, Recording] = {}
    try:
        while True:
            answer = camera.call(
                Service.SEARCH,
                "GetRecordingSearchResults",
                SearchToken=token,
                MaxResults=_AT_ONCE,
                WaitTime=_WAIT,
            )
            with translated(camera.where):
                for one in answer.RecordingInformation or ():
                    recording = _recording(one)
                    found[recording.token] = recording
                is_done = answer.SearchState == "Completed"
            if is_done:
                return tuple(found.values())
            if camera.clock.monotonic() > until:
                raise SourceStalled(
                    f"The camera at {camera.where} does not end its search: restart it."
                )
            # It should wait by itself until there is more, and may not.
            camera.clock.sleep(_PAUSE)
    finally:
        # A search that is over needs no ending, and some cameras say so by a fault.
        with contextlib.suppress(SourceError):
            camera.call(Service.SEARCH, "EndSearch", SearchToken=token)


def replay_address(camera: OnvifCamera, recording: Recording) -> str:
    """Where a recording is played from: RTSP, without credentials.

    Raises:
        SourceError: it does not tell.
    """
    answer = camera.call(
        Service.REPLAY,
        "GetReplayUri",
        StreamSetup={"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}},
        RecordingToken=recording.token,
    )
    return reachable(str(answer or ""), camera.address, camera.notes)


def _recording(value: Any) -> Recording:
    source = getattr(value, "Source", None)
    return Recording(
        token=str(value.RecordingToken),
        source=str(getattr(source, "Name", None) or ""),
        begins=_time(value.EarliestRecording),
        ends=_time(value.LatestRecording),
    )


def _time(value: Any) -> datetime | None:
    if not isinstance(value, datetime) or value.year < _FIRST_YEAR:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
