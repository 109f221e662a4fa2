"""In which of his offices somebody acts: services take one person in one office for one unit."""

from collections.abc import Iterable

from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.desk.context import Visit
from litterwatch.service.users.roles import Grant


def actors_of(visit: Visit) -> list[Actor]:
    """Every office that somebody holds."""
    return [_actor(visit, grant) for grant in visit.visitor.grants]


def acting(visit: Visit, offices: Iterable[Office], *units: str | None) -> Actor:
    """The office that fits best; where none fits, the service refuses the one that is named.

    Args:
        visit: who.
        offices: those that may do what is asked.
        units: where it would be done.
    """
    wanted, places = frozenset(offices), {PROVINCE, *units}

    def fit(actor: Actor) -> tuple[bool, bool]:
        return actor.office in wanted, actor.unit in places

    return max(actors_of(visit), key=fit)


def _actor(visit: Visit, grant: Grant) -> Actor:
    return Actor(visit.visitor.user_id, Office(grant.role.value), grant.unit)
