"""Media time: always increasing, no drift, jumps declared."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.camera_adapters.media_clock import (
    HOLE,
    JUMP,
    MAX_GAPS,
    TIME_STEP,
    ClockState,
    FrameClock,
    PacketClock,
)

MILLISECONDS = Fraction(1, 1000)
INTERVAL = 0.04
STEP = 40

ticks = st.integers(-(2**40), 2**40)
maybe_ticks = st.none() | ticks
relaxed = settings(deadline=None)


def clock(*, reorders: bool = False, state: ClockState | None = None) -> PacketClock:
    return PacketClock(MILLISECONDS, INTERVAL, reorders=reorders, state=state)


@relaxed
@given(st.lists(st.tuples(maybe_ticks, maybe_ticks), max_size=40), st.booleans())
def test_decoding_times_increase_whatever_the_file_says(
    times: list[tuple[int | None, int | None]], reorders: bool
) -> None:
    packets = clock(reorders=reorders)
    stamps = [packets.stamp(pts, dts) for pts, dts in times]
    decoded = [stamp.dts for stamp in stamps]
    assert decoded == sorted(set(decoded))
    assert all(start <= end for start, end in packets.gaps)


@relaxed
@given(ticks, st.lists(st.integers(1, 900), min_size=1, max_size=60))
def test_sound_times_are_kept_to_the_tick(first: int, steps: list[int]) -> None:
    """Variable frame rate is no fault: distances stay as they are, wherever the file starts."""
    times = [first]
    for step in steps:
        times.append(times[-1] + step)
    packets = clock()
    stamps = [packets.stamp(time, time).pts for time in times]
    assert stamps == times
    assert packets.gaps == []


@relaxed
@given(
    st.integers(2, 50),
    st.integers(2, 50),
    st.one_of(
        st.integers(-(10**12), -STEP * 3 - 1),
        st.integers(int(JUMP * 1000) + STEP + 1, 10**12),
    ),
)
def test_a_clock_that_was_set_is_rebased_and_declared(before: int, after: int, jump: int) -> None:
    times = [n * STEP for n in range(before)]
    times += [(before + n) * STEP + jump for n in range(after)]
    packets = clock()
    stamps = [packets.stamp(time, time).pts for time in times]
    assert stamps == [n * STEP for n in range(before + after)]
    assert packets.gaps == [((before - 1) * STEP, before * STEP)]


@relaxed
@given(st.integers(int(HOLE * 1000) + 1, int(JUMP * 1000) - STEP))
def test_a_camera_that_was_away_for_seconds_leaves_a_gap_of_true_length(away: int) -> None:
    packets = clock()
    stamps = [packets.stamp(time, time).pts for time in (0, STEP, STEP + away)]
    assert stamps == [0, STEP, STEP + away]
    assert packets.gaps == [(STEP, STEP + away)]


def test_the_first_picture_shown_behind_a_hole_ends_the_gap() -> None:
    packets = clock(reorders=True)
    for shown in (0, 80, 40, 2160, 120, 2080, 2120):
        packets.stamp(shown, None)
    assert packets.gaps == [(120, 2080)]


def test_a_picture_may_stand_alone_between_two_gaps() -> None:
    packets = clock(reorders=True)
    for shown in (0, 4000, 2000, 40, 3960):
        packets.stamp(shown, None)
    assert packets.gaps == [(40, 2000), (2000, 3960)]


def test_far_reordering_of_a_slow_camera_is_no_gap() -> None:
    packets = PacketClock(MILLISECONDS, 0.4, reorders=True)
    for shown in (0, 2400, 400, 800, 1200, 1600, 2000):
        packets.stamp(shown, None)
    assert packets.gaps == []


def test_missing_times_are_filled_in_with_the_average_interval() -> None:
    packets = clock()
    stamps = [packets.stamp(time, time).pts for time in (0, None, None, 120, None)]
    assert stamps == [0, 40, 80, 120, 160]


def test_without_showing_times_a_reordered_stream_leaves_them_to_the_decoder() -> None:
    packets = clock(reorders=True)
    stamps = [packets.stamp(None, time) for time in (0, 40, 80)]
    assert [stamp.pts for stamp in stamps] == [None, None, None]
    assert [stamp.dts for stamp in stamps] == [0, 40, 80]


def test_reordered_pictures_without_decoding_times_are_no_jump() -> None:
    packets = clock(reorders=True)
    shown = [0, 160, 80, 40, 120, 320, 240]
    assert [packets.stamp(time, None).pts for time in shown] == shown
    assert packets.gaps == []


def test_a_repeated_decoding_time_does_not_shift_what_follows() -> None:
    packets = clock()
    stamps = [packets.stamp(time, time) for time in (0, 40, 40, 120)]
    assert [stamp.dts for stamp in stamps] == [0, 40, 41, 120]
    assert packets.gaps == []


def test_a_recording_at_one_picture_in_five_seconds_has_no_gaps() -> None:
    packets = PacketClock(MILLISECONDS, 5.0, reorders=False)
    times = [n * 5000 for n in range(20)]
    assert [packets.stamp(time, time).pts for time in times] == times
    assert packets.gaps == []


def test_gaps_beyond_the_limit_are_counted_only() -> None:
    packets = clock()
    for n in range(MAX_GAPS + 6):
        packets.stamp(n * 2000, n * 2000)
    assert len(packets.gaps) == MAX_GAPS
    assert packets.gaps_not_listed == 5


@relaxed
@given(st.lists(st.tuples(maybe_ticks, maybe_ticks), min_size=1, max_size=30), st.data())
def test_going_on_from_a_state_gives_the_same_times(
    times: list[tuple[int | None, int | None]], data: st.DataObject
) -> None:
    """What a clip is cut by and what was analysed must agree."""
    cut = data.draw(st.integers(0, len(times) - 1))
    through = clock(reorders=True)
    for pts, dts in times[:cut]:
        through.stamp(pts, dts)
    resumed = clock(reorders=True, state=through.state)
    for pts, dts in times[cut:]:
        assert resumed.stamp(pts, dts) == through.stamp(pts, dts)


@relaxed
@given(st.lists(maybe_ticks, min_size=1, max_size=40))
def test_frame_times_strictly_increase(stamps: list[int | None]) -> None:
    frames = FrameClock(MILLISECONDS, INTERVAL)
    times = [frames.time(stamp) for stamp in stamps]
    assert times == sorted(set(times))


@relaxed
@given(ticks, st.lists(st.integers(1, 5000), max_size=40))
def test_frame_times_are_seconds_from_the_first(first: int, steps: list[int]) -> None:
    frames = FrameClock(MILLISECONDS, INTERVAL)
    assert frames.time(first) == 0.0
    passed = 0
    for step in steps:
        passed += step
        assert frames.time(first + passed) == passed / 1000


def test_frames_with_the_same_time_are_a_step_apart_and_do_not_push_the_next() -> None:
    frames = FrameClock(MILLISECONDS, INTERVAL)
    assert [frames.time(stamp) for stamp in (0, 0, 0, 40)] == [0, TIME_STEP, 2 * TIME_STEP, 0.04]
