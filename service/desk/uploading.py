"""The gate of forms that bring files: who asks is known before the first byte is read."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from litterwatch.service.desk.access import Gate, require_token
from litterwatch.service.desk.context import Visit

MOST_FILES: Final = 5
MOST_FIELDS: Final = 40
_PIECE: Final = 1 << 20


class ChangeWithFiles(Gate):
    """As `Change`, for a form with files; the form is in `request.state.form` while it lasts."""

    async def __call__(self, request: Request) -> AsyncIterator[Visit]:
        visit = await run_in_threadpool(self.enter, request)
        async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
            request.state.form = form
            yield require_token(visit, text_in(form, "csrf"))


def form_of(request: Request) -> FormData:
    """What the gate has read."""
    form = request.state.form
    assert isinstance(form, FormData)
    return form


def text_in(form: FormData, name: str) -> str:
    """A text that was typed in; empty where there is none."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def files_in(form: FormData, name: str) -> list[UploadFile]:
    """The files that were chosen for a field; a field left empty sends none."""
    found = [value for value in form.getlist(name) if isinstance(value, UploadFile)]
    return [file for file in found if file.filename and file.size]


def pieces_of(file: UploadFile) -> Iterator[bytes]:
    """Its content, piece by piece."""
    while piece := file.file.read(_PIECE):
        yield piece
