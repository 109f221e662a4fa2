"""The life of a suspected event, as one table. Pure values: no database, no clock.

The machine creates `new` and nothing further; everything else is done by people, in the roles and
under the conditions below. What is not in the table cannot happen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from litterwatch.detector.errors import Conflict
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Role


class ReviewState(StrEnum):
    """Where an event stands."""

    NEW = "new"
    TRIAGING = "triaging"
    NEEDS_MORE = "needs_more"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class Action(StrEnum):
    """What can be done to an event; `undo` takes back one's own last step."""

    CREATE = "create"
    CLAIM = "claim"
    RELEASE = "release"
    PROPOSE = "propose"
    REJECT = "reject"
    DUPLICATE = "duplicate"
    ASK_MORE = "ask_more"
    RESUME = "resume"
    CONFIRM = "confirm"
    SEND_BACK = "send_back"
    REOPEN = "reopen"
    UNDO = "undo"


class RejectReason(StrEnum):
    """Why it is no case."""

    FALSE_ALARM = "false_alarm"
    LAWFUL_COLLECTION = "lawful_collection"
    CLEAN_UP = "clean_up"
    POOR_QUALITY = "poor_quality"
    OUTSIDE_ZONE = "outside_zone"
    OTHER = "other"


class Need(StrEnum):
    """What must be true, beside the role."""

    NOT_CLAIMED_BY_ANOTHER = "not_claimed_by_another"
    REASON = "reason"
    NOTE = "note"
    PARENT = "parent"
    ACT = "act"
    SEALED = "sealed"
    OTHER_PERSON = "other_person"
    PLAYED = "played"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table; no role means the machine, and only the machine."""

    source: ReviewState | None
    action: Action
    target: ReviewState
    roles: frozenset[Role]
    needs: frozenset[Need] = frozenset()


def _rule(
    source: ReviewState | None,
    action: Action,
    target: ReviewState,
    roles: Iterable[Role],
    *needs: Need,
) -> Rule:
    return Rule(source, action, target, frozenset(roles), frozenset(needs))


_S, _A, _N = ReviewState, Action, Need
_SCREENER, _REVIEWER, _INSPECTOR = Role.SCREENER, Role.REVIEWER, Role.INSPECTOR
_FREE = _N.NOT_CLAIMED_BY_ANOTHER

RULES: Final = (
    _rule(None, _A.CREATE, _S.NEW, ()),
    _rule(_S.NEW, _A.CLAIM, _S.TRIAGING, [_SCREENER]),
    _rule(_S.TRIAGING, _A.CLAIM, _S.TRIAGING, [_SCREENER], _FREE),
    _rule(_S.TRIAGING, _A.RELEASE, _S.NEW, [_SCREENER], _FREE),
    _rule(_S.TRIAGING, _A.PROPOSE, _S.PROPOSED, [_SCREENER], _FREE, _N.ACT, _N.SEALED),
    _rule(_S.TRIAGING, _A.REJECT, _S.REJECTED, [_SCREENER], _FREE, _N.REASON),
    _rule(_S.TRIAGING, _A.DUPLICATE, _S.DUPLICATE, [_SCREENER], _FREE, _N.PARENT),
    _rule(_S.TRIAGING, _A.ASK_MORE, _S.NEEDS_MORE, [_SCREENER, _REVIEWER], _FREE, _N.NOTE),
    _rule(_S.NEEDS_MORE, _A.RESUME, _S.TRIAGING, [_SCREENER, _REVIEWER]),
    _rule(_S.PROPOSED, _A.CONFIRM, _S.CONFIRMED, [_REVIEWER], _N.OTHER_PERSON, _N.PLAYED),
    _rule(_S.PROPOSED, _A.REJECT, _S.REJECTED, [_REVIEWER], _N.OTHER_PERSON, _N.REASON),
    _rule(_S.PROPOSED, _A.SEND_BACK, _S.TRIAGING, [_REVIEWER], _N.OTHER_PERSON, _N.NOTE),
    _rule(_S.REJECTED, _A.REOPEN, _S.TRIAGING, [_REVIEWER, _INSPECTOR], _N.NOTE),
)
"""Every way there is. `undo` goes one step back along them and is in the service."""

CLAIMED_ON_THE_WAY: Final = frozenset({_A.PROPOSE, _A.REJECT, _A.DUPLICATE, _A.ASK_MORE})
"""A verdict on a `new` event claims it first: two steps of the history, one key."""

_BY_WAY: Final = {(rule.source, rule.action): rule for rule in RULES}


def rule_for(state: ReviewState, action: Action) -> Rule:
    """The line of the table.

    Raises:
        Conflict: this is not done to an event in this state.
    """
    rule = _BY_WAY.get((state, action))
    if rule is None:
        raise Conflict(
            N_("This cannot be done to the event as it stands now: somebody may have been faster.")
        )
    return rule


def steps_for(state: ReviewState, action: Action) -> tuple[Rule, ...]:
    """The line, or the two lines, that an order comes to.

    Raises:
        Conflict: this is not done to an event in this state.
    """
    if state is ReviewState.NEW and action in CLAIMED_ON_THE_WAY:
        claim = rule_for(state, Action.CLAIM)
        return claim, rule_for(claim.target, action)
    return (rule_for(state, action),)


def open_actions(
    state: ReviewState, roles: Iterable[Role], *, has_screened: bool = False
) -> frozenset[Action]:
    """What somebody in these roles may order, as far as the state decides.

    Args:
        state: of the event.
        roles: of the person.
        has_screened: he has judged it in screening, and leaves the rest to another.
    """
    held = frozenset(roles)
    found = set()
    for action in Action:
        try:
            rules = steps_for(state, action)
        except Conflict:
            continue
        is_left = has_screened and any(Need.OTHER_PERSON in rule.needs for rule in rules)
        if all(rule.roles & held for rule in rules) and not is_left:
            found.add(action)
    return frozenset(found)
