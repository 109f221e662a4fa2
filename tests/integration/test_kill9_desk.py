"""kill -9 of the desk while verdicts come in: none acknowledged is lost, no chain is broken."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from litterwatch.service.audit.service import verify_log
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.evidence.custody import verify_chain
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.tables import ReviewRow, StepRow
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, make_account

SERVE = "from litterwatch.service.cli import main; import sys; main(sys.argv[1:])"
PASSWORD = "mưa rơi trên núi"  # noqa: S105 - of an account of this test
KILLS, EVENTS = 100, 20


class DeskProcess:
    """`litterwatch serve` on a free port, and a client that is signed in."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", SERVE, "serve", str(root), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        said = re.search(r"http://\S+", self.process.stdout.readline())
        assert said
        self.client = httpx2.Client(base_url=said.group(), timeout=30)
        self.client.get("/sign-in")
        form = {
            "login": "lan",
            "password": PASSWORD,
            "csrf": self.client.cookies["litterwatch-before"],
        }
        self.client.post("/sign-in", data=form)
        self.client.headers["X-CSRF-Token"] = self.client.get("/api/v1/me").json()["csrf"]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def judge_all(desk: DeskProcess, ids: list[str], told: dict[str, int]) -> None:
    """Reject and take back in turn until nobody answers; `told` holds what was acknowledged."""
    try:
        while True:
            for event_id in ids:
                for body in ({"action": "reject", "reason": "false_alarm"}, {"action": "undo"}):
                    answer = desk.client.post(f"/api/v1/events/{event_id}/steps", json=body)
                    if answer.status_code == 409:
                        continue  # the kill before fell between a verdict and its answer
                    assert answer.status_code == 200, answer.text
                    told[event_id] = answer.json()["revision"]
    except httpx2.TransportError:
        return


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
    told: dict[str, int] = {}
    for kill in range(KILLS):
        desk = DeskProcess(tmp_path)
        writer = threading.Thread(target=judge_all, args=(desk, ids, told))
        writer.start()
        # At another moment each time: while it starts to serve, amid orders, between two of them.
        writer.join(timeout=0.05 + 0.041 * (kill % 13))
        desk.kill()
        # Closed only when nobody uses it: a closed client is another error than a dead server.
        writer.join(timeout=30)
        assert not writer.is_alive()
        desk.client.close()
        database = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
        with database.reading() as session:
            for event_id, revision in told.items():
                review = session.get_one(ReviewRow, event_id)
                assert review.revision >= revision
                steps = session.scalars(select(StepRow).where(StepRow.event_id == event_id)).all()
                assert len(steps) == review.revision
            assert verify_log(session)[1] == []
            assert verify_chain(session)[1] == []
        database.close()
    assert told, "nothing was acknowledged before any kill"
