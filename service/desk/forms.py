"""Forms whose fields depend on what is ordered: everything that was typed in, by name."""

from typing import Annotated

from fastapi import Depends, Request


async def _typed_in(request: Request) -> dict[str, str]:
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


TypedIn = Annotated[dict[str, str], Depends(_typed_in)]
"""Texts only; the gate has read the token from the same form."""
