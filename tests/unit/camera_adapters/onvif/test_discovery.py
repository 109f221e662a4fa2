"""Looking for cameras: whole networks, one host, and answers that lie."""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.fake_camera.device import scope_list
from litterwatch.camera_adapters.fake_camera.discovery import (
    DiscoveryAnswerer,
    host_towards,
    service_towards,
)
from litterwatch.camera_adapters.fake_camera.plan import FakePlan
from litterwatch.camera_adapters.onvif import discovery
from litterwatch.camera_adapters.onvif.discovery import (
    ask_host,
    find_cameras,
    own_addresses,
    read_matches,
)
from litterwatch.service.clock import SystemClock

CLOCK = SystemClock()


@pytest.fixture
def answerer() -> Iterator[Any]:
    made: list[DiscoveryAnswerer] = []

    def make(
        address: str | None = "http://127.0.0.1:8080/onvif/device_service", **options: Any
    ) -> Any:
        options = {"port": 0, "join": False, **options}
        one = DiscoveryAnswerer(lambda _: address, scope_list(FakePlan()), **options)
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()


def test_one_host_is_asked_directly(answerer: Any) -> None:
    there = answerer()
    (found,) = ask_host("127.0.0.1", CLOCK, port=there.port, wait=60.0)
    assert found.endpoint == there.endpoint
    assert found.address == "http://127.0.0.1:8080/onvif/device_service"
    assert found.name == "litterwatch FAKE-0001"
    assert found.hardware == "fake-camera"
    assert found.location == "country/vietnam"
    assert not found.is_behind_nat


def test_a_camera_that_names_another_host_is_found_where_it_answered(answerer: Any) -> None:
    there = answerer("http://192.168.1.64:8899/onvif/device_service")
    (found,) = ask_host("127.0.0.1", CLOCK, port=there.port, wait=60.0)
    assert found.address == "http://127.0.0.1:8899/onvif/device_service"
    assert found.is_behind_nat


def test_of_several_addresses_the_one_that_answered_is_taken(answerer: Any) -> None:
    there = answerer("http://[fe80::1]/x http://10.0.0.9/y http://127.0.0.1/onvif/device_service")
    (found,) = ask_host("127.0.0.1", CLOCK, port=there.port, wait=60.0)
    assert found.address == "http://127.0.0.1/onvif/device_service"


def test_nobody_there_is_nobody_found() -> None:
    assert ask_host("127.0.0.1", CLOCK, port=1, wait=0.2) == ()


def test_a_whole_network_is_asked(answerer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By multicast over the loopback interface, at a port of our own: no real camera answers."""
    there = answerer(join=True)
    monkeypatch.setattr(discovery, "PORT", there.port)
    monkeypatch.setattr(discovery, "own_addresses", lambda: ["127.0.0.1"])
    # All answers are waited for; a machine that is busy elsewhere gives them late.
    answers = (find_cameras(CLOCK, wait=seconds) for seconds in (1.0, 5.0, 30.0))
    (found,) = next(filter(None, answers))
    assert found.endpoint == there.endpoint, "asked twice, found once"


def test_a_camera_of_this_machine_alone_answers_nobody_else(answerer: Any) -> None:
    """It would name an address that leads nowhere from there."""
    assert (
        service_towards("127.0.0.1", "127.0.0.1", 81) == "http://127.0.0.1:81/onvif/device_service"
    )
    assert service_towards("10.0.0.9", "127.0.0.1", 81) is None
    assert service_towards("10.0.0.9", "10.0.0.5", 81) == "http://10.0.0.5:81/onvif/device_service"
    assert service_towards("127.0.0.1", "0.0.0.0", 81) == "http://127.0.0.1:81/onvif/device_service"  # noqa: S104
    there = answerer(None)
    assert ask_host("127.0.0.1", CLOCK, port=there.port, wait=0.3) == ()


def test_this_machine_has_addresses() -> None:
    assert "127.0.0.1" in own_addresses()
    assert host_towards("127.0.0.1") == "127.0.0.1"


def answer(message: str, addresses: str = "http://10.0.0.5/onvif/device_service") -> bytes:
    return (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header>'
        f"<w:RelatesTo>{message}</w:RelatesTo></e:Header><e:Body><d:ProbeMatches><d:ProbeMatch>"
        f"<d:XAddrs>{addresses}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    ).encode()


def test_answers_to_somebody_elses_question_are_none_of_ours() -> None:
    assert len(read_matches(answer("urn:uuid:1"), "10.0.0.5", "urn:uuid:1")) == 1
    assert read_matches(answer("urn:uuid:2"), "10.0.0.5", "urn:uuid:1") == ()


@pytest.mark.parametrize("addresses", ["", "rtsp://10.0.0.5/", "javascript:alert(1)"])
def test_an_answer_without_an_address_is_no_camera(addresses: str) -> None:
    assert read_matches(answer("m", addresses), "10.0.0.5", "m") == ()


@given(st.binary(max_size=300))
def test_any_datagram_is_survived(content: bytes) -> None:
    assert read_matches(content, "10.0.0.5", "m") == ()


@given(st.text(max_size=60))
def test_any_address_is_survived(text: str) -> None:
    content = answer("m", escape(f"http://{text}").replace("\x00", ""))
    for found in read_matches(content, "10.0.0.5", "m"):
        assert found.address == "" or "@" not in found.address
