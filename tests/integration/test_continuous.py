"""A recording that was cut into files is scanned as if it had not been, wherever it is quiet."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.remembering.memory import PipelineMemory
from litterwatch.service.scan_report import FileOutcome, Outcome, SilentListener
from litterwatch.service.settings import load_settings
from litterwatch.service.wiring import ScanDone, ScanRequest, scan_footage

WIDTH, HEIGHT, RATE, SECONDS = 320, 240, 6, 52
CLOTHES = (200, 40, 200)
ACTS = (7.0, 31.0)
"""When a bag is let go, each at its own place."""


def picture(number: int) -> NDArray[np.uint8]:
    """Twice somebody comes, stands, leaves a bag and goes."""
    seconds = number / RATE
    rng = np.random.default_rng(7)
    coarse = rng.integers(90, 150, (HEIGHT // 8, WIDTH // 8), np.uint8)
    grey = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    image = np.asarray(grey[:, :, None] * np.array([0.85, 1.0, 1.1]), np.uint8)
    for act, x in zip(ACTS, (170, 60), strict=True):
        if seconds >= act:
            image[172:194, x : x + 20] = (30, 60, 220)
            image[172:194:4, x : x + 20] = (20, 30, 90)
        if act - 4 <= seconds <= act + 3:
            times = (act - 4, act - 1, act + 1, act + 3)
            left = round(float(np.interp(seconds, times, (-40, x - 25, x - 25, 325))))
            image[100:195, max(0, left) : max(0, min(WIDTH, left + 36))] = CLOTHES
    noise = np.random.default_rng(number).normal(0, 2, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def clothes(image: Image) -> Detections:
    difference = np.abs(image.astype(np.int16) - np.array(CLOTHES)).max(axis=2)
    rows, columns = np.nonzero(difference < 60)
    if len(rows) < 60:
        return Detections.empty()
    corners = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return Detections.of([(Box(*map(float, corners)), 0.9, Label.PERSON)])


def film(path: Path, pictures: Sequence[NDArray[np.uint8]]) -> None:
    """Without loss, so that the pictures are the same wherever the film is cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgr0"
        for image in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def pictures() -> list[NDArray[np.uint8]]:
    return [picture(number) for number in range(SECONDS * RATE)]


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, pictures: list[NDArray[np.uint8]]
) -> Sequence[Mapping[str, Any]]:
    """The events of the uncut recording."""
    folder = tmp_path_factory.mktemp("whole")
    film(folder / "day.avi", pictures)
    return scanned(folder / "out", folder / "day.avi", continuous=False).events


class StopsAfterAFile(SilentListener):
    """Asks to stop when the first file is done."""

    has_one = False

    def file_finished(self, outcome: FileOutcome) -> None:
        self.has_one = True


def scanned(out: Path, *paths: Path, continuous: bool = True, stops: bool = False) -> ScanDone:
    """Scan; all files, or only the first."""
    detector, listener = ScriptedDetector(clothes), StopsAfterAFile()
    settings = load_settings(overrides={"data_folder": out, "evidence": {"reserve_bytes": 0}})
    request = ScanRequest(paths, settings, is_continuous=continuous)
    return scan_footage(request, listener, lambda: stops and listener.has_one, detector=detector)


def cut(folder: Path, pictures: list[NDArray[np.uint8]], *seconds: float) -> dict[str, float]:
    """Files of the recording cut at those moments; where each begins, s."""
    edges = [0, *(round(second * RATE) for second in seconds), len(pictures)]
    begins = {}
    for number, (start, end) in enumerate(pairwise(edges)):
        film(folder / f"part{number}.avi", pictures[start:end])
        begins[f"part{number}.avi"] = start / RATE
    return begins


def told(events: Sequence[Mapping[str, Any]], begins: dict[str, float]) -> list[tuple[Any, ...]]:
    """What was found, in times of the uncut recording."""
    found = []
    for event in events:
        start = begins.get(Path(event["source"]).name, 0.0)
        times = [event[name] for name in ("t_enter", "t_release", "t_provisional", "t_confirmed")]
        moments = tuple(None if t is None else round(t + start, 2) for t in times)
        codes = tuple(reason["code"] for reason in event["reasons"])
        # Each file counts its own time from 0: the last bit of a time is another, and a look of the
        # detector may fall one picture earlier, which the fourth digit of a score can tell.
        score = pytest.approx(event["score"], abs=0.002)
        same = (event["state"], event["kind"], score, tuple(event["box"]), codes)
        found.append((*moments, *same))
    return sorted(found, key=lambda event: event[1])


@pytest.mark.parametrize(
    "cuts", [(20.0, 23.5, 44.0), pytest.param((2.0, 24.0), marks=pytest.mark.slow)]
)
def test_a_cut_where_nothing_goes_on_changes_nothing(
    tmp_path: Path,
    pictures: list[NDArray[np.uint8]],
    whole: Sequence[Mapping[str, Any]],
    cuts: tuple[float, ...],
) -> None:
    begins = cut(tmp_path / "parts", pictures, *cuts)
    done = scanned(tmp_path / "out", tmp_path / "parts")
    assert len(whole) == 2
    assert told(done.events, begins) == told(whole, {})
    kept = list((tmp_path / "out" / "memory" / "scan").iterdir())
    assert len(kept) == 1, "what was known before the last file is gone"


def test_it_goes_on_after_a_stop_and_does_nothing_twice(
    tmp_path: Path, pictures: list[NDArray[np.uint8]], whole: Sequence[Mapping[str, Any]]
) -> None:
    begins = cut(tmp_path / "parts", pictures, 24.0)
    stopped = scanned(tmp_path / "out", tmp_path / "parts", stops=True)
    assert stopped.report.stopped is not None
    assert stopped.report.count(Outcome.READ) == 1
    done = scanned(tmp_path / "out", tmp_path / "parts")
    assert told(done.events, begins) == told(whole, {})
    again = scanned(tmp_path / "out", tmp_path / "parts")
    assert again.report.count(Outcome.ALREADY_DONE) == 2
    assert json.dumps(again.events) == json.dumps(done.events)


def test_a_cut_in_the_middle_of_an_act_ends_the_file_as_any(
    tmp_path: Path, pictures: list[NDArray[np.uint8]]
) -> None:
    """The bag of 7 s is given as provisional, and not told of again by the next file."""
    begins = cut(tmp_path / "parts", pictures, 12.0)
    found = told(scanned(tmp_path / "out", tmp_path / "parts").events, begins)
    assert [(event[4], round(event[1])) for event in found] == [
        ("provisional", 8),
        ("confirmed", 32),
    ]


def test_files_of_another_folder_are_another_cameras(
    tmp_path: Path, pictures: list[NDArray[np.uint8]]
) -> None:
    """What lies there from the first picture on is that place, whatever the other camera knew."""
    film(tmp_path / "parts" / "east" / "day.avi", pictures[: 2 * RATE])
    film(tmp_path / "parts" / "west" / "day.avi", pictures[-2 * RATE :])
    scanned(tmp_path / "out", tmp_path / "parts")
    kept = sorted((tmp_path / "out" / "memory" / "scan").iterdir())
    assert len(kept) == 2, "neither goes on from the other"
    pipelines = [PipelineMemory(path).resumed(CameraPipeline(), 3.0, "c") for path in kept]
    assert all(pipeline.engine.cases == () for pipeline in pipelines)
    assert [PipelineMemory(path).ended() for path in kept] == [
        pytest.approx(2 - 1 / RATE),
        pytest.approx(2 - 1 / RATE),
    ]
