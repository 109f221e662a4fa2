"""Presets, and recordings in the camera."""

from datetime import UTC, datetime
from typing import Any

import pytest

from litterwatch.camera_adapters.fake_camera.plan import FakeRecording
from litterwatch.camera_adapters.onvif.ptz import PtzHead
from litterwatch.camera_adapters.onvif.recordings import find_recordings, replay_address
from litterwatch.detector.errors import SourceStalled, SourceUnsupported
from litterwatch.service.clock import SystemClock


def test_a_camera_stands_at_a_preset_or_elsewhere(pair: Any) -> None:
    camera, fake = pair()
    camera.connect()
    head = PtzHead(camera, "main")
    presets = head.presets()
    assert [(one.token, one.name) for one in presets] == [("1", "cổng chợ"), ("2", "bờ sông")]
    first = head.standing(presets)
    assert (first.preset, first.is_known, first.is_moving) == (presets[0], True, False)
    head.go_to("2")
    assert head.standing(presets).preset == presets[1]
    fake.head.turn(0.51, -0.25, 0.2)
    assert head.standing(presets).preset == presets[1], "motors are not that exact"
    fake.head.turn(0.9, 0.9, 0.9)
    elsewhere = head.standing(presets)
    assert (elsewhere.preset, elsewhere.is_known) == (None, True)


def test_a_camera_that_does_not_tell_is_believed_to_be_where_it_was_sent(pair: Any) -> None:
    camera, _ = pair("position-missing")
    camera.connect()
    head = PtzHead(camera, "main")
    presets = head.presets()
    assert presets[0].position is None
    assert head.standing(presets).preset is None
    head.go_to("2")
    standing = head.standing(presets)
    assert (standing.preset, standing.is_known) == (presets[1], False)
    assert "position-missing" in camera.notes.names


def test_a_preset_that_is_not_there_is_refused(pair: Any) -> None:
    camera, _ = pair()
    camera.connect()
    with pytest.raises(SourceUnsupported):
        PtzHead(camera, "main").go_to("77")


def test_recordings_are_found_and_the_search_is_ended(pair: Any) -> None:
    camera, fake = pair()
    camera.connect()
    found = find_recordings(camera)
    assert [one.token for one in found] == ["rec-1", "rec-2"]
    assert found[1].begins == datetime(2026, 11, 21, tzinfo=UTC)
    assert found[1].ends == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert fake.recordings.open_searches == 0
    evening = datetime(2026, 11, 21, 18, tzinfo=UTC), datetime(2026, 11, 21, 19, tzinfo=UTC)
    assert [one.token for one in found if one.overlaps(*evening)] == ["rec-2"]


@pytest.mark.parametrize("quirk", [(), ("addresses-behind-nat",)])
def test_a_recording_tells_where_it_is_played_from(pair: Any, quirk: tuple[str, ...]) -> None:
    camera, _ = pair(*quirk)
    camera.connect()
    recording = find_recordings(camera)[0]
    assert replay_address(camera, recording) == "rtsp://127.0.0.1:554/replay/rec-1"


class Rushing(SystemClock):
    """Half a minute passes with each pause."""

    passed = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += 30


def test_a_search_without_end_is_given_up_and_ended(pair: Any) -> None:
    recordings = tuple(
        FakeRecording(
            f"rec-{n}", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
        )
        for n in range(50)
    )
    camera, fake = pair(recordings=recordings)
    camera.connect()
    camera.clock = Rushing()
    with pytest.raises(SourceStalled, match="does not end its search"):
        find_recordings(camera)
    assert fake.recordings.open_searches == 0


def test_a_camera_that_keeps_nothing_says_so(pair: Any) -> None:
    camera, _ = pair(recordings=())
    camera.connect()
    with pytest.raises(SourceUnsupported, match="no search service"):
        find_recordings(camera)
