"""Watching a camera beside its video: news as it happens, and a camera that goes and comes."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.events import motion
from litterwatch.camera_adapters.fake_camera.footage import free_tcp_port
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.watch import (
    ClockNews,
    LostNews,
    News,
    OnvifWatch,
    SignalNews,
    StandingNews,
)
from litterwatch.detector.errors import SourceAuthFailed, SourceError
from litterwatch.service.clock import SystemClock

Start = Callable[..., "queue.Queue[News]"]


class HastyClock(SystemClock):
    """The machine's clock, whose pauses are short."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.02))


@pytest.fixture
def start() -> Iterator[Start]:
    """Begins to watch an address; the news come in a queue."""
    stopping = threading.Event()
    threads: list[threading.Thread] = []

    def begin(
        address: str,
        login: Credentials = LOGIN,
        wait_after: Callable[[SourceError], float] = lambda _: 0.05,
        **options: Any,
    ) -> "queue.Queue[News]":
        news: queue.Queue[News] = queue.Queue()
        options = {"profile_token": "main", "standing_every": 0.05, **options}
        watch = OnvifWatch(
            lambda: OnvifCamera(address, login, HastyClock(), timeout=3.0),
            wait_after,
            news.put,
            pull_wait=timedelta(seconds=0.1),
            **options,
        )
        thread = threading.Thread(target=watch.run, args=(stopping.is_set,), daemon=True)
        threads.append(thread)
        thread.start()
        return news

    yield begin
    stopping.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[FakeCameraServer, FakeCamera]]]:
    with ExitStack() as stack:

        def make(port: int = 0, **plan: Any) -> tuple[FakeCameraServer, FakeCamera]:
            fake = FakeCamera(FakePlan(**plan), SystemClock())
            return stack.enter_context(FakeCameraServer(fake, port=port)), fake

        yield make


def next_of(news: "queue.Queue[News]", kind: type[News]) -> Any:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = news.get(timeout=60)
        if isinstance(found, kind):
            return found
    raise AssertionError(f"no {kind} came")


def test_the_clock_comes_first_then_where_it_points_then_what_it_reports(
    start: Start, serve: Any
) -> None:
    server, fake = serve(clock_error=timedelta(minutes=10))
    news = start(server.address)
    first = news.get(timeout=60)
    assert isinstance(first, ClockNews)
    assert first.reading is not None
    assert first.reading.is_alarming
    standing = next_of(news, StandingNews).standing
    assert standing.preset is not None
    assert standing.preset.token == "1"  # noqa: S105 - a name
    fake.events.emit(motion(is_on=True))
    heard = next_of(news, SignalNews)
    assert heard.signal.is_on
    assert abs(heard.at - SystemClock().now()) < timedelta(seconds=10), "by our clock"


def test_a_camera_that_turns_away_is_told_once(start: Start, serve: Any) -> None:
    server, fake = serve()
    news = start(server.address)
    next_of(news, StandingNews)
    fake.head.turn(0.9, 0.9, 0.9)
    away = next_of(news, StandingNews).standing
    assert (away.preset, away.is_known) == (None, True)
    fake.events.emit(motion(is_on=True))
    assert isinstance(news.get(timeout=60), SignalNews), "nothing more about where it points"


def test_a_camera_that_goes_and_comes_is_watched_again(start: Start, serve: Any) -> None:
    port = free_tcp_port()
    server, _ = serve(port)
    news = start(server.address)
    next_of(news, StandingNews)
    server.close()
    assert next_of(news, LostNews).error.retryable
    _, fake = serve(port)
    next_of(news, ClockNews)
    next_of(news, StandingNews)
    fake.events.emit(motion(is_on=True))
    assert next_of(news, SignalNews).signal.is_on


def test_a_refused_login_waits_as_long_as_it_is_told_to(start: Start, serve: Any) -> None:
    server, fake = serve()
    asked: list[SourceError] = []

    def long_wait(error: SourceError) -> float:
        asked.append(error)
        return 3600.0

    news = start(server.address, Credentials("admin", Secret("wrong")), long_wait)
    lost = next_of(news, LostNews)
    assert isinstance(lost.error, SourceAuthFailed)
    assert asked == [lost.error]
    assert fake.gate.refused == 1


def test_the_clock_is_read_again(start: Start, serve: Any) -> None:
    server, _ = serve()
    news = start(server.address, clock_every=0.1)
    next_of(news, ClockNews)
    assert next_of(news, ClockNews).reading is not None


def test_a_camera_without_events_and_head_still_has_a_clock(start: Start, serve: Any) -> None:
    server, fake = serve(presets=())
    del fake._answerers["tev:CreatePullPointSubscription"]
    news = start(server.address, clock_every=0.1)
    next_of(news, ClockNews)
    next_of(news, ClockNews)


def test_stopping_gives_the_subscription_back(serve: Any) -> None:
    server, fake = serve()
    stopping = threading.Event()
    watch = OnvifWatch(
        lambda: OnvifCamera(server.address, LOGIN, HastyClock()),
        lambda _: 0.1,
        lambda _: stopping.set(),
        pull_wait=timedelta(seconds=0),
    )
    watch.run(stopping.is_set)
    assert fake.events.given == 1
    assert fake.events.open_subscriptions == 0
