"""What a scan of half a day holds in memory after 1, 6 and 12 hours of footage.

Three to four people a picture for one minute of ten, every fifth leaves a sack; nobody in the other
nine. Ten such minutes are filmed and their packets are written again and again into one file,
which is scanned as `litterwatch scan` does, with its own analysis rate and gate. The file lies in a
temporary folder and goes with it: about 1 GB for 12 hours.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.packet import Packet
from av.video.stream import VideoStream

from litterwatch.models.registry import load_detector
from litterwatch.service.demo.footage import FPS, SEED, make_film
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.demo.scenes import busy, quiet
from litterwatch.service.demo.viewpoint import Viewpoint
from litterwatch.service.scan_report import SilentListener
from litterwatch.service.settings import load_settings
from litterwatch.service.wiring import ScanRequest, scan_footage

MINUTE: Final = 60.0
QUIET_MINUTES: Final = 9
SAMPLE_EVERY: Final = 600.0
"""Seconds of footage between two samples."""
_MIB: Final = 1 << 20
_TICKS: Final = 90_000


class Watched(SilentListener):
    """Samples this process's memory as the footage goes by."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, float]] = []
        self._begun = time.monotonic()

    def at(self, media_time: float) -> None:
        """A sample, where one is due."""
        if self.samples and media_time < self.samples[-1][0] + SAMPLE_EVERY:
            return
        self.samples.append((media_time, resident()))
        passed = time.monotonic() - self._begun
        sys.stderr.write(f"{media_time / 3600:5.2f} h  {resident():6.1f} MiB  {passed:6.0f} s\n")

    def near(self, hours: float) -> float | None:
        """MiB at the first sample from that hour on; None where the footage is shorter."""
        after = (held for media_time, held in self.samples if media_time >= hours * 3600)
        return next(after, None)


def resident() -> float:
    """What this process holds in memory now (RSS), MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def film_day(folder: Path, hours: float, pictures: Path | None) -> Path:
    """The file, H.264 640x360 at 25 frames a second."""
    photo, view = street_photo(pictures), Viewpoint(640, 360)
    parts = [
        make_film(folder / f"{scene.name}.mp4", scene, view, photo)
        for scene in (busy(MINUTE, SEED), quiet(MINUTE))
    ]
    turn = [parts[0], *[parts[1]] * QUIET_MINUTES]
    path = folder / "day.mp4"
    with av.open(str(parts[0])) as like, av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream_from_template(like.streams.video[0])
        for packet in _again(turn, round(hours * 3600 * FPS), stream):
            container.mux(packet)
    return path


def _again(turn: list[Path], frames: int, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Packets of these films one after the other, again and again, stamped anew."""
    number = 0
    while True:
        for path in turn:
            with av.open(str(path)) as container:
                for packet in container.demux(video=0):
                    if packet.pts is None:
                        continue  # the flush at the end
                    packet.time_base = Fraction(1, _TICKS)
                    packet.pts = packet.dts = number * _TICKS // FPS
                    packet.stream = stream
                    yield packet
                    number += 1
                    if number >= frames:
                        return


def measure(hours: float, pictures: Path | None) -> dict[str, Any]:
    """Film, scan, and say what was held when."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        day = film_day(folder, hours, pictures)
        detector = load_detector(None, backend="openvino", device="cpu", threads=2)
        settings = load_settings(None, {"data_folder": folder / "data"})
        listener = Watched()
        request = ScanRequest([day], settings, None)
        done = scan_footage(request, listener, lambda: False, detector=detector)
        detector.close()
    at = {f"{hour:g}": listener.near(hour) for hour in (1.0, 6.0, 12.0)}
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "hours": hours,
        "rss_mib": {hour: held and round(held, 1) for hour, held in at.items()},
        "samples": [[round(at), round(held, 1)] for at, held in listener.samples],
        "events": sum(file.events for file in done.report.files),
        "frames": done.summary["frames"],
        "wall_seconds": round(done.report.wall_seconds),
    }


def main() -> None:
    """Measures and prints JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench memory", description=__doc__)
    parser.add_argument("--hours", type=float, default=12.25)
    parser.add_argument("--pictures", type=Path, help="folder of bus.jpg of ultralytics")
    arguments = parser.parse_args()
    found = measure(arguments.hours, arguments.pictures)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
