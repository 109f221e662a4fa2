"""The page: honest words, nothing from the network, safe with any name, useful when empty."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from litterwatch.detector.deposits.hypothesis import CLOSED, Cause, State
from litterwatch.detector.deposits.rejection import REFUSALS
from litterwatch.detector.deposits.score import Features
from litterwatch.detector.types import ACTOR_LABELS, EventKind, EventState
from litterwatch.service.report.content import (
    ClipShown,
    EventShown,
    FileShown,
    PageContent,
    PageHeading,
    ReasonShown,
    StillShown,
)
from litterwatch.service.report.page import render_page
from litterwatch.service.report.view import (
    clock_time,
    event_views,
    exact_time,
    local_time,
    shared_folder,
)
from litterwatch.service.report.words import (
    ACTORS,
    FEATURES,
    KINDS,
    NOT_EVENTS,
    REASONS,
    STATES,
    words_for,
)

EVENT = EventShown(
    event_id="0123456789abcdef",
    source="camera 1/morning #2.mp4",
    kind="bag_dump",
    state="confirmed",
    score=0.87,
    t_enter=20.0,
    t_release=30.04,
    t_confirmed=48.0,
    t_actor_left=35.0,
    box=(100.0, 200.0, 10.0, 12.0),
    actor_box=(60.0, 80.0, 60.0, 150.0),
    actor_label="person",
    zone="kerb",
    n_items=2,
    features={"persistence": 0.9, "light": 0.1},
    reasons=(ReasonShown("released:owner_away", 31.0, {"distance": 0.812, "track": "7"}),),
    picture=(640, 360),
    stills=(
        StillShown("before", "evidence/a b#1/before.jpg", 15.0),
        StillShown("act", "evidence/a b#1/act.jpg", 30.0),
        StillShown("after", "evidence/a b#1/after.jpg", 36.0),
    ),
    clip=ClipShown("evidence/a b#1/clip.mp4", 16.0, 41.0, "h264", "ab" * 32, "evidence/m.json"),
)
HEADING = PageHeading("gate 2", "street", "12" * 32, "34" * 32, "0.1.0")
READ = FileShown("camera 1/morning #2.mp4", 90.0, 1, None, "640×360 · 25 fps · h264")


def page(*events: EventShown, files: tuple[FileShown, ...] = (READ,), **tally: int) -> str:
    return render_page(PageContent(events, files, tally, HEADING))


def test_everything_an_officer_needs_is_on_the_card() -> None:
    html = page(EVENT)
    for text in (
        "Bỏ túi rác",
        "Bag left behind",
        "00:30.0",
        "gợi ý của máy",
        "87 %",
        "Đã theo dõi đủ lâu",
        "Vì sao máy nghi ngờ",
        "Người đó đi khỏi, vật ở lại",
        "cách 0.81 lần chiều cao người",
        "0.81 person heights away",
        "người đi bộ",
        "ab" * 32,
        "kerb",
    ):
        assert text in html


def test_nobody_is_called_a_violator() -> None:
    html = page(EVENT, files=(READ, FileShown("b.mp4", 0, 0, "Empty.")), person=2).lower()
    assert "violat" not in html
    assert "offender" not in html
    assert not re.search(r"(?<!nghi )vi phạm", html)


def test_nothing_is_asked_from_the_network() -> None:
    html = page(EVENT)
    # Namespaces of SVG are names, not addresses.
    assert set(re.findall(r"\w+://[^\s'\"]+", html)) <= {"http://www.w3.org/2000/svg"}
    for link in re.findall(r"(?:src|href|poster)=\"([^\"]*)\"", html):
        assert link.startswith(("#", "evidence/", "data:"))


def test_links_hold_names_with_blanks_and_hashes() -> None:
    html = page(EVENT)
    assert 'src="evidence/a%20b%231/clip.mp4"' in html
    assert 'poster="evidence/a%20b%231/act.jpg"' in html


def test_names_cannot_bring_in_markup() -> None:
    nasty = "<img src=x onerror=alert(1)>.mp4"
    html = page(
        replace(EVENT, source=nasty, zone=nasty),
        files=(replace(READ, source=nasty), FileShown(nasty, 0, 0, nasty)),
    )
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") == 5


def test_the_outline_is_drawn_over_the_picture_and_can_be_switched_off() -> None:
    html = page(EVENT)
    assert 'viewBox="0 0 640 360"' in html
    assert html.count('class="item"') + html.count('class="item absent"') == 3
    assert 'id="outlines" checked' in html


def test_a_small_item_is_not_hidden_by_its_outline() -> None:
    (view,) = event_views(PageContent((EVENT,), (READ,), {}, HEADING))
    assert view.outline is not None
    x, y, width, height = view.outline
    assert min(width, height) >= 0.03 * 640
    assert (x + width / 2, y + height / 2) == pytest.approx((105, 206))


@pytest.mark.parametrize("box", [(0.0, 0.0, 8.0, 8.0), (630.0, 350.0, 10.0, 10.0)])
def test_the_enlarged_piece_stays_inside_the_picture(
    box: tuple[float, float, float, float],
) -> None:
    (view,) = event_views(PageContent((replace(EVENT, box=box),), (READ,), {}, HEADING))
    zoom = view.zoom
    assert zoom is not None
    picture_width, picture_height = zoom.width, zoom.width * 360 / 640 / 0.75
    assert zoom.left <= 0
    assert zoom.top <= 0
    assert zoom.left + picture_width >= 100 - 1e-6
    assert zoom.top + picture_height >= 100 - 1e-6
    left, top, width, height = zoom.outline
    assert left >= -1e-6
    assert top >= -1e-6
    assert left + width <= 100 + 1e-6
    assert top + height <= 100 + 1e-6


def test_moments_inside_the_clip_can_be_played_and_others_are_told() -> None:
    (view,) = event_views(PageContent((EVENT,), (READ,), {}, HEADING))
    marks = {mark.name: mark for mark in view.marks}
    assert [mark.name for mark in view.marks] == ["enter", "release", "left", "confirmed"]
    assert marks["enter"].seek == 4.0
    assert marks["enter"].at == pytest.approx(16.0)
    assert marks["confirmed"].seek is None
    assert marks["confirmed"].time == "00:48.0"


@pytest.mark.parametrize(("codec", "warned"), [("h264", False), ("hevc", True), ("mpeg4", True)])
def test_a_clip_that_browsers_may_not_play_is_linked(codec: str, warned: bool) -> None:
    assert EVENT.clip is not None
    html = page(replace(EVENT, clip=replace(EVENT.clip, codec=codec)))
    assert ("Mở tệp bằng trình phát video" in html) is warned


def test_an_event_without_clip_and_boxes_is_shown_all_the_same() -> None:
    bare = replace(
        EVENT,
        clip=None,
        stills=(),
        box=None,
        actor_box=None,
        actor_label=None,
        t_enter=None,
        t_confirmed=None,
        t_actor_left=None,
        state="provisional",
    )
    html = page(bare)
    assert "<video" not in html
    assert "Tạm thời" in html


def test_the_most_certain_event_comes_first() -> None:
    weak = replace(EVENT, event_id="w", score=0.2)
    views = event_views(PageContent((weak, EVENT), (READ,), {}, HEADING))
    assert [view.event.score for view in views] == [0.87, 0.2]
    assert [view.number for view in views] == [1, 2]


def test_files_that_failed_stand_there_with_why() -> None:
    html = page(EVENT, files=(READ, FileShown("b.mp4", 0, 0, "The file is empty.")))
    assert "The file is empty." in html
    assert '<a href="#failed">1</a>' in html


def test_what_was_not_an_event_is_told_in_words() -> None:
    html = page(EVENT, retrieved=2, parked_vehicle=3, something_new=1)
    assert "<b>2</b> đã lấy lại" in html
    assert "<b>3</b> xe đỗ" in html
    assert "<b>1</b> something new" in html


def test_an_empty_result_says_what_to_do_next() -> None:
    html = page()
    assert "Không thấy sự kiện nghi vi phạm nào" in html
    assert "--site SITE.toml" in html
    assert "Không đọc được tệp nào" in page(files=(FileShown("b.mp4", 0, 0, "Empty."),))


def test_files_are_named_below_the_folder_they_share() -> None:
    assert shared_folder(["a/b/c.mp4", "a/b/d/e.mp4"]) == "a/b/"
    assert shared_folder(["/media/x.mp4"]) == "/media/"
    assert shared_folder(["ab/x.mp4", "ac/x.mp4"]) == ""
    assert shared_folder([]) == ""


def test_what_is_confirmed_comes_before_what_is_provisional() -> None:
    provisional = replace(EVENT, state="provisional", score=0.99)
    views = event_views(PageContent((provisional, EVENT), (READ,), {}, HEADING))
    assert [view.event.state for view in views] == ["confirmed", "provisional"]


def test_times_are_read_as_people_read_them() -> None:
    assert clock_time(7.9) == "00:07"
    assert clock_time(3727) == "1:02:07"
    assert exact_time(59.96) == "01:00.0"
    assert exact_time(11.75) in {"00:11.7", "00:11.8"}
    start = datetime(2026, 11, 22, 23, 59, 50, tzinfo=UTC)
    assert local_time(start, 15.0) == "23/11/2026 07:00:05"
    assert local_time(None, 15.0) is None


def test_every_code_has_words() -> None:
    assert set(KINDS) == {kind.value for kind in EventKind}
    assert set(STATES) == {state.value for state in EventState} - {"cancelled"}
    assert set(ACTORS) == {label.value for label in ACTOR_LABELS}
    assert set(FEATURES) == {field.name for field in fields(Features)}
    assert {cause.value for cause in Cause} <= set(REASONS)
    assert {code for code, _ in REFUSALS} <= set(NOT_EVENTS)
    assert {state.value for state in CLOSED} <= set(NOT_EVENTS)
    assert words_for(REASONS, State.SEED.value).en == "Something new lies still"
