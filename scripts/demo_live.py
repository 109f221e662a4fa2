"""Watches two cameras that play the demonstration film; see scripts/demo-live.

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

import av
import numpy as np

HERE: Final = Path(__file__).parent
LITTERWATCH: Final = [sys.executable, "-c", "from litterwatch.service.cli import main; main()"]
PATIENCE: Final = 300.0
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
    """

    def __init__(self, footage: Path, out: Path) -> None:
        self.footage, self.out = footage, out
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        self.password = secrets.token_urlsafe(12)
        self.ports = {"east": _free_port(), "west": _free_port()}
        self.players: dict[str, subprocess.Popen[str]] = {}
        self.watch: subprocess.Popen[str] | None = None
        self._tick = threading.Event()

    def switch_on(self, name: str) -> None:
        """A camera plays the film from its beginning."""
        command = [sys.executable, str(HERE / "play_rtsp.py"), str(self.ports[name])]
        command += [f"main={self.footage / 'street.mp4'}", "--user", "viewer"]
        environment = {**os.environ, "LITTERWATCH_PLAY": self.password}
        player = subprocess.Popen(  # noqa: S603 - our own player
            command, stdout=subprocess.PIPE, env=environment, text=True, process_group=0
        )
        assert player.stdout is not None
        if player.stdout.readline() != "ready\n":
            sys.exit("The demonstration camera did not start.")
        self.players[name] = player

    def switch_off(self, name: str) -> None:
        """Pull a camera's plug."""
        player = self.players.pop(name)
        os.killpg(player.pid, signal.SIGKILL)
        player.wait()

    def start_watch(self) -> None:
        """Watch both cameras."""
        secret = self.out / "viewer.password"
        secret.touch(0o600)
        secret.write_text(self.password)
        tables = [
            f'[[camera]]\nid = "{name}"\nmain = "rtsp://127.0.0.1:{port}/main"\nuser = "viewer"\n'
            f'password_file = "viewer.password"\nsite = "{self.footage.absolute() / "SITE.toml"}"\n'
            for name, port in self.ports.items()
        ]
        file = self.out / "cameras.toml"
        file.write_text("\n".join(tables))
        environment = {**os.environ, "LITTERWATCH_LIVE__METRICS_PORT": "0"}
        arguments = ["watch", "--cameras", str(file), "--out", str(self.out)]
        self.watch = subprocess.Popen(  # noqa: S603 - our own program
            [*LITTERWATCH, "--verbose", *arguments], env=environment, text=True
        )

    def status(self) -> dict[str, Any]:
        """What `litterwatch status --json` says."""
        command = [*LITTERWATCH, "status", str(self.out), "--json"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own program
        return json.loads(done.stdout) if done.stdout.startswith("{") else {"cameras": []}

    def links(self) -> dict[str, str]:
        """The state of each camera, by name."""
        return {camera["camera_id"]: camera["link"] for camera in self.status()["cameras"]}

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
    away = {"east": "unreachable", "west": "unreachable"}
    demo.until("the watch runs, and says that no camera answers", lambda: demo.links() == away)
    demo.switch_on("east")
    demo.switch_on("west")
    both = {"east": "online", "west": "online"}
    demo.until("both cameras are online", lambda: demo.links() == both)
    demo.switch_off("west")
    demo.until("camera west is off, and said to be", lambda: demo.links()["west"] != "online")
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
