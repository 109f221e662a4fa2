"""Listening: topics, renewal, giving back, the limit of real cameras."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from litterwatch.camera_adapters.fake_camera.events import digital_input, motion, tamper
from litterwatch.camera_adapters.onvif.descriptions import (
    Service,
    installed_descriptions,
    with_topics,
)
from litterwatch.camera_adapters.onvif.events import Listener
from litterwatch.camera_adapters.onvif.signals import SignalKind, plain_topic
from litterwatch.detector.errors import ConfigError, SourceError, SourceUnavailable
from litterwatch.service.clock import SystemClock

NOW = timedelta(0)


class MovableClock(SystemClock):
    """The machine's clock, which a test can push on; pauses take no time."""

    pushed = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.pushed

    def sleep(self, seconds: float) -> None:
        pass


@pytest.mark.parametrize("quirk", [(), ("odd-topics",), ("subscription-by-parameter",)])
def test_what_a_camera_reports_is_understood(pair: Any, quirk: tuple[str, ...]) -> None:
    camera, fake = pair(*quirk)
    camera.connect()
    with Listener(camera) as listener:
        assert listener.pull(NOW) == ()
        fake.events.emit(motion(is_on=True))
        fake.events.emit(tamper(is_on=True))
        fake.events.emit(digital_input("door", is_on=False))
        heard = listener.pull(NOW)
    assert [(one.kind, one.is_on) for one in heard] == [
        (SignalKind.MOTION, True),
        (SignalKind.TAMPER, True),
        (SignalKind.DIGITAL_INPUT, False),
    ]
    assert heard[0].topic == "VideoSource/MotionAlarm", "the text of topics is kept"
    assert heard[2].source == {"InputToken": "door"}
    assert not any(one.is_initial for one in heard)
    assert abs(heard[0].camera_time - camera.now()) < timedelta(seconds=5)


def test_how_things_stand_comes_first(pair: Any) -> None:
    camera, fake = pair()
    fake.events.emit(motion(is_on=True))
    camera.connect()
    with Listener(camera) as listener:
        (first,) = listener.pull(NOW)
    assert first.is_initial
    assert first.is_on


def test_waiting_ends_as_soon_as_something_happens(pair: Any) -> None:
    camera, fake = pair()
    camera.connect()
    with Listener(camera) as listener:
        timer = threading.Timer(0.2, fake.events.emit, [motion(is_on=True)])
        timer.start()
        assert len(listener.pull(timedelta(seconds=8))) == 1
        timer.join()


def test_the_subscription_is_given_back_whatever_happens(pair: Any) -> None:
    camera, fake = pair()
    camera.connect()

    def fail() -> None:
        with Listener(camera) as listener:
            listener.pull(NOW)
            assert fake.events.open_subscriptions == 1
            raise RuntimeError

    for _ in range(12):
        with pytest.raises(RuntimeError):
            fail()
    assert fake.events.given == 12
    assert fake.events.open_subscriptions == 0


def test_a_camera_that_has_given_all_its_subscriptions_says_so(pair: Any) -> None:
    camera, _ = pair()
    camera.connect()
    listeners = [Listener(camera).__enter__() for _ in range(8)]
    with pytest.raises(SourceUnavailable), Listener(camera):
        pass
    listeners[0].close()
    listeners[0].close()
    with Listener(camera):
        pass
    for listener in listeners:
        listener.close()


def test_a_subscription_is_renewed_before_it_ends(pair: Any) -> None:
    clock = MovableClock()
    camera, fake = pair(clock=clock)
    camera.connect()
    with Listener(camera) as listener:
        for _ in range(5):
            clock.pushed += 40
            listener.pull(NOW)
        fake.events.emit(motion(is_on=True))
        assert len(listener.pull(NOW)) == 1
    assert fake.events.given == 1
    assert fake.asked.count("wsnt:Renew") == 5


def test_where_it_cannot_be_renewed_it_is_made_anew(pair: Any) -> None:
    clock = MovableClock()
    camera, fake = pair("renew-refused", clock=clock)
    camera.connect()
    with Listener(camera) as listener:
        clock.pushed += 40
        listener.pull(NOW)
        fake.events.emit(motion(is_on=True))
        assert len(listener.pull(NOW)) == 1
        assert fake.events.open_subscriptions == 1
    assert camera.notes.names == ("renew-refused",)
    assert fake.events.open_subscriptions == 0


def test_what_a_crash_leaves_behind_ends_by_itself(pair: Any) -> None:
    clock = MovableClock()
    camera, fake = pair(clock=clock)
    camera.connect()
    abandoned = Listener(camera).__enter__()
    clock.pushed += 61
    assert fake.events.open_subscriptions == 0
    with pytest.raises(SourceError):
        abandoned._ask(Service.PULL_POINT, "PullMessages", Timeout=NOW, MessageLimit=1)


@pytest.mark.parametrize(
    "quirk", ["needs-termination-time", "pull-point-denied", "zero-times", "addresses-behind-nat"]
)
def test_odd_cameras_are_listened_to_all_the_same(pair: Any, quirk: str) -> None:
    camera, fake = pair(quirk)
    camera.connect()
    with Listener(camera) as listener:
        fake.events.emit(motion(is_on=True))
        (heard,) = listener.pull(NOW)
    assert heard.is_on
    if quirk == "zero-times":
        assert heard.camera_time is None
        assert camera.notes.names == ("zero-times",)


def test_listening_needs_entering(pair: Any) -> None:
    camera, _ = pair()
    with pytest.raises(RuntimeError, match="between entering and leaving"):
        Listener(camera).pull(NOW)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("tns1:VideoSource/MotionAlarm", "VideoSource/MotionAlarm"),
        ("\n tns1:VideoSource//tns1:MotionAlarm/ ", "VideoSource/MotionAlarm"),
        ("", ""),
    ],
)
def test_topics_are_compared_without_their_dress(written: str, plain: str) -> None:
    assert plain_topic(written) == plain


def test_a_schema_of_another_version_is_refused() -> None:
    other = b'<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"/>'
    with pytest.raises(ConfigError, match="install onvif-zeep again"):
        with_topics(other)


def test_only_topics_are_changed_in_the_schema() -> None:
    before = etree.fromstring((installed_descriptions() / "b-2.xsd").read_bytes())
    after = etree.fromstring(with_topics((installed_descriptions() / "b-2.xsd").read_bytes()))
    changed = [
        one.get("name")
        for one, other in zip(before, after, strict=True)
        if etree.tostring(one) != etree.tostring(other)
    ]
    assert changed == ["TopicExpressionType"]
