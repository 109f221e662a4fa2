"""The states of a case as a table: which move, from where, by whom, with what, on what condition.

Nothing here reads a clock or a database. The machine has two moves, both by rule and neither about
a person's guilt: the right to explain begins, limitation has passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.law import Act, has_explanation_right
from litterwatch.service.texts import N_


class CaseState(StrEnum):
    """How far a case has got."""

    OPENED = "opened"
    VERIFYING = "verifying"
    TRANSFERRED = "transferred"
    IDENTIFIED = "identified"
    UNIDENTIFIED = "unidentified"
    NO_SANCTION_PROPOSED = "no_sanction_proposed"
    NO_SANCTION = "no_sanction"
    CRIMINAL_REFERRAL = "criminal_referral"
    NOTIFIED = "notified"
    RECORD_MADE = "record_made"
    EXPLANATION = "explanation"
    DECIDED = "decided"
    ENFORCEMENT = "enforcement"
    EXECUTED = "executed"
    EXPIRED = "expired"
    CLOSING = "closing"
    CLOSED = "closed"


class Lane(StrEnum):
    """Whose camera or report it was; what is provided by others must be verified."""

    PROFESSIONAL = "professional"
    PROVIDED = "provided"


class Move(StrEnum):
    """What somebody does to a case."""

    VERIFY = "verify"
    EXTEND = "extend"
    TRANSFER = "transfer"
    ACCEPT = "accept"
    RETURN = "return"
    IDENTIFY = "identify"
    NOT_IDENTIFIED = "not_identified"
    RESUME = "resume"
    PROPOSE_NO_SANCTION = "propose_no_sanction"
    APPROVE_NO_SANCTION = "approve_no_sanction"
    DECLINE_NO_SANCTION = "decline_no_sanction"
    REFER_CRIMINAL = "refer_criminal"
    NOTIFY = "notify"
    MAKE_RECORD = "make_record"
    BEGIN_EXPLANATION = "begin_explanation"
    DECIDE = "decide"
    ENFORCE = "enforce"
    EXECUTE = "execute"
    EXPIRE = "expire"
    PROPOSE_CLOSE = "propose_close"
    CLOSE = "close"
    DECLINE_CLOSE = "decline_close"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the table looks at.

    Attributes:
        state: where the case is.
        previous: where a move that is taken back leads, else None.
        unit: who has the case.
        target_unit: to whom it is being handed, else None.
        lane: professional or provided.
        is_extended: whether the time for verification was extended.
        act: which act an officer has chosen, None before.
        is_organisation: whether the person involved is one.
        proposed_by: who made the proposal that waits for a second person, else None.
        recorded_by: who made the record, else None.
        limitation: last day on which a sanction is possible, None where nobody knows the day.
        is_indexed: whether the dossier's index is complete.
        today: local.
    """

    state: CaseState
    unit: str
    lane: Lane
    today: date
    previous: CaseState | None = None
    target_unit: str | None = None
    is_extended: bool = False
    act: Act | None = None
    is_organisation: bool = False
    proposed_by: str | None = None
    recorded_by: str | None = None
    limitation: date | None = None
    is_indexed: bool = False


