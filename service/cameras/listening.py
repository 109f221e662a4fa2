"""What `litterwatch cameras listen` does: what a camera reports by itself, as it reports it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from litterwatch.camera_adapters.onvif.events import Listener
from litterwatch.camera_adapters.onvif.signals import Signal
from litterwatch.service.cameras.asking import asked_camera
from litterwatch.service.local_time import LOCAL

_PULL: Final = 5.0  # s that one question waits at most
_STATES: Final = {True: "on", False: "off", None: "-"}


@dataclass(frozen=True, slots=True)
class Heard:
    """One report; `at` is when it was by our clock, None where the camera does not tell."""

    signal: Signal
    at: datetime | None

    def as_json(self) -> str:
        """For programs, in one line."""
        signal = self.signal
        content = {
            "at": None if self.at is None else self.at.isoformat(),
            "kind": signal.kind,
            "is_on": signal.is_on,
            "is_initial": signal.is_initial,
            "topic": signal.topic,
            "source": dict(signal.source),
        }
        return json.dumps(content, ensure_ascii=False)

    def as_text(self) -> str:
        """For people, in one line."""
        at = "?" if self.at is None else f"{self.at.astimezone(LOCAL):%Y-%m-%dT%H:%M:%S}"
        signal = self.signal
        part = " ".join(f"{name}={value}" for name, value in signal.source.items())
        initial = "  (as it stands)" if signal.is_initial else ""
        return f"{at}  {signal.kind} {_STATES[signal.is_on]}  {signal.topic} {part}{initial}"


def heard(
    camera_id: str, seconds: float, out: Path | None, settings: Path | None
) -> Iterator[Heard]:
    """What a camera reports within so many seconds; its subscription is given back at the end.

    Raises:
        ConfigError: it has no ONVIF address.
        NotFound: there is no such camera.
        SourceUnsupported: it reports nothing.
        SourceError: it is lost.
    """
    with asked_camera(camera_id, out, settings) as (camera, _), Listener(camera) as listener:
        until = camera.clock.monotonic() + seconds
        while (left := until - camera.clock.monotonic()) > 0:
            for signal in listener.pull(timedelta(seconds=min(left, _PULL))):
                told, reading = signal.camera_time, camera.reading
                at = told if told is None or reading is None else reading.host_time(told)
                yield Heard(signal, at)
