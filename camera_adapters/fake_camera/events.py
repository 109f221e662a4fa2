"""The event service: pull points that end, are renewed, and are few."""

import re
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from litterwatch.camera_adapters.fake_camera.plan import MAX_SUBSCRIPTIONS, FakePlan
from litterwatch.camera_adapters.fake_camera.soap import PREFIXES, FaultAnswer, SoapRequest
from litterwatch.detector.protocols import Clock

_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")
_LONGEST_WAIT: Final = 10.0
"""However long a client asks it to wait, s."""


@dataclass(frozen=True, slots=True)
class FakeEvent:
    """One event, as a camera tells it.

    Attributes:
        topic: with the prefix tns1.
        source, data: names and values.
    """

    topic: str
    source: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...]
    operation: str = "Changed"


def motion(*, is_on: bool) -> FakeEvent:
    """Something moves, or no longer."""
    source, data = (("Source", "vs"),), (("State", _truth(is_on=is_on)),)
    return FakeEvent("tns1:VideoSource/MotionAlarm", source, data)


def tamper(*, is_on: bool) -> FakeEvent:
    """Somebody covers or turns it."""
    source, data = (("Source", "vs"),), (("State", _truth(is_on=is_on)),)
    return FakeEvent("tns1:VideoSource/GlobalSceneChange/ImagingService", source, data)


def digital_input(token: str, *, is_on: bool) -> FakeEvent:
    """A contact opens or closes."""
    source, data = (("InputToken", token),), (("LogicalState", _truth(is_on=is_on)),)
    return FakeEvent("tns1:Device/Trigger/DigitalInput", source, data)


def _truth(*, is_on: bool) -> str:
    return "true" if is_on else "false"


@dataclass(slots=True)
class _Subscription:
    ends: float
    waiting: deque[tuple[datetime, FakeEvent]] = field(default_factory=deque)


