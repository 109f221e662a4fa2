"""The second factor: codes of an authenticator app (TOTP, RFC 6238)."""

import hmac
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy.orm import Session

from litterwatch.detector.errors import InvalidInput
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.texts import N_
from litterwatch.service.users.service import account
from litterwatch.service.users.tables import UserRow

_STEP: Final = 30  # s, what every app takes for granted
_DRIFT: Final = 1  # steps a telephone's clock may be off


def propose(session: Session, user_id: str) -> str:
    """A new secret, to be shown once; it counts after `turn_on`. Repeating it gives the same.

    Raises:
        NotFound: no such account.
    """
    user = account(session, user_id)
    if user.totp_proposed is None:
        user.totp_proposed = pyotp.random_base32()
    return user.totp_proposed


def address_of(secret: str, login: str) -> str:
    """What an app reads from a square code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="litterwatch")


def turn_on(session: Session, clock: Clock, user_id: str, code: str) -> None:
    """Take the proposed secret, proved by its first code.

    Raises:
        InvalidInput: the code is wrong, or nothing was proposed.
        NotFound: no such account.
    """
    user = account(session, user_id)
    step = None if user.totp_proposed is None else _step_of(user.totp_proposed, code, clock.now())
    if step is None:
        raise InvalidInput(N_("This code is wrong: check the clock of the telephone."))
    user.totp_secret, user.totp_proposed, user.totp_step = user.totp_proposed, None, step
    record(session, clock, actor=user_id, action="second_factor.on", subject=f"user:{user_id}")


def turn_off(session: Session, clock: Clock, user_id: str, code: str) -> None:
    """Do without it, proved by one more code.

    Raises:
        InvalidInput: the code is wrong.
        NotFound: no such account.
    """
    user = account(session, user_id)
    if not accept(user, code, clock.now()):
        raise InvalidInput(N_("This code is wrong: check the clock of the telephone."))
    user.totp_secret = None
    record(session, clock, actor=user_id, action="second_factor.off", subject=f"user:{user_id}")


def accept(user: UserRow, code: str, now: datetime) -> bool:
    """Whether this is the account's code of now; each works once."""
    if user.totp_secret is None:
        return False
    step = _step_of(user.totp_secret, code, now)
    if step is None or step <= user.totp_step:
        return False
    user.totp_step = step
    return True


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    given = "".join(code.split())
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        if hmac.compare_digest(totp.at(step * _STEP), given):
            return step
    return None
