"""One way of looking at one clip, in a process of its own; prints what it took as JSON.

Started by speed.py: each way alone, on the same processor cores, with the same weights and the same
input size. What is loaded or compiled once (model, graph, tracker) is done before the clock starts.
"""

import argparse
import gzip
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.change.gate import MotionGate
from litterwatch.detector.change.health import PictureHealth
from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.change.stabiliser import Motion, Stabiliser
from litterwatch.detector.deposits.engine import DepositEngine
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.tracking.tracker import ActorTracker
from litterwatch.detector.types import Frame
from litterwatch.models.registry import load_detector, show
from litterwatch.models.torch_cure import cure
from litterwatch.models.yolo import YoloDetector
from litterwatch.service.clock import SystemClock
from litterwatch.service.scan_report import SilentListener
from litterwatch.service.settings import load_settings
from litterwatch.service.wiring import LONG_SIDE, ScanRequest, scan_footage

Took = dict[str, float]
"""`frames`, `seconds` and `processor_seconds`; for the parts by name."""

STAGES: dict[str, tuple[type, str]] = {
    "gate": (MotionGate, "moved"),
    "track": (ActorTracker, "update"),
    "stabilise": (Stabiliser, "update"),
    "lay over": (Motion, "laid_over"),
    "health": (PictureHealth, "update"),
    "change": (ChangeModel, "update"),
    "remember": (Memory, "see"),
    "judge": (DepositEngine, "update"),
}
"""Stages of the engine by the call that does them; `judge` is what the others leave of its call."""

CHUNK = 100
"""Frames held in memory at a time while parts are measured."""


class Stopwatch:
    """What passes from its birth on the clock, and on the processor cores in all threads."""

    def __init__(self) -> None:
        self._clock, self._cores = time.perf_counter(), time.process_time()

    def took(self) -> Took:
        """So far, s."""
        return {
            "seconds": time.perf_counter() - self._clock,
            "processor_seconds": time.process_time() - self._cores,
        }


