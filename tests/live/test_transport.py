"""What a probe says where pictures come by one transport and not by the other."""

from collections.abc import Callable
from typing import Any

import pytest

from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.service.cameras import probing
from litterwatch.service.cameras.findings import Finding, Weight
from litterwatch.service.cameras.probing import CameraAddresses, Probed, probe_camera
from litterwatch.service.cameras.words import report_text
from litterwatch.service.clock import SystemClock

UDP, TCP = Transport.UDP, Transport.TCP


def looked_at(address: str, transport: Transport) -> Probed:
    where = CameraAddresses(main=address, transport=transport)
    return probe_camera(where, None, SystemClock())


def fault_of(done: Probed) -> Finding:
    (fault,) = [one for one in done.report.findings if one.weight is Weight.FAULT]
    assert fault.code == "transport"
    return fault


def test_pictures_come_by_the_transport_that_was_chosen(make_camera: Any) -> None:
    camera = make_camera(only="udp")
    camera.start()
    report = looked_at(camera.address(), UDP).report
    assert report.is_usable
    assert report.main is not None
    assert (report.main.transport, report.main.gop) == (UDP, 25)
    assert ", over UDP" in report_text("gate", report)


@pytest.mark.parametrize("chosen", [UDP, TCP])
def test_a_transport_that_the_camera_refuses_is_told_and_the_other_named(
    make_camera: Any, chosen: Transport
) -> None:
    camera = make_camera(only=chosen.other)
    camera.start()
    done = looked_at(camera.address(), chosen)
    fault = fault_of(done)
    assert fault.text.startswith(f"Over {chosen.upper()} no picture comes, over")
    assert fault.text.endswith(f"cameras add ID --replace --transport {chosen.other}")
    assert done.report.main is not None, "it was measured by the other way"
    assert done.report.main.transport is chosen.other
    assert done.picture is not None


def test_an_encrypted_camera_is_looked_at_over_tcp_and_udp_is_a_fault(
    make_camera: Any, make_certificate: Any
) -> None:
    camera = make_camera(user="admin", password="right", tls=make_certificate().file)  # noqa: S106
    camera.start()
    where = CameraAddresses(main=camera.address(), transport=UDP)
    done = probe_camera(where, Credentials("admin", Secret("right")), SystemClock())
    assert fault_of(done).text.startswith("What the camera encrypts cannot go over UDP.")
    assert done.report.main is not None
    assert done.report.main.transport is TCP


def test_packets_that_nobody_lets_through_are_told_too(
    make_camera: Any, lossy_road: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "STREAM_SECONDS", 5.0)
    camera = make_camera()
    camera.start()
    with lossy_road(camera.port, lost=1.0) as road:
        address = camera.address().replace(str(camera.port), str(road.port))
        done = looked_at(address, UDP)
        assert road.tally.lost > 0
    assert "lets it not through" in fault_of(done).text
    assert done.report.main is not None
    assert done.report.main.transport is TCP
