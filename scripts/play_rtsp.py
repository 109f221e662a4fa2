"""Plays H.264 files over RTSP as cameras would send them: live, from wherever one comes in.

Usage: play_rtsp.py PORT NAME=FILE... [--user NAME]    (the password is read from LITTERWATCH_PLAY)
Each file is at rtsp://127.0.0.1:PORT/NAME, in real time, again and again. Needs GStreamer's RTSP
server for the system's python3, see tests/live/rtsp_server.py. Prints "ready"; ends with Ctrl-C.
"""

import argparse
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import av
from av.bitstream import BitStreamFilterContext

SERVER = Path(__file__).parents[1] / "tests" / "live" / "rtsp_server.py"


def units(file: str) -> Iterator[tuple[float, bytes]]:
    """Access units in Annex B form with their times, s; again and again."""
    begin = 0.0
    while True:
        end = begin
        with av.open(file) as container:
            stream = container.streams.video[0]
            to_bytes = BitStreamFilterContext("h264_mp4toannexb", stream)
            for packet in container.demux(stream):
                for done in to_bytes.filter(packet if packet.size else None):
                    at = begin + float((done.dts or 0) * done.time_base)
                    end = max(end, at)
                    yield at, bytes(done)
        begin = end + 0.04


def feed(place: int, file: str, pipe: IO[bytes], lock: threading.Lock) -> None:
    """Send a file's units when they are due."""
    waiting = threading.Event()
    began = None
    for at, unit in units(file):
        now = _now()
        began = now - at if began is None else began
        waiting.wait(max(0.0, began + at - now))
        with lock:
            pipe.write(struct.pack(">BI", place, len(unit)) + unit)
            pipe.flush()


def _now() -> float:
    return os.times().elapsed


def main() -> None:
    """Until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--user")
    options = parser.parse_args()
    names = [text.partition("=")[::2] for text in options.files]
    command = ["/usr/bin/python3", str(SERVER), options.port]
    command += [f"{name}=h264" for name, _ in names]
    if options.user:
        command += ["--user", options.user]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own server
    assert server.stdin is not None
    assert server.stdout is not None
    if options.user:
        server.stdin.write(os.environ["LITTERWATCH_PLAY"].encode() + b"\n")
        server.stdin.flush()
    if server.stdout.readline() != b"ready\n":
        sys.exit("the RTSP server did not start")
    print("ready", flush=True)
    lock = threading.Lock()
    for place, (_, file) in enumerate(names):
        threading.Thread(target=feed, args=(place, file, server.stdin, lock), daemon=True).start()
    server.wait()


if __name__ == "__main__":
    main()
