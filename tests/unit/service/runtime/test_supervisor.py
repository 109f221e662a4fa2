"""Which group watches which cameras, and what changes of the file do to a watch that runs."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import EventState, Site
from litterwatch.service.cameras_file import CameraEntry, CamerasFile, CamerasRead
from litterwatch.service.clock import ManualClock
from litterwatch.service.events.scripted import scripted_event
from litterwatch.service.evidence.manifest import CameraClock
from litterwatch.service.runtime.board import Board, read_status
from litterwatch.service.runtime.condition import Condition, Link
from litterwatch.service.runtime.group_process import GroupProcess
from litterwatch.service.runtime.keeper import Keeper
from litterwatch.service.runtime.live_messages import Found, Pulse
from litterwatch.service.runtime.lookouts import Lookouts
from litterwatch.service.runtime.stretches import Stretches
from litterwatch.service.runtime.supervisor import Supervisor, assigned


def entry(camera_id: str) -> CameraEntry:
    return CameraEntry(CameraConnection(camera_id, f"rtsp://h/{camera_id}"), Site())


@given(
    st.lists(st.integers(0, 30), unique=True, max_size=25),
    st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=25),
    st.integers(1, 7),
)
def test_every_camera_has_one_group_and_stays_where_it_is(
    before: list[int], after: list[int], size: int
) -> None:
    groups = assigned([entry(f"c{n}") for n in before], [], size)
    wanted = [entry(f"c{n}") for n in after]
    shares = assigned(wanted, groups, size)
    placed = [e.id for share in shares for e in share]
    assert sorted(placed) == sorted(e.id for e in wanted)
    assert all(len(share) <= size for share in shares)
    was = {e.id: n for n, group in enumerate(groups) for e in group}
    now = {e.id: n for n, share in enumerate(shares) for e in share}
    assert all(now[camera] == was[camera] for camera in now.keys() & was.keys())


@dataclass
class ScriptedGroup:
    """A group without a process."""

    entries: tuple[CameraEntry, ...] = ()
    pulse: Pulse | None = None
    deaths: int = 0
    pid: int | None = 7
    pipe: Any = None
    has_ended: bool = False
    finds: list[Found] = field(default_factory=list)
    is_closed: bool = False

    def set_cameras(self, entries: tuple[CameraEntry, ...]) -> None:
        self.entries = entries
        self.pulse = Pulse(tuple(Condition(e.id, Link.ONLINE, rate=6.0) for e in entries), 1, 0.5)

    def receive(self) -> list[Found]:
        finds, self.finds = self.finds, []
        return finds

    def watch(self) -> str | None:
        return None

    def ask_to_stop(self) -> None:
        self.has_ended = True

    def close(self) -> None:
        self.is_closed = True


@dataclass
class ScriptedKeeper:
    heard: list[Found] = field(default_factory=list)
    is_started: bool = False
    is_stopped: bool = False
    closed_with: dict[str, Condition] | None = None
    at_the_end: Callable[[], object] = dict

    def start(self) -> None:
        self.is_started = True

    def hear(self, found: Found) -> None:
        assert not self.is_stopped
        self.heard.append(found)

    def stop(self) -> None:
        self.is_stopped = True
        self.at_the_end()

    def close(self, conditions: dict[str, Condition]) -> None:
        assert self.is_stopped
        self.closed_with = conditions


@dataclass
class ScriptedLookouts:
    """Says which cameras point elsewhere, and what their clocks are."""

    asleep: set[str] = field(default_factory=set)
    clock: CameraClock | None = None
    followed: list[str] = field(default_factory=list)
    is_closed: bool = False

    def follow(self, entries: Sequence[CameraEntry]) -> None:
        self.followed = [entry.id for entry in entries]

    def placed(self, entry: CameraEntry) -> CameraEntry:
        return replace(entry, is_asleep=entry.id in self.asleep)

    def clock_of(self, camera_id: str) -> CameraClock | None:
        return self.clock

    def close(self) -> None:
        self.is_closed = True


class Trial:
    """A supervisor whose steps are taken one by one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.groups: list[ScriptedGroup] = []
        self.keeper = ScriptedKeeper()
        self.lookouts = ScriptedLookouts()
        self.board = Board()
        self.steps: list[Callable[[], object]] = []
        self.write("gate")
        self.supervisor = Supervisor(
            CamerasFile(folder / "cameras.toml"),
            self._new_group,
            cast(Keeper, self.keeper),
            cast(Stretches, self.keeper),
            cast(Lookouts, self.lookouts),
            self.board,
            folder,
            2,
            self.clock,
        )

    def _new_group(self) -> GroupProcess:
        self.groups.append(ScriptedGroup())
        return cast(GroupProcess, self.groups[-1])

    def write(self, *names: str) -> None:
        tables = [f'[[camera]]\nid = "{name}"\nmain = "rtsp://h/{name}"\n' for name in names]
        (self.folder / "cameras.toml").write_text("".join(tables))

    def run(self, *steps: Callable[[], object]) -> None:
        """Each step is followed by some turns; then the watch is stopped."""
        waiting: list[Callable[[], object]] = []
        for step in steps:
            waiting += [step, *(6 * [dict])]

        def is_stopping() -> bool:
            if waiting:
                waiting.pop(0)()
            return not waiting

        self.supervisor.run(is_stopping)

    def watched(self) -> list[list[str]]:
        return [[e.id for e in group.entries] for group in self.groups]


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


