"""What may be done to a case now, by whom, and why not: the table of moves, told to one person."""

from collections.abc import Sequence
from dataclasses import dataclass

from litterwatch.service.actor import Actor, Office
from litterwatch.service.cases.forms import fields_of
from litterwatch.service.cases.state import TABLE, CaseState, Facts, Move, objection


@dataclass(frozen=True, slots=True)
class Offer:
    """One move that starts from where the case is.

    Attributes:
        move: which.
        fields: what is typed in with it; needed are those of the table.
        needed: of these.
        offices: who does it.
        why_not: why this person cannot do it now; None where he can.
    """

    move: Move
    fields: tuple[str, ...]
    needed: tuple[str, ...]
    offices: frozenset[Office]
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Later:
    """A move that starts from elsewhere."""

    move: Move
    sources: Sequence[CaseState]
    offices: frozenset[Office]


def offers_for(facts: Facts, actors: Sequence[Actor]) -> list[Offer]:
    """Every move of people from here; what can be done first.

    Args:
        facts: of the case.
        actors: every office of one person.
    """
    found = []
    for move, rule in TABLE.items():
        if facts.state in rule.sources and rule.offices != {Office.SYSTEM}:
            why = _why_not(move, facts, actors)
            found.append(Offer(move, fields_of(move), rule.needs, rule.offices, why))
    return sorted(found, key=lambda offer: offer.why_not is not None)


def later_moves(state: CaseState) -> list[Later]:
    """Every move that starts from somewhere else."""
    return [
        Later(move, sorted(rule.sources, key=list(CaseState).index), rule.offices)
        for move, rule in TABLE.items()
        if state not in rule.sources
    ]


def _why_not(move: Move, facts: Facts, actors: Sequence[Actor]) -> str | None:
    """The objection to the office that comes nearest to being allowed."""
    fitting = [actor for actor in actors if actor.office in TABLE[move].offices]
    whys = [objection(move, facts, actor, _filled(move)) for actor in fitting or actors]
    return None if None in whys else whys[0]


def _filled(move: Move) -> dict[str, str | int]:
    """As if everything were typed in: what only the fields decide is decided when they are."""
    filled: dict[str, str | int] = dict.fromkeys(fields_of(move), "…")
    return {**filled, "amount": 0} if "amount" in filled else filled
