"""What the clip and the stills show."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.types import Event, EventState
from litterwatch.service.events.scripted import scripted_event
from litterwatch.service.evidence.window import clip_window, still_moments
from litterwatch.service.settings import EvidenceSettings

DEFAULTS = EvidenceSettings()
EVENT = scripted_event()  # enters 20, releases 30 +- 0.2, leaves 35, confirmed 60


def test_the_clip_starts_before_the_actor_comes_and_ends_after_he_left() -> None:
    event = replace(EVENT, t_enter=15.0)
    assert clip_window(event, DEFAULTS) == pytest.approx((12.0, 40.0))


def test_ten_seconds_before_the_release_are_kept_even_if_he_came_later() -> None:
    event = replace(EVENT, t_enter=28.0)
    assert clip_window(event, DEFAULTS).start == pytest.approx(30 - 0.2 - 10 - 3)


def test_an_unseen_actor_changes_nothing_of_that() -> None:
    event = replace(EVENT, t_enter=None)
    assert clip_window(event, DEFAULTS).start == pytest.approx(30 - 0.2 - 10 - 3)


def test_the_clip_never_starts_before_the_footage() -> None:
    event = replace(EVENT, t_enter=1.0, t_release=4.0, t_actor_left=6.0)
    assert clip_window(event, DEFAULTS).start == 0.0


def test_an_actor_who_did_not_leave_is_shown_until_the_machine_was_sure() -> None:
    event = replace(EVENT, t_actor_left=None)
    assert clip_window(event, DEFAULTS).end == pytest.approx(65.0)


def test_a_provisional_event_is_shown_until_its_alert() -> None:
    event = replace(EVENT, state=EventState.PROVISIONAL, t_actor_left=None, t_confirmed=None)
    assert clip_window(event, DEFAULTS).end == pytest.approx(45.0)


def test_a_long_wait_before_the_act_is_cut_short() -> None:
    event = replace(EVENT, t_enter=20.0, t_release=1000.0, t_actor_left=1010.0)
    window = clip_window(event, DEFAULTS)
    assert window.end == pytest.approx(1015.0)
    assert window.end - window.start == pytest.approx(120.0)


def test_a_long_stay_after_the_act_is_cut_short() -> None:
    event = replace(EVENT, t_actor_left=2000.0)
    window = clip_window(event, DEFAULTS)
    assert window.start == pytest.approx(16.8)
    assert window.end - window.start == pytest.approx(120.0)


def test_long_on_both_sides_leaves_the_release_in_the_middle() -> None:
    event = replace(EVENT, t_enter=0.0, t_release=1000.0, t_actor_left=3000.0)
    assert clip_window(event, DEFAULTS) == pytest.approx((940.0, 1060.0))


TIMES = st.floats(0, 5000, allow_nan=False)
LENGTHS = st.floats(0, 600, allow_nan=False)


@st.composite
def events(draw: st.DrawFn) -> Event:
    release = draw(TIMES)
    entered = draw(st.none() | LENGTHS)
    left = draw(st.none() | LENGTHS)
    confirmed = draw(st.none() | LENGTHS)
    return replace(
        EVENT,
        t_enter=None if entered is None else max(0.0, release - entered),
        t_release=release,
        t_release_uncertainty=draw(st.floats(0, 20, allow_nan=False)),
        t_provisional=release + draw(LENGTHS),
        t_confirmed=None if confirmed is None else release + confirmed,
        t_actor_left=None if left is None else release + left,
    )


@given(event=events())
def test_the_release_is_always_inside_and_the_clip_never_too_long(event: Event) -> None:
    window = clip_window(event, DEFAULTS)
    assert 0 <= window.start <= event.t_release < window.end
    assert window.end - window.start <= DEFAULTS.longest + 1e-6
    assert event.t_release - window.start >= min(10.0, event.t_release) - 1e-6


@given(event=events())
def test_the_stills_come_in_order(event: Event) -> None:
    moments = still_moments(event)
    assert 0 <= moments.before <= moments.act < moments.after


def test_the_stills_show_the_scene_without_the_actor() -> None:
    assert still_moments(EVENT) == (19.0, 30.0, 36.0)


def test_without_an_actor_the_scene_of_five_seconds_before_is_shown() -> None:
    assert still_moments(replace(EVENT, t_enter=None)).before == pytest.approx(24.8)
