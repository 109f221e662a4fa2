"""Real RTSP for a fake camera, where GStreamer is at hand."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.fake_camera import rtsp_script
from litterwatch.camera_adapters.fake_camera.footage import (
    LiveFeed,
    codec_of,
    free_tcp_port,
    free_udp_port,
)
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.protocols import Clock

PYTHON: Final = Path("/usr/bin/python3")
"""The system's own, which has the bindings of GStreamer."""
_NEEDED: Final = (
    "install gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good"
    " gstreamer1.0-plugins-bad"
)


class RtspServer:
    """Plays videos as live streams with digest login, each at its own path.

    Args:
        videos: H.264 or H.265 files by path, such as `/main`.
        credentials: what it accepts.
        clock: the host's.
        host: to listen at.
        port: 0 takes a free one.
        certificate: with its key, in PEM: everything is encrypted; None for nothing.

    Attributes:
        port: where it listens.

    Raises:
        ConfigError: GStreamer is not there, or the port cannot be had.
        SourceError: a file is no video.
    """

    def __init__(
        self,
        videos: Mapping[str, Path],
        credentials: Credentials,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: Path | None = None,
    ) -> None:
        self._scheme = "rtsp" if certificate is None else "rtsps"
        self.host, self.port = host, port or free_tcp_port()
        self._feeds: list[LiveFeed] = []
        ports = {path: free_udp_port() for path in videos}
        wish = {
            "host": host,
            "port": self.port,
            "user": credentials.user,
            "password": credentials.password.reveal(),
            "certificate": None if certificate is None else str(certificate),
            "streams": [
                {"path": path, "udp": ports[path], "codec": codec_of(video)}
                for path, video in videos.items()
            ],
        }
        self._process = self._started(json.dumps(wish))
        self._feeds = [LiveFeed(video, ports[path], clock) for path, video in videos.items()]

    def _started(self, wish: str) -> "subprocess.Popen[str]":
        command = [str(PYTHON), str(Path(rtsp_script.__file__))]
        try:
            process = subprocess.Popen(  # noqa: S603 - our own script
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise ConfigError(f"Video needs {PYTHON} with GStreamer: {_NEEDED}.") from error
        assert process.stdin is not None
        assert process.stdout is not None
        # By standard input, not as an argument: everybody can read those of a process.
        process.stdin.write(wish + "\n")
        process.stdin.flush()
        said = process.stdout.readline().strip()
        if said != "ready":
            _end(process)
            what = said or f"GStreamer is not whole: {_NEEDED}"
            raise ConfigError(f"Video cannot be served: {what}.")
        return process

    def address(self, path: str) -> str:
        """Of one stream, without credentials."""
        return f"{self._scheme}://{self.host}:{self.port}{path}"

    @property
    def pid(self) -> int:
        """Of the server: stopped (SIGSTOP) it is a silent camera, killed one without power."""
        return self._process.pid

    def close(self) -> None:
        """Stop serving; may be called twice."""
        for feed in self._feeds:
            feed.close()
        _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _end(process: "subprocess.Popen[str]") -> None:
    """The script ends when its input does."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
