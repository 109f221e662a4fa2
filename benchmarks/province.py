"""A plausible year of a province, written quickly, and resumed where it was stopped.

Events come in chunks, each a transaction of its own and drawn from its own seed: what is there is
not written again, and a database can be filled further. Nine tenths of what is older than two weeks
were rejected or confirmed; of what is younger, half waits. Every event has a clip and a still as
rows; every `STRIDE`-th also as files, so that its page can be opened whole. Small pictures are one
file for all.
"""

import hashlib
import json
import random
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from sqlalchemy import Connection, create_engine, delete, func, insert, make_url, select, text

from litterwatch.detector.types import EventKind, EventState
from litterwatch.labelling.records import Origin
from litterwatch.service.db import Base, Database
from litterwatch.service.events.tables import FootageState
from litterwatch.service.evidence.derived import FOLDER as DERIVED
from litterwatch.service.evidence.tables import Role as FileRole
from litterwatch.service.labels.following import FINAL, label_id
from litterwatch.service.labels.tables import LabelState
from litterwatch.service.reviews.state import Action, ReviewState
from litterwatch.service.sites.service import CameraDraft
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import (
    CameraEntryRow,
    EventRow,
    EvidenceRow,
    FootageRow,
    GrantRow,
    LabelRow,
    ReviewRow,
    SessionRow,
    SiteRow,
    StepRow,
    UserRow,
)
from litterwatch.service.units import units
from litterwatch.service.users.roles import Role

CAMERAS, DAYS, PER_FOOTAGE, STRIDE, CHUNK = 300, 365, 10, 333, 20_000
RECENT: Final = timedelta(days=14)
YOUNG: Final = {
    ReviewState.NEW: 50.0,
    ReviewState.TRIAGING: 2.0,
    ReviewState.PROPOSED: 10.0,
    ReviewState.NEEDS_MORE: 2.0,
    ReviewState.REJECTED: 26.0,
    ReviewState.CONFIRMED: 10.0,
}
OLD: Final = {
    ReviewState.REJECTED: 75.8,
    ReviewState.CONFIRMED: 22.0,
    ReviewState.DUPLICATE: 2.0,
    ReviewState.NEW: 0.2,
}
CLIP: Final = b"clip"
PICTURE_SHA256: Final = "d" * 64
_NOBODYS: Final = "none"  # as a password; no hash is like that


@dataclass(frozen=True, slots=True)
class Filled:
    """What a person may open: cookies, events with files by commune, recordings, days."""

    keys: list[str]
    events: dict[str, list[str]]
    sources: list[str]
    days: list[str]


