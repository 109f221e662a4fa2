"""Entity tags and cursors of the API: a revision in quotes, and what a call repeats."""

from typing import Annotated

from fastapi import Header, Response

from litterwatch.detector.errors import Conflict
from litterwatch.service.texts import N_

LONGEST = 9
"""Digits of a revision."""

IfMatch = Annotated[str, Header()]
"""An entity tag that a call repeats, to change or to read what it knows."""
RequestKey = Annotated[str, Header(alias="Idempotency-Key", max_length=64)]
"""The caller's own name for an order."""


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


def tag(response: Response, revision: int, known: str = "") -> None:
    """Put the entity tag on an answer, which is 304 where the caller knows it as it is."""
    response.headers["ETag"] = tag_of(revision)
    if known == response.headers["ETag"]:
        response.status_code = 304
