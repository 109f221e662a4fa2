"""How a camera is, in words."""

import numpy as np
import pytest

from litterwatch.camera_adapters.reader_messages import Stream, StreamReport, StreamState
from litterwatch.detector import errors
from litterwatch.detector.change.health import Health
from litterwatch.service.runtime.condition import (
    Blind,
    Condition,
    Link,
    blind_of,
    link_of,
    worst_of,
)

NIGHT = np.full((9, 16, 3), 8, np.uint8)
CLOTH = np.full((9, 16, 3), 120, np.uint8)
NEVER = float("inf")


def report(error: str | None, state: StreamState = StreamState.WAITING) -> StreamReport:
    return StreamReport(Stream.MAIN, state, error, "why")


@pytest.mark.parametrize(
    ("error", "link"),
    [
        (errors.SourceUnavailable, Link.UNREACHABLE),
        (errors.SourceAuthFailed, Link.UNAUTHORISED),
        (errors.SourceUntrusted, Link.UNTRUSTED),
        (errors.SourceStalled, Link.STALLED),
        (errors.SourceKeyless, Link.NO_KEY_FRAMES),
        (errors.SourceUnreadable, Link.WRONG_CODEC),
        (errors.EvidenceError, Link.RING_UNUSABLE),
        (errors.Conflict, Link.RING_UNUSABLE),
    ],
)
def test_every_failure_has_its_word(error: type[Exception], link: Link) -> None:
    assert link_of(report(error.__name__)) is link


def test_a_camera_is_as_well_as_its_worse_stream() -> None:
    online = StreamReport(Stream.MAIN, StreamState.ONLINE)
    refused = StreamReport(Stream.SUB, StreamState.WAITING, "SourceAuthFailed", "refused")
    both = {Stream.MAIN: online, Stream.SUB: refused}
    assert worst_of(both) == (Link.UNAUTHORISED, refused)
    assert worst_of({Stream.MAIN: online}) == (Link.ONLINE, online)
    assert worst_of({}) == (Link.STARTING, None)


@pytest.mark.parametrize(
    ("health", "image", "moved", "why"),
    [
        (Health(), CLOTH, NEVER, ()),
        (Health(frozen=True), CLOTH, NEVER, (Blind.FROZEN,)),
        (Health(blank=True), CLOTH, NEVER, (Blind.COVERED,)),
        (Health(blank=True), NIGHT, NEVER, (Blind.DARK,)),
        (Health(), CLOTH, 3.0, (Blind.TURNED,)),
    ],
)
def test_why_a_camera_sees_nothing(
    health: Health, image: np.ndarray, moved: float, why: tuple[Blind, ...]
) -> None:
    assert blind_of(health, image, moved) == why


def test_a_camera_out_of_focus_sees_nothing() -> None:
    assert blind_of(Health(), CLOTH, NEVER, is_blurred=True) == (Blind.BLURRED,)


def test_a_camera_is_well_when_it_watches() -> None:
    assert Condition("gate", Link.ONLINE, lag=0.5).is_well
    assert not Condition("gate", Link.ONLINE, lag=9.0).is_well
    assert not Condition("gate", Link.ONLINE, blind=(Blind.FROZEN,)).is_well
    assert not Condition("gate", Link.STALLED).is_well
