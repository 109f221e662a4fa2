"""Marks texts that people read, where they are written and not yet put into a language."""


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """The text itself: it is translated when it is shown (service/desk/languages.py)."""
    return text
