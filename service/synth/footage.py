"""Films a scenario into H.264, and writes beside it what truly happened."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from litterwatch.detector.errors import EvidenceDiskFull
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image
from litterwatch.service.synth.scenario import Act, Camera, Move, Scenario
from litterwatch.service.synth.scenario_file import scenario_text
from litterwatch.service.synth.sensor import Sensor, displacement
from litterwatch.service.synth.stage import Stage

Progress = Callable[[int, int], None]
"""Called with the number of frames done and of all."""


@dataclass(frozen=True, slots=True)
class SynthClip:
    """Where a film lies.

    Attributes:
        video: the mp4 file.
        truth: what happened, in the format of our annotated clips (NAME.json).
        boxes: where everybody and everything is, one line of JSON a frame (NAME.boxes.jsonl).
        scenario: what was filmed (NAME.toml).
    """

    video: Path
    truth: Path
    boxes: Path
    scenario: Path

    @staticmethod
    def named(folder: Path, name: str) -> "SynthClip":
        """The files of a clip of that name."""
        return SynthClip(
            folder / f"{name}.mp4", folder / f"{name}.json", folder / f"{name}.boxes.jsonl",
            folder / f"{name}.toml",
        )  # fmt: skip

    @property
    def is_whole(self) -> bool:
        """Whether it was filmed to its end: the annotation is written last."""
        return self.truth.is_file()


def render(
    scenario: Scenario,
    photo: Image,
    out: Path,
    progress: Progress | None = None,
    *,
    with_boxes: bool = True,
) -> SynthClip:
    """Film a scenario into a folder, which is made.

    Args:
        scenario: what happens.
        photo: the sample photograph (service/demo/pictures.py).
        out: the folder.
        progress: told how far it is.
        with_boxes: whether to write where everybody is in every frame; it costs as much as filming.

    Raises:
        EvidenceDiskFull: the film cannot be written.
    """
    stage = Stage(scenario, photo)
    clip = SynthClip.named(out, scenario.name)
    try:
        out.mkdir(parents=True, exist_ok=True)
        clip.scenario.write_text(scenario_text(scenario), encoding="utf-8")
        _film(clip.video, stage, progress or (lambda *_: None))
        if with_boxes:
            lines = [_frame_line(stage, index) for index in range(frame_count(scenario))]
            clip.boxes.write_text("\n".join(lines) + "\n", encoding="utf-8")
        said = json.dumps(describe(stage, clip.video.name), indent=1)
        partial = clip.truth.with_name(clip.truth.name + ".partial")
        partial.write_text(said + "\n", encoding="utf-8")
        partial.replace(clip.truth)
    except OSError as error:
        raise EvidenceDiskFull(f"Cannot write the film to {out}: {error.strerror}.") from error
    return clip


def frame_count(scenario: Scenario) -> int:
    """How many pictures the film has."""
    return round(scenario.seconds * scenario.camera.fps)


def _film(path: Path, stage: Stage, progress: Progress) -> None:
    """The film, under its name only when it is whole."""
    scenario = stage.scenario
    sensor = Sensor(scenario, stage.view)
    total, fps = frame_count(scenario), scenario.camera.fps
    partial = path.with_name(path.name + ".partial")
    with av.open(str(partial), "w", format="mp4") as container:
        stream = _video_stream(container, scenario.camera)
        for index in range(total):
            planes = sensor.expose(stage.picture(index / fps), index / fps, index)
            container.mux(stream.encode(_video_frame(planes, index, fps)))
            progress(index + 1, total)
        container.mux(stream.encode(None))
    partial.replace(path)


def _video_stream(container: av.container.OutputContainer, camera: Camera) -> VideoStream:
    stream = container.add_stream("libx264", rate=camera.fps)
    stream.width, stream.height, stream.pix_fmt = camera.width, camera.height, "yuv420p"
    stream.codec_context.gop_size = max(1, round(camera.gop * camera.fps))
    stream.codec_context.max_b_frames = 0
    # The number of threads shapes the bitstream: fixed, so that a film is the same on any machine.
    stream.codec_context.thread_count = 1
    stream.options = {"preset": "veryfast", "crf": str(camera.crf), "sc_threshold": "0"}
    return stream


def _video_frame(planes: NDArray[np.uint8], index: int, fps: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = index, Fraction(1, fps)
    return frame


def _frame_line(stage: Stage, index: int) -> str:
    """Name to x, y, width, height, px of the picture as filmed."""
    t = index / stage.scenario.camera.fps
    boxes = {name: _xywh(_filmed(stage, box, t)) for name, box in stage.boxes(t).items()}
    return json.dumps({"t": round(t, 4), "boxes": boxes}, separators=(",", ":"))


def _filmed(stage: Stage, box: Box, t: float) -> Box:
    """A box of the scene in the picture of a camera that was pushed (its shake is left out)."""
    dx, dy = displacement(stage.scenario.camera, t)
    return Box(box.x1 + dx, box.y1 + dy, box.x2 + dx, box.y2 + dy)


def describe(stage: Stage, name: str) -> dict[str, Any]:
    """What happens, as our annotated clips say it: times in s of media time, boxes x, y, w, h."""
    scenario = stage.scenario
    events = [_event(stage, act) for act in scenario.acts]
    return {
        "file": name,
        "fps": scenario.camera.fps,
        "frames": frame_count(scenario),
        "duration_s": scenario.seconds,
        "width": scenario.camera.width,
        "height": scenario.camera.height,
        "fixed_camera": True,
        "negative_clip": not any(event["alarm_expected"] for event in events),
        "events": events,
        "scenario": {"kind": scenario.kind, "seed": scenario.seed, "split": scenario.split},
        "source": "made by litterwatch synth, ground truth by construction",
    }


def _event(stage: Stage, act: Act) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": act.kind,
        "actor": act.actor or None,
        "t_start": None,
        "t_release": None,
        "t_actor_left": None,
        "bbox_xywh_at_release": None,
        "alarm_expected": act.alarm_expected,
        "note": act.note,
    }
    moves = [released(stage.scenario, name) for name in act.things]
    if not moves:
        return said
    first, rest = moves[0], max(move.at + move.seconds for move in moves)
    t_release = first.at + (first.seconds if first.how == "put" else 0.0)
    boxes = stage.boxes(rest)
    lies = reduce(Box.joined, (boxes[name] for name in act.things))
    return said | {
        "t_start": round(first.at - 0.3, 2),
        "t_release": round(t_release, 2),
        "t_actor_left": _left(stage, act.actor, rest),
        "bbox_xywh_at_release": _xywh(_filmed(stage, lies, rest)),
    }


def released(scenario: Scenario, name: str) -> Move:
    """The move by which a thing came to the ground.

    Raises:
        ValueError: it never did.
    """
    for move in scenario.thing(name).moves:
        if move.how in ("put", "drop", "throw"):
            return move
    raise ValueError(f"{scenario.name}: {name} never leaves the hand")


def _left(stage: Stage, actor: str, after: float) -> float | None:
    """When the actor is last in the picture; None: still there at the end."""
    fps, total = stage.scenario.camera.fps, frame_count(stage.scenario)
    seen = [i / fps for i in range(total) if i / fps >= after and stage.sees(actor, i / fps)]
    if not seen:
        return round(after, 2)
    return None if seen[-1] >= (total - 1) / fps else round(seen[-1], 2)


def _xywh(box: Box) -> list[int]:
    return [round(value) for value in box.xywh()]