Fields = Mapping[str, JsonValue]
Condition = Callable[[Facts, Actor, Fields], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes:
        sources: from where.
        target: to where; None means back to where the case was.
        offices: who.
        needs: fields that must be typed in, none empty.
        condition: an objection in words, or None.
    """

    sources: frozenset[CaseState]
    target: CaseState | None
    offices: frozenset[Office]
    needs: tuple[str, ...] = ()
    condition: Condition = lambda *_: None


def _verified_lane(facts: Facts, _: Actor, __: Fields) -> str | None:
    if facts.state is CaseState.OPENED and facts.lane is Lane.PROVIDED:
        return N_("What others provided is verified first.")
    return None


def _once(facts: Facts, _: Actor, __: Fields) -> str | None:
    return N_("The time was extended before; that is possible once.") if facts.is_extended else None


def _elsewhere(facts: Facts, _: Actor, fields: Fields) -> str | None:
    return N_("The case is there already.") if fields["target_unit"] == facts.unit else None


def _receiver(facts: Facts, actor: Actor, _: Fields) -> str | None:
    return None if actor.unit == facts.target_unit else N_("Only the receiving unit answers.")


def _second_person(facts: Facts, actor: Actor, _: Fields) -> str | None:
    return N_("A second person must decide this.") if actor.id == facts.proposed_by else None


def _right_to_explain(facts: Facts, _: Actor, __: Fields) -> str | None:
    if facts.act is None or not has_explanation_right(
        facts.act, facts.today, is_organisation=facts.is_organisation
    ):
        return N_("There is no right to explain under this band.")
    return None


def _decision(facts: Facts, actor: Actor, fields: Fields) -> str | None:
    if actor.id == facts.recorded_by:
        return N_("Whoever made the record does not enter the decision.")
    amount = fields["amount"]
    if facts.act is None or not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        return N_("The amount is a whole number of VND, under an act that was chosen.")
    least, most = facts.act.band(is_organisation=facts.is_organisation)
    if not least <= amount <= most and not _has_text(fields.get("reason")):
        return N_("The amount lies outside the band: give the reason.")
    return None


def _limitation_passed(facts: Facts, _: Actor, __: Fields) -> str | None:
    is_past = facts.limitation is not None and facts.today > facts.limitation
    return None if is_past else N_("Limitation has not passed.")


def _in_time(facts: Facts, _: Actor, __: Fields) -> str | None:
    is_past = facts.limitation is not None and facts.today > facts.limitation
    return N_("Limitation has passed: nothing can be sanctioned any more.") if is_past else None


def _decision_in_time(facts: Facts, actor: Actor, fields: Fields) -> str | None:
    return _in_time(facts, actor, fields) or _decision(facts, actor, fields)


def _indexed(facts: Facts, _: Actor, __: Fields) -> str | None:
    return None if facts.is_indexed else N_("The dossier's index is not complete.")


_S = CaseState
_R2, _R3 = frozenset({Office.REVIEWER}), frozenset({Office.CASE_OFFICER})
_R4, _MACHINE = frozenset({Office.AUTHORITY}), frozenset({Office.SYSTEM})
BEFORE_DECISION: Final = frozenset(
    {
        *(_S.OPENED, _S.VERIFYING, _S.TRANSFERRED, _S.IDENTIFIED, _S.UNIDENTIFIED),
        *(_S.NO_SANCTION_PROPOSED, _S.NOTIFIED, _S.RECORD_MADE, _S.EXPLANATION),
    }
)
"""Where limitation runs."""

FINISHED: Final = frozenset({_S.EXECUTED, _S.NO_SANCTION, _S.EXPIRED, _S.UNIDENTIFIED})
"""From where a case is closed."""

_SANCTIONABLE = frozenset({_S.VERIFYING, _S.IDENTIFIED})

TABLE: Final[Mapping[Move, Rule]] = {
    Move.VERIFY: Rule(frozenset({_S.OPENED}), _S.VERIFYING, _R3, ("taken_on",)),
    Move.EXTEND: Rule(frozenset({_S.VERIFYING}), _S.VERIFYING, _R3, ("reason",), _once),
    Move.TRANSFER: Rule(
        frozenset({_S.OPENED, _S.VERIFYING}),
        _S.TRANSFERRED,
        _R3,
        ("target_unit", "reason"),
        _elsewhere,
    ),
    Move.ACCEPT: Rule(frozenset({_S.TRANSFERRED}), _S.OPENED, _R3, (), _receiver),
    Move.RETURN: Rule(frozenset({_S.TRANSFERRED}), None, _R3, ("reason",), _receiver),
    Move.IDENTIFY: Rule(
        frozenset({_S.OPENED, _S.VERIFYING}),
        _S.IDENTIFIED,
        _R3,
        ("identified_on", "how"),
        _verified_lane,
    ),
    Move.NOT_IDENTIFIED: Rule(frozenset({_S.VERIFYING}), _S.UNIDENTIFIED, _R3, ("reason",)),
    Move.RESUME: Rule(frozenset({_S.UNIDENTIFIED}), _S.VERIFYING, _R3, ("reason",), _in_time),
    Move.PROPOSE_NO_SANCTION: Rule(
        _SANCTIONABLE, _S.NO_SANCTION_PROPOSED, _R3, ("ground", "reason")
    ),
    Move.APPROVE_NO_SANCTION: Rule(
        frozenset({_S.NO_SANCTION_PROPOSED}), _S.NO_SANCTION, _R4, (), _second_person
    ),
    Move.DECLINE_NO_SANCTION: Rule(
        frozenset({_S.NO_SANCTION_PROPOSED}), None, _R4, ("reason",), _second_person
    ),
    Move.REFER_CRIMINAL: Rule(_SANCTIONABLE, _S.CRIMINAL_REFERRAL, _R4, ("reason",)),
    Move.NOTIFY: Rule(frozenset({_S.IDENTIFIED}), _S.NOTIFIED, _R3, ("notified_on", "channel")),
    Move.MAKE_RECORD: Rule(
        frozenset({_S.IDENTIFIED, _S.NOTIFIED}),
        _S.RECORD_MADE,
        _R3,
        ("act_id", "number", "record_on", "signer"),
        _in_time,
    ),
    Move.BEGIN_EXPLANATION: Rule(
        frozenset({_S.RECORD_MADE}), _S.EXPLANATION, _MACHINE, (), _right_to_explain
    ),
    Move.DECIDE: Rule(
        frozenset({_S.RECORD_MADE, _S.EXPLANATION}),
        _S.DECIDED,
        _R4,
        ("number", "decided_on", "signer", "amount"),
        _decision_in_time,
    ),
    Move.ENFORCE: Rule(frozenset({_S.DECIDED}), _S.ENFORCEMENT, _R3, ("reason",)),
    Move.EXECUTE: Rule(frozenset({_S.DECIDED, _S.ENFORCEMENT}), _S.EXECUTED, _R3, ("executed_on",)),
    Move.EXPIRE: Rule(BEFORE_DECISION, _S.EXPIRED, _MACHINE, (), _limitation_passed),
    Move.PROPOSE_CLOSE: Rule(FINISHED, _S.CLOSING, _R3, (), _indexed),
    Move.CLOSE: Rule(frozenset({_S.CLOSING}), _S.CLOSED, _R2, (), _second_person),
    Move.DECLINE_CLOSE: Rule(frozenset({_S.CLOSING}), None, _R2, ("reason",), _second_person),
}
PROPOSALS: Final = frozenset({Move.PROPOSE_NO_SANCTION, Move.PROPOSE_CLOSE})
"""Moves that wait for a second person."""


def objection(move: Move, facts: Facts, actor: Actor, fields: Fields) -> str | None:
    """Why somebody may not do this now; None when he may."""
    rule = TABLE[move]
    if facts.state not in rule.sources:
        return N_("The case as it stands does not allow this.")
    if actor.office not in rule.offices:
        return N_("This office may not do this.")
    answers_transfer = move in (Move.ACCEPT, Move.RETURN)
    if not answers_transfer and actor.unit not in (PROVINCE, facts.unit):
        return N_("The case is with another unit.")
    missing = [name for name in rule.needs if not _has_text(fields.get(name))]
    if missing:
        return f"Missing: {', '.join(missing)}."
    return rule.condition(facts, actor, fields)


def target_of(move: Move, facts: Facts) -> CaseState:
    """Where a move leads that nothing speaks against."""
    target = TABLE[move].target or facts.previous
    assert target is not None, "a case that waits for an answer knows where it was"
    return target


def _has_text(value: JsonValue) -> bool:
    return value is not None and str(value).strip() != ""
