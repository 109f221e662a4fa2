"""Addresses: what people type, what cameras name, what can be reached."""

from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.onvif import descriptions
from litterwatch.camera_adapters.onvif.addresses import (
    device_address,
    host_port,
    is_stream_address,
    is_web_address,
    reachable,
)
from litterwatch.camera_adapters.quirks import QuirkNotes
from litterwatch.detector.errors import ConfigError


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("192.168.1.64", "http://192.168.1.64/onvif/device_service"),
        ("gate.local:8899", "http://gate.local:8899/onvif/device_service"),
        ("https://10.0.0.5", "https://10.0.0.5/onvif/device_service"),
        ("http://10.0.0.5:80/onvif/services", "http://10.0.0.5:80/onvif/services"),
        ("[fe80::1]:80", "http://[fe80::1]:80/onvif/device_service"),
    ],
)
def test_what_people_type_becomes_an_address(typed: str, address: str) -> None:
    assert device_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "http://", "rtsp://10.0.0.5", "10.0.0.5:99999", "10.0.0.5:0", "[::1", "ftp://a"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ConfigError, match="no camera's address"):
        device_address(typed)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(ConfigError, match="Take name and password out") as caught:
        device_address("http://admin:hunter2@10.0.0.5/")
    assert "hunter2" not in str(caught.value)


REACHED = "http://203.0.113.9:8081/onvif/device_service"


@pytest.mark.parametrize(
    ("named", "true", "noted"),
    [
        ("http://203.0.113.9:8081/onvif/media", "http://203.0.113.9:8081/onvif/media", ()),
        ("http://203.0.113.9/onvif/media", "http://203.0.113.9/onvif/media", ()),
        (
            "http://192.168.1.64/onvif/media?x=1",
            "http://203.0.113.9:8081/onvif/media?x=1",
            ("addresses-behind-nat",),
        ),
        ("http://cam.local/onvif/media", "http://203.0.113.9:8081/onvif/media", ()),
        (
            "rtsp://192.168.1.64:10554/main",
            "rtsp://203.0.113.9:10554/main",
            ("addresses-behind-nat",),
        ),
        ("rtsp://192.168.1.64/main", "rtsp://203.0.113.9/main", ("addresses-behind-nat",)),
        ("rtsp://a:b@203.0.113.9/main", "rtsp://203.0.113.9/main", ("credentials-in-addresses",)),
        ("", "", ()),
        ("rtsp://[::1/main", "", ("credentials-in-addresses",)),
    ],
)
def test_a_named_address_is_put_where_the_camera_was_reached(
    named: str, true: str, noted: tuple[str, ...]
) -> None:
    notes = QuirkNotes()
    assert reachable(named, REACHED, notes) == true
    assert notes.names == noted


def test_over_ipv6_the_host_keeps_its_brackets() -> None:
    assert (
        reachable("rtsp://10.0.0.5:554/x", "http://[fd00::9]:80/onvif", QuirkNotes())
        == "rtsp://[fd00::9]:554/x"
    )


@given(st.text(max_size=60))
def test_whatever_a_camera_names_no_other_host_is_asked(text: str) -> None:
    address = reachable(f"http://{text}", REACHED, QuirkNotes())
    assert not is_web_address(address) or host_port(address).startswith("203.0.113.9")


def test_kinds_of_addresses_are_told_apart() -> None:
    assert is_stream_address("rtsps://10.0.0.5/x")
    assert not is_stream_address("http://10.0.0.5/x")
    assert not is_stream_address("rtsp://[::1/x")
    assert is_web_address("https://10.0.0.5/x")
    assert not is_web_address("file:///etc/passwd")
    assert not is_web_address("http://[::1/x")
    assert host_port("http://[::1/x") == ""


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(descriptions, "distribution", missing)
    with pytest.raises(ConfigError, match="onvif-zeep"):
        descriptions.installed_descriptions()


def test_descriptions_never_come_from_the_network() -> None:
    with pytest.raises(ConfigError, match="install onvif-zeep again"):
        descriptions._Reader().load("http://www.onvif.org/x.xsd")
    with pytest.raises(ConfigError, match="cannot be read"):
        descriptions.described("no-such.wsdl")
