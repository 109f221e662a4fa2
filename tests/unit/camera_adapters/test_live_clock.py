"""Media time of a live camera through bursts, outages, restarts and clocks that are wrong."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import cast

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.live_clock import TICKS, Axis, LiveClock, Stamped
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.service.clock import ManualClock

STEP = TICKS // 25
START = datetime(2026, 3, 1, tzinfo=UTC)


def packet(pts: int | None, dts: int | None = None) -> VideoPacket:
    made = cast(VideoPacket, av.Packet(b"some data"))
    made.time_base = Fraction(1, TICKS)
    made.pts, made.dts = pts, pts if dts is None else dts
    return made


@dataclass
class Sent:
    """A camera that sends 25 pictures a second, by its own clock."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    raw: int = 0
    axis: Axis = field(init=False)
    live: LiveClock = field(init=False)
    given: list[Stamped] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.axis = Axis(START - timedelta(seconds=60), self.clock)
        self.live = LiveClock(self.axis)
        self.live.begin(0.04, reorders=False)

    def send(self, count: int, *, every: float = 0.04, rate: float = 1.0) -> None:
        for _ in range(count):
            self.clock.advance(every)
            self.give(packet(self.raw))
            self.raw += round(STEP * rate)

    def give(self, sent: VideoPacket) -> None:
        self.given += self.live.admit(sent, self.clock.monotonic())

    def stray(self) -> float:
        """By how much the newest picture is earlier than its arrival, s."""
        return (self.axis.at(self.clock.monotonic()) - self.given[-1].shown) / TICKS


def test_what_came_in_a_burst_was_taken_before() -> None:
    sent = Sent(raw=777_000)
    sent.send(50, every=0.0)
    sent.send(30)
    assert abs(sent.stray()) < 0.01
    assert sent.given[0].shown / TICKS == pytest.approx(60 - 49 * 0.04, abs=0.01)
    assert [s.is_after_gap for s in sent.given] == [True] + 79 * [False]


def test_every_packet_is_given_in_order_and_time_increases() -> None:
    sent = Sent()
    sent.send(100)
    assert len(sent.given) == 100
    assert all(b.dts > a.dts for a, b in pairwise(sent.given))


def test_a_first_packet_without_a_time_is_placed_before_the_second() -> None:
    sent = Sent(raw=STEP)
    sent.give(packet(None))
    sent.send(30)
    first, second, *_ = sent.given
    assert second.shown - first.shown == STEP
    assert abs(sent.stray()) < 0.01


def test_an_odd_time_at_the_head_of_a_burst_moves_nothing_else() -> None:
    sent = Sent(raw=STEP)
    sent.give(packet(30 * STEP))
    sent.send(50, every=0.0)
    sent.send(30)
    assert abs(sent.stray()) < 0.05
    assert max((b.shown - a.shown) for a, b in pairwise(sent.given)) <= STEP


def test_packets_without_any_time_are_timed_by_the_host() -> None:
    sent = Sent()
    for _ in range(30):
        sent.clock.advance(0.04)
        sent.give(packet(None))
    assert abs(sent.stray()) < 0.1
    assert all(b.dts > a.dts for a, b in pairwise(sent.given))


def test_time_goes_on_through_an_outage() -> None:
    sent = Sent()
    sent.send(50)
    before = sent.given[-1].shown
    sent.clock.advance(3600.0)
    sent.raw = 12
    sent.live.begin(0.04, reorders=False)
    sent.send(50)
    back = sent.given[50]
    assert back.is_after_gap
    assert (back.shown - before) / TICKS == pytest.approx(3600, abs=0.1)


def test_a_restart_goes_on_behind_what_the_ring_holds_even_if_the_host_clock_went_back() -> None:
    sent = Sent()
    last = round(5000 * TICKS)
    sent.axis.not_before(last)
    sent.live = LiveClock(sent.axis, last)
    sent.live.begin(0.04, reorders=False)
    sent.send(50)
    assert sent.given[0].dts > last
    assert all(b.dts > a.dts for a, b in pairwise(sent.given))


@pytest.mark.parametrize("leap", [3.0, 8.0, 60.0, -3.0, -60.0])
def test_a_camera_clock_that_is_set_leaves_no_hole(leap: float) -> None:
    sent = Sent(raw=100 * TICKS)
    sent.send(100)
    sent.raw += round(leap * TICKS)
    sent.send(100)
    assert abs(sent.stray()) < 0.1
    steps = [(b.shown - a.shown) / TICKS for a, b in pairwise(sent.given)]
    assert max(steps) < 0.1
    assert sent.given[100].is_after_gap


@pytest.mark.parametrize("rate", [1.002, 0.998])
def test_a_camera_clock_that_strays_is_kept_near_the_host(rate: float) -> None:
    sent = Sent()
    for _ in range(60):
        sent.send(250, rate=rate)
        assert abs(sent.stray()) < 0.35
    assert all(b.dts > a.dts for a, b in pairwise(sent.given))


def test_the_hour_follows_the_host_clock() -> None:
    sent = Sent()
    sent.send(50)
    assert sent.axis.utc(sent.given[-1].shown) == sent.clock.now()


@dataclass
class SetClock(ManualClock):
    """A host whose clock of the day can be set; the monotonic one never is."""

    def __init__(self) -> None:
        super().__init__(START)
        self.by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by


@pytest.mark.parametrize("by", [timedelta(hours=2), timedelta(hours=-2), timedelta(seconds=0.7)])
def test_a_host_clock_that_is_set_while_it_runs_moves_no_footage(by: timedelta) -> None:
    clock = SetClock()
    sent = Sent(clock)
    sent.send(250)
    clock.by = by
    sent.send(250)
    steps = {after.shown - before.shown for before, after in pairwise(sent.given)}
    assert steps == {STEP}, "no hole and no fold"
    assert not any(stamped.is_after_gap for stamped in sent.given[1:])
    # The hour that is told is that of the clock as it stands now, for old footage as well.
    newest, oldest = sent.given[-1].shown, sent.given[0].shown
    assert abs(sent.axis.utc(newest) - clock.now()) < timedelta(seconds=0.1)
    assert sent.axis.utc(newest) - sent.axis.utc(oldest) == timedelta(
        seconds=(newest - oldest) / TICKS
    )


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-100, 100), st.just(0.04)),
            st.sampled_from([0.0, 0.04, 0.04, 0.04, 1.5]),
            st.booleans(),
        ),
        max_size=120,
    )
)
def test_whatever_a_camera_says_time_increases_and_no_packet_is_lost(
    steps: list[tuple[float | None, float, bool]],
) -> None:
    sent = Sent()
    count = 0
    for leap, waited, reconnects in steps:
        if reconnects and leap is None:
            count -= len(sent.live._early)  # what a broken connection held back
            sent.live.begin(0.04, reorders=False)
        sent.clock.advance(waited)
        if leap is not None:
            sent.raw += round(leap * TICKS)
        sent.give(packet(None if leap is None else sent.raw))
        count += 1
    assert len(sent.given) == count - len(sent.live._early)
    assert all(b.dts > a.dts for a, b in pairwise(sent.given))
    assert all(s.packet.pts is None or s.packet.pts >= 0 for s in sent.given)
