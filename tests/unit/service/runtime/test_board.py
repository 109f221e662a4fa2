"""What `litterwatch status` and /metrics tell."""

import json
import re
import socket
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.service.cli import main
from litterwatch.service.clock import ManualClock, SystemClock
from litterwatch.service.evidence.manifest import CameraClock
from litterwatch.service.runtime.board import Board, GroupState, age_of, read_status
from litterwatch.service.runtime.condition import Blind, Condition, Link
from litterwatch.service.runtime.keeper import Kept
from litterwatch.service.runtime.metrics import serve_metrics

WELL = Condition("gate", Link.ONLINE, lag=0.4, rate=5.9, wanted_rate=6.0, analysed=100)
WRONG = CameraClock(-7.3, 0.1, datetime(2026, 5, 4, 12, tzinfo=UTC))
LOST = Condition("yard", Link.UNREACHABLE, why="It does not answer.", retry_in=3.0)


def board(*conditions: Condition) -> Board:
    return Board(
        {condition.camera_id: condition for condition in conditions},
        (GroupState(pid=7, cameras=2, share=0.5, busy=0.97, deaths=1),),
        Kept(stored=3, last_delay=2.5),
    )


def exit_code(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_status_tells_every_camera_and_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board(WELL, LOST).write(tmp_path, SystemClock().now())
    assert exit_code("status", str(tmp_path)) == 3
    printed = capsys.readouterr().out
    for text in (
        "gate",
        "online",
        "yard",
        "unreachable",
        "It does not answer.",
        "50 %",
        "3 stored",
    ):
        assert text in printed


def test_status_tells_wrong_clocks_and_cameras_that_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = board(replace(WELL, clock=WRONG, is_unchecked=True))
    told.left_out = (("mill", "Where camera mill has its stream is not known yet."),)
    told.write(tmp_path, SystemClock().now())
    assert exit_code("status", str(tmp_path)) == 3
    printed = capsys.readouterr().out
    assert "The clock of gate is 7.3 s behind, measured at 2026-05-04T12:00:00Z" in printed
    assert "mill is not watched: Where camera mill" in printed
    assert "The certificate of gate is not checked" in printed


def test_a_wrong_clock_alone_keeps_nobody_from_watching() -> None:
    assert board(replace(WELL, clock=WRONG)).is_well
    assert not replace(WELL, clock=replace(WRONG, error=4.9)).has_wrong_clock


def test_status_ends_with_0_when_every_camera_watches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board(WELL).write(tmp_path, SystemClock().now())
    assert exit_code("status", str(tmp_path), "--json") in {0, None}
    told = json.loads(capsys.readouterr().out)
    assert told["is_running"] is told["is_well"] is True
    assert told["cameras"][0]["camera_id"] == "gate"


def test_a_status_nobody_writes_any_more_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board(WELL).write(tmp_path, SystemClock().now() - timedelta(seconds=60))
    assert exit_code("status", str(tmp_path)) == 3
    assert "No watch is running" in capsys.readouterr().out


def test_where_no_watch_ever_ran_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="litterwatch watch"):
        read_status(tmp_path)


def test_a_status_knows_its_age(tmp_path: Path) -> None:
    clock = ManualClock()
    board(WELL).write(tmp_path, clock.now())
    clock.advance(7.5)
    assert age_of(read_status(tmp_path), clock.now()) == 7.5


@pytest.mark.parametrize(
    "spoilt",
    [
        Board({"gate": WELL}, config_error="no"),
        Board({"gate": WELL}, kept=Kept(failing="full")),
        Board({"gate": Condition("gate", Link.ONLINE, blind=(Blind.DARK,))}),
        Board({"gate": WELL}, left_out=(("mill", "not probed"),)),
    ],
)
def test_one_thing_that_is_not_well_is_enough(spoilt: Board) -> None:
    assert not spoilt.is_well


def test_prometheus_can_read_it_all() -> None:
    told = board(replace(WELL, clock=WRONG, is_unchecked=True), LOST)
    stop = serve_metrics(told, "127.0.0.1", port := _free_port())
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
    finally:
        stop()
    values = dict(re.findall(r"^(litterwatch_\S+) (\S+)$", text, re.MULTILINE))
    assert values['litterwatch_camera_well{camera="gate"}'] == "1.0"
    assert values['litterwatch_camera_link{camera="yard",link="unreachable"}'] == "1.0"
    assert values['litterwatch_camera_analysed_total{camera="gate"}'] == "100.0"
    assert values['litterwatch_rate_share{group="0"}'] == "0.5"
    assert values['litterwatch_camera_clock_error_seconds{camera="gate"}'] == "-7.3"
    assert 'litterwatch_camera_clock_error_seconds{camera="yard"}' not in values
    assert values['litterwatch_camera_clock_wrong{camera="gate"}'] == "1.0"
    assert values['litterwatch_camera_clock_wrong{camera="yard"}'] == "0.0"
    assert values['litterwatch_camera_certificate_unchecked{camera="gate"}'] == "1.0"
    assert values['litterwatch_camera_certificate_unchecked{camera="yard"}'] == "0.0"
    assert values["litterwatch_alert_delay_seconds"] == "2.5"
    assert values["litterwatch_events_stored_total"] == "3.0"


def test_a_port_that_is_taken_is_told() -> None:
    stop = serve_metrics(Board(), "127.0.0.1", port := _free_port())
    try:
        with pytest.raises(ConfigError, match=r"live\.metrics_port"):
            serve_metrics(Board(), "127.0.0.1", port)
    finally:
        stop()


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
