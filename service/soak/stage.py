"""The stage of a soak: cameras that play a film, the watch, and what is done to them."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from litterwatch.camera_adapters.fake_camera.footage import free_tcp_port
from litterwatch.camera_adapters.fake_camera.plan import LOGIN
from litterwatch.camera_adapters.fake_camera.rtsp import RtspServer
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.protocols import Clock
from litterwatch.service.soak.judge import Outage, Run, Suspicion
from litterwatch.service.soak.processes import Held, children_of, held_by

_COMMAND: Final = [
    sys.executable,
    "-c",
    "from litterwatch.service.cli import main; main()",
    "--verbose",
    "watch",
]
_ORDERLY: Final = 90.0  # s that the watch may take to end in order
_FOUND: Final = """
SELECT footage.source, footage.captured_from, events.t_release, events.created_at, evidence.path
FROM events JOIN footage ON footage.id = events.footage_id
LEFT JOIN evidence ON evidence.event_id = events.id AND evidence.role = 'manifest'
WHERE events.state != 'cancelled'
"""


@dataclass(slots=True)
class StageCamera:
    """A camera that plays a film round and round while it has power.

    Attributes:
        runs: when it has played; the last one is open while it plays.
    """

    name: str
    film: Path
    clock: Clock
    port: int = field(default_factory=free_tcp_port)
    runs: list[Run] = field(default_factory=list)
    _server: RtspServer | None = None

    @property
    def address(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/main"

    def switch_on(self) -> None:
        """Play from the beginning."""
        self._server = RtspServer({"/main": self.film}, LOGIN, self.clock, port=self.port)
        begun = self.clock.now()
        self.runs.append(Run(self.name, begun, begun + timedelta(days=365)))

    def pull_plug(self) -> None:
        """Off at once; may be called twice."""
        if self._server is not None:
            os.kill(self._server.pid, signal.SIGKILL)
            self._server.close()
            self._server = None
            last = self.runs[-1]
            self.runs[-1] = Run(last.camera, last.begins, self.clock.now())

    def fall_silent(self, *, is_silent: bool) -> None:
        """Send nothing, or again, while connections stay open; the film goes on meanwhile."""
        assert self._server is not None
        os.kill(self._server.pid, signal.SIGSTOP if is_silent else signal.SIGCONT)


class StageWatch:
    """`litterwatch watch` over the cameras of a stage, in a folder of its own."""

    def __init__(self, folder: Path, cameras: list[StageCamera]) -> None:
        self.folder = folder
        self.out = folder / "out"
        (folder / "password").touch(0o600)
        (folder / "password").write_text(LOGIN.password.reveal())
        tables = [
            f'[[camera]]\nid = "{camera.name}"\nmain = "{camera.address}"\nuser = "{LOGIN.user}"\n'
            'password_file = "password"\n'
            for camera in cameras
        ]
        file = folder / "cameras.toml"
        file.write_text("\n".join(tables))
        self._log = (folder / "log").open("w")
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*_COMMAND, "--cameras", str(file), "--out", str(self.out)],
            env={**os.environ, "LITTERWATCH_LIVE__METRICS_PORT": "0"},
            stdout=self._log,
            stderr=self._log,
        )

    def status(self) -> dict[str, Any]:
        """What it says of itself; empty before it has said anything."""
        try:
            told: dict[str, Any] = json.loads((self.out / "live-status.json").read_text())
        except (OSError, ValueError):
            return {"cameras": [], "groups": []}
        return told

    def cameras(self) -> dict[str, dict[str, Any]]:
        """The state of each camera."""
        return {camera["camera_id"]: camera for camera in self.status()["cameras"]}

    def groups(self) -> list[int]:
        """Processes of groups."""
        return children_of(self.process.pid)

    def readers(self) -> list[int]:
        """Processes of readers."""
        return [reader for group in self.groups() for reader in children_of(group)]

    def reader_of(self, camera: StageCamera) -> int | None:
        """The reader that is connected to a camera, if any is."""
        return next((pid for pid in self.readers() if _speaks_with(pid, camera.port)), None)

    def held(self) -> dict[str, Held]:
        """What its processes hold, by what they do."""
        return {
            "supervisor": held_by([self.process.pid]),
            "groups": held_by(self.groups()),
            "readers": held_by(self.readers()),
        }

    def require_alive(self) -> None:
        """See that it runs.

        Raises:
            ConfigError: it has ended by itself.
        """
        code = self.process.poll()
        if code is not None:
            raise ConfigError(f"The watch has ended by itself, with {code}: see {self.folder}/log.")

    def stop(self) -> int:
        """End it in order; its exit code, or that of a kill where it did not end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_ORDERLY)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._log.close()
        return self.process.wait()

    def found(self) -> tuple[list[Suspicion], list[Outage]]:
        """What it suspects, and the gaps that its clips declare; by the host's clock."""
        found, gaps = [], []
        connection = sqlite3.connect(f"file:{self.out / 'litterwatch.sqlite3'}?mode=ro", uri=True)
        with contextlib.closing(connection):
            rows = connection.execute(_FOUND).fetchall()
        for camera, captured, release, created, path in rows:
            origin, stored = (
                datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (captured, created)
            )
            if path is None:
                found.append(Suspicion(camera, origin + timedelta(seconds=release), stored))
                continue
            manifest = json.loads((self.out / path).read_text())
            # The hour at the event, not at the beginning of its stretch.
            origin = datetime.fromisoformat(manifest["clock"]["captured_from"])
            found.append(Suspicion(camera, origin + timedelta(seconds=release), stored))
            for begins, ends in (manifest["clip"] or {"gaps": []})["gaps"]:
                first, last = (origin + timedelta(seconds=at) for at in (begins, ends))
                gaps.append(Outage(camera, first, last))
        return found, gaps


def _speaks_with(pid: int, port: int) -> bool:
    """Whether a process has a connection to that port of this machine."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        handles = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return False
    wanted = f":{port:04X}"
    inodes = {line.split()[9] for line in lines if line.split()[2].endswith(wanted)}
    return any(f"socket:[{inode}]" in handles for inode in inodes)