class FakeEvents:
    """The pull points of one camera.

    Attributes:
        given: how many were ever made.
    """

    def __init__(self, plan: FakePlan, clock: Clock) -> None:
        self.given = 0
        self._plan = plan
        self._clock = clock
        self._changed = threading.Condition()
        self._open: dict[str, _Subscription] = {}
        self._states: dict[tuple[str, tuple[tuple[str, str], ...]], FakeEvent] = {}

    @property
    def open_subscriptions(self) -> int:
        """How many there are now."""
        with self._changed:
            self._expire()
            return len(self._open)

    def emit(self, event: FakeEvent) -> None:
        """Something happens: every pull point learns of it."""
        with self._changed:
            self._states[event.topic, event.source] = event
            for subscription in self._open.values():
                subscription.waiting.append((self._now(), event))
            self._changed.notify_all()

    def subscribe(self, request: SoapRequest) -> str:
        """Answer to CreatePullPointSubscription; the state of everything comes first."""
        wish = request.text("tev:InitialTerminationTime")
        if not wish and self._plan.has("needs-termination-time"):
            raise FaultAnswer(500, "Receiver", "", "internal error")
        with self._changed:
            self._expire()
            if len(self._open) >= MAX_SUBSCRIPTIONS:
                raise FaultAnswer(
                    500, "Receiver", "ter:MaxNumberOfSubscriptions", "too many subscriptions"
                )
            self.given += 1
            number = str(self.given)
            seconds = self._seconds(wish or "PT60S")
            subscription = _Subscription(self._clock.monotonic() + seconds)
            for event in self._states.values():
                first = FakeEvent(event.topic, event.source, event.data, "Initialized")
                subscription.waiting.append((self._now(), first))
            self._open[number] = subscription
        return (
            "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
            f"{self._reference(number, request.base)}</tev:SubscriptionReference>"
            f"{''.join(self._times('wsnt', seconds))}</tev:CreatePullPointSubscriptionResponse>"
        )

    def _reference(self, number: str, base: str) -> str:
        if self._plan.has("subscription-by-parameter"):
            return (
                f"<wsa:Address>{base}/onvif/subscription</wsa:Address><wsa:ReferenceParameters>"
                f"<fake:Id>{number}</fake:Id></wsa:ReferenceParameters>"
            )
        return f"<wsa:Address>{base}/onvif/subscription/{number}</wsa:Address>"

    def pull(self, request: SoapRequest) -> str:
        """Answer to PullMessages: at once if there is something, else when the time is up."""
        seconds = min(self._seconds(request.text("tev:Timeout", "PT1S")), _LONGEST_WAIT)
        limit = int(request.text("tev:MessageLimit", "100"))
        with self._changed:
            subscription = self._of(request)
            self._changed.wait_for(lambda: bool(subscription.waiting), seconds)
            waiting = subscription.waiting
            messages = [waiting.popleft() for _ in range(min(limit, len(waiting)))]
            left = subscription.ends - self._clock.monotonic()
        told = "".join(self._message(at, event) for at, event in messages)
        times = "".join(self._times("tev", left))
        return f"<tev:PullMessagesResponse>{times}{told}</tev:PullMessagesResponse>"

    def renew(self, request: SoapRequest) -> str:
        """Answer to Renew."""
        if self._plan.has("renew-refused"):
            raise FaultAnswer(400, "Sender", "ter:InvalidArgVal", "renew")
        with self._changed:
            seconds = self._seconds(request.text("wsnt:TerminationTime"))
            self._of(request).ends = self._clock.monotonic() + seconds
        now, ends = self._times("wsnt", seconds)
        return f"<wsnt:RenewResponse>{ends}{now}</wsnt:RenewResponse>"

    def unsubscribe(self, request: SoapRequest) -> str:
        """Answer to Unsubscribe."""
        with self._changed:
            self._of(request)
            del self._open[self._number(request)]
        return "<wsnt:UnsubscribeResponse/>"

    def _now(self) -> datetime:
        return self._clock.now() + self._plan.clock_error

    def _number(self, request: SoapRequest) -> str:
        if not self._plan.has("subscription-by-parameter"):
            return request.path.rpartition("/")[2]
        found = None if request.header is None else request.header.find("fake:Id", PREFIXES)
        return "" if found is None else str(found.text)

    def _of(self, request: SoapRequest) -> _Subscription:
        self._expire()
        subscription = self._open.get(self._number(request))
        if subscription is None:
            raise FaultAnswer(400, "Sender", "ter:InvalidArgVal", "there is no such subscription")
        return subscription

    def _expire(self) -> None:
        now = self._clock.monotonic()
        self._open = {number: one for number, one in self._open.items() if one.ends > now}

    def _seconds(self, text: str) -> float:
        found = _DURATION.match(text)
        if found is None:
            raise FaultAnswer(400, "Sender", "ter:InvalidArgVal", "that is no duration")
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return days * 86_400 + hours * 3600 + minutes * 60 + seconds

    def _times(self, prefix: str, left: float) -> tuple[str, str]:
        """What time it is and when the subscription ends, as elements."""
        if self._plan.has("zero-times"):
            now = ends = "0000-00-00T00:00:00Z"
        else:
            now = _written(self._now())
            ends = _written(self._now() + timedelta(seconds=left))
        return (
            f"<{prefix}:CurrentTime>{now}</{prefix}:CurrentTime>",
            f"<{prefix}:TerminationTime>{ends}</{prefix}:TerminationTime>",
        )

    def _message(self, at: datetime, event: FakeEvent) -> str:
        time = "0000-00-00T00:00:00Z" if self._plan.has("zero-times") else _written(at)
        topic = event.topic
        if self._plan.has("odd-topics"):
            topic = "\n  " + topic.replace("/", "//tt:", 1) + "/\n"
        dialect = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
        return (
            f'<wsnt:NotificationMessage><wsnt:Topic Dialect="{dialect}">{escape(topic)}'
            f'</wsnt:Topic><wsnt:Message><tt:Message UtcTime="{time}"'
            f' PropertyOperation="{event.operation}"><tt:Source>{_items(event.source)}</tt:Source>'
            f"<tt:Data>{_items(event.data)}</tt:Data></tt:Message></wsnt:Message>"
            "</wsnt:NotificationMessage>"
        )


def _items(pairs: tuple[tuple[str, str], ...]) -> str:
    return "".join(
        f"<tt:SimpleItem Name={quoteattr(name)} Value={quoteattr(value)}/>" for name, value in pairs
    )


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def capabilities(plan: FakePlan) -> str:
    """Answer to GetServiceCapabilities of the event service."""
    denied = "false" if plan.has("pull-point-denied") else "true"
    return (
        "<tev:GetServiceCapabilitiesResponse><tev:Capabilities"
        f' WSPullPointSupport="{denied}" MaxPullPoints="{MAX_SUBSCRIPTIONS}"/>'
        "</tev:GetServiceCapabilitiesResponse>"
    )
