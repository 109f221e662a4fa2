"""What a camera reports by itself: motion, tampering, contacts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

_TT: Final = "{http://www.onvif.org/ver10/schema}"
_FIRST_YEAR: Final = 1980
"""Earlier times are none: clocks that never were set, and what stands for no time at all."""


class SignalKind(StrEnum):
    """What a report is about."""

    MOTION = "motion"
    TAMPER = "tamper"
    DIGITAL_INPUT = "digital_input"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Signal:
    """One report of a camera.

    Attributes:
        kind: what it is about.
        topic: as ONVIF calls it, without prefixes: `VideoSource/MotionAlarm`.
        source: which part of the camera, by name.
        is_on: whether it begins (or is so) or ends; None where the report does not say.
        is_initial: it tells how things stand when listening begins, nothing has happened.
        camera_time: by the camera's clock, UTC; None if unknown.
    """

    kind: SignalKind
    topic: str
    source: Mapping[str, str]
    is_on: bool | None
    is_initial: bool
    camera_time: datetime | None


# Beginning of a topic -> what it is about, and the value that tells whether it is on.
_TOPICS: Final = (
    ("VideoSource/MotionAlarm", SignalKind.MOTION, "State"),
    ("RuleEngine/CellMotionDetector/Motion", SignalKind.MOTION, "IsMotion"),
    ("RuleEngine/MotionRegionDetector/Motion", SignalKind.MOTION, "State"),
    ("VideoAnalytics/Motion", SignalKind.MOTION, "State"),
    ("RuleEngine/TamperDetector/Tamper", SignalKind.TAMPER, "IsTamper"),
    ("VideoSource/GlobalSceneChange", SignalKind.TAMPER, "State"),
    ("VideoSource/ImageTooDark", SignalKind.TAMPER, "State"),
    ("VideoSource/ImageTooBright", SignalKind.TAMPER, "State"),
    ("VideoSource/ImageTooBlurry", SignalKind.TAMPER, "State"),
    ("VideoSource/SignalLoss", SignalKind.TAMPER, "State"),
    ("Device/Trigger/DigitalInput", SignalKind.DIGITAL_INPUT, "LogicalState"),
)
_ON: Final = frozenset({"true", "1", "on", "active"})
_OFF: Final = frozenset({"false", "0", "off", "inactive"})


def plain_topic(text: str) -> str:
    """A topic without prefixes, blanks and empty steps, however the camera writes it."""
    steps = (step.strip().rpartition(":")[2] for step in text.split("/"))
    return "/".join(step for step in steps if step)


def signal_of(notification: Any) -> Signal:
    """A report, from one notification message as zeep gives it.

    Args:
        notification: with `Topic` and `Message`; what is missing is left empty.
    """
    topic = plain_topic(_text(notification.Topic))
    kind, value_name = next(
        ((kind, name) for start, kind, name in _TOPICS if f"{topic}/".startswith(f"{start}/")),
        (SignalKind.OTHER, ""),
    )
    message = _message(notification)
    data = _items(message, "Data")
    return Signal(
        kind=kind,
        topic=topic,
        source=_items(message, "Source"),
        is_on=_truth(data, value_name),
        is_initial=message is not None and message.get("PropertyOperation") == "Initialized",
        camera_time=None if message is None else _time(message.get("UtcTime")),
    )


def _text(topic: Any) -> str:
    """Text of a topic: zeep gives text with attributes as an object."""
    return str(getattr(topic, "_value_1", topic) or "")


def _message(notification: Any) -> Any:
    holder = getattr(notification, "Message", None)
    inside = getattr(holder, "_value_1", None)
    return inside if hasattr(inside, "iter") else None


def _items(message: Any, part: str) -> dict[str, str]:
    if message is None:
        return {}
    return {
        str(item.get("Name")): str(item.get("Value", ""))
        for group in message.findall(f"{_TT}{part}")
        for item in group.findall(f"{_TT}SimpleItem")
    }


def _truth(data: Mapping[str, str], name: str) -> bool | None:
    """By the value that tells it, or by the only value there is."""
    value = data.get(name, next(iter(data.values())) if len(data) == 1 else "").strip().lower()
    if value in _ON:
        return True
    return False if value in _OFF else None


def _time(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if at.year >= _FIRST_YEAR else None
