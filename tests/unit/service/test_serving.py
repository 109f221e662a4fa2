"""`litterwatch serve`: says where it is, offers the first run, refuses to talk in the clear."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.service.events.scripted import ScriptedHouse
from litterwatch.service.serving import require_encryption, serve_desk
from litterwatch.service.settings import DeskSettings, Settings, load_settings

SERVE = "from litterwatch.service.cli import main; import sys; main(sys.argv[1:])"


def test_it_serves_offers_the_first_run_and_ends_when_told(tmp_path: Path) -> None:
    ScriptedHouse(tmp_path).close()
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE, "serve", str(tmp_path), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline(), process.stdout.readline()]
    address = re.search(r"http://127\.0\.0\.1:\d+", said[0])
    first_run = re.search(r"http://\S+/first-run\?token=\S+", said[1])
    assert address
    assert first_run
    try:
        answer = _asked(f"{address.group()}/health")
        assert answer.json() == {"status": "ok"}
        assert httpx2.get(first_run.group()).status_code == 200
        assert "server" not in answer.headers
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM), err
    assert "token" not in out + err


def _asked(address: str) -> httpx2.Response:
    deadline = time.monotonic() + 120
    while True:
        try:
            return httpx2.get(address)
        except httpx2.TransportError:
            assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("settings", "is_safe"),
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),  # noqa: S104 - what is refused
        ({"host": "192.168.1.5"}, False),
        ({"host": "desk.example"}, False),
        ({"host": "192.168.1.5", "behind_proxy": True}, True),
        ({"host": "192.168.1.5", "tls_certificate": "c.pem", "tls_key": "k.pem"}, True),
    ],
)
def test_passwords_do_not_cross_a_network_in_the_clear(
    settings: dict[str, object], *, is_safe: bool
) -> None:
    desk = DeskSettings.model_validate(settings)
    if is_safe:
        require_encryption(desk)
    else:
        with pytest.raises(ConfigError, match=r"desk\.tls_certificate"):
            require_encryption(desk)


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="tls_certificate and tls_key together"):
        load_settings(None, {"desk": {"tls_certificate": "c.pem"}})


def test_an_address_that_somebody_has_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(data_folder=tmp_path, desk=DeskSettings(port=port))
        with pytest.raises(ConfigError, match=f"Cannot listen on 127.0.0.1:{port}"):
            serve_desk(settings, say=str)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be made"):
        serve_desk(Settings(data_folder=tmp_path / "file" / "data"), say=str)
