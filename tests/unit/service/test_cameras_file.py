"""CAMERAS.toml is read whole or refused whole, and holds no password."""

import os
import traceback
from pathlib import Path
from typing import Any

import pytest

from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust
from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.credentials import Secret
from litterwatch.detector.errors import ConfigError
from litterwatch.service.cameras_file import CamerasFile

HIDDEN = "hunter2-4711"
GATE = """
[[camera]]
id = "gate"
main = "rtsp://10.0.0.5/main"
sub = "rtsp://10.0.0.5/sub"
site = "gate.toml"
user = "viewer"
password_file = "gate.password"
transport = "udp"
"""
YARD = '[[camera]]\nid = "yard"\nmain = "rtsp://10.0.0.6/main"\n'
MILL = '[[camera]]\nid = "mill"\nmain = "rtsps://10.0.0.7/main"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gate.toml").write_text('[site]\nid = "gate"\n')
    (tmp_path / "gate.password").write_text(HIDDEN + "\n")
    return tmp_path


def write(folder: Path, text: str) -> CamerasFile:
    (folder / "cameras.toml").write_text(text)
    return CamerasFile(folder / "cameras.toml", {"YARD": HIDDEN})


def test_cameras_are_read_with_all_that_belongs_to_them(folder: Path) -> None:
    gate, yard = write(folder, GATE + YARD).read().entries
    assert (gate.id, gate.site.id, gate.connection.transport) == ("gate", "gate", Transport.UDP)
    assert gate.connection.sub == "rtsp://10.0.0.5/sub"
    assert gate.connection.password == Secret(HIDDEN)
    assert (yard.id, yard.site.id, yard.connection.username) == ("yard", "default", "")


def test_a_password_may_stand_in_the_environment(folder: Path) -> None:
    text = YARD + 'user = "u"\npassword_env = "YARD"\n'
    (yard,) = write(folder, text).read().entries
    assert yard.connection.password.reveal() == HIDDEN


def test_which_certificate_is_believed_is_said_for_each_camera(
    folder: Path, make_certificate: Any
) -> None:
    certificate = make_certificate()
    (folder / "ca.pem").write_text(certificate.pem)
    said = {
        "": KNOWN_HERE,
        'certificate = "known"': KNOWN_HERE,
        'certificate = "unchecked"': Trust(is_unchecked=True),
        f'certificate = "sha256:{certificate.fingerprint}"': Trust(certificate.fingerprint),
        'certificate = "ca.pem"': Trust(authorities=certificate.pem),
    }
    for line, trust in said.items():
        file = write(folder, MILL + line)
        read = file.read()
        assert read.entries[0].connection.trust == trust
        assert read.entries[0].connection.is_unchecked is trust.is_unchecked
    (folder / "ca.pem").write_text(make_certificate().pem)
    os.utime(folder / "ca.pem", ns=(1, 1))
    assert file.stamp(read.files) != read.stamp


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "camera is missing"),
        ("camera = 3", "camera is missing"),
        ("cameras = 3", "cameras is not known"),
        ("[[camera]]\nid = 3", "id must be a text"),
        ('[[camera]]\nid = "a"', "main is missing"),
        (YARD + "fps = 6", "fps is not known"),
        (YARD + f'password = "{HIDDEN}"', "must not stand in this file"),
        (YARD + 'user = "u"\npassword_env = "NO"', "NO is not set"),
        (YARD + 'user = "u"\npassword_file = "no"', "no cannot be read"),
        (YARD + 'password_env = "YARD"\npassword_file = "gate.password"', "keep one"),
        (YARD + 'password_env = "YARD"', "no user name"),
        (YARD + 'transport = "http"', "transport must be one of tcp, udp"),
        (YARD + 'site = "none.toml"', "none.toml: cannot be read"),
        (YARD + 'certificate = "unchecked"', "certificate is for rtsps:// addresses"),
        (MILL + 'certificate = "sha256:12"', "certificate: A fingerprint of a certificate is"),
        (MILL + 'certificate = "no.pem"', "no.pem cannot be read"),
        (MILL + 'certificate = "gate.toml"', "PEM form"),
        (MILL + 'transport = "udp"', "use tcp with rtsps"),
        (YARD + YARD, "two cameras are called 'yard'"),
        (f'[[camera]]\nid = "a"\nmain = "rtsp://a:{HIDDEN}@h/s"', "holds a name or password"),
        (f'[[camera]]\nid = "a"\nmain = "rtsp://h/s"\nuser = {HIDDEN}', "not valid TOML"),
    ],
)
def test_a_mistake_is_named_and_no_password_shown(folder: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        write(folder, text).read()
    assert str(folder / "cameras.toml") in str(caught.value) or "none.toml" in says
    shown = "".join(traceback.format_exception(caught.value))
    assert HIDDEN not in shown.replace(repr(text), "")


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(ConfigError, match="check --cameras"):
        CamerasFile(folder / "none.toml").read()


@pytest.mark.parametrize("name", ["cameras.toml", "gate.toml", "gate.password"])
def test_a_change_of_any_file_is_noticed(folder: Path, name: str) -> None:
    file = write(folder, GATE)
    read = file.read()
    assert file.stamp(read.files) == read.stamp
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    assert file.stamp(read.files) != read.stamp
    (folder / name).write_bytes(content)
    os.utime(folder / name, ns=(1, 1))
    assert file.stamp(read.files) != read.stamp
