"""What the forms of a case ask for, and how what was typed in is read."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from litterwatch.detector.errors import InvalidInput
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.state import TABLE, Move
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit


class FieldKind(StrEnum):
    """How a field is typed in."""

    DAY = "day"
    LINE = "line"
    WORDS = "words"
    UNIT = "unit"
    ACT = "act"
    AMOUNT = "amount"
    GROUND = "ground"


class Ground(StrEnum):
    """Why nobody is sanctioned."""

    NO_VIOLATION = "no_violation"
    NOT_SANCTIONABLE = "not_sanctionable"
    REMINDER = "reminder"


FIELDS: Final[Mapping[str, FieldKind]] = {
    "taken_on": FieldKind.DAY,
    "identified_on": FieldKind.DAY,
    "notified_on": FieldKind.DAY,
    "record_on": FieldKind.DAY,
    "decided_on": FieldKind.DAY,
    "executed_on": FieldKind.DAY,
    "cleaned_on": FieldKind.DAY,
    "occurred_on": FieldKind.DAY,
    "reason": FieldKind.WORDS,
    "how": FieldKind.WORDS,
    "target_unit": FieldKind.UNIT,
    "ground": FieldKind.GROUND,
    "channel": FieldKind.LINE,
    "act_id": FieldKind.ACT,
    "number": FieldKind.LINE,
    "signer": FieldKind.LINE,
    "amount": FieldKind.AMOUNT,
    "to_whom": FieldKind.LINE,
}
"""Every field that a move of a case or of a place may need."""

_MAY_ALSO: Final[Mapping[Move, tuple[str, ...]]] = {Move.DECIDE: ("reason",)}
_LONGEST: Final = 2000


def fields_of(move: Move) -> tuple[str, ...]:
    """The fields of a move, those that may be left out last."""
    return TABLE[move].needs + _MAY_ALSO.get(move, ())


def read_fields(
    names: Sequence[str], needed: Sequence[str], form: Mapping[str, str], today: date
) -> dict[str, JsonValue]:
    """What was typed in, as the services want it; fields that were left out are not there.

    Raises:
        InvalidInput: something that is needed is missing, or cannot be.
    """
    typed = {name: form.get(name, "").strip() for name in names}
    if any(not typed[name] for name in needed):
        raise InvalidInput(N_("Fill in everything that this step needs."))
    return {name: _read(FIELDS[name], text, today) for name, text in typed.items() if text}


def read_day(text: str) -> date:
    """A day as people write it, 31/12/2026, or as programs do.

    Raises:
        InvalidInput: it is none.
    """
    try:
        if "/" in text:
            day, month, year = text.strip().split("/")
            return date(int(year), int(month), int(day))
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput(N_("Write dates like 31/12/2026.")) from error


def _read(kind: FieldKind, text: str, today: date) -> JsonValue:
    match kind:
        case FieldKind.DAY:
            day = read_day(text)
            if day > today:
                raise InvalidInput(N_("This day has not come yet."))
            return day.isoformat()
        case FieldKind.AMOUNT:
            digits = text.replace(".", "").replace(" ", "").replace(",", "")
            if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
                raise InvalidInput(N_("Write the amount in whole VND, such as 1.500.000."))
            return int(digits)
        case FieldKind.UNIT if known_unit(text) is None:
            raise InvalidInput(N_("There is no such commune or ward."))
        case FieldKind.GROUND if text not in set(Ground):
            raise InvalidInput(N_("Choose one of the grounds."))
        case _:
            if len(text) > _LONGEST:
                raise InvalidInput(N_("The note is too long: 2000 characters at most."))
            return text
