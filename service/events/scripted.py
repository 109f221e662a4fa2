"""A data folder to try things in, with events made of nothing: ships for tests and trials."""

from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, select

from litterwatch.detector.geometry import Box
from litterwatch.detector.protocols import ClipSource
from litterwatch.detector.types import Event, EventKind, EventState, Label, Reason
from litterwatch.service.actor import SYSTEM_ACTOR
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.events.service import EvidenceSink, as_unreviewed, begin_footage
from litterwatch.service.evidence.disk import Disk
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.evidence.retention import delete_due
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.settings import EvidenceSettings
from litterwatch.service.tables import EventRow, EvidenceRow, GarbageRow

SCRIPTED_FOOTAGE = Footage(
    source="street.mp4",
    sha256="a" * 64,
    config_sha256="b" * 64,
    model_name="scripted",
    model_sha256="c" * 64,
    software="0.1.0",
    size=123456,
    duration=90.0,
    codec="h264",
    width=64,
    height=48,
    fps=25.0,
    rotation=0,
)


def scripted_event(machine_id: str = "e1", state: EventState = EventState.CONFIRMED) -> Event:
    """A bag let go at 30 s by a person who came at 20 s and left at 35 s."""
    event = Event(
        id=machine_id,
        camera_id="street.mp4",
        kind=EventKind.BAG_DUMP,
        state=state,
        score=0.8,
        t_enter=20.0,
        t_release=30.0,
        t_release_uncertainty=0.2,
        t_provisional=40.0,
        t_confirmed=60.0,
        t_actor_left=35.0,
        box=Box(10, 10, 20, 20),
        actor_box=Box(5, 5, 25, 40),
        actor_label=Label.PERSON,
        actor_ambiguous=False,
        zone="frame",
        n_items=1,
        features={"owner": 0.9},
        reasons=(Reason("released", 30.0, {"gap": 0.4}),),
    )
    return event if state is EventState.CONFIRMED else replace(event, t_confirmed=None)


def store_scripted_events(root: Path, number: int, ready: Connection) -> None:
    """Store that many events in a data folder: the body of a process that is made to be killed.

    Args:
        root: an empty folder, or one left by a process that was killed here.
        number: how many events there shall be.
        ready: is sent a word when the tables are there and the first event comes next.
    """
    house = ScriptedHouse(root)
    clips = ScriptedClips(content=bytes(range(256)) * 1000, size=(320, 240))
    ready.send("ready")
    with house.store().opened() as store:
        sink = house.sink(store, clips)
        for which in range(number):
            sink.accept(scripted_event(f"e{which}"))
    house.close()


def delete_scripted_events(root: Path, ready: Connection) -> None:
    """Delete what is 31 days old in a data folder: the body of a process made to be killed.

    Args:
        root: a folder that a ScriptedHouse has filled.
        ready: is sent a word when the first deletion comes next.
    """
    house = ScriptedHouse(root)
    house.clock.advance(31 * 86400)
    ready.send("ready")
    with house.store().opened() as store:
        delete_due(house.database, store, house.clock, SYSTEM_ACTOR, as_unreviewed)
    house.close()


class ScriptedHouse:
    """A data folder with its database; stores and sinks on it with any disk and any footage.

    Args:
        root: an empty folder, or one left by an earlier ScriptedHouse.
        database: another one than SQLite in the folder.
    """

    def __init__(self, root: Path, database: Database | None = None) -> None:
        self.root = root
        self.clock = ManualClock()
        self.database = database or Database(sqlite_url(root / "litterwatch.sqlite3"))
        self.database.upgrade()
        with self.database.writing() as session:
            begin_footage(session, self.clock, SCRIPTED_FOOTAGE)

    def store(self, disk: Disk | None = None, reserve_bytes: int = 0) -> EvidenceStore:
        """A store on the folder, not yet opened."""
        return EvidenceStore(
            self.root, self.database, self.clock, disk=disk, reserve_bytes=reserve_bytes
        )

    def sink(
        self,
        store: EvidenceStore,
        clips: ClipSource | None = None,
        footage: Footage = SCRIPTED_FOOTAGE,
    ) -> EvidenceSink:
        """A sink that writes to `store`."""
        return EvidenceSink(
            self.database,
            store,
            self.clock,
            footage=footage,
            clips=clips or ScriptedClips(),
            settings=EvidenceSettings(),
        )

    def files(self) -> set[str]:
        """Every file below the evidence folder, by path relative to the root."""
        found = (self.root / "evidence").rglob("*")
        return {path.relative_to(self.root).as_posix() for path in found if path.is_file()}

    def counts(self) -> tuple[int, int, int]:
        """How many events, evidence rows and garbage rows there are."""
        with self.database.reading() as session:
            events, evidence, garbage = (
                session.scalar(select(func.count()).select_from(table)) or 0
                for table in (EventRow, EvidenceRow, GarbageRow)
            )
        return events, evidence, garbage

    def close(self) -> None:
        """Release the database."""
        self.database.close()
