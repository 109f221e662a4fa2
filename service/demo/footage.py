"""Films a scene into an H.264 file and writes beside it what truly happened."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from litterwatch.detector.errors import EvidenceDiskFull
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image
from litterwatch.service.demo.film import Film
from litterwatch.service.demo.light import Light
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.demo.scenes import Scene, demonstration
from litterwatch.service.demo.viewpoint import Viewpoint
from litterwatch.service.demo.walkers import Walker

FPS = 25
GOP_SECONDS = 2
SEED = 2026

Progress = Callable[[int, int], None]
"""Called with the number of frames done and of all."""


@dataclass(frozen=True, slots=True)
class DemoFootage:
    """Where a film lies.

    Attributes:
        video: the mp4 file.
        truth: what happened, in the format of our annotated clips.
        site: SITE.toml for `litterwatch scan --site`.
    """

    video: Path
    truth: Path
    site: Path


def make_demo_footage(
    out: Path, *, seed: int = SEED, pictures: Path | None = None, progress: Progress | None = None
) -> DemoFootage:
    """Films the demonstration into a folder, which is made.

    Args:
        out: the folder.
        seed: same seed, same film, on the same machine to the byte.
        pictures: folder of the sample picture; None: the installed ultralytics package.
        progress: told how far it is.

    Raises:
        ConfigError: the sample picture is not there.
        EvidenceDiskFull: the film cannot be written.
    """
    scene = demonstration()
    view = Viewpoint()
    photo = street_photo(pictures)
    film = Film(scene, view, photo, seed)
    try:
        out.mkdir(parents=True, exist_ok=True)
        video = make_film(out / "street.mp4", scene, view, photo, seed=seed, progress=progress)
        truth = out / "street.json"
        truth.write_text(json.dumps(describe(scene, film, view, video.name), indent=1) + "\n")
        site = out / "SITE.toml"
        site.write_text(SITE_FILE)
    except OSError as error:
        raise EvidenceDiskFull(f"Cannot write the film to {out}: {error.strerror}.") from error
    return DemoFootage(video, truth, site)


def make_film(
    path: Path, scene: Scene, view: Viewpoint, photo: Image, *, seed: int = SEED,
    progress: Progress | None = None,
) -> Path:  # fmt: skip
    """Films a scene: H.264, 25 frames a second, key frame every 2 s, no B frames.

    The file appears under its name only when it is whole.
    """
    film, light = Film(scene, view, photo, seed), Light(view, scene.seconds, seed)
    total = round(scene.seconds * FPS)
    partial = path.with_name(path.name + ".partial")
    with av.open(str(partial), "w", format="mp4") as container:
        stream = _video_stream(container, view)
        for index in range(total):
            planes = light.expose(film.frame(index / FPS), index / FPS, index)
            container.mux(stream.encode(_video_frame(planes, index)))
            if progress is not None:
                progress(index + 1, total)
        container.mux(stream.encode(None))
    partial.replace(path)
    return path


def _video_stream(container: av.container.OutputContainer, view: Viewpoint) -> VideoStream:
    stream = container.add_stream("libx264", rate=FPS)
    stream.width, stream.height, stream.pix_fmt = view.width, view.height, "yuv420p"
    stream.codec_context.gop_size = GOP_SECONDS * FPS
    stream.codec_context.max_b_frames = 0
    # The number of threads shapes the bitstream: fixed, so that a film is the same on any machine.
    stream.codec_context.thread_count = 2
    stream.options = {"preset": "veryfast", "crf": "24", "sc_threshold": "0"}
    return stream


def _video_frame(planes: NDArray[np.uint8], index: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = index, Fraction(1, FPS)
    return frame


def describe(scene: Scene, film: Film, view: Viewpoint, name: str) -> dict[str, object]:
    """What happens, as our annotated clips say it: times in s of media time, boxes x, y, w, h."""
    return {
        "file": name,
        "fps": FPS,
        "frames": round(scene.seconds * FPS),
        "duration_s": scene.seconds,
        "width": view.width,
        "height": view.height,
        "fixed_camera": True,
        "negative_clip": False,
        "events": [_act(walker, film, view) for walker in scene.walkers],
        "source": "made by litterwatch, ground truth by construction",
    }


def _act(walker: Walker, film: Film, view: Viewpoint) -> dict[str, object]:
    """What one walker does."""
    bag = walker.bag
    enters, leaves = _seen(walker, film, view)
    act: dict[str, object] = {"actor": walker.name, "t_enter": enters, "t_actor_left": leaves}
    if bag is None or bag.put_down is None:
        carries = "empty-handed" if bag is None else "with a bag"
        return act | {"kind": "none", "alarm_expected": False, "note": f"only passes, {carries}"}
    lies = film.bag(walker, bag.put_down)
    if lies is None:
        raise ValueError(f"{walker.name} has put a bag down that is not there")
    act |= {
        "t_start": round(bag.put_down - 0.9, 2),
        "t_release": bag.put_down,
        "bbox_xywh_at_release": _xywh(lies[1].box),
        "actor_xywh_at_release": _xywh(film.person(walker, bag.put_down).box),
    }
    if bag.picked_up is not None:
        note = f"puts a bag down, stays beside it and takes it again at {bag.picked_up} s"
        return act | {"kind": "none", "alarm_expected": False, "note": note}
    note = "puts a bag down and walks away"
    return act | {"kind": "abandoned", "alarm_expected": True, "note": note}


def _seen(walker: Walker, film: Film, view: Viewpoint) -> tuple[float, float]:
    """When a part of the walker is first and last in the picture, s."""
    times = np.arange(walker.path[0].t, walker.path[-1].t, 1 / FPS)
    seen = [
        t for t in times if (b := film.person(walker, float(t)).box).x2 > 0 and b.x1 < view.width
    ]
    return round(float(seen[0]), 2), round(float(seen[-1]), 2)


def _xywh(box: Box) -> list[int]:
    return [round(value) for value in box.xywh()]


SITE_FILE = """\
# The place of the demonstration film. One zone: nothing may be left on the pavement.
[site]
id = "demo-street"
# How tall people appear: [row of the feet, height], both as shares of the picture's height.
person_height = [[0.72, 0.253], [0.92, 0.341]]

[[zone]]
id = "pavement"
kind = "no_dump"
outline = [[0.0, 0.62], [1.0, 0.62], [1.0, 1.0], [0.0, 1.0]]
"""
