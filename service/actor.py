"""Who does something: the value that every service takes which changes or shows evidence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PROVINCE: Final = ""
"""The unit of somebody who acts for the whole province."""


class Office(StrEnum):
    """In which capacity somebody acts."""

    SCREENER = "r1"
    REVIEWER = "r2"
    CASE_OFFICER = "r3"
    AUTHORITY = "r4"
    INSPECTOR = "r5"
    CLERK = "r6"
    ADMINISTRATOR = "r7"
    AUDITOR = "r8"
    SYSTEM = "s"


@dataclass(frozen=True, slots=True)
class Actor:
    """One person acting in one capacity; who that is was proved before.

    Attributes:
        id: of the account; on the command line, the name of the operating system's account.
        office: in which capacity.
        unit: code of the commune or ward acted for, or `PROVINCE`.
    """

    id: str
    office: Office
    unit: str = PROVINCE

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise ValueError("an actor has an id")


SYSTEM_ACTOR: Final = Actor("system", Office.SYSTEM)
"""The machine. No person can act as it, and it may do next to nothing."""
