"""Which stretch of footage, and which moments of it, show an act."""

from typing import Final, NamedTuple

from litterwatch.detector.types import Event
from litterwatch.service.settings import EvidenceSettings

_SETTLE: Final = 1.0
"""Seconds before the actor enters and after he has left: the scene without him."""

_UNKNOWN_ENTRY: Final = 5.0
"""Seconds before the release at which the thing is surely not there, when nobody was seen."""


class Window(NamedTuple):
    """Media times, s."""

    start: float
    end: float


class Moments(NamedTuple):
    """Media times of the three stills, s."""

    before: float
    act: float
    after: float


def clip_window(event: Event, settings: EvidenceSettings) -> Window:
    """What the clip must show: the actor's arrival, the release, his leaving.

    It begins `margin_before` seconds before the actor enters or `before_release` seconds before
    the earliest possible release, whichever is earlier, and ends `margin_after` seconds after he
    left. When that is longer than `longest`, both ends give way, the release stays inside with at
    least half of the allowed length kept for the side that needs it.
    """
    earliest = event.t_release - event.t_release_uncertainty
    start = earliest - settings.before_release
    if event.t_enter is not None:
        start = min(start, event.t_enter)
    before = event.t_release - (start - settings.margin_before)
    after = max(_act_over(event) - event.t_release, event.t_release_uncertainty)
    after += settings.margin_after
    longest = settings.longest
    if before + after > longest:
        before = min(before, max(longest - after, longest / 2))
        after = min(after, longest - before)
    return Window(max(0.0, event.t_release - before), event.t_release + after)


def still_moments(event: Event) -> Moments:
    """When the scene was still clean, when the thing was let go, when it lay there alone."""
    earliest = event.t_release - event.t_release_uncertainty
    before = earliest - _UNKNOWN_ENTRY
    if event.t_enter is not None:
        before = min(before, event.t_enter - _SETTLE)
    return Moments(max(0.0, before), event.t_release, _act_over(event) + _SETTLE)


def _act_over(event: Event) -> float:
    """When the actor had left; failing that, when the machine was sure."""
    if event.t_actor_left is not None:
        return max(event.t_actor_left, event.t_release)
    if event.t_confirmed is not None:
        return event.t_confirmed
    return max(event.t_provisional, event.t_release)
