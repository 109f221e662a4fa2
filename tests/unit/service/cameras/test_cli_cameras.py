"""`litterwatch cameras` and `fake-camera` from the outside: words, exit codes, no password."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from sqlalchemy import select

from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.quirks import NAMES
from litterwatch.service.cli import main
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.evidence.custody import verify_chain
from litterwatch.service.tables import CustodyRow

Command = Callable[..., tuple[int, str, str]]


def trail(folder: Path) -> list[str]:
    """What the chain of custody says was done; it must be whole."""
    database = Database(sqlite_url(folder / "litterwatch.sqlite3"))
    with database.reading() as session:
        assert verify_chain(session)[1] == []
        actions = list(session.scalars(select(CustodyRow.action).order_by(CustodyRow.seq)))
    database.close()
    return actions


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.setenv("LITTERWATCH_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.delenv("LITTERWATCH_CAMERA_PASSWORD", raising=False)

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = capsys.readouterr()
        return int(str(ended.value.code or 0)), captured.out, captured.err

    return run


def test_there_is_nothing_before_the_first_camera(command: Command) -> None:
    code, _, err = command("cameras", "list")
    assert code == 2
    assert "no such database" in err


def test_a_camera_is_noted_listed_and_changed(command: Command, tmp_path: Path) -> None:
    typed = "Tr0ub4dor&3\n"
    add = ("cameras", "add", "gate", "10.0.0.5", "--user", "admin")
    code, out, err = command(*add, "--name", "Cổng chợ", typed=typed)
    assert (code, err) == (0, "")
    assert "cameras probe gate" in out
    code, _, err = command(*add, typed=typed)
    assert code == 3
    assert "--replace" in err
    site = tmp_path / "site.toml"
    site.write_text('[site]\nid = "market"\n')
    assert command("cameras", "add", "gate", "--replace", "--site", str(site))[0] == 0
    code, out, _ = command("cameras", "list")
    assert out == "gate  not probed      http://10.0.0.5/onvif/device_service  (Cổng chợ)\n"
    code, out, _ = command("cameras", "list", "--json")
    (told,) = json.loads(out)
    assert (told["has_login"], told["zones_version"]) == (True, 1)
    assert "Tr0ub4dor" not in out
    assert command("cameras", "remove", "gate")[0] == 0
    assert "no cameras yet" in command("cameras", "list")[1]
    assert trail(tmp_path / "data") == ["camera.added", "camera.changed", "camera.removed"]


def test_which_certificate_is_believed_stands_in_the_log(
    command: Command, tmp_path: Path, make_certificate: Any
) -> None:
    stream = ("cameras", "add", "gate", "--stream", "rtsps://10.0.0.5/main")
    assert command(*stream, "--certificate", "unchecked")[0] == 0
    said = ("--replace", "--certificate", str(make_certificate().file))
    assert command("cameras", "add", "gate", *said)[0] == 0
    database = Database(sqlite_url(tmp_path / "data" / "litterwatch.sqlite3"))
    with database.reading() as session:
        rows = session.scalars(select(CustodyRow).order_by(CustodyRow.seq))
        told = [row.detail["certificate"] for row in rows]
    database.close()
    assert told == ["unchecked", "signed by a named authority"]


def test_how_streams_travel_is_chosen_and_changed(command: Command, tmp_path: Path) -> None:
    stream = ("gate", "--stream", "rtsp://10.0.0.5/main")
    assert command("cameras", "add", *stream)[0] == 0
    assert json.loads(command("cameras", "list", "--json")[1])[0]["transport"] == "tcp"
    assert command("cameras", "add", "gate", "--replace", "--transport", "udp")[0] == 0
    assert json.loads(command("cameras", "list", "--json")[1])[0]["transport"] == "udp"
    assert "rtsp://10.0.0.5/main over UDP" in command("cameras", "list")[1]
    database = Database(sqlite_url(tmp_path / "data" / "litterwatch.sqlite3"))
    with database.reading() as session:
        rows = session.scalars(select(CustodyRow).order_by(CustodyRow.seq))
        told = [row.detail["transport"] for row in rows]
    database.close()
    assert told == ["tcp", "udp"]


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("gate", "10.0.0.5", "--user", "admin"), "", "password is missing"),
        (("gate", "admin:Tr0ub4dor@10.0.0.5"), "", "Take name and password out"),
        (("gate", "--stream", "rtsp://admin:Tr0ub4dor@10.0.0.5/x"), "", "Take name and password"),
        (("gate",), "", "needs an address"),
        (("ga te", "10.0.0.5"), "", "cannot be the id"),
        (("gate", "http://"), "", "no camera's address"),
        (("gate", "10.0.0.5", "--site", "/nowhere.toml"), "", "check --site"),
        (("gate", "10.0.0.5", "--certificate", "/nowhere.pem"), "", "check --certificate"),
        (("gate", "10.0.0.5", "--certificate", "sha256:12"), "", "64 hexadecimal digits"),
        (("gate", "10.0.0.5", "--transport", "sctp"), "", "--transport must be tcp or udp"),
        (("gate", "--stream", "rtsps://h/x", "--transport", "udp"), "", "cannot go by UDP"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    command: Command, arguments: tuple[str, ...], typed: str, words: str
) -> None:
    code, out, err = command("cameras", "add", *arguments, typed=typed)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert "Tr0ub4dor" not in err


def test_a_camera_that_is_not_there_is_named(command: Command) -> None:
    assert command("cameras", "add", "gate", "10.0.0.5")[0] == 0
    for verb in ("probe", "test"):
        code, _, err = command("cameras", verb, "other")
        assert code == 3
        assert "no camera other" in err
    code, _, err = command("cameras", "test", "gate")
    assert code == 2
    assert "cameras probe gate" in err


def test_a_lost_key_is_told(command: Command, tmp_path: Path) -> None:
    command("cameras", "add", "gate", "10.0.0.5", "--user", "admin", typed="x\n")
    (tmp_path / "data" / "cameras.key").unlink()
    code, _, err = command("cameras", "probe", "gate")
    assert code == 2
    assert "does not fit the key" in err


def test_pictures_without_video_are_probed_and_kept(command: Command, tmp_path: Path) -> None:
    picture = tmp_path / "gate.jpg"
    with FakeCameraServer(FakeCamera(FakePlan(), SystemClock())) as server:
        address = server.address.removeprefix("http://")
        password = LOGIN.password.reveal()
        command("cameras", "add", "gate", address, "--user", "admin", typed=f"{password}\n")
        code, out, err = command("cameras", "probe", "gate", "--picture", str(picture))
        assert code == 0
        assert "can be watched" in out
        assert "single pictures only" in out
        assert "asking the camera what it is" in err
        assert picture.read_bytes().startswith(b"\xff\xd8")
        assert command("cameras", "test", "gate", "--json")[0] == 0
        assert command("cameras", "list")[1].startswith("gate  usable")
        code, _, err = command("cameras", "probe", "gate", "--picture", str(tmp_path))
        assert code == 2
        assert "cannot be written" in err
    code, out, _ = command("cameras", "test", "gate")
    assert code == 3
    assert "!! " in out


def test_nobody_found_is_told_with_what_to_do(command: Command) -> None:
    arguments = ("--host", "127.0.0.1", "--port", "1", "--seconds", "0.2")
    code, out, _ = command("cameras", "discover", *arguments)
    assert code == 0
    assert "add them by their address" in out
    assert command("cameras", "discover", *arguments, "--json")[1] == "[]\n"


def test_faults_that_can_be_played_are_listed(command: Command) -> None:
    code, out, _ = command("fake-camera", "--list-quirks")
    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines()] == list(NAMES)
    code, _, err = command("fake-camera", "--quirk", "nonsense")
    assert code == 2
    assert "--list-quirks" in err


MASK = '[[zone]]\nid = "w"\nkind = "mask"\noutline = [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]]\n'


def test_no_picture_nor_recording_of_a_masked_camera_comes_unmasked(
    command: Command, tmp_path: Path
) -> None:
    site, picture = tmp_path / "site.toml", tmp_path / "gate.jpg"
    site.write_text(MASK)
    with FakeCameraServer(FakeCamera(FakePlan(), SystemClock())) as server:
        login = ("--user", LOGIN.user, "--site", str(site))
        typed = LOGIN.password.reveal() + "\n"
        assert command("cameras", "add", "gate", server.address, *login, typed=typed)[0] == 0
        assert command("cameras", "probe", "gate", "--picture", str(picture))[0] == 0
    image = cv2.imread(str(picture))
    assert image is not None
    height, width = image.shape[:2]
    assert image[: int(0.48 * height), : int(0.48 * width)].max() <= 24
    assert image[int(0.55 * height) :].max() > 60
    stretch = ("--from", "2026-11-20T10:00", "--to", "2026-11-20T10:10")
    into = tmp_path / "fetched"
    code, _, err = command("cameras", "recordings", "gate", *stretch, "--into", str(into))
    assert code == 2
    assert "privacy masks" in err
    assert not into.exists()
