"""The life of one deposit hypothesis: states, the causes that move it, and its record.

`TRANSITIONS` is the whole machine; anything not in it is a fault of the caller. Nothing here looks
at pictures: the engine observes, finds a cause and calls `Hypothesis.move`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Reason


class State(StrEnum):
    """Where a hypothesis stands (docs/design/rules.md tells each in a sentence)."""

    SEED = "seed"
    CANDIDATE = "candidate"
    ATTENDED = "attended"
    RELEASED = "released"
    UNATTENDED = "unattended"
    OCCLUDED = "occluded"
    CONFIRMED = "confirmed"
    PERSISTING = "persisting"
    COLLECTED = "collected"
    RETRIEVED = "retrieved"
    RETRIEVED_LATE = "retrieved_late"
    REJECTED = "rejected"
    MERGED = "merged"
    EXPIRED = "expired"


class Cause(StrEnum):
    """What moves a hypothesis."""

    TOUCH_FOUND = "touch_found"
    ORPHAN_WAITED = "orphan_waited"
    OWNER_NEAR = "owner_near"
    OWNER_AWAY = "owner_away"
    OWNER_FAR = "owner_far"
    OWNER_STAYED = "owner_stayed"
    HELD = "held"
    LANDED = "landed"
    WASTE_SEEN = "waste_seen"
    HIDDEN = "hidden"
    SEEN_AGAIN = "seen_again"
    LOST = "lost"
    TAKEN_BACK = "taken_back"
    VANISHED = "vanished"
    REFUSED = "refused"
    SAME_AS = "same_as"
    STILL_THERE = "still_there"
    REMOVED = "removed"


ORIGIN = State.OCCLUDED
"""As a target of SEEN_AGAIN: back to where the hypothesis came from, not a state of its own."""

_ENDINGS: dict[Cause, State] = {
    Cause.HIDDEN: State.OCCLUDED,
    Cause.TAKEN_BACK: State.RETRIEVED,
    Cause.VANISHED: State.EXPIRED,
    Cause.REFUSED: State.REJECTED,
    Cause.SAME_AS: State.MERGED,
}

TRANSITIONS: Mapping[State, Mapping[Cause, State]] = MappingProxyType(
    {
        State.SEED: {
            **_ENDINGS,
            Cause.TOUCH_FOUND: State.CANDIDATE,
            Cause.ORPHAN_WAITED: State.CANDIDATE,
        },
        State.CANDIDATE: {
            **_ENDINGS,
            Cause.OWNER_NEAR: State.ATTENDED,
            Cause.OWNER_AWAY: State.RELEASED,
            Cause.LANDED: State.RELEASED,
            Cause.WASTE_SEEN: State.CONFIRMED,
        },
        State.ATTENDED: {
            **_ENDINGS,
            Cause.OWNER_AWAY: State.RELEASED,
            Cause.OWNER_STAYED: State.CONFIRMED,
        },
        State.RELEASED: {
            **_ENDINGS,
            Cause.OWNER_NEAR: State.ATTENDED,
            Cause.OWNER_FAR: State.UNATTENDED,
            Cause.HELD: State.CONFIRMED,
        },
        State.UNATTENDED: {
            **_ENDINGS,
            Cause.OWNER_NEAR: State.ATTENDED,
            Cause.HELD: State.CONFIRMED,
        },
        State.OCCLUDED: {
            Cause.SEEN_AGAIN: ORIGIN,
            Cause.LOST: State.EXPIRED,
            Cause.SAME_AS: State.MERGED,
            Cause.REFUSED: State.REJECTED,
        },
        State.CONFIRMED: {
            Cause.STILL_THERE: State.PERSISTING,
            Cause.TAKEN_BACK: State.RETRIEVED_LATE,
            Cause.REMOVED: State.COLLECTED,
            Cause.SAME_AS: State.MERGED,
        },
        State.PERSISTING: {
            Cause.TAKEN_BACK: State.RETRIEVED_LATE,
            Cause.REMOVED: State.COLLECTED,
            Cause.SAME_AS: State.MERGED,
        },
        State.COLLECTED: {},
        State.RETRIEVED: {},
        State.RETRIEVED_LATE: {},
        State.REJECTED: {},
        State.MERGED: {},
        State.EXPIRED: {},
    }
)

CLOSED = frozenset(state for state, ways in TRANSITIONS.items() if not ways)
"""States nothing leads out of."""

SETTLED = frozenset({State.CONFIRMED, State.PERSISTING})
"""The event is out; the thing is only watched for its removal."""

OPEN = frozenset(State) - CLOSED - SETTLED
"""States in which the machine is still making up its mind."""


class Source(StrEnum):
    """What proposed a hypothesis."""

    CHANGE = "change"
    WASTE = "waste"
    LANDING = "landing"


@dataclass(slots=True)
class Hypothesis:
    """One place where something new may have come to rest.

    Coordinates are those of the anchor view (the first picture of an unmoved camera).

    Attributes:
        ordinal: 1 for the camera's first hypothesis, counted up.
        source: what proposed it.
        box: round the thing.
        mask: (h, w) bool of the pixels of `box` (rounded outwards) that belong to it.
        born: media time of the seed, s.
        first_changed: media time when its place was first seen changed, s.
        last_clean: media time when its place was last seen clean, None if never.
        state, since: where it stands and since when.
        record: every step, with cause and values.
    """

    ordinal: int
    source: Source
    box: Box
    mask: NDArray[np.bool_]
    born: float
    first_changed: float
    last_clean: float | None = None
    state: State = State.SEED
    since: float = 0.0
    record: list[Reason] = field(default_factory=list)
    _origin: State | None = None

    def __post_init__(self) -> None:
        self.since = self.born
        detail: dict[str, float | str] = {"source": self.source.value}
        self.record.append(Reason(self.state.value, self.born, detail))

    @property
    def is_open(self) -> bool:
        """Whether it may still become an event or be refused."""
        return self.state in OPEN

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in CLOSED

    @property
    def standing(self) -> State:
        """The state, looking through an occlusion at where it came from."""
        return self._origin if self._origin is not None else self.state

    def visited(self, state: State) -> bool:
        """Whether it has ever been in that state."""
        return any(step.code.split(":")[0] == state for step in self.record)

    def may(self, cause: Cause) -> bool:
        """Whether the cause means anything in this state."""
        return cause in TRANSITIONS[self.state]

    def move(self, cause: Cause, media_time: float, **detail: float | str) -> None:
        """Follow one cause and record it.

        Raises:
            ValueError: the cause means nothing in this state; the hypothesis is unchanged.
        """
        if not self.may(cause):
            raise ValueError(f"a {self.state} hypothesis cannot be moved by {cause}")
        target = TRANSITIONS[self.state][cause]
        if cause is Cause.HIDDEN:
            self._origin = self.state
        elif self.state is State.OCCLUDED:
            target = self._origin if cause is Cause.SEEN_AGAIN and self._origin else target
            self._origin = None
        self.state, self.since = target, media_time
        self.record.append(Reason(f"{target.value}:{cause.value}", media_time, detail))
