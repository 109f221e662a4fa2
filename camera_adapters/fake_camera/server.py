"""HTTP for a fake camera: SOAP, snapshots and MJPEG at one port."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.soap import LARGEST
from litterwatch.detector.errors import ConfigError

_BOUNDARY: Final = "fakecameraframe"


class FakeCameraServer:
    """Serves a fake camera until it is closed.

    Args:
        camera: what answers.
        host: to listen at.
        port: 0 takes a free one.
        mjpeg_rate: pictures/s of its MJPEG stream.

    Attributes:
        address: `http://host:port`.

    Raises:
        ConfigError: the port cannot be had.
    """

    def __init__(
        self,
        camera: FakeCamera,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        mjpeg_rate: float = 5.0,
    ) -> None:
        self.camera = camera
        self.stopping = threading.Event()
        self.mjpeg_interval = 1 / mjpeg_rate
        try:
            self._http = _Server((host, port), _Handler)
        except OSError as error:
            raise ConfigError(
                f"Nobody can listen at {host}:{port} ({error.strerror}): choose another port."
            ) from error
        self._http.house = self
        self.port = int(self._http.server_address[1])
        self.address = f"http://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.05,), name="fake camera", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving; may be called twice."""
        if not self.stopping.is_set():
            self.stopping.set()
            self._http.shutdown()
            self._thread.join()
            self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    house: FakeCameraServer
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; a fault of the fake camera is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30.0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Quiet: requests hold logins."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The camera's own time, as its web server tells it."""
        if timestamp is None:
            timestamp = self.server.house.camera.gate.now().timestamp()
        return super().date_time_string(timestamp)

    @property
    def _authorization(self) -> str:
        # Names go over the wire as UTF-8; the library reads headers letter by letter.
        header = self.headers.get("Authorization", "")
        return header.encode("latin-1", "replace").decode("utf-8", "replace")

    def do_POST(self) -> None:
        """SOAP."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= LARGEST:
            self._send(413, b"", "text/plain")
            return
        content = self.rfile.read(length)
        base = f"http://{self.headers.get('Host', self.server.house.address[7:])}"
        asks = self.server.house.camera.plan.has("http-digest-only")
        status, answer = self.server.house.camera.answer_soap(
            content, base, self.path, self._authorization
        )
        # Who means WS-Security and says 401 asks for no HTTP login: it would only count twice.
        self._send(status, answer, "application/soap+xml; charset=utf-8", asks=asks)

    def do_GET(self) -> None:
        """Pictures."""
        camera = self.server.house.camera
        if not self.path.startswith(("/snapshot/", "/mjpeg")):
            self._send(404, b"", "text/plain")
        elif not camera.gate.admits_http("GET", self.path, self._authorization):
            self._send(401, b"", "text/plain")
        elif self.path.startswith("/mjpeg"):
            self._stream()
        else:
            self._send(200, camera.jpeg(), "image/jpeg")

    def _send(self, status: int, content: bytes, kind: str, *, asks: bool = True) -> None:
        self.send_response(status)
        if status == 401 and asks:
            self.send_header("WWW-Authenticate", self.server.house.camera.gate.challenge())
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self) -> None:
        house = self.server.house
        announced = "other" if house.camera.plan.has("boundary-wrong") else _BOUNDARY
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={announced}")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while not house.stopping.is_set():
            jpeg = house.camera.jpeg()
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n"
            try:
                self.wfile.write(head.encode() + b"\r\n" + jpeg + b"\r\n")
            except OSError:
                return  # the client has gone
            house.stopping.wait(house.mjpeg_interval)