def made(url: str) -> Database:
    """A database with its tables; on a server it is made if there is none of that name."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        server = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            known = text("SELECT 1 FROM pg_database WHERE datname = :name")
            if connection.execute(known, {"name": address.database}).first() is None:
                connection.execute(text(f'CREATE DATABASE "{address.database}"'))
        server.dispose()
    database = Database(url)
    database.upgrade()
    return database


def fill(database: Database, root: Path, number: int, people: int) -> Filled:
    """Write what is missing, and give everybody a new session.

    Args:
        database: with tables; empty, or filled by this function before.
        root: the data folder; files are written where they are missing.
        number: of events, rounded up to whole chunks.
        people: who work on them: a fifth of the whole province, the others of one commune.

    Raises:
        RuntimeError: the database holds accounts of real people.
    """
    keys = [secrets.token_urlsafe(32) for _ in range(people)]
    begun = _begin(database, keys)
    with database.reading() as session:
        there = session.scalar(select(func.count()).select_from(FootageRow)) or 0
    first, chunks = there * PER_FOOTAGE // CHUNK, -(-number // CHUNK)
    for chunk in range(first, chunks):
        with database.writing() as session:
            _write(session.connection(), _chunk(chunk, begun))
        print(f"{(chunk + 1) * CHUNK} events", flush=True)
    if first < chunks and database.engine.dialect.name == "postgresql":
        own = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with own.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as its own workers would by and by
    database.take_stock()
    shown = _shown(database, range(0, number, STRIDE))
    _write_files(root, [event_id for events in shown.values() for event_id in events])
    numbers = range(0, number // PER_FOOTAGE, max(1, number // PER_FOOTAGE // 300))
    with database.reading() as session:
        ids = [f"f{n * PER_FOOTAGE}" for n in numbers]
        sources = list(session.scalars(select(FootageRow.source).where(FootageRow.id.in_(ids))))
    days = [f"{begun - timedelta(days=back):%Y-%m-%d}" for back in range(0, DAYS, 7)]
    return Filled(keys, shown, sorted(sources), days)


def event_id_of(number: int) -> str:
    """Ids of events are in no order, as the hashes they are."""
    return hashlib.blake2b(number.to_bytes(8), digest_size=16).hexdigest()


def _begin(database: Database, keys: Sequence[str]) -> datetime:
    """People, sites and cameras if there are none yet, new sessions; the end of the year filled."""
    now = datetime.now(UTC)  # noqa: TID251 - sessions must be alive for the server's own clock
    with database.writing() as session:
        others = select(func.count()).where(UserRow.password_hash != _NOBODYS)
        if session.scalar(others):
            raise RuntimeError("this database holds accounts of people: name another one")
        known = session.scalar(select(func.min(UserRow.created_at)))
        connection = session.connection()
        connection.execute(delete(SessionRow))
        there = session.scalar(select(func.count()).select_from(UserRow)) or 0
        people = range(there, len(keys))
        if people:
            connection.execute(insert(UserRow), list(_users(people, now)))
            connection.execute(insert(GrantRow), list(_grants(people)))
        connection.execute(insert(SessionRow), list(_sessions(keys, now)))
        if known is None:
            connection.execute(insert(SiteRow), list(_sites(now)))
            connection.execute(insert(CameraEntryRow), list(_cameras(now)))
    return known or now


def _write(connection: Connection, tables: dict[type[Base], list[dict[str, Any]]]) -> None:
    for table, rows in tables.items():
        if connection.dialect.name == "postgresql":
            _copy(connection, table, rows)
        else:
            connection.execute(insert(table), rows)


def _copy(connection: Connection, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """COPY, many times quicker than INSERT."""
    columns = [column.name for column in table.__table__.columns]
    usual = {column.name: _default(column) for column in table.__table__.columns}
    statement = f"COPY {table.__tablename__} ({', '.join(columns)}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_plain(row.get(name, usual[name])) for name in columns])


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    return column.default.arg(None) if column.default.is_callable else column.default.arg


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    return json.dumps(value) if isinstance(value, dict | list) else value


def _shown(database: Database, numbers: range) -> dict[str, list[str]]:
    """Events with files, by commune or ward."""
    wanted, shown = [event_id_of(number) for number in numbers], dict[str, list[str]]()
    with database.reading() as session:
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            rows = select(ReviewRow.unit, ReviewRow.event_id)
            for unit, event_id in session.execute(rows.where(ReviewRow.event_id.in_(part))):
                shown.setdefault(unit or "", []).append(event_id)
    return {unit: sorted(events) for unit, events in sorted(shown.items())}


def _write_files(root: Path, event_ids: Iterable[str]) -> None:
    for event_id in event_ids:
        for path in (_path(event_id, "clip.mp4"), _path(event_id, "act.jpg")):
            if not (root / path).exists():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(CLIP)
    small = root / DERIVED / PICTURE_SHA256[:2] / f"{PICTURE_SHA256}.jpg"
    small.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).integers(0, 255, (270, 480, 3), dtype=np.uint8)
    encoded = cv2.imencode(".jpg", cv2.GaussianBlur(noise, (7, 7), 0))[1]
    small.write_bytes(encoded.tobytes())


def _path(event_id: str, name: str) -> str:
    return f"evidence/{event_id[:2]}/{event_id}/{name}"


def _users(people: range, now: datetime) -> Iterator[dict[str, Any]]:
    for n in people:
        yield {
            "id": f"u{n}",
            "login": f"user{n}",
            "name": f"Người {n}",
            "password_hash": _NOBODYS,
            "is_active": True,
            "must_change_password": False,
            "language": "vi",
            "totp_step": 0,
            "failures": 0,
            "created_at": now,
            "updated_at": now,
        }


def unit_of_person(number: int) -> str:
    """Where somebody works; empty for the whole province."""
    return "" if number % 5 == 0 else units()[number % 56].code


def _grants(people: range) -> Iterator[dict[str, Any]]:
    for n in people:
        for role in (Role.SCREENER, Role.REVIEWER):
            yield {"user_id": f"u{n}", "role": role, "unit": unit_of_person(n)}


def _sessions(keys: Sequence[str], now: datetime) -> Iterator[dict[str, Any]]:
    for n, key in enumerate(keys):
        yield {
            "id": hashlib.sha256(key.encode()).hexdigest(),
            "user_id": f"u{n}",
            "csrf": "0" * 32,
            "is_complete": True,
            "address": "127.0.0.1",
            "created_at": now,
            "seen_at": now,
        }


def _sites(now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(CAMERAS):
        unit = units()[n % 56]
        yield {
            "id": f"s{n}",
            "name": f"Địa điểm {n}",
            "kind": list(SiteKind)[n % len(SiteKind)],
            "unit": unit.code,
            "latitude": unit.point[1],
            "longitude": unit.point[0],
            "note": "",
            "created_at": now,
            "updated_at": now,
        }


def _cameras(now: datetime) -> Iterator[dict[str, Any]]:
    draft = CameraDraft("", "")
    for n in range(CAMERAS):
        yield {
            **{name: getattr(draft, name) for name in draft.__dataclass_fields__},
            "id": f"c{n}",
            "site_id": f"s{n}",
            "name": f"Camera {n}",
            "source": f"cam{n:03d}/",
            "created_at": now,
            "updated_at": now,
        }


def _chunk(chunk: int, end: datetime) -> dict[type[Base], list[dict[str, Any]]]:
    """Rows of some events, by table, in the order in which they can be inserted."""
    chance = random.Random(f"province {chunk}")  # noqa: S311 - the same province each time
    tables: dict[type[Base], list[dict[str, Any]]] = {
        table: [] for table in (FootageRow, EventRow, EvidenceRow, ReviewRow, StepRow, LabelRow)
    }
    for first in range(chunk * CHUNK, (chunk + 1) * CHUNK, PER_FOOTAGE):
        camera, day = chance.randrange(CAMERAS), chance.randrange(DAYS)
        source = f"cam{camera:03d}/day{day:03d}-{first}.mp4"
        begun = end - timedelta(days=day, hours=chance.uniform(1, 20))
        tables[FootageRow].append(_footage(f"f{first}", source, begun))
        for number in range(first, first + PER_FOOTAGE):
            moment = begun + timedelta(seconds=chance.uniform(0, 3600))
            kind, score = chance.choice(list(EventKind)), round(chance.betavariate(5, 2), 4)
            weights = YOUNG if end - moment < RECENT else OLD
            (state,) = chance.choices(list(weights), list(weights.values()))
            event_id = event_id_of(number)
            tables[EventRow].append(_event(event_id, f"f{first}", kind, score, moment))
            tables[EvidenceRow] += _evidence(event_id, moment)
            unit = units()[camera % 56].code
            tables[ReviewRow].append(_review(event_id, state, kind, score, source, moment, unit))
            tables[StepRow].append(_step(event_id, moment))
            if state in FINAL:
                tables[LabelRow].append(_label(event_id, FINAL[state], source, score, moment, unit))
    return tables


def _review(  # noqa: PLR0917 - columns
    event_id: str,
    state: ReviewState,
    kind: EventKind,
    score: float,
    source: str,
    moment: datetime,
    unit: str,
) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "state": state,
        "revision": 1,
        "kind": kind,
        "score": score,
        "source": source,
        "moment": moment,
        "is_dated": True,
        "unit": unit,
        "is_withdrawn": False,
        "event_version": "0" * 64,
        "changed_at": moment + timedelta(hours=1),
    }


def _label(  # noqa: PLR0917 - columns
    event_id: str, origin: Origin, source: str, score: float, moment: datetime, unit: str
) -> dict[str, Any]:
    """As the desk makes one of each final verdict."""
    return {
        "id": label_id("event", event_id),
        "origin": origin,
        "event_id": event_id,
        "source": source,
        "unit": unit,
        "media_time": 30.0,
        "taken_at": moment,
        "box": [900, 500, 60, 60],
        "track": "",
        "score": score,
        "model_name": "street",
        "model_sha256": "c" * 64,
        "verdict_at": moment + timedelta(hours=1),
        "is_standing": True,
        "state": LabelState.WAITING,
        "made_at": moment + timedelta(hours=1),
        "changed_at": moment + timedelta(hours=1),
    }


def _step(event_id: str, moment: datetime) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "number": 1,
        "action": Action.CREATE,
        "to_state": ReviewState.NEW,
        "actor": "system",
        "at": moment,
        "note": "",
        "detail": {},
        "before": {},
    }


def _footage(key: str, source: str, begun: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "source": source,
        "sha256": "a" * 64,
        "size": 1 << 30,
        "duration": 3600.0,
        "codec": "h264",
        "width": 1920,
        "height": 1080,
        "fps": 25.0,
        "rotation": 0,
        "captured_from": begun,
        "state": FootageState.DONE,
        "config_sha256": "b" * 64,
        "model_name": "street",
        "model_sha256": "c" * 64,
        "software": "bench",
        "frames_decoded": 90_000,
        "frames_analysed": 21_600,
        "frames_inferred": 2_000,
        "wall_seconds": 300.0,
        "gaps": [],
        "tally": {},
        "started_at": begun,
        "finished_at": begun + timedelta(hours=1),
    }


def _event(
    key: str, footage: str, kind: EventKind, score: float, moment: datetime
) -> dict[str, Any]:
    return {
        "id": key,
        "footage_id": footage,
        "machine_id": key,
        "version": "0" * 64,
        "kind": kind,
        "state": EventState.CONFIRMED,
        "score": score,
        "t_enter": 20.0,
        "t_release": 30.0,
        "t_release_uncertainty": 0.2,
        "t_provisional": 40.0,
        "t_confirmed": 60.0,
        "t_actor_left": 35.0,
        "box": [900, 500, 60, 60],
        "actor_box": [880, 380, 90, 240],
        "actor_label": "person",
        "actor_ambiguous": False,
        "zone": "frame",
        "n_items": 1,
        "features": {"owner": 0.9, "stay": 0.8},
        "reasons": [{"code": "released", "media_time": 30.0, "detail": {"gap": 0.4}}],
        "created_at": moment,
        "updated_at": moment,
    }


def _evidence(event_id: str, moment: datetime) -> Iterator[dict[str, Any]]:
    for role, name in ((FileRole.CLIP, "clip.mp4"), (FileRole.STILL_ACT, "act.jpg")):
        is_clip = role is FileRole.CLIP
        yield {
            "path": _path(event_id, name),
            "event_id": event_id,
            "role": role,
            "size": len(CLIP),
            "sha256": PICTURE_SHA256,
            "media_type": "video/mp4" if is_clip else "image/jpeg",
            "t_start": 17.0 if is_clip else 30.0,
            "t_end": 65.0 if is_clip else 30.0,
            "created_at": moment,
        }
