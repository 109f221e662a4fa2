"""How fast litterwatch is, against its parts and against what a user would pick instead.

    scripts/bench speed CLIP [--quiet CLIP] [--json]

Every way runs in a process of its own on the same cores, the rounds are interleaved (A B C A B C),
so that a slow minute of the machine hits all of them; medians with the range are reported.
"""

import argparse
import importlib.metadata
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litterwatch.camera_adapters.video_info import probe
from litterwatch.models.registry import show

WAYS = ("decode_only", "parts", "scan_every_frame", "scan_as_it_comes")
NO_STAGES = ("frames", "peak_mib")
TRACK = ("track_same_export", "track_torch")
LIBRARIES = ("litterwatch", "av", "numpy", "opencv-python", "openvino", "torch", "ultralytics")


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured.

    Attributes:
        clip: the busy clip.
        quiet: the clip where nothing happens.
        model: name or path of the weights; None: the shipped ones.
        threads: processor cores for every way.
    """

    clip: Path
    quiet: Path
    model: str | None
    threads: int

    def one_round(self) -> dict[str, dict[str, float]]:
        """Every way once."""
        took = {way: self._run(way, self.clip) for way in (*WAYS, *TRACK)}
        for way in ("decode_only", "scan_as_it_comes"):
            took[f"quiet_{way}"] = self._run(way, self.quiet)
        took["engine_stages"] = self._run("engine_stages", self.clip)
        return took

    def _run(self, way: str, clip: Path) -> dict[str, float]:
        model = [] if self.model is None else ["--model", self.model]
        script = str(Path(__file__).with_name("ways.py"))
        command = [sys.executable, script, way, str(clip), "--threads", str(self.threads), *model]
        sys.stderr.write(f"  {way} on {clip.name} ...\n")
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
        if done.returncode:
            sys.exit(f"{way} failed:\n{done.stdout}{done.stderr}")
        took: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return took


def figures(took: dict[str, dict[str, float]]) -> dict[str, float]:
    """Frames per second by name, of one round."""
    parts = took["parts"]
    fps = {way: t["frames"] / t["seconds"] for way, t in took.items() if "seconds" in t}
    fps["bare_model"] = parts["frames"] / parts["model"]
    fps["engine_alone"] = parts["frames"] / parts["engine"]
    names = ("decode_only", "bare_model", "engine_alone")
    fps["parts_limit"] = 1 / sum(1 / fps[name] for name in names)
    return fps


def processor_times(took: dict[str, dict[str, float]]) -> dict[str, float]:
    """Milliseconds of all cores together per decoded frame: what a busy neighbour changes least."""
    return {
        way: 1000 * t["processor_seconds"] / t["frames"]
        for way, t in took.items()
        if "processor_seconds" in t
    }


def ratios(fps: dict[str, float]) -> dict[str, float]:
    """The ratios that are aimed at, of one round."""
    every = fps["scan_every_frame"]
    return {
        "every_frame_vs_parts_limit": every / fps["parts_limit"],
        "every_frame_vs_model_track_same_export": every / fps["track_same_export"],
        "every_frame_vs_model_track_torch": every / fps["track_torch"],
        "default_vs_decode_only_quiet": fps["quiet_scan_as_it_comes"] / fps["quiet_decode_only"],
    }


def real_time(took: dict[str, dict[str, float]]) -> dict[str, float]:
    """How many seconds of footage `scan` as it comes reads in a second."""
    ways = {"busy": "scan_as_it_comes", "quiet": "quiet_scan_as_it_comes"}
    return {name: took[way]["footage_seconds"] / took[way]["seconds"] for name, way in ways.items()}


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and range."""
    return {
        "median": round(statistics.median(values), 3),
        "min": round(min(values), 3),
        "max": round(max(values), 3),
    }


def report(bench: Bench, rounds: Sequence[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Everything, ready for JSON."""
    fps = [figures(took) for took in rounds]
    installed = show(bench.model)
    export = installed.manifest.of_format("openvino")
    stages = [took["engine_stages"] for took in rounds]
    by_name = {
        "frames_per_second": fps,
        "processor_ms_per_frame": [processor_times(took) for took in rounds],
        "engine_ms_per_frame": [
            {name: ms for name, ms in each.items() if name not in NO_STAGES} for each in stages
        ],
        "ratios": [ratios(figure) for figure in fps],
        "times_real_time_as_it_comes": [real_time(took) for took in rounds],
    }
    peak = [took["scan_as_it_comes"]["peak_mib"] for took in rounds]
    peak_every = [took["scan_every_frame"]["peak_mib"] for took in rounds]
    return {
        "clip": _described(bench.clip),
        "quiet_clip": _described(bench.quiet),
        "model": {
            "name": installed.manifest.name,
            "export": f"{export.format} {export.precision}",
            "sha256": export.sha256,
            "input_size": installed.manifest.input_size,
        },
        "threads": bench.threads,
        "rounds": len(rounds),
        **{
            title: {name: spread([row[name] for row in rows]) for name in rows[0]}
            for title, rows in by_name.items()
        },
        "inferred_frames": {
            "busy": rounds[0]["scan_as_it_comes"]["inferred"],
            "quiet": rounds[0]["quiet_scan_as_it_comes"]["inferred"],
        },
        "peak_memory_mib": {"as_it_comes": spread(peak), "every_frame": spread(peak_every)},
        "machine": {"processor": _processor(), "python": platform.python_version()},
        "versions": {name: _version(name) for name in LIBRARIES},
    }


def _described(clip: Path) -> dict[str, Any]:
    info = probe(clip)
    return {
        "name": clip.name,
        "codec": info.codec,
        "size": f"{info.width}x{info.height}",
        "fps": round(float(info.fps), 2),
        "seconds": info.duration,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "?")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def as_text(said: dict[str, Any]) -> str:
    """For people: one line a figure."""
    clip, model = said["clip"], said["model"]
    lines = [
        f"{clip['name']}, {clip['size']}, {clip['fps']} frames/s",
        f"model {model['name']}, {model['export']}, input {model['input_size']}",
        f"{said['threads']} threads, {said['rounds']} rounds: median (min to max)",
    ]
    titles = (
        "frames_per_second",
        "processor_ms_per_frame",
        "ratios",
        "times_real_time_as_it_comes",
        "engine_ms_per_frame",
        "peak_memory_mib",
    )
    for title in titles:
        lines += ["", title.replace("_", " ")]
        for name, value in said[title].items():
            span = f"({value['min']:.2f} to {value['max']:.2f})"
            lines.append(f"  {name:42}{value['median']:9.2f}  {span}")
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="scripts/bench speed", description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--quiet", type=Path, required=True, help="clip where nothing happens")
    parser.add_argument("--model", help="name or path of the weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    bench = Bench(arguments.clip, arguments.quiet, arguments.model, arguments.threads)
    rounds = []
    for number in range(arguments.rounds):
        sys.stderr.write(f"round {number + 1} of {arguments.rounds}\n")
        rounds.append(bench.one_round())
    said = report(bench, rounds)
    sys.stdout.write((json.dumps(said, indent=2) if arguments.json else as_text(said)) + "\n")


if __name__ == "__main__":
    main()
