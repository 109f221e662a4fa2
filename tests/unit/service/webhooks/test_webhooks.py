"""Other systems are told, signed, until they take it or are given up; a kill loses nothing."""

import hashlib
import hmac
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.detector.errors import InvalidInput, NotFound
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.db import Database
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.state import Action, RejectReason
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.tables import DeliveryRow, WebhookRow
from litterwatch.service.users.roles import Role
from litterwatch.service.vault import Vault
from litterwatch.service.webhooks.courier import ATTEMPTS, WAITS, Courier, signature
from litterwatch.service.webhooks.service import (
    Draft,
    add_webhook,
    clean_address,
    deliveries_of,
    remove_webhook,
    switch_webhook,
    try_again,
    webhook,
)
from litterwatch.service.webhooks.tables import DeliveryState

REJECT = Order(Action.REJECT, reason=RejectReason.FALSE_ALARM)
UNDO = Order(Action.UNDO)


@dataclass
class Receiver:
    """A real server; it answers with `status`, after it was allowed to."""

    status: int = 204
    allowed: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                receiver.begun.set()
                receiver.allowed.wait(120)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.allowed.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/events?from=lw"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.allowed.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


class House:
    """Three events, and somebody who judges them."""

    def __init__(self, root: Path, database: Database | None = None) -> None:
        self.desk = ScriptedReviews(root, ["e1", "e2", "e3"], database=database)
        self.root, self.clock, self.database = root, self.desk.clock, self.desk.database
        self.lan: Person = self.desk.person("lan", Role.SCREENER)
        self.vault = Vault(root)

    def add(self, address: str, unit: str = "") -> tuple[str, str]:
        with self.database.writing() as session:
            draft = Draft("Đường dây nóng", address, unit)
            row, secret = add_webhook(session, self.clock, self.vault, "nam", draft)
            return row.id, secret

    def courier(self) -> Courier:
        return Courier(self.database, self.clock, self.vault, base="https://desk.test")

    def judge(self, times: int = 1) -> None:
        """One step more of the first event, or several."""
        with self.database.reading() as session:
            event_id = min(session.scalars(select(ReviewRow.event_id)))
        for _ in range(times):
            self.desk.reviews.carry_out(self.lan, event_id, Order(Action.CLAIM))
            self.desk.reviews.carry_out(self.lan, event_id, UNDO)

    def rows(self, webhook_id: str) -> list[DeliveryRow]:
        with self.database.reading() as session:
            return list(deliveries_of(session, webhook_id))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.desk.close()


def test_what_happens_is_told_signed_on_both_databases(
    tmp_path: Path, any_database: Database, receiver: Receiver
) -> None:
    house = House(tmp_path, any_database)
    hook, secret = house.add(receiver.address)
    house.judge()
    assert house.courier().run() == 2
    for heading, body in receiver.got:
        at = int(heading["litterwatch-timestamp"])
        assert at == int(house.clock.now().timestamp())
        mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert heading["litterwatch-signature"] == f"sha256={mac}"
        assert heading["litterwatch-delivery"] == json.loads(body)["delivery"]
    told = json.loads(receiver.got[0][1])
    assert (told["what"], told["state"], told["revision"]) == ("changed", "triaging", 2)
    assert told["link"] == f"https://desk.test/events/{told['event']}"
    assert {row.state for row in house.rows(hook)} == {DeliveryState.DELIVERED}
    assert house.courier().run() == 0


def test_messages_hold_ids_kinds_times_and_a_link_and_nothing_else(
    house: House, receiver: Receiver
) -> None:
    house.add(receiver.address)
    house.judge()
    house.courier().run()
    keys = {
        "delivery",
        "what",
        "event",
        "kind",
        "state",
        "revision",
        "unit",
        "moment",
        "at",
        "link",
    }
    for _, body in receiver.got:
        assert set(json.loads(body)) == keys
        for private in (b"street", b"lan", b"Lan", house.lan.user_id.encode(), b"jpg", b"mp4"):
            assert private not in body


