"""What calls of the API share: their prefix, their problems, and the description of all of them."""

from typing import Any, Final

from pydantic import BaseModel

PREFIX: Final = "/api/v1"


class Problem(BaseModel):
    """An error (RFC 9457); texts are in the language of the account."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    code: {
        "description": text,
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
    for code, text in (
        (401, "Not signed in"),
        (403, "Not allowed"),
        (404, "No such thing where this account may look"),
        (409, "It stands otherwise by now"),
        (422, "Something is missing"),
    )
}


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a call that go wrong; 401 and 403 always can."""
    return {code: _PROBLEMS[code] for code in (401, 403, *codes)}