def decode_only(clip: Path, _model: str | None, threads: int) -> Took:
    """Every frame decoded, none converted."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
        watch = Stopwatch()
        frames = sum(1 for _ in container.decode(stream))
        return {"frames": frames} | watch.took()


def parts(clip: Path, model: str | None, threads: int) -> Took:
    """The bare model, then the engine, on the same frames, with nothing beside them."""
    cv2.setNumThreads(threads)
    detector = _warm_detector(model, threads, clip)
    pipeline = CameraPipeline()
    source = RecordedSource(clip, camera_id="bench", rate=None, long_side=LONG_SIDE)
    frames, model_seconds, engine_seconds = 0, 0.0, 0.0
    for chunk in _chunks(source.frames()):
        SystemClock().sleep(0.2)  # the decoder fills its queue and falls silent
        start = time.perf_counter()
        found = [detector.detect([frame.image])[0] for frame in chunk]
        between = time.perf_counter()
        for frame, detections in zip(chunk, found, strict=True):
            pipeline.wants_detection(frame)
            pipeline.advance(frame, detections)
        engine_seconds += time.perf_counter() - between
        model_seconds += between - start
        frames += len(chunk)
    detector.close()
    return {"frames": frames, "model": model_seconds, "engine": engine_seconds}


def engine_stages(clip: Path, model: str | None, threads: int) -> Took:
    """Milliseconds of one processor core a frame that each stage of the engine costs.

    The frames are those that `scan` analyses, and the detector has looked at all of them; its own
    time does not count. Stages are timed on their thread, so a busy machine hardly shows.
    """
    cv2.setNumThreads(1)
    detector = _warm_detector(model, threads, clip)
    rate = load_settings(None, {}).analysis.rate
    source = RecordedSource(clip, camera_id="bench", rate=rate, long_side=LONG_SIDE)
    took: dict[str, float] = {"frames": 0, **dict.fromkeys(STAGES, 0.0)}
    for stage, (owner, name) in STAGES.items():
        setattr(owner, name, _timed(getattr(owner, name), took, stage))
    pipeline = CameraPipeline()
    for frame in source.frames():
        (found,) = detector.detect([frame.image])
        pipeline.wants_detection(frame)
        pipeline.advance(frame, found)
        took["frames"] += 1
    detector.close()
    judged = ("gate", "track", "judge")
    took["all"] = sum(took[stage] for stage in judged)
    took["judge"] -= sum(took[stage] for stage in STAGES if stage not in judged)
    frames = took.pop("frames")
    return {"frames": frames} | {name: 1000 * seconds / frames for name, seconds in took.items()}


def _timed(call: Callable[..., Any], took: dict[str, float], stage: str) -> Callable[..., Any]:
    """The same call, with its processor time added to a stage."""

    def timed(*given: Any, **named: Any) -> Any:
        start = time.thread_time()
        try:
            return call(*given, **named)
        finally:
            took[stage] += time.thread_time() - start

    return timed


def scan_every_frame(clip: Path, model: str | None, threads: int) -> Took:
    """`litterwatch scan` with every frame analysed and inferred."""
    return _scan(clip, model, threads, rate=0.0, infer_every_frame=True)


def scan_as_it_comes(clip: Path, model: str | None, threads: int) -> Took:
    """`litterwatch scan` with its own analysis rate and gate."""
    return _scan(clip, model, threads, rate=None, infer_every_frame=False)


def track_torch(clip: Path, model: str | None, threads: int) -> Took:
    """`model.track(stream=True)` of ultralytics on torch."""
    installed = show(model)
    return _track(clip, installed.folder / installed.manifest.of_format("torch").main, threads)


def track_same_export(clip: Path, model: str | None, threads: int) -> Took:
    """The same on the OpenVINO files that litterwatch itself runs."""
    installed = show(model)
    export = installed.manifest.of_format("openvino")
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "same_openvino_model"  # the ending by which ultralytics knows it
        there.mkdir()
        for name in export.files:
            file = (installed.folder / name).resolve()
            if file.suffix == ".gz":  # a packed description, which ultralytics does not read
                (there / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
            else:
                (there / name).symlink_to(file)
        names = {i: str(label or i) for i, label in enumerate(installed.manifest.classes)}
        size = installed.manifest.input_size
        described: dict[str, Any] = {
            "stride": installed.manifest.stride,
            "task": "detect",
            "batch": 1,
            "imgsz": [size, size],
            "names": names,
            "args": {"dynamic": True},
            "channels": 3,
        }
        (there / "metadata.yaml").write_text(json.dumps(described))  # JSON is YAML
        return _track(clip, there, threads)


WAYS: dict[str, Callable[[Path, str | None, int], Took]] = {
    way.__name__: way
    for way in (
        decode_only,
        parts,
        engine_stages,
        scan_every_frame,
        scan_as_it_comes,
        track_torch,
        track_same_export,
    )
}


def _chunks(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    while chunk := list(islice(frames, CHUNK)):
        yield chunk


def _warm_detector(model: str | None, threads: int, clip: Path) -> YoloDetector:
    """Loaded, its graph compiled for this clip's shape."""
    detector = load_detector(model, backend="openvino", device="cpu", threads=threads)
    source = RecordedSource(clip, camera_id="bench", rate=None, long_side=LONG_SIDE)
    first = next(source.frames())
    source.close()
    for _ in range(5):
        detector.detect([first.image])
    return detector


def _scan(
    clip: Path, model: str | None, threads: int, *, rate: float | None, infer_every_frame: bool
) -> Took:
    detector = _warm_detector(model, threads, clip)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(None, {"data_folder": Path(folder)})
        request = ScanRequest([clip], settings, None, rate, infer_every_frame)
        watch = Stopwatch()
        done = scan_footage(request, SilentListener(), lambda: False, detector=detector)
        took = watch.took()
    detector.close()
    return took | {
        "frames": done.summary["frames"]["decoded"],
        "inferred": done.summary["frames"]["inferred"],
        "seconds": done.report.wall_seconds,
        "footage_seconds": done.summary["footage_seconds"],
    }


def _track(clip: Path, weights: Path, threads: int) -> Took:
    """From the first result to the last, so that loading and warming up do not count."""
    cure()
    import torch  # noqa: PLC0415 - after the cure
    from ultralytics import YOLO  # noqa: PLC0415 - after the cure

    torch.set_num_threads(threads)
    model = YOLO(str(weights), task="detect")
    model.predict(np.zeros((360, 640, 3), np.uint8), imgsz=LONG_SIDE, verbose=False)
    results = model.track(str(clip), stream=True, imgsz=LONG_SIDE, device="cpu", verbose=False)
    next(results)
    watch = Stopwatch()
    frames = sum(1 for _ in results)
    return {"frames": frames} | watch.took()


def main() -> None:
    """Measures one way and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    # The same cores for every way, whatever a library thinks it may use.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    took = WAYS[arguments.way](arguments.clip, arguments.model, arguments.threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux
    sys.stdout.write(json.dumps(took | {"peak_mib": round(peak, 1)}) + "\n")


if __name__ == "__main__":
    main()
