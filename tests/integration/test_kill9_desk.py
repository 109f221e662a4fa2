"""kill -9 of the desk while verdicts come in: none acknowledged is lost, no chain is broken.

Starting Python and importing the desk is nearly all that a life costs. One process, the nursery,
does that once; each desk is forked from it before anything is opened, and runs the same command.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from litterwatch.service.audit.service import verify_log
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.evidence.custody import verify_chain
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.tables import ReviewRow, StepRow
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, make_account

NURSERY = """
import os, sys
import litterwatch.service.serving
from litterwatch.service.cli import main
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        main(["serve", line.rstrip("\\n"), "--port", "0"])
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
PASSWORD = "mưa rơi trên núi"  # noqa: S105 - of an account of this test
KILLS, EVENTS, WRITERS = 100, 20, 3
WHOLE = 10
"""Every so many kills the chains are walked from their beginning; revisions and steps each time."""


class Nursery:
    """Bears desks.

    Args:
        root: their data folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-c", NURSERY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def close(self) -> None:
        """End; the desk that lives has been killed before."""
        self._process.communicate(timeout=30)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    @contextmanager
    def life(self) -> Iterator[str]:
        """The address of a desk that is killed when the block ends."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self.root}\n")
        self._process.stdin.flush()
        lines = [self._line(), self._line()]  # the child may be quicker than its parent
        pid = next(int(line) for line in lines if line.strip().isdigit())
        address = next(m.group() for line in lines if (m := re.search(r"http://\S+", line)))
        try:
            yield address
        finally:
            os.kill(pid, signal.SIGKILL)
            assert self._line() == "gone\n"


def signed_in(address: str) -> Mapping[str, str]:
    """Headers of somebody who is signed in; his session is a row and outlives every desk."""
    with httpx2.Client(base_url=address, timeout=30) as client:
        client.get("/sign-in")
        before = client.cookies["litterwatch-before"]
        client.post("/sign-in", data={"login": "lan", "password": PASSWORD, "csrf": before})
        csrf = client.get("/api/v1/me").json()["csrf"]
        return {"Cookie": f"litterwatch={client.cookies['litterwatch']}", "X-CSRF-Token": csrf}


@dataclass
class Told:
    """What was acknowledged: the revision of each event, and a token for each answer."""

    revisions: dict[str, int] = field(default_factory=dict)
    answers: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def note(self, event_id: str, revision: int) -> None:
        """One more."""
        self.revisions[event_id] = revision
        self.answers.release()


def judge_all(address: str, headers: Mapping[str, str], ids: list[str], told: Told) -> None:
    """Reject and take back in turn until nobody answers."""
    with httpx2.Client(base_url=address, timeout=30, headers=headers) as client:
        try:
            while True:
                for event_id in ids:
                    for body in ({"action": "reject", "reason": "false_alarm"}, {"action": "undo"}):
                        answer = client.post(f"/api/v1/events/{event_id}/steps", json=body)
                        if answer.status_code == 409:
                            continue  # the kill before fell between a verdict and its answer
                        assert answer.status_code == 200, answer.text
                        told.note(event_id, answer.json()["revision"])
        except httpx2.TransportError:
            return


def let_work(told: Told, kill: int) -> None:
    """Come back at another moment each time, however slow the machine is.

    While the desk still starts, just after it answered a number of orders, some milliseconds later:
    amid the next ones.
    """
    if kill % 10:
        for _ in range(kill % 5):
            assert told.answers.acquire(timeout=300), "the desk answers no order"
    time.sleep(0.004 * (kill % 13))  # noqa: TID251 - a real server


def require_kept(database: Database, told: Mapping[str, int], *, is_whole: bool) -> None:
    """Everything that was acknowledged is there, with a step for each revision."""
    with database.reading() as session:
        reviews = session.execute(select(ReviewRow.event_id, ReviewRow.revision)).all()
        revisions = {row.event_id: row.revision for row in reviews}
        assert all(revisions[event_id] >= revision for event_id, revision in told.items())
        counted = select(StepRow.event_id, func.count(), func.max(StepRow.number))
        steps = session.execute(counted.group_by(StepRow.event_id)).all()
        assert {row[0]: (row[1], row[2]) for row in steps} == {
            event_id: (revision, revision) for event_id, revision in revisions.items()
        }
        if is_whole:
            assert verify_log(session)[1] == []
            assert verify_chain(session)[1] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_acknowledged_verdict_is_lost(tmp_path: Path) -> None:
    house = ScriptedReviews(tmp_path, [f"e{number}" for number in range(EVENTS)])
    draft = AccountDraft(
        "lan",
        "Lan",
        [Grant(Role.SCREENER)],
        Passwords().hash(PASSWORD),
        must_change_password=False,
    )
    with house.database.writing() as session:
        make_account(session, SystemClock(), "system", draft)
        ids = sorted(session.scalars(select(ReviewRow.event_id)))
    house.close()
    told, last_words = Told(), 0
    headers: Mapping[str, str] = {}
    database = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
    nursery = Nursery(tmp_path)
    for kill in range(KILLS):
        before = dict(told.revisions)
        told.answers = threading.Semaphore(0)
        with nursery.life() as address:
            headers = headers or signed_in(address)
            writers = [
                threading.Thread(target=judge_all, args=(address, headers, ids[n::WRITERS], told))
                for n in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            let_work(told, kill)
        for writer in writers:
            writer.join(timeout=30)
            assert not writer.is_alive()
        last_words += told.revisions != before
        require_kept(database, told.revisions, is_whole=kill % WHOLE == WHOLE - 1)
    nursery.close()
    database.close()
    assert last_words > KILLS // 2, "too few kills fell into a time of orders"
