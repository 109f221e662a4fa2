"""What a soak calls found, missed, explained and flat."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from litterwatch.service.soak.judge import (
    Deposit,
    Outage,
    Run,
    Suspicion,
    delays,
    deposits,
    expected,
    growth,
    missed,
    starved,
    unexplained,
)
from litterwatch.service.soak.page import page
from litterwatch.service.soak.plan import WARM_UP, WIND_DOWN, Fault, planned
from litterwatch.service.soak.processes import children_of, held_by

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
RELEASE = 10.0


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run(begins: float, ends: float, camera: str = "c0") -> Run:
    return Run(camera, at(begins), at(ends))


def outage(begins: float, ends: float, camera: str = "c0") -> Outage:
    return Outage(camera, at(begins), at(ends))


def wanted(runs: list[Run], outages: list[Outage]) -> list[Deposit]:
    let_go = [one for each in runs for one in deposits(each, 60.0, RELEASE)]
    return expected(let_go, runs, outages, RELEASE)


def test_a_film_lets_something_go_once_a_round_until_it_is_cut_off() -> None:
    assert [one.at for one in deposits(run(0, 131), 60.0, RELEASE)] == [at(10), at(70), at(130)]
    assert deposits(run(0, 9), 60.0, RELEASE) == []


def test_what_was_seen_undisturbed_is_expected() -> None:
    times = [one.at for one in wanted([run(0, 300)], [])]
    assert times == [at(10), at(70), at(130), at(190), at(250)]
    # Cut off before it could be told: not expected.
    assert [one.at for one in wanted([run(0, 100)], [])] == [at(10)]


@pytest.mark.parametrize(
    ("begins", "ends", "is_expected"),
    [
        (40, 44, True),
        (40, 46, False),
        (100, 101, False),
        (106, 110, True),
        (0, 200, False),
    ],
)
def test_an_outage_excuses_only_what_it_touches(
    begins: float, ends: float, is_expected: bool
) -> None:
    """The deposit at 70 s: seen from 45 s, followed until 105 s."""
    others = [outage(begins, ends), outage(60, 80, "c1")]
    assert (at(70) in [one.at for one in wanted([run(0, 130)], others)]) == is_expected


def test_a_machine_without_time_is_told_apart_from_a_fault_of_the_watch() -> None:
    shares = [(at(0), 1.0), (at(1), 0.8), (at(2), 0.5), (at(3), 0.95), (at(9), 0.4), (at(10), 1.0)]
    assert starved(shares, ["c0", "c1"]) == [
        outage(1, 3),
        outage(1, 3, "c1"),
        outage(9, 10),
        outage(9, 10, "c1"),
    ]
    assert starved([(at(0), 1.0), (at(5), 1.0)], ["c0"]) == []


def test_what_no_event_tells_of_is_missed() -> None:
    gone = [Deposit("c0", at(10)), Deposit("c0", at(70)), Deposit("c1", at(10))]
    found = [Deposit("c0", at(11.5)), Deposit("c0", at(64)), Deposit("c2", at(10))]
    assert missed(gone, found) == [gone[1], gone[2]]


def test_the_first_event_of_a_deposit_tells_how_long_it_took() -> None:
    gone = [Deposit("c0", at(10)), Deposit("c0", at(70)), Deposit("c1", at(10))]
    found = [
        Suspicion("c0", at(11), at(19)),
        Suspicion("c0", at(10), at(14)),
        Suspicion("c1", at(10), at(12)),
        Suspicion("c2", at(10), at(11)),
    ]
    assert delays(gone, found) == [2.0, 4.0]


def test_a_gap_is_explained_by_an_outage_of_its_own_camera_alone() -> None:
    outages = [outage(100, 120)]
    gaps = [
        outage(99, 121),
        outage(50, 50.9),
        outage(50, 53),
        outage(105, 110, "c1"),
        outage(110, 140),
    ]
    assert unexplained(gaps, outages, 1.0) == [gaps[2], gaps[3], gaps[4]]


def test_growth_is_told_by_quarters_and_not_by_a_spike() -> None:
    assert growth([1.0] * 11) is None
    assert growth([50.0, 90.0, *([100.0] * 10)]) == pytest.approx(0.0)
    leak = [100.0 + number for number in range(100)]
    assert growth(leak) == pytest.approx(50 / 137.5, abs=0.02)
    assert growth([*([100.0] * 98), 500.0, 100.0]) == pytest.approx(0.0)


def test_the_same_seed_gives_the_same_faults_and_leaves_time_at_both_ends() -> None:
    faults = planned(7, 4, 7200)
    assert faults == planned(7, 4, 7200)
    assert faults != planned(8, 4, 7200)
    assert {fault.fault for fault in faults} == set(Fault)
    assert {fault.camera for fault in faults} == {0, 1, 2, 3}
    assert faults[0].at == WARM_UP
    assert all(fault.at < 7200 - WIND_DOWN for fault in faults)


def test_processes_are_seen_with_what_they_hold() -> None:
    mine = held_by([os.getpid()])
    assert mine.processes == 1
    assert 10 < mine.memory < 4000
    assert mine.handles >= 3
    page_size = os.sysconf("SC_PAGE_SIZE")
    block = bytearray(os.urandom(page_size) * (32 * 2**20 // page_size))
    assert held_by([os.getpid()]).memory >= mine.memory + 24
    assert len(block) == 32 * 2**20
    assert held_by([2**22 + 1]).processes == 0
    assert children_of(os.getpid()) == [], "this process has spawned none"


def test_the_page_says_what_did_not_hold() -> None:
    names = [
        "every_camera_back_each_time",
        "memory_flat",
        "handles_flat",
        "no_gap_of_a_clip_unexplained",
        "every_deposit_found",
        "ended_in_order",
    ]
    result = {
        "date": "2026-05-04",
        "litterwatch": "0.1.0",
        "machine": "2 cores",
        "asked": {"cameras": 3, "seconds": 360.0, "seed": 1},
        "ran_for": 361,
        "checks": {
            **dict.fromkeys(names, True),
            "memory_flat": False,
            "every_deposit_found": None,
        },
        "analysis_rate": "3",
        "faults": [
            {"fault": "plug", "camera": "c0", "back_after": 4.0},
            {"fault": "plug", "camera": "c1", "back_after": 9.0},
        ],
        "deposits": {
            "let_go": 15,
            "expected": 9,
            "missed": [],
            "at_lowered_rates": 2,
            "missed_at_lowered_rates": ["c0 12:00:00"],
            "events": 12,
        },
        "alert": {"n": 9, "median": 2.54, "p95": 4.0, "longest": None},
        "seconds_at_lowered_rates": 33.0,
        "gaps": {"declared": 2, "unexplained": []},
        "memory": {"growth": 0.081},
        "handles": {"growth": None},
        "least_share_of_rates": 0.5,
        "load": (3.0, 2.0, 1.0),
    }
    text = page(result)
    assert "LITTERWATCH_ANALYSIS__RATE=3 scripts/soak --minutes 6 --cameras 3 --seed 1" in text
    assert text.count("| **no** |") == 1
    assert text.count("| **not shown**") == 1
    assert "Memory grew by +8.1%" in text
    assert "too few samples" in text
    assert "median 2.5 s, 95 of 100 within 4.0 s,\n  the longest unknown." in text
    assert "| power off, and on again | 2 | 9; 9 |" in text
