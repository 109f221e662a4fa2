"""One event as it is recorded, and whether its record alone gives its score again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from litterwatch.detector.deposits.score import rescored
from litterwatch.detector.errors import NotFound
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role

_FEWEST = 4
"""Digits of an id that are enough to name an event, when only one begins so."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event, its footage and its files."""

    event: EventRow
    footage: FootageRow
    files: Mapping[Role, EvidenceRow]


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature adds to the sum behind the score."""

    name: str
    value: float
    weight: float

    @property
    def adds(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The score from the record alone.

    Attributes:
        stored: as it is recorded.
        computed: from the recorded features, weights, bias and factor; None where the event was
            recorded before these were.
        bias, factor: of the sum and of its result.
        parts: by how much they weigh.
    """

    stored: float
    computed: float | None
    bias: float = 0.0
    factor: float = 1.0
    parts: tuple[Part, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether every bit of the score comes from the record."""
        return self.computed is not None and self.computed == self.stored


def find_event(session: Session, name: str) -> Recorded:
    """The event of an id, or of the beginning of one, or of an id of the machine.

    Raises:
        NotFound: there is none, or several begin like this.
    """
    rows: list[EventRow] = []
    if len(name) >= _FEWEST:
        begins = EventRow.id.startswith(name, autoescape=True)
        asked = select(EventRow).where(or_(begins, EventRow.machine_id == name))
        rows = list(session.scalars(asked.order_by(EventRow.id).limit(2)))
    if len(rows) != 1:
        what = "Several events begin" if rows else "No event begins"
        raise NotFound(f"{what} with {name!r}: take an event_id of events.jsonl.")
    event = rows[0]
    footage = session.get_one(FootageRow, event.footage_id)
    return Recorded(event, footage, files_of(session, [event.id])[event.id])


def recompute(event: EventRow) -> Recomputed:
    """Compute the score again from nothing but the row."""
    scored_by = cast("Mapping[str, Any]", event.scoring)
    if not scored_by:
        return Recomputed(event.score, None)
    features = cast("Mapping[str, float]", event.features)
    weights = scored_by["weights"]
    parts = [Part(name, features[name], weights[name]) for name in weights]
    return Recomputed(
        event.score,
        rescored(features, scored_by),
        scored_by["bias"],
        scored_by["factor"],
        tuple(sorted(parts, key=lambda part: (-abs(part.adds), part.name))),
    )
