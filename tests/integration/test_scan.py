"""Footage in, events out: the whole way with real video, decoding, engine, evidence and page.

Only the neural network is the shipped fake: it sees people by the colour of their clothes.
"""

import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.labelling.records import Origin
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.cli import main
from litterwatch.service.evidence.check import check
from litterwatch.service.scan_report import (
    INTERRUPTED,
    FileOutcome,
    Outcome,
    SilentListener,
)
from litterwatch.service.settings import Settings, load_settings
from litterwatch.service.tables import CandidateRow
from litterwatch.service.wiring import ScanDone, ScanRequest, opened_database, scan_footage

Picture = NDArray[np.uint8]
MakeVideo = Callable[..., Path]
WIDTH, HEIGHT, RATE = 320, 240, 12
CLOTHES = (200, 40, 200)
BAG = (170, 172, 20, 22)
RELEASE, LEFT, SECONDS = 7.0, 10.0, 24.0


def street() -> Picture:
    """A ground with texture and some colour (one without would be taken for infrared)."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(90, 150, (HEIGHT // 8, WIDTH // 8), np.uint8)
    grey = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(grey[:, :, None] * np.array([0.85, 1.0, 1.1]), np.uint8)


def person_at(seconds: float) -> int | None:
    """Left edge of the person, px: comes from the left, bends over the place, goes on."""
    if seconds < 3 or seconds > LEFT:
        return None
    if seconds < 6:
        return round(-40 + (seconds - 3) / 3 * 185)
    if seconds < 8:
        return 145
    return round(145 + (seconds - 8) / 2 * 180)


def act(number: int) -> Picture:
    """Frame of a scene in which a bag is left at 7 s."""
    seconds = number / RATE
    picture = street()
    x, y, width, height = BAG
    if seconds >= RELEASE:
        picture[y : y + height, x : x + width] = (30, 60, 220)
        picture[y : y + height : 4, x : x + width] = (20, 30, 90)
    left = person_at(seconds)
    if left is not None:
        picture[100:195, max(0, left) : max(0, min(WIDTH, left + 36))] = CLOTHES
    noise = np.random.default_rng(number).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def nothing(number: int) -> Picture:
    """The same street with nobody on it."""
    noise = np.random.default_rng(number).normal(0, 2, (HEIGHT, WIDTH, 3))
    return np.clip(street() + noise, 0, 255).astype(np.uint8)


def film(path: Path, picture: Callable[[int], Picture], seconds: float = SECONDS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = RATE
        stream.codec_context.thread_count = 1
        for number in range(round(seconds * RATE)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number), "bgr24")))
        container.mux(stream.encode(None))
    return path


def clothes(image: Image) -> Detections:
    """A person wherever the colour of the clothes is."""
    difference = np.abs(image.astype(np.int16) - np.array(CLOTHES)).max(axis=2)
    rows, columns = np.nonzero(difference < 60)
    if len(rows) < 60:
        return Detections.empty()
    box = Box(
        float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)
    )
    return Detections.of([(box, 0.9, Label.PERSON)])


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the act; films once for the module."""
    folder = tmp_path_factory.mktemp("filmed")
    film(folder / "act.mp4", act)
    film(folder / "empty street.mp4", nothing, 4.0)
    return folder


def settings_for(out: Path) -> Settings:
    return load_settings(overrides={"data_folder": out, "evidence": {"reserve_bytes": 0}})


def scanned(out: Path, *paths: Path, **options: Any) -> ScanDone:
    """Scan with the fake detector."""
    request = ScanRequest(paths, settings_for(out))
    listener = options.pop("listener", SilentListener())
    is_stopping = options.pop("is_stopping", lambda: False)
    return scan_footage(request, listener, is_stopping, detector=ScriptedDetector(clothes))


@pytest.fixture(scope="module")
def once(filmed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ScanDone]:
    """What a scan of that folder made; for looking at, and for going on in a copy."""
    out = tmp_path_factory.mktemp("once") / "out"
    return out, scanned(out, filmed)


def events_in(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]


def test_an_act_becomes_one_event_with_sealed_evidence(
    filmed: Path, once: tuple[Path, ScanDone]
) -> None:
    out, done = once
    (event,) = events_in(out)
    assert event["source"] == (filmed / "act.mp4").as_posix()
    assert event["state"] == "confirmed"
    assert event["t_release"] == pytest.approx(RELEASE, abs=1.0)
    x, y, width, height = event["box"]
    assert BAG[0] < x + width / 2 < BAG[0] + BAG[2]
    assert BAG[1] < y + height / 2 < BAG[1] + BAG[3]
    assert done.report.count(Outcome.READ) == 2
    assert done.report.problems == ()
    with av.open(str(out / event["clip"])) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
    with opened_database(settings_for(out)) as database:
        assert check(out, database, "hashes").is_sound
    html = (out / "index.html").read_text()
    assert event["clip"] in html
    summary = json.loads((out / "summary.json").read_text())
    assert summary["frames"]["decoded"] == round((SECONDS + 4.0) * RATE)
    assert summary["footage_seconds"] == pytest.approx(SECONDS + 4.0)


