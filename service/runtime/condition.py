"""How a camera is, in words that do not change: for status, metrics and logs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import numpy as np

from litterwatch.camera_adapters.reader_messages import Stream, StreamReport, StreamState
from litterwatch.detector.change.health import Health
from litterwatch.detector.types import Image
from litterwatch.service.evidence.manifest import CameraClock

LATE: Final = 5.0
"""Seconds from taking a picture to having judged it, above which a camera is late."""

CLOCK_ALARM: Final = 5.0
"""Seconds a camera's own clock may be wrong before somebody must set it."""

_DARK: Final = 30  # mean grey level below which a picture without structure is dark


class Link(StrEnum):
    """Whether pictures come."""

    STARTING = "starting"
    ONLINE = "online"
    UNREACHABLE = "unreachable"
    UNAUTHORISED = "unauthorised"
    UNTRUSTED = "untrusted"
    STALLED = "stalled"
    NO_KEY_FRAMES = "no_key_frames"
    WRONG_CODEC = "wrong_codec"
    RING_UNUSABLE = "ring_unusable"


class Blind(StrEnum):
    """Why a camera that gives pictures sees nothing."""

    FROZEN = "frozen"
    DARK = "dark"
    COVERED = "covered"
    TURNED = "turned"
    BLURRED = "blurred"


_LINKS: Final = {
    "SourceUnavailable": Link.UNREACHABLE,
    "SourceAuthFailed": Link.UNAUTHORISED,
    "SourceUntrusted": Link.UNTRUSTED,
    "SourceStalled": Link.STALLED,
    "SourceKeyless": Link.NO_KEY_FRAMES,
    "SourceUnreadable": Link.WRONG_CODEC,
}


def link_of(report: StreamReport | None) -> Link:
    """What a stream's last report comes to."""
    if report is None or report.state is StreamState.CONNECTING:
        return Link.STARTING
    if report.state is StreamState.ONLINE:
        return Link.ONLINE
    return _LINKS.get(report.error or "", Link.RING_UNUSABLE)


def worst_of(streams: Mapping[Stream, StreamReport]) -> tuple[Link, StreamReport | None]:
    """The link of a camera: that of the stream that is worse off, with its report."""
    reports = list(streams.values())
    if not reports:
        return Link.STARTING, None
    worst = min(reports, key=lambda report: (link_of(report) is Link.ONLINE, report.stream))
    return link_of(worst), worst


def blind_of(
    health: Health, image: Image, seconds_since_moved: float, *, is_blurred: bool = False
) -> tuple[Blind, ...]:
    """Why the camera sees nothing; empty when it sees.

    Args:
        health: of its last picture.
        image: that picture.
        seconds_since_moved: s; infinite when it never was.
        is_blurred: whether it has lost its focus.
    """
    found = []
    if health.frozen:
        found.append(Blind.FROZEN)
    if health.blank:
        found.append(Blind.DARK if float(np.mean(image)) < _DARK else Blind.COVERED)
    if seconds_since_moved < 60:
        found.append(Blind.TURNED)
    if is_blurred:
        found.append(Blind.BLURRED)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Condition:
    """A camera at one moment.

    Attributes:
        link: whether pictures come.
        why: one sentence when they do not.
        retry_in: seconds until it is tried again.
        blind: why it sees nothing.
        lag: seconds from taking the last picture to having judged it.
        rate: pictures analysed a second, lately.
        wanted_rate: as the settings have it.
        analysed, inferred: pictures of this run.
        skipped: pictures nobody had time to fetch.
        displaced: pictures a newer one took the place of.
        thinned: pictures left out because rates are lowered.
        lost: packets that found no room on the disk.
        undecodable: packets that gave an error.
        killed: how often the reader was stuck and killed; `died`: how often it ended by itself.
        events: suspected, of this run.
        codec, size: of the main stream.
        media_time: of the newest picture, s; `captured_at`: when that was.
        clock: of the camera itself, as last measured; None where it is not asked or does not tell.
        is_unchecked: it encrypts, and somebody has switched off that its certificate is looked at.
    """

    camera_id: str
    link: Link
    why: str | None = None
    retry_in: float | None = None
    blind: tuple[Blind, ...] = ()
    lag: float | None = None
    rate: float = 0.0
    wanted_rate: float = 0.0
    analysed: int = 0
    inferred: int = 0
    skipped: int = 0
    displaced: int = 0
    thinned: int = 0
    lost: int = 0
    undecodable: int = 0
    killed: int = 0
    died: int = 0
    events: int = 0
    codec: str | None = None
    size: tuple[int, int] | None = None
    media_time: float | None = None
    captured_at: datetime | None = None
    clock: CameraClock | None = None
    is_unchecked: bool = False

    @property
    def has_wrong_clock(self) -> bool:
        """Whether times burnt into its pictures mislead; it watches all the same."""
        return self.clock is not None and abs(self.clock.error) > CLOCK_ALARM

    @property
    def is_late(self) -> bool:
        return self.lag is not None and self.lag > LATE

    @property
    def is_well(self) -> bool:
        """Whether it watches: pictures come, show something, and are judged in time."""
        return self.link is Link.ONLINE and not self.blind and not self.is_late

    def as_object(self) -> dict[str, Any]:
        """As it stands in status files."""
        fields = asdict(self)
        fields["captured_at"] = None if self.captured_at is None else self.captured_at.isoformat()
        if self.clock is not None:
            fields["clock"]["measured_at"] = self.clock.measured_at.isoformat()
        return {
            **fields,
            "is_late": self.is_late,
            "has_wrong_clock": self.has_wrong_clock,
            "is_well": self.is_well,
        }
