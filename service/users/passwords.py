"""Passwords: what is good enough, and how they are kept (Argon2id)."""

from threading import BoundedSemaphore
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from litterwatch.detector.errors import InvalidInput
from litterwatch.service.texts import N_

LEAST: Final = 12
"""Fewest characters; length is what counts, so no signs or capitals are asked for."""

_AT_ONCE: Final = 2
_MOST: Final = 200  # longer ones only cost time
_COMMON: Final = (
    "password", "matkhau", "mat khau", "123456", "654321", "qwerty", "abc123", "iloveyou",
    "letmein", "admin", "litterwatch", "caobang", "congan", "changeme",
)  # fmt: skip


class Passwords:
    """Makes and checks hashes.

    Args:
        hasher: the recommended cost, unless a test wants to be quick.
    """

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hash = PasswordHash((hasher or Argon2Hasher(),))
        self._nobody = self._hash.hash("nobody has this password")
        # Each takes 64 MiB: who sends many at once must not take the machine's memory.
        self._turns = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """What is stored."""
        with self._turns:
            return self._hash.hash(password)

    def is_right(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; takes as long for an account that is not there."""
        try:
            with self._turns:
                fits = self._hash.verify(password[:_MOST], stored or self._nobody)
        except UnknownHashError:
            return False
        return fits and stored is not None


def require_good(password: str, login: str) -> None:
    """Refuse what would be guessed.

    Raises:
        InvalidInput: too short, too long, or made of what everybody tries first.
    """
    if len(password) < LEAST:
        raise InvalidInput(
            N_("The password needs at least 12 characters: a short sentence is good.")
        )
    if len(password) > _MOST:
        raise InvalidInput(N_("The password is too long."))
    left = password.lower()
    for word in (login.lower(), *_COMMON):
        left = left.replace(word, "")
    if len(set(left)) < 5:
        raise InvalidInput(N_("This password is among the first that are tried: choose another."))
