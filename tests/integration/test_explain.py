"""An event is explained: computed again from its record, watched again from its footage or clip."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import update

from litterwatch.detector.errors import EvidenceIntegrityError, NotFound
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.configurations import FOLDER
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.explaining.page import Explanation, proofs, render
from litterwatch.service.explaining.replay import Basis
from litterwatch.service.scan_report import SilentListener
from litterwatch.service.settings import load_settings
from litterwatch.service.wiring import ScanRequest, opened_database, scan_footage
from litterwatch.service.wiring_debug import DebugRequest, film_what_is_seen
from litterwatch.service.wiring_explain import ExplainRequest, explain_event

WIDTH, HEIGHT, RATE = 320, 240, 12
CLOTHES = (200, 40, 200)
RELEASE, LEFT = 7.0, 10.0


def act(number: int) -> NDArray[np.uint8]:
    """Somebody comes, stands, goes; from 7 s on a bag lies there."""
    seconds = number / RATE
    rng = np.random.default_rng(7)
    coarse = rng.integers(90, 150, (HEIGHT // 8, WIDTH // 8), np.uint8)
    grey = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    picture = np.asarray(grey[:, :, None] * np.array([0.85, 1.0, 1.1]), np.uint8)
    if seconds >= RELEASE:
        picture[172:194, 170:190] = (30, 60, 220)
        picture[172:194:4, 170:190] = (20, 30, 90)
    if 3 <= seconds <= LEFT:
        x = round(float(np.interp(seconds, (3, 6, 8, LEFT), (-40, 145, 145, 325))))
        picture[100:195, max(0, x) : max(0, min(WIDTH, x + 36))] = CLOTHES
    noise = np.random.default_rng(number).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def clothes(image: Image) -> Detections:
    """A person wherever the colour of the clothes is."""
    difference = np.abs(image.astype(np.int16) - np.array(CLOTHES)).max(axis=2)
    rows, columns = np.nonzero(difference < 60)
    if len(rows) < 60:
        return Detections.empty()
    corners = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return Detections.of([(Box(*map(float, corners)), 0.9, Label.PERSON)])


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `act.mp4` and what a scan of it left in `out`."""
    folder = tmp_path_factory.mktemp("scanned")
    with av.open(str(folder / "act.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = RATE
        stream.codec_context.thread_count = 1
        for number in range(24 * RATE):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(act(number), "bgr24")))
        container.mux(stream.encode(None))
    overrides: dict[str, Any] = {"data_folder": folder / "out", "evidence": {"reserve_bytes": 0}}
    request = ScanRequest([folder / "act.mp4"], load_settings(overrides=overrides))
    done = scan_footage(
        request, SilentListener(), lambda: False, detector=ScriptedDetector(clothes)
    )
    assert len(done.events) == 1
    return folder


