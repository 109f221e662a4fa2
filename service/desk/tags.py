"""Entity tags and cursors of the API: a revision in quotes, and what a call repeats."""

from litterwatch.detector.errors import Conflict
from litterwatch.service.texts import N_

LONGEST = 9
"""Digits of a revision."""


def tag_of(revision: int) -> str:
    """The entity tag of something that counts its changes."""
    return f'"{revision}"'


def revision_in(tag: str) -> int | None:
    """The revision that an order names; None where it names none.

    Raises:
        Conflict: this is no tag of ours.
    """
    if not tag or tag == "*":
        return None
    number = tag.strip().strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > LONGEST:
        raise Conflict(N_("This entity tag is none of ours."))
    return int(number)
