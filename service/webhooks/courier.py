"""Carries what is in the outbox to its addresses, signed, until it is taken or given up.

At least once: whoever is killed between an answer and its note tells the same again, under the same
delivery id. A receiver that does not answer delays nobody but itself by more than one attempt a
round.
"""

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import httpx
import structlog
from sqlalchemy import select

import litterwatch
from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.protocols import Clock
from litterwatch.service.db import Database
from litterwatch.service.texts import N_
from litterwatch.service.vault import Vault
from litterwatch.service.webhooks.outbox import fill_outbox
from litterwatch.service.webhooks.tables import DeliveryRow, DeliveryState, WebhookRow

WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 21600, 43200)
)
"""Until the next attempt, after the first, the second, ...; after the last one it is given up."""

ATTEMPTS: Final = len(WAITS) + 1
TIMEOUT: Final = 10.0
"""Seconds an address may take to connect, and again to answer."""

_ROUND: Final = 100
_EVERY: Final = 2.0
_log = structlog.get_logger(__name__)

Post = Callable[[str, bytes, dict[str, str]], int]
"""Sends a body with headers to an address; the status it was answered with."""


class Courier:
    """Empties the outbox of a database.

    Args:
        database: with the outbox.
        clock: when.
        vault: opens the secrets.
        base: how addresses of the desk begin, for links.
        post: sends; the real thing unless a test says otherwise.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        *,
        base: str = "",
        post: Post | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._base = base
        self._post = post or post_over_http
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the attempt at hand, then end."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> int:
        """One round: fill the outbox, then one attempt for whatever is due; how many were taken.

        Raises:
            StoreError: the database refused.
        """
        fill_outbox(self._database, self._clock, self._base)
        with self._database.reading() as session:
            rows = (
                select(DeliveryRow.id, DeliveryRow.webhook_id)
                .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
                .where(
                    DeliveryRow.state == DeliveryState.WAITING,
                    DeliveryRow.next_at <= self._clock.now(),
                    WebhookRow.is_active.is_(True),
                )
            )
            order = rows.order_by(DeliveryRow.next_at, DeliveryRow.seq).limit(_ROUND)
            due = session.execute(order).all()
        taken, failed = 0, set()
        for delivery_id, webhook_id in due:
            if self._stopped.is_set() or webhook_id in failed:
                continue
            if self._attempt(delivery_id):
                taken += 1
            else:
                failed.add(webhook_id)
        return taken

    def _attempt(self, delivery_id: str) -> bool:
        with self._database.reading() as session:
            row = session.get_one(DeliveryRow, delivery_id)
            webhook = session.get_one(WebhookRow, row.webhook_id)
            body, address, sealed = row.body.encode(), webhook.address, webhook.secret
        status, why = None, ""
        try:
            secret = self._vault.open(sealed)
            at = int(self._clock.now().timestamp())
            status = self._post(address, body, headers(delivery_id, secret, at, body))
            if not 200 <= status < 300:
                why = N_("It was not taken.")
        except httpx.HTTPError as error:
            why = _words_for(error)
        except LitterwatchError as error:
            why = str(error)
        self._note(delivery_id, status, why)
        return not why

    def _note(self, delivery_id: str, status: int | None, why: str) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            row = session.get_one(DeliveryRow, delivery_id, with_for_update=True)
            if row.state is not DeliveryState.WAITING:
                return  # removed meanwhile
            row.attempts, row.status, row.why = row.attempts + 1, status, why
            if not why:
                row.state, row.finished_at = DeliveryState.DELIVERED, now
            elif row.attempts >= ATTEMPTS:
                row.state, row.finished_at = DeliveryState.DEAD, now
                _log.error("a webhook was given up", webhook=row.webhook_id, delivery=delivery_id)
            else:
                row.next_at = now + WAITS[row.attempts - 1]

    def _work(self) -> None:
        while not self._stopped.wait(_EVERY):
            try:
                self.run()
            except Exception as error:  # noqa: BLE001 - the outermost loop of a worker
                _log.error("the outbox cannot be emptied just now", why=str(error))


def headers(delivery_id: str, secret: str, at: int, body: bytes) -> dict[str, str]:
    """The heading of a message: who it is, when it was sent, and the signature over both.

    Args:
        delivery_id: the same for every attempt.
        secret: of the address.
        at: seconds since 1970, UTC: a receiver refuses what is old.
        body: as it is sent.
    """
    return {
        "Content-Type": "application/json",
        "User-Agent": f"litterwatch/{litterwatch.__version__}",
        "Litterwatch-Delivery": delivery_id,
        "Litterwatch-Timestamp": str(at),
        "Litterwatch-Signature": f"sha256={signature(secret, at, body)}",
    }


def signature(secret: str, at: int, body: bytes) -> str:
    """HMAC-SHA256, hex, with the secret's bytes as key, over `TIMESTAMP.BODY`."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def post_over_http(address: str, body: bytes, heading: dict[str, str]) -> int:
    """Send it; the answer's status. No redirection is followed, no proxy of the machine used.

    Raises:
        httpx.HTTPError: there was no answer.
    """
    with (
        httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", address, content=body, headers=heading) as answer,
    ):
        return answer.status_code  # what it says beside that is not read


def _words_for(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return N_("It did not answer in time.")
    if isinstance(error, httpx.ConnectError):
        return N_("Nobody could be reached there.")
    return N_("The connection broke off.")
