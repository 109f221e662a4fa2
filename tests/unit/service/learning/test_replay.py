"""Reviewed events once more: which clips are taken, and what is counted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.camera_adapters.clips import RecordedFootage
from litterwatch.detector.geometry import Box
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.learning.replay import ReviewedClip, replay, reviewed_clips
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.state import RejectReason, ReviewState
from litterwatch.service.tables import ReviewRow

MakeVideo = Callable[..., Path]


@pytest.fixture
def desk(tmp_path: Path, make_video: MakeVideo) -> Iterator[ScriptedReviews]:
    film = make_video("street.mp4", frames=450, rate=10)
    (tmp_path / "data").mkdir()
    ids = [f"e{number}" for number in range(6)]
    desk = ScriptedReviews(tmp_path / "data", ids, RecordedFootage(film))
    with desk.database.writing() as session:
        rows = session.scalars(select(ReviewRow).order_by(ReviewRow.event_id)).all()
        for number, row in enumerate(rows):
            row.changed_at = desk.clock.now() + timedelta(hours=number)
            row.state = ReviewState.REJECTED
            row.reason = RejectReason.FALSE_ALARM
        rows[5].reason = RejectReason.POOR_QUALITY
        rows[4].state, rows[4].reason = ReviewState.CONFIRMED, None
        rows[3].state, rows[3].reason = ReviewState.PROPOSED, None
    yield desk
    desk.close()


def clips(desk: ScriptedReviews, last: int = 100) -> list[ReviewedClip]:
    with desk.database.reading() as session:
        return reviewed_clips(session, desk.root, last)


def test_the_last_finally_judged_events_with_clips_are_taken(desk: ScriptedReviews) -> None:
    found = clips(desk)
    assert [each.is_deposit for each in found] == [True, False, False, False]
    assert all(each.file.is_file() for each in found)
    assert all(each.camera == "street.mp4" for each in found)
    assert [each.event_id for each in clips(desk, 2)] == [each.event_id for each in found[:2]]
    found[1].file.unlink()
    assert len(clips(desk)) == 3


def test_times_are_those_of_the_clip(desk: ScriptedReviews) -> None:
    confirmed = clips(desk)[0]
    (truth,) = confirmed.truths
    assert truth.box == Box(10, 10, 20, 20)
    assert 10 <= truth.t_release < 30  # the clip begins before the actor came


def test_both_watch_and_what_nobody_confirmed_is_false(desk: ScriptedReviews) -> None:
    blind = ScriptedDetector()
    told: list[tuple[int, int]] = []
    some = clips(desk)[:2]
    gone = replace(some[1], file=desk.root / "gone.mp4")
    seen = replay([*some, gone], blind, blind, 6.0, lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [each.is_deposit for each in seen] == [True, False]
    for each in seen:
        assert each.seconds > 10
        assert (each.found.active, each.found.candidate) == (0, 0)
        assert each.false.active == each.false.candidate