def test_the_same_footage_gives_the_same_bytes(
    filmed: Path, once: tuple[Path, ScanDone], tmp_path: Path
) -> None:
    scanned(tmp_path, filmed)
    one, two = ((out / "events.jsonl").read_bytes() for out in (once[0], tmp_path))
    assert one == two
    assert one.count(b"\n") == 1


def test_what_is_done_is_not_read_again(
    filmed: Path, once: tuple[Path, ScanDone], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(once[0], out)
    first = {path.name: path.read_bytes() for path in out.glob("*.jsonl")}
    files = sorted(path for path in (out / "evidence").rglob("*"))
    assert first
    assert len(files) > 6
    again = scanned(out, filmed)
    assert again.report.count(Outcome.ALREADY_DONE) == 2
    assert again.report.problems == ()
    assert {path.name: path.read_bytes() for path in out.glob("*.jsonl")} == first
    assert sorted(path for path in (out / "evidence").rglob("*")) == files


def test_other_settings_or_content_are_read_again(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", nothing, 2.0)
    assert scanned(tmp_path / "out", path).report.count(Outcome.READ) == 1
    request = ScanRequest([path], settings_for(tmp_path / "out"), rate=3.0)
    with_other_rate = scan_footage(
        request, SilentListener(), lambda: False, detector=ScriptedDetector(clothes)
    )
    assert with_other_rate.report.count(Outcome.READ) == 1
    film(path, nothing, 3.0)
    assert scanned(tmp_path / "out", path).report.count(Outcome.READ) == 1
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["footage_seconds"] == pytest.approx(3.0)


def test_the_start_of_the_footage_becomes_wall_clock_time(filmed: Path, tmp_path: Path) -> None:
    start = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    request = ScanRequest([filmed / "act.mp4"], settings_for(tmp_path), started_at=start)
    scan_footage(request, SilentListener(), lambda: False, detector=ScriptedDetector(clothes))
    assert "23/11/2026 13:30:0" in (tmp_path / "index.html").read_text()
    with pytest.raises(ConfigError, match="2 files"):
        scan_footage(
            replace(request, paths=[filmed]),
            SilentListener(),
            lambda: False,
            detector=ScriptedDetector(clothes),
        )


class StopsAfterTheFirstFile(SilentListener):
    """Wishes to stop once one file is finished."""

    def __init__(self) -> None:
        self.finished: list[FileOutcome] = []

    def file_finished(self, outcome: FileOutcome) -> None:
        self.finished.append(outcome)

    def is_stopping(self) -> bool:
        return bool(self.finished)


def test_a_stopped_scan_keeps_what_is_finished_and_goes_on(tmp_path: Path) -> None:
    footage = tmp_path / "footage"
    for name in ("a.mp4", "b.mp4"):
        film(footage / name, nothing, 2.0)
    listener = StopsAfterTheFirstFile()
    out = tmp_path / "out"
    stopped = scanned(out, footage, listener=listener, is_stopping=listener.is_stopping)
    assert stopped.report.stopped == INTERRUPTED
    assert [Path(each.name).name for each in stopped.report.files] == ["a.mp4"]
    assert (out / "index.html").is_file()
    resumed = scanned(out, footage)
    outcomes = {Path(each.name).name: each.outcome for each in resumed.report.files}
    assert outcomes == {"a.mp4": Outcome.ALREADY_DONE, "b.mp4": Outcome.READ}


def test_no_room_on_the_disk_stops_the_scan_and_says_so(filmed: Path, tmp_path: Path) -> None:
    settings = load_settings(
        overrides={"data_folder": tmp_path, "evidence": {"reserve_bytes": 1 << 60}}
    )
    done = scan_footage(
        ScanRequest([filmed / "act.mp4"], settings),
        SilentListener(),
        lambda: False,
        detector=ScriptedDetector(clothes),
    )
    assert done.report.stopped is not None
    assert "No room" in done.report.stopped
    assert events_in(tmp_path) == []
    resumed = scanned(tmp_path, filmed / "act.mp4")
    assert resumed.report.stopped is None
    assert len(events_in(tmp_path)) == 1


# -- bad input ---------------------------------------------------------------------------------


def broken_files(folder: Path, make_video: MakeVideo) -> dict[str, str]:
    """Files that cannot be read, and a word of the sentence that says why."""
    whole = make_video("whole.mp4").read_bytes()
    contents = {
        "empty.mp4": b"",
        "letter.mp4": b"Dear Sir or Madam,\n" * 200,
        "cut.mp4": whole[: len(whole) // 3],
    }
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    with av.open(str(folder / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 16000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return {"empty.mp4": "empty", "letter.mp4": "video", "cut.mp4": "", "sound.mp4": "only sound"}


def test_a_file_that_cannot_be_read_never_stops_the_others(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    footage = tmp_path / "footage"
    whys = broken_files(footage, make_video)
    shutil.copy(tmp_path / "whole.mp4", footage / "whole.mp4")
    done = scanned(tmp_path / "out", footage, footage / "nowhere.mp4")
    outcomes = {Path(each.name).name: each for each in done.report.files}
    assert outcomes["whole.mp4"].outcome is Outcome.READ
    assert set(outcomes) == {*whys, "whole.mp4", "nowhere.mp4"}
    for name, word in whys.items():
        why = outcomes[name].why
        assert outcomes[name].outcome is Outcome.FAILED
        assert why is not None
        assert word in why.lower()
        assert "Traceback" not in why
        assert "\n" not in why
    page = (tmp_path / "out" / "index.html").read_text()
    assert all(name in page for name in outcomes)


ODD: dict[str, dict[str, Any]] = {
    "rotated.mp4": {"rotation": 90},
    "odd size.mp4": {"size": (161, 97), "pix_fmt": "yuv444p"},
    "grey.mkv": {"codec": "ffv1", "pix_fmt": "gray"},
    "ten bit.mkv": {"codec": "libx265", "pix_fmt": "yuv420p10le"},
    "hevc.mp4": {"codec": "libx265"},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "variable.mp4": {"pts": lambda number: number * 3 + number % 2},
    "jumping.mp4": {"pts": lambda number: number if number < 25 else number + 3000},
    "one.mp4": {"frames": 1},
    "slow.mp4": {"frames": 6, "rate": 1},
    "twelve hours.mp4": {"frames": 31, "pts": lambda number: number * 25 * 1440},
}


@pytest.mark.parametrize("name", list(ODD))
def test_odd_footage_is_read(name: str, tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(name, **{"frames": 30, **ODD[name]})
    done = scanned(tmp_path / "out", path)
    assert done.report.problems == ()
    assert done.report.count(Outcome.READ) == 1
    assert done.summary["frames"]["decoded"] == ODD[name].get("frames", 30)


def test_a_file_that_breaks_off_is_scanned_as_far_as_it_goes(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    options = {"movflags": "faststart"}
    whole = make_video("whole.mp4", frames=250, container_options=options).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    done = scanned(tmp_path / "out", path)
    (problem,) = done.report.problems
    assert problem.why is not None
    assert "breaks off" in problem.why
    assert 100 < done.summary["frames"]["decoded"] < 250
    again = scanned(tmp_path / "out", path)
    assert again.report.count(Outcome.ALREADY_DONE) == 1
    assert again.report.problems[0].why == problem.why


def test_a_file_without_permission_is_named(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video("locked.mp4")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    done = scanned(tmp_path / "out", path)
    assert "permission" in str(done.report.problems[0].why).lower()


def test_a_fault_on_one_file_does_not_cost_the_others(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        film(tmp_path / "footage" / name, nothing, 2.0)
    calls: list[int] = []

    def trips_once(_: Image) -> Detections:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError("tripped")
        return Detections.empty()

    done = scan_footage(
        ScanRequest([tmp_path / "footage"], settings_for(tmp_path / "out")),
        SilentListener(),
        lambda: False,
        detector=ScriptedDetector(trips_once),
    )
    outcomes = [each.outcome for each in done.report.files]
    assert outcomes == [Outcome.FAILED, Outcome.READ]
    assert "ZeroDivisionError" in str(done.report.problems[0].why)


# -- the command -------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Exit code of `litterwatch scan` with the fake detector in place of the weights."""
    monkeypatch.setattr(
        "litterwatch.service.wiring.load_detector",
        lambda *_, **__: ScriptedDetector(clothes),
    )
    with pytest.raises(SystemExit) as ended:
        main(["scan", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_command_says_what_it_found_and_where_it_lies(
    filmed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, str(filmed / "act.mp4"), "--out", str(tmp_path)) == 0
    printed = capsys.readouterr()
    assert "left" in printed.out
    assert str(tmp_path / "index.html") in printed.out
    assert "1 suspected event" in printed.err


def test_the_command_prints_json_and_nothing_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make_video: MakeVideo,
) -> None:
    path, out = make_video(), tmp_path / "out"
    code = run(monkeypatch, str(path), str(tmp_path / "gone.mp4"), "--json", "--out", str(out))
    printed = capsys.readouterr()
    assert code == 3
    assert printed.err == ""
    assert json.loads(printed.out) == json.loads((out / "summary.json").read_text())
    assert json.loads(printed.out)["failed"][0]["source"].endswith("gone.mp4")


def test_ctrl_c_ends_with_the_command_to_go_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make_video: MakeVideo,
) -> None:
    path = make_video(frames=100)
    pressed: list[int] = []

    def presses(_: Image) -> Detections:
        if not pressed:  # a second time ends at once, without a word
            pressed.append(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        return Detections.empty()

    monkeypatch.setattr(
        "litterwatch.service.wiring.load_detector", lambda *_, **__: ScriptedDetector(presses)
    )
    command = ["scan", str(path), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", ["litterwatch", *command])
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 130
    assert f"litterwatch scan {path}" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_picture_of_who_stayed_is_kept_by_lot_and_evidence_knows_nothing_of_it(
    filmed: Path, tmp_path: Path
) -> None:
    settings = load_settings(
        overrides={
            "data_folder": tmp_path,
            "evidence": {"reserve_bytes": 0},
            "labels": {"audit_share": 1.0},
        }
    )
    request = ScanRequest([filmed], settings)
    eyes = ScriptedDetector(clothes)
    scan_footage(request, SilentListener(), lambda: False, detector=eyes)
    with opened_database(settings) as database:
        with database.reading() as session:
            rows = session.scalars(select(CandidateRow)).all()
        assert check(tmp_path, database, "hashes").is_sound
    (dwell,) = [row for row in rows if row.origin is Origin.RANDOM_DWELL]
    assert (dwell.code, dwell.actor_label, dwell.share) == ("dwell", Label.PERSON, 1.0)
    assert dwell.media_time == pytest.approx(8.0, abs=0.5)  # he came at 3 s
    picture = cv2.imread(str(tmp_path / dwell.path))
    assert picture is not None
    x, y, width, height = (int(float(str(value))) for value in dwell.box)
    shown = picture[y + 10 : y + height - 10, x + 8 : x + width - 8].reshape(-1, 3)
    assert np.abs(np.median(shown, axis=0) - np.array(CLOTHES)).max() < 40


MASK = """[[zone]]
id = "window"
kind = "mask"
outline = [[0.0, 0.0], [0.3, 0.0], [0.3, 0.3], [0.0, 0.3]]
"""


def test_a_mask_of_the_site_is_black_in_everything_that_is_kept(
    filmed: Path, tmp_path: Path
) -> None:
    site, out = tmp_path / "SITE.toml", tmp_path / "out"
    site.write_text(MASK, encoding="utf-8")
    overrides: dict[str, Any] = {"data_folder": out, "evidence": {"reserve_bytes": 0}}
    overrides["labels"] = {"audit_share": 1}
    settings = load_settings(overrides=overrides)
    request = ScanRequest([filmed / "act.mp4"], settings, site_file=site)
    detector = ScriptedDetector(clothes)
    scan_footage(request, SilentListener(), lambda: False, detector=detector)
    (event,) = events_in(out)
    assert event["zone"] == "frame", "a mask alone does not say that the rest is not watched"
    pictures = [cv2.imread(str(path)) for path in out.rglob("*.jpg") if "actor" not in path.name]
    with av.open(str(out / event["clip"])) as clip:
        pictures += [frame.to_ndarray(format="bgr24") for frame in clip.decode(video=0)]
    assert len(pictures) > 100
    for picture in pictures:
        assert picture is not None
        height, width = picture.shape[:2]
        assert picture[: int(0.28 * height), : int(0.28 * width)].max() <= 40
        assert picture[int(0.5 * height) :, : int(0.28 * width)].max() > 60
    (manifest,) = out.rglob("manifest*.json")
    said = json.loads(manifest.read_text("utf-8"))["clip"]
    assert said["masked"] is True
    assert said["method"].startswith("masked by litterwatch before storing; source bitstream not")
    page = (out / "index.html").read_text("utf-8")
    assert "Đoạn video đã che" in page
    assert "Đoạn video là bản gốc" not in page
