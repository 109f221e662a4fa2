"""What live cameras cost: processor time and memory of each process of a watch that runs.

Usage: live.py [FILE.mp4] [--cameras N...] [--seconds S] [--site SITE.toml] [--out RESULT.json]

Plays a film (H.264) over a real RTSP server as N cameras, watches them, and reads from the system
what each process has used; with several numbers, what one more camera costs. Without a film the
cameras do not answer: what an idle one costs. Processor time hardly depends on what else the
machine does; the rates that are reached do. Needs GStreamer's RTSP server, see
docs/operate/live.md.
"""

import argparse
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve().parents[1]
RATE = 6.0  # pictures a second that are analysed, by the settings
LITTERWATCH = [sys.executable, "-c", "from litterwatch.service.cli import main; main()"]


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def play(file: Path, cameras: int) -> tuple[subprocess.Popen[str], int]:
    """The cameras, ready."""
    port = free_port()
    command = [sys.executable, str(HERE / "scripts" / "play_rtsp.py"), str(port)]
    command += [f"c{number}={file}" for number in range(cameras)]
    player = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0)  # noqa: S603 - our own player
    assert player.stdout is not None
    assert player.stdout.readline() == "ready\n"
    return player, port


def watch(folder: Path, port: int, cameras: int, site: Path | None) -> subprocess.Popen[str]:
    """The watch."""
    table = '[[camera]]\nid = "c{n}"\nmain = "rtsp://127.0.0.1:{port}/c{n}"\n'
    if site is not None:
        table += f'site = "{site.resolve()}"\n'
    text = "".join(table.format(n=number, port=port) for number in range(cameras))
    (folder / "cameras.toml").write_text(text)
    command = [*LITTERWATCH, "watch", "--cameras", str(folder / "cameras.toml")]
    environment = {**os.environ, "LITTERWATCH_LIVE__METRICS_PORT": "0"}
    return subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--out", str(folder / "out")], env=environment, text=True
    )


def status(folder: Path) -> dict[str, Any]:
    """What the watch says of itself."""
    try:
        told: dict[str, Any] = json.loads((folder / "out" / "live-status.json").read_text())
    except OSError:
        return {"cameras": [], "groups": []}
    return told


def used(process: psutil.Process) -> float:
    """Processor time so far, s."""
    times = process.cpu_times()
    return float(times.user + times.system)


def family(supervisor: int) -> dict[str, list[psutil.Process]]:
    """The processes of a watch, by what they do."""
    top = psutil.Process(supervisor)
    groups = [child for child in top.children() if "spawn_main" in str(child.cmdline())]
    readers = [
        child for g in groups for child in g.children() if "spawn_main" in str(child.cmdline())
    ]
    return {"supervisor": [top], "group": groups, "reader": readers}


def measure(folder: Path, supervisor: int, seconds: float) -> dict[str, Any]:
    """Let it run that long and tell what was used and done."""
    processes = family(supervisor)
    before = {name: sum(map(used, each)) for name, each in processes.items()}
    first = status(folder)
    threading.Event().wait(seconds)
    last = status(folder)
    after = {name: sum(map(used, each)) for name, each in processes.items()}

    def grown(key: str) -> int:
        return sum(int(c[key]) for c in last["cameras"]) - sum(
            int(c[key]) for c in first["cameras"]
        )

    return {
        "seconds": seconds,
        "processor_seconds": {name: round(after[name] - before[name], 2) for name in before},
        "pss_mib": {
            name: [round(p.memory_full_info().pss / 2**20, 1) for p in each]
            for name, each in processes.items()
        },
        "analysed": grown("analysed"),
        "inferred": grown("inferred"),
        "thinned": grown("thinned"),
        "displaced": grown("displaced"),
        "share": [group["share"] for group in last["groups"]],
        "lag": [camera["lag"] for camera in last["cameras"]],
    }


def trial(file: Path | None, cameras: int, seconds: float, site: Path | None) -> dict[str, Any]:
    """Watch that many cameras for that long; without a film nobody answers at their addresses."""
    player, port = (None, free_port()) if file is None else play(file, cameras)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        watching = watch(folder, port, cameras, site)
        wanted = {"unreachable"} if file is None else {"online"}
        try:
            for _ in range(240):
                links = {camera["link"] for camera in status(folder)["cameras"]}
                if links == wanted:
                    break
                threading.Event().wait(1.0)
            else:
                sys.exit(f"The cameras did not become {wanted} in four minutes: {links}")
            threading.Event().wait(10.0)
            return {"cameras": cameras, **measure(folder, watching.pid, seconds)}
        finally:
            watching.send_signal(signal.SIGTERM)
            watching.wait(90)
            if player is not None:
                os.killpg(player.pid, signal.SIGKILL)
                player.wait()


def per_camera(trial: dict[str, Any]) -> dict[str, Any]:
    """What a camera costs at its full rate, from what the pictures that were judged have cost.

    Reading costs the same at every rate; judging is counted for each picture, so that rates that
    were lowered on a busy machine do not make a camera look cheap. Where they were, the model
    looks at a larger share of the pictures that are left, and the figure is too high.

    `carries` is how many such cameras two cores carry by this arithmetic; None for idle ones.
    """
    used, seconds, cameras = trial["processor_seconds"], trial["seconds"], trial["cameras"]
    reader = used["reader"] / seconds / cameras
    judging = (
        RATE * (used["group"] + used["supervisor"]) / trial["analysed"] if trial["analysed"] else 0
    )
    return {
        "cameras": cameras,
        "reader_cores": round(reader, 3),
        "judging_cores": round(judging, 3),
        "carries": int(2 / (reader + judging)) if trial["analysed"] else None,
        "duty_cycle": round(trial["inferred"] / max(1, trial["analysed"]), 2),
        "share_of_rate": round(min(trial["share"], default=1.0), 2),
        "reader_mib": round(statistics.median(trial["pss_mib"]["reader"]), 1),
    }


def main() -> None:
    """Print the results, and write them where that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, nargs="?", help="none: cameras that do not answer")
    parser.add_argument(
        "--cameras", type=int, nargs="+", default=[1], help="one trial for each number"
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--site", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    before = os.getloadavg()
    trials = [
        trial(options.file, count, options.seconds, options.site)
        for count in sorted(options.cameras)
    ]
    machine = {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": before,
        "load_after": os.getloadavg(),
    }
    film = None if options.file is None else options.file.name
    result = {
        "film": film,
        "machine": machine,
        "per_camera": [per_camera(each) for each in trials],
        "trials": trials,
    }
    text = json.dumps(result, indent=1)
    print(text)
    if options.out is not None:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