def test_the_secret_is_nowhere_in_the_clear(house: House, receiver: Receiver) -> None:
    hook, secret = house.add(receiver.address)
    house.judge()
    house.courier().run()
    for path in house.root.iterdir():
        if path.is_file():
            assert secret.encode() not in path.read_bytes()
    with house.database.reading() as session:
        row = session.get_one(WebhookRow, hook)
        assert house.vault.open(row.secret) == secret
        assert secret not in str([r.detail for r in read_log(session, AuditFilter(), 10)])
    assert all(secret.encode() not in body for _, body in receiver.got)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_tried_ever_less_often_and_then_given_up(
    house: House, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    hook, _ = house.add(receiver.address)
    house.judge()
    courier = house.courier()
    assert courier.run() == 0
    assert len(receiver.got) == 1  # the second waits for its turn: the address is not hammered
    waited = []
    for _ in range(400):
        before = len(receiver.got)
        courier.run()
        if len(receiver.got) > before:
            waited.append(house.clock.monotonic())
        house.clock.advance(600)
    rows = house.rows(hook)
    assert {(row.state, row.attempts, row.status) for row in rows} == {
        (DeliveryState.DEAD, ATTEMPTS, status)
    }
    assert len(receiver.got) == 2 * ATTEMPTS
    assert {row.why for row in rows} == {"It was not taken."}
    assert list(WAITS) == sorted(WAITS)
    receiver.status = 200
    with house.database.writing() as session:
        assert try_again(session, house.clock, "nam", hook) == 2
    assert courier.run() == 2
    assert {row.state for row in house.rows(hook)} == {DeliveryState.DELIVERED}


def test_one_who_is_away_delays_nobody_else(house: House, receiver: Receiver) -> None:
    away, _ = house.add("http://127.0.0.1:9/")
    here, _ = house.add(receiver.address)
    house.judge(5)
    house.courier().run()
    assert {row.state for row in house.rows(here)} == {DeliveryState.DELIVERED}
    tried = [row for row in house.rows(away) if row.attempts]
    assert [row.why for row in tried] == ["Nobody could be reached there."]


def test_an_address_hears_of_its_own_commune_and_of_nothing_before_it(
    house: House, receiver: Receiver
) -> None:
    house.judge()
    hook, _ = house.add(receiver.address, "01273")
    house.judge()
    house.courier().run()
    assert receiver.got == []
    with house.database.writing() as session:
        for row in session.scalars(select(ReviewRow)):
            row.unit = "01273"
    house.judge()
    assert house.courier().run() == 2
    with house.database.writing() as session:
        switch_webhook(session, house.clock, "nam", hook, is_active=False)
    house.judge()
    assert house.courier().run() == 0
    with house.database.writing() as session:
        switch_webhook(session, house.clock, "nam", hook, is_active=True)
    assert house.courier().run() == 0


def test_one_that_was_removed_hears_nothing_more(house: House, receiver: Receiver) -> None:
    receiver.status = 500
    hook, _ = house.add(receiver.address)
    house.judge()
    house.courier().run()
    with house.database.writing() as session:
        remove_webhook(session, house.clock, "nam", hook)
    receiver.status = 200
    house.clock.advance(10**6)
    assert house.courier().run() == 0
    with house.database.reading() as session:
        assert session.get_one(WebhookRow, hook).secret == ""
        with pytest.raises(NotFound):
            webhook(session, hook)
    assert {row.state for row in house.rows(hook)} == {DeliveryState.DEAD}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://x.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "//x.test/",
        "http://a:b@x.test/",
        "http://x.test/#part",
        "http://x.test:99999/",
        "http://[::1/",
        "http://x.test/a b",
        "http://x.test/\n",
        "https://x.test/" + "a" * 500,
    ],
)
def test_addresses_that_cannot_be_told_anything_are_refused(house: House, address: str) -> None:
    if address == "http://x.test/\n":
        assert clean_address(address) == "http://x.test/"
        return
    with pytest.raises(InvalidInput):
        clean_address(address)
    with pytest.raises(InvalidInput):
        house.add(address)


def test_a_receiver_that_breaks_off_is_told_so(house: House) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        connection, _ = listener.accept()
        connection.recv(10)
        connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    hook, _ = house.add(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    house.judge()
    house.courier().run()
    thread.join()
    listener.close()
    assert "The connection broke off." in {row.why for row in house.rows(hook)}


CHILD = """
import sys
from pathlib import Path
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.vault import Vault
from litterwatch.service.webhooks.courier import Courier

root = Path(sys.argv[1])
database = Database(sqlite_url(root / "litterwatch.sqlite3"))
Courier(database, SystemClock(), Vault(root)).run()
print("done", flush=True)
"""


def test_a_kill_between_sending_and_noting_loses_nothing(house: House, receiver: Receiver) -> None:
    """kill -9 while the receiver is answering: told again, under the same id; nothing is lost."""
    hook, _ = house.add(receiver.address)
    house.judge(3)
    receiver.allowed.clear()
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(house.root)], stdout=subprocess.PIPE)
    assert receiver.begun.wait(60)
    child.kill()
    child.communicate()
    receiver.allowed.set()
    assert {row.state for row in house.rows(hook)} == {DeliveryState.WAITING}
    assert len(house.rows(hook)) == 6
    house.clock.advance(10**9)  # the child's clock was the real one
    while house.courier().run():
        pass
    ids = [json.loads(body)["delivery"] for _, body in receiver.got]
    assert len(set(ids)) == 6
    assert ids.count(ids[0]) == 2
    assert {row.state for row in house.rows(hook)} == {DeliveryState.DELIVERED}


def test_the_courier_works_in_a_thread_and_stops(house: House, receiver: Receiver) -> None:
    house.add(receiver.address)
    house.judge()
    courier = house.courier()
    courier.start()
    assert receiver.begun.wait(60)
    courier.stop()
    assert receiver.got


def test_the_signature_is_the_documented_one() -> None:
    secret, body = "00" * 32, b'{"a": 1}'
    assert signature(secret, 1767225600, body) == (
        hmac.new(secret.encode(), b'1767225600.{"a": 1}', hashlib.sha256).hexdigest()
    )
