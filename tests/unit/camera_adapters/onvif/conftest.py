"""A fake camera that listens, and the adapter that speaks to it through the real zeep."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.service.clock import SystemClock

Pair = tuple[OnvifCamera, FakeCamera]
MakePair = Callable[..., Pair]


class HastyClock(SystemClock):
    """The machine's clock, whose pauses take no time."""

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def pair() -> Iterator[MakePair]:
    """Makes a fake camera and the adapter for it, not connected.

    Takes faults by name, then anything of `FakePlan`; `credentials_sent` is what the adapter sends.
    """
    with ExitStack() as stack:

        def make(
            *quirks: str, credentials_sent: Any = LOGIN, clock: Any = None, **plan: Any
        ) -> Pair:
            clock = clock or HastyClock()
            fake = FakeCamera(FakePlan(quirks=frozenset(quirks), **plan), clock)
            server = stack.enter_context(FakeCameraServer(fake))
            camera = OnvifCamera(server.address, credentials_sent, clock, timeout=20.0)
            stack.callback(camera.close)
            return camera, fake

        yield make


HOUR_AND_MORE = timedelta(minutes=67)