@pytest.fixture
def house(scanned: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil; the footage stays where it was."""
    shutil.copytree(scanned / "out", tmp_path / "out")
    return tmp_path / "out"


def event_id(out: Path) -> str:
    return str(json.loads((out / "events.jsonl").read_text())["event_id"])


def explained(
    out: Path, sight: Callable[[Image], Detections] = clothes, **more: Any
) -> Explanation:
    request = ExplainRequest(event_id(out)[:10], out, **more)
    return explain_event(request, detector=ScriptedDetector(sight))


def change_row(out: Path, **values: Any) -> None:
    settings = load_settings(overrides={"data_folder": out})
    with opened_database(settings) as database, database.writing() as session:
        session.execute(update(EventRow).values(**values))


def test_record_and_footage_both_give_the_event_again(house: Path) -> None:
    explanation = explained(house)
    assert explanation.recomputed.is_same
    replay = explanation.replay
    assert replay is not None
    assert (replay.basis, replay.differs, replay.is_same) == (Basis.FOOTAGE, (), True)
    assert replay.event is not None
    assert replay.event.score == explanation.recorded.event.score
    assert [holds for holds, _ in proofs(explanation)] == [True, True]
    states = [moment.insight.state.value for moment in replay.moments]
    assert list(dict.fromkeys(states)) == ["attended", "released", "unattended", "confirmed"]


def test_the_page_stands_alone_and_tells_what_was_done(house: Path) -> None:
    page = render(explained(house))
    assert "came out the same, to the last recorded digit" in page
    assert page.count("<figure>") >= 5
    assert "<svg" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "confirmed:held" in page


def test_a_changed_score_is_seen(house: Path) -> None:
    change_row(house, score=0.5)
    explanation = explained(house, watch_again=False)
    assert not explanation.recomputed.is_same
    holds, sentence = proofs(explanation)[0]
    assert not holds
    assert "0.5 is stored: it was changed" in sentence


def test_a_changed_time_is_named_by_watching_again(house: Path) -> None:
    change_row(house, t_release=6.0)
    explanation = explained(house)
    assert explanation.replay is not None
    assert explanation.replay.differs == ("t_release",)
    assert not proofs(explanation)[1][0]


def test_an_event_of_before_is_not_claimed_to_be_proved(house: Path) -> None:
    change_row(house, scoring={})
    explanation = explained(house, watch_again=False)
    assert explanation.recomputed.computed is None
    assert not proofs(explanation)[0][0]
    assert "Không còn trọng số" in render(explanation)


def test_without_the_file_the_clip_is_an_indication(house: Path) -> None:
    settings = load_settings(overrides={"data_folder": house})
    with opened_database(settings) as database, database.writing() as session:
        row = session.get_one(EventRow, event_id(house))
        session.get_one(FootageRow, row.footage_id).source = "gone.mp4"
    explanation = explained(house)
    assert explanation.replay is not None
    assert explanation.replay.basis is Basis.CLIP
    assert explanation.replay.event is not None
    sentence = proofs(explanation)[1][1]
    assert "not where it was" in sentence
    assert "an indication" in sentence


def test_another_file_is_refused(house: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(b"other")
    with pytest.raises(NotFound, match="its content is another"):
        explained(house, footage=other)
    with pytest.raises(NotFound, match="no such file"):
        explained(house, footage=tmp_path / "none.mp4")


def test_a_changed_configuration_is_refused(house: Path) -> None:
    (path,) = (house / FOLDER).iterdir()
    path.write_text(path.read_text().replace('"rate": 6.0', '"rate": 7.0'))
    with pytest.raises(EvidenceIntegrityError, match="not the configuration its name says"):
        explained(house)


def test_an_unknown_event_is_named(house: Path) -> None:
    with pytest.raises(NotFound, match="No event begins with 'ffff"):
        explain_event(ExplainRequest("ffffffff", house, watch_again=False))


def test_what_the_engine_sees_is_filmed(scanned: Path, tmp_path: Path) -> None:
    settings = load_settings(overrides={"data_folder": tmp_path})
    out = tmp_path / "seen.mp4"
    made = film_what_is_seen(
        DebugRequest(scanned / "act.mp4", out, settings), ScriptedDetector(clothes)
    )
    assert (made.pictures, made.events) == (24 * 6, 1)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = [
            (frame.time, frame.to_ndarray(format="bgr24")) for frame in container.decode(stream)
        ]
    assert len(frames) == made.pictures
    assert frames[60][0] == pytest.approx(10.0, abs=0.1)
    assert frames[0][1].shape == (HEIGHT + 44, WIDTH, 3)
    # The bag's place is outlined when it is suspected, and was not before anybody came.
    before, after = (frames[i][1][170:197, 168:193].astype(int) for i in (6, 130))
    assert (np.abs(after - np.array((30, 30, 255))).max(axis=2) < 60).sum() > 20
    assert (np.abs(before - np.array((30, 30, 255))).max(axis=2) < 60).sum() == 0
    assert list(tmp_path.glob("*.partial")) == []
