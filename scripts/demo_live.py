"""Finds two cameras that play the demonstration film, and watches them; see scripts/demo-live.

Usage: demo_live.py FOOTAGE_FOLDER OUT_FOLDER [--once]
"""

import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import av
import numpy as np

LITTERWATCH: Final = [sys.executable, "-c", "from litterwatch.service.cli import main; main()"]
PATIENCE: Final = 300.0
USER: Final = "viewer"
_FOUND: Final = """
SELECT events.state, events.t_enter, events.t_release, events.t_provisional, footage.source,
       evidence.path, evidence.t_start, evidence.t_end
FROM events JOIN footage ON footage.id = events.footage_id
LEFT JOIN evidence ON evidence.event_id = events.id AND evidence.role = 'clip'
WHERE events.state != 'cancelled' ORDER BY footage.source
"""


class Demonstration:
    """The two cameras and the watch, each a process.

    Args:
        footage: folder of the demonstration film.
        out: data folder of the watch; emptied.

    Attributes:
        ports: where each camera listens, for ONVIF and for its video.
    """

    def __init__(self, footage: Path, out: Path) -> None:
        self.footage, self.out = footage, out
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        self.password = secrets.token_urlsafe(12)
        self.ports = {name: (_free_port(), _free_port()) for name in ("east", "west")}
        self.players: dict[str, subprocess.Popen[str]] = {}
        self.watch: subprocess.Popen[str] | None = None
        self._tick = threading.Event()

    def switch_on(self, name: str) -> None:
        """An ONVIF camera plays the film over RTSP, from its beginning."""
        onvif, rtsp = self.ports[name]
        arguments = ["fake-camera", "--video", str(self.footage / "street.mp4"), "--user", USER]
        arguments += ["--port", str(onvif), "--rtsp-port", str(rtsp)]
        environment = {**os.environ, "LITTERWATCH_FAKE_CAMERA_PASSWORD": self.password}
        player = subprocess.Popen(  # noqa: S603 - our own program
            [*LITTERWATCH, *arguments],
            stdout=subprocess.DEVNULL,
            env=environment,
            text=True,
            process_group=0,
        )
        self.players[name] = player

    def switch_off(self, name: str) -> None:
        """Pull a camera's plug."""
        player = self.players.pop(name)
        os.killpg(player.pid, signal.SIGKILL)
        player.wait()

    def start_watch(self) -> None:
        """Watch whatever stands in the register: nothing, for now."""
        environment = {**os.environ, "LITTERWATCH_LIVE__METRICS_PORT": "0"}
        self.watch = subprocess.Popen(  # noqa: S603 - our own program
            [*LITTERWATCH, "--verbose", "watch", "--out", str(self.out)], env=environment, text=True
        )

    def ask(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the program; `typed` goes to its standard input."""
        return subprocess.run(  # noqa: S603 - our own program
            [*LITTERWATCH, *arguments], check=False, capture_output=True, text=True, input=typed
        )

    def discovered(self) -> dict[str, str]:
        """The ONVIF address of each of our cameras that answers discovery, by name."""
        done = self.ask("cameras", "discover", "--json")
        if done.returncode:
            sys.exit(f"Nobody could be asked for cameras: {done.stderr}")
        # Real cameras of the network answer as well: they are none of ours.
        ours = {onvif: name for name, (onvif, _) in self.ports.items()}
        found = [one["address"] for one in json.loads(done.stdout)]
        named = ((ours.get(urlsplit(address).port or 80), address) for address in found)
        return {name: address for name, address in named if name is not None}

    def note(self, name: str, address: str) -> None:
        """Put a camera into the register and find its streams, or end with what is wrong."""
        where = ("--out", str(self.out))
        site = ("--site", str(self.footage / "SITE.toml"))
        add = ("cameras", "add", name, address, "--user", USER, *site, *where)
        done = self.ask(*add, typed=f"{self.password}\n")
        if done.returncode:
            sys.exit(f"Camera {name} could not be added: {done.stderr}")
        done = self.ask("cameras", "probe", name, *where)
        if done.returncode:
            sys.exit(f"Camera {name} cannot be watched: {done.stdout}{done.stderr}")
        print(done.stdout, flush=True)

    def status(self) -> dict[str, Any]:
        """What `litterwatch status --json` says."""
        done = self.ask("status", str(self.out), "--json")
        return json.loads(done.stdout) if done.stdout.startswith("{") else {"cameras": None}

    def links(self) -> dict[str, str] | None:
        """The state of each camera, by name; None while nothing watches."""
        cameras = self.status()["cameras"]
        return None if cameras is None else {one["camera_id"]: one["link"] for one in cameras}

    def found(self) -> list[tuple[Any, ...]]:
        """The standing events, with their clips."""
        database = self.out / "litterwatch.sqlite3"
        if not database.is_file():
            return []
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            return connection.execute(_FOUND).fetchall()
        finally:
            connection.close()

    def until(self, what: str, is_so: Any) -> None:
        """Wait for something, or end with what did not happen."""
        for _ in range(int(PATIENCE)):
            assert self.watch is not None
            if self.watch.poll() is not None:
                sys.exit(f"The watch ended early, with {self.watch.returncode}.")
            for name, player in self.players.items():
                if player.poll() is not None:
                    sys.exit(f"Camera {name} ended early, with {player.returncode}.")
            if is_so():
                print(f"* {what}", flush=True)
                return
            self._tick.wait(1.0)
        sys.exit(f"It did not happen in {PATIENCE:.0f} s: {what}")

    def end(self) -> int:
        """Stop everything in order; the exit code of the watch."""
        code = 0
        if self.watch is not None:
            self.watch.send_signal(signal.SIGTERM)
            code = self.watch.wait(60)
        for name in list(self.players):
            self.switch_off(name)
        return code


def _is_lost(links: dict[str, str] | None, name: str) -> bool:
    return links is not None and links[name] not in {"online", "starting"}


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def check_clip(demo: Demonstration, event: tuple[Any, ...]) -> None:
    """Whether the clip plays and begins before the actor came in; ends with what is wrong."""
    _, enter, release, provisional, source, path, start, end = event
    out = demo.out
    street = _background(demo.footage / "street.mp4")[0]
    here = _background(out / path)
    shown = len(here) / 25
    if max(float(np.abs(street - picture).mean()) for picture in here) > 15:
        sys.exit(f"The clip of {source} does not show the street.")
    if not (start < (release if enter is None else enter) and end > release):
        sys.exit(f"The clip of {source} does not show the act: {event}")
    if abs(shown - (end - start)) > 1.0:
        sys.exit(f"The clip of {source} has {shown:.1f} s of pictures in {end - start:.1f} s.")
    print(
        f"* camera {source}: let go, told after {provisional - release:.1f} s; the clip of"
        f" {shown:.0f} s begins {release - start:.1f} s before: {out / path}",
        flush=True,
    )


def _background(file: Path) -> list[Any]:
    """The upper half of each picture, small and grey: house fronts, before which nobody walks."""
    with av.open(str(file)) as video:
        pictures = (frame.reformat(64, 36, "gray").to_ndarray() for frame in video.decode(video=0))
        return [picture[:12].astype(float) for picture in pictures]


def run(demo: Demonstration, *, once: bool) -> None:
    """The whole demonstration; ends with what did not happen."""
    demo.start_watch()
    demo.until("the watch runs, and knows no camera", lambda: demo.links() == {})
    demo.switch_on("east")
    demo.switch_on("west")
    demo.until(
        "both cameras answer ONVIF discovery", lambda: set(demo.discovered()) == set(demo.ports)
    )
    for name, address in demo.discovered().items():
        demo.note(name, address)
    both = {"east": "online", "west": "online"}
    demo.until("both cameras are watched, without a restart", lambda: demo.links() == both)
    demo.switch_off("west")
    demo.until("camera west is off, and said to be", lambda: _is_lost(demo.links(), "west"))
    demo.switch_on("west")
    demo.until("camera west is back by itself", lambda: demo.links() == both)
    demo.until("a suspected event is recorded", lambda: bool(demo.found()))
    confirmed = lambda: {e[4] for e in demo.found() if e[0] == "confirmed"} == set(both)  # noqa: E731
    demo.until("the same act is confirmed at both cameras", confirmed)
    for event in demo.found():
        if event[0] == "confirmed":
            check_clip(demo, event)
    if not once:
        print("The watch goes on; Ctrl-C ends it.", flush=True)
        assert demo.watch is not None
        demo.watch.wait()


def main() -> None:
    """Ends with 0 only if all of it happened."""
    demo = Demonstration(Path(sys.argv[1]), Path(sys.argv[2]))
    try:
        run(demo, once="--once" in sys.argv[3:])
    finally:
        code = demo.end()
    if code:
        sys.exit(f"The watch ended with {code}.")
    check = subprocess.run(  # noqa: S603 - our own program
        [*LITTERWATCH, "evidence", "check", str(demo.out), "--cost", "hashes"], check=False
    )
    sys.exit(check.returncode)


if __name__ == "__main__":
    main()
