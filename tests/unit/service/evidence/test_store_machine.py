"""Whatever is stored, cut off and swept in whatever order: rows and files agree."""

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from litterwatch.detector.errors import EvidenceDiskFull
from litterwatch.detector.types import Event, EventState
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.events.service import version_of
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.scripted import PowerCut, ScriptedDisk
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import Role
from litterwatch.service.tables import EventRow

IDS = st.sampled_from(["a", "b"])
# An event takes some 35 steps to store; later cuts fall into its aftermath or miss.
STEPS = st.integers(0, 45)
ORDER = {EventState.PROVISIONAL: 0, EventState.CONFIRMED: 1}


class StoreMachine(RuleBasedStateMachine):
    """Compares the store with a plain dictionary of what must be in it."""

    @initialize()
    def move_in(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.house = ScriptedHouse(Path(self._folder.name))
        self.expected: dict[str, Event] = {}

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.close()
            self._folder.cleanup()

    def _becomes(self, event: Event) -> None:
        known = self.expected.get(event.id)
        if known is None or ORDER[event.state] >= ORDER[known.state]:
            self.expected[event.id] = event

    @rule(name=IDS, state=st.sampled_from(list(ORDER)), items=st.integers(1, 2))
    def store(self, name: str, state: EventState, items: int) -> None:
        event = replace(scripted_event(name, state), n_items=items)
        with self.house.store().opened() as store:
            self.house.sink(store).accept(event)
        self._becomes(event)

    @rule(name=IDS, state=st.sampled_from(list(ORDER)), items=st.integers(1, 2), step=STEPS)
    def power_cut(self, name: str, state: EventState, items: int, step: int) -> None:
        event = replace(scripted_event(name, state), n_items=items)
        sink = self.house.sink(self.house.store(ScriptedDisk(cut_at=step)))
        try:
            sink.accept(event)
        except PowerCut:
            # It may have fallen behind the transaction, into the removal of superseded files.
            if self._version(name) != version_of(event):
                return
        self._becomes(event)

    @rule(name=IDS, items=st.integers(1, 2), room=st.integers(0, 16))
    def full_disk(self, name: str, items: int, room: int) -> None:
        event = replace(scripted_event(name), n_items=items)
        with self.house.store(ScriptedDisk(room_for=room)).opened() as store:
            try:
                self.house.sink(store).accept(event)
            except EvidenceDiskFull:
                return
        self._becomes(event)

    @rule()
    def sweep(self) -> None:
        self.house.store().sweep_garbage()
        assert self.house.counts()[2] == 0
        assert len(self.house.files()) == self.house.counts()[1]

    def _version(self, name: str) -> str | None:
        with self.house.database.reading() as session:
            row = session.get(EventRow, SCRIPTED_FOOTAGE.event_id(name))
            return None if row is None else row.version

    @invariant()
    def rows_and_files_agree(self) -> None:
        if not hasattr(self, "house"):
            return
        report = check(self.house.root, self.house.database, "hashes")
        assert report.problems == ()
        events, evidence, _ = self.house.counts()
        assert (events, evidence) == (len(self.expected), 6 * len(self.expected))

    @invariant()
    def the_latest_state_is_stored(self) -> None:
        for name, event in getattr(self, "expected", {}).items():
            assert self._version(name) == version_of(event)
            event_id = SCRIPTED_FOOTAGE.event_id(name)
            with self.house.database.reading() as session:
                manifest = files_of(session, [event_id])[event_id][Role.MANIFEST]
            text = (self.house.root / manifest.path).read_text("utf-8")
            assert f'"n_items":{event.n_items},' in text
            assert f'"state":"{event.state}"' in text


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=8,
    stateful_step_count=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
