"""The first run: whoever reads the terminal of the service makes the first account.

There is no default password. `litterwatch serve` prints an address with a one-time token as long as
there is no account; only the token's hash is kept, and each start makes a new one.
"""

import hashlib
import hmac
import secrets

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.chain import SYSTEM
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, has_accounts, make_account
from litterwatch.service.users.tables import FirstRunRow, UserRow


def issue_token(session: Session, clock: Clock) -> str | None:
    """A new token in place of any earlier one; None when there are accounts already."""
    if has_accounts(session):
        return None
    token = secrets.token_urlsafe(18)
    session.execute(delete(FirstRunRow))
    session.add(FirstRunRow(token_sha256=_digest(token), created_at=clock.now()))
    record(session, clock, actor=SYSTEM, action="first_run.offered", subject="first_run:token")
    return token


def require_token(session: Session, token: str) -> None:
    """Refuse everybody but whoever holds the token.

    Raises:
        NotAllowed: it is wrong or used, or there are accounts.
    """
    stored = session.scalars(select(FirstRunRow.token_sha256)).first()
    is_right = stored is not None and hmac.compare_digest(stored, _digest(token))
    if has_accounts(session) or not is_right:
        raise NotAllowed(
            N_("This first-run address is used or wrong: start litterwatch serve to see a new one.")
        )


def make_first_accounts(
    session: Session, clock: Clock, token: str, administrator: AccountDraft, officer: AccountDraft
) -> tuple[UserRow, UserRow]:
    """The administrator, who sees no footage, and the first officer, who does; the token is spent.

    Their roles are set here, whatever the drafts say.

    Raises:
        NotAllowed: the token is wrong or used.
        InvalidInput: a name cannot be.
        Conflict: both have the same sign-in name.
    """
    require_token(session, token)
    made = make_account(session, clock, SYSTEM, _with(administrator, Grant(Role.ADMINISTRATOR)))
    first = make_account(
        session,
        clock,
        made.id,
        _with(officer, Grant(Role.SCREENER), Grant(Role.REVIEWER)),
    )
    session.execute(delete(FirstRunRow))
    return made, first


def _with(draft: AccountDraft, *grants: Grant) -> AccountDraft:
    return AccountDraft(
        draft.login,
        draft.name,
        grants,
        draft.password_hash,
        must_change_password=False,
        language=draft.language,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