def test_cameras_that_are_added_and_removed_are_watched_and_not(trial: Trial) -> None:
    seen = []
    trial.run(
        lambda: seen.append(trial.watched()),
        lambda: trial.write("gate", "yard", "mill"),
        lambda: seen.append(trial.watched()),
        lambda: trial.write("mill"),
        lambda: seen.append(trial.watched()),
    )
    assert seen == [[["gate"]], [["gate", "mill"], ["yard"]], [["mill"], []]]


def test_what_is_stored_at_the_very_end_stands_in_the_status(trial: Trial) -> None:
    trial.board.kept.waiting = 1
    trial.keeper.at_the_end = lambda: setattr(trial.board.kept, "waiting", 0)
    trial.run()
    assert read_status(trial.folder)["kept"]["waiting"] == 0


def test_a_file_that_is_spoilt_changes_nothing_and_is_told_until_it_is_mended(
    trial: Trial,
) -> None:
    errors = []
    trial.run(
        lambda: (trial.folder / "cameras.toml").write_text("[[camera]]\nid = 3"),
        lambda: errors.append((trial.watched(), trial.board.config_error)),
        lambda: trial.write("gate"),
        lambda: errors.append((trial.watched(), trial.board.config_error)),
    )
    (spoilt, why), mended = errors
    assert spoilt == [["gate"]]
    assert why is not None
    assert "must be a text" in why
    assert mended == ([["gate"]], None)


def test_a_file_that_cannot_be_used_at_the_start_starts_nothing(trial: Trial) -> None:
    trial.write()
    with pytest.raises(ConfigError):
        trial.run()
    assert not trial.keeper.is_started
    assert trial.groups == []


def test_what_groups_find_goes_to_the_keeper_also_at_the_end(trial: Trial) -> None:
    first, last = (
        Found(scripted_event(name, EventState.PROVISIONAL), cast(Any, None)) for name in "ab"
    )
    trial.run(
        lambda: trial.groups[0].finds.append(first),
        lambda: None,
        lambda: trial.groups[0].finds.append(last),
    )
    assert trial.keeper.heard == [first, last]
    assert trial.groups[0].is_closed
    assert trial.keeper.closed_with is not None
    assert trial.keeper.closed_with["gate"].link is Link.ONLINE


def test_the_status_tells_every_camera_of_the_file(trial: Trial) -> None:
    trial.run(
        lambda: trial.write("gate", "yard"),
        lambda: setattr(trial.groups[0], "pulse", replace(trial.groups[0].pulse, conditions=())),  # type: ignore[type-var]
    )
    status = read_status(trial.folder)
    assert [(c["camera_id"], c["link"]) for c in status["cameras"]] == [
        ("gate", "starting"),
        ("yard", "starting"),
    ]


def test_zones_sleep_where_a_camera_points_elsewhere_and_wake_when_it_is_back(
    trial: Trial,
) -> None:
    seen: list[bool] = []

    def look() -> None:
        (entry,) = trial.groups[0].entries
        seen.append(entry.is_asleep)

    trial.run(
        look,
        lambda: trial.lookouts.asleep.add("gate"),
        look,
        trial.lookouts.asleep.clear,
        look,
    )
    assert seen == [False, True, False]
    assert trial.lookouts.followed == ["gate"]
    assert trial.lookouts.is_closed


def test_the_clock_of_a_camera_stands_in_the_status(trial: Trial) -> None:
    trial.lookouts.clock = CameraClock(-7.3, 0.1, datetime(2026, 5, 4, tzinfo=UTC))
    trial.run(lambda: None)
    (camera,) = read_status(trial.folder)["cameras"]
    assert camera["clock"] == {
        "error": -7.3,
        "uncertainty": 0.1,
        "measured_at": "2026-05-04T00:00:00+00:00",
    }
    assert camera["has_wrong_clock"]


def test_a_camera_whose_certificate_is_not_checked_is_told(trial: Trial) -> None:
    table = '[[camera]]\nid = "mill"\nmain = "rtsps://h/mill"\ncertificate = "unchecked"\n'
    (trial.folder / "cameras.toml").write_text(table)
    with capture_logs() as logs:
        trial.run(lambda: None)
    assert read_status(trial.folder)["cameras"][0]["is_unchecked"]
    told = [log["camera"] for log in logs if "certificate is not checked" in log["event"]]
    assert told == ["mill"]


def test_a_camera_of_the_register_that_cannot_be_watched_is_told(trial: Trial) -> None:
    read = trial.supervisor.cameras.read()
    trial.supervisor.cameras = cast(
        Any, ReadOnce(replace(read, left_out=(("mill", "no address"),)))
    )
    trial.run(lambda: None)
    status = read_status(trial.folder)
    assert status["left_out"] == [{"camera_id": "mill", "why": "no address"}]
    assert not status["is_well"]


@dataclass
class ReadOnce:
    """A list of cameras that does not change."""

    told: CamerasRead

    def read(self) -> CamerasRead:
        return self.told

    def stamp(self, files: tuple[Path, ...]) -> tuple[object, ...]:
        return self.told.stamp


def test_systemd_is_told_where_it_asks(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(trial.folder / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(trial.folder / "notify"))
        trial.run(lambda: None)
        said = []
        with suppress(BlockingIOError):
            while True:
                said.append(heard.recv(64).decode())
    assert said[0] == "READY=1"
    assert "WATCHDOG=1" in said
    assert said[-1] == "STOPPING=1"
