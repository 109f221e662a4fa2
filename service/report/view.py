"""From content to what the template prints: texts, percentages, pieces of pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from litterwatch.service.local_time import LOCAL
from litterwatch.service.report.content import (
    ClipShown,
    EventShown,
    PageContent,
    PixelBox,
    ReasonShown,
    StillShown,
)
from litterwatch.service.report.words import (
    ACTORS,
    FEATURES,
    KINDS,
    MARKS,
    NOT_EVENTS,
    REASONS,
    STATES,
    STILLS,
    Words,
    detail_in_words,
    words_for,
)

_ZOOM_MARGIN: Final = 1.1  # of the item's longer side, on each side of the enlarged piece
_LEAST_OUTLINE: Final = 0.03  # of the picture's width: smaller outlines would hide a small item
_BROWSER_CODECS: Final = frozenset({"h264", "vp8", "vp9", "av1"})


@dataclass(frozen=True, slots=True)
class ZoomView:
    """A piece of a picture shown larger, as CSS lengths in per cent of the piece's own box."""

    left: float
    top: float
    width: float
    outline: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class StillView:
    """A picture with its caption."""

    role: str
    path: str
    caption: Words
    time: str
    seek: float | None


@dataclass(frozen=True, slots=True)
class MarkView:
    """A moment on the timeline; `at` is per cent of the clip's length, None outside the clip."""

    name: str
    words: Words
    time: str
    at: float | None
    seek: float | None


@dataclass(frozen=True, slots=True)
class BarView:
    """A feature of the score; `share` 0..1."""

    words: Words
    share: float


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason with its time and values in words."""

    words: Words
    time: str
    values: Words


@dataclass(frozen=True, slots=True)
class EventView:
    """One card."""

    number: int
    event: EventShown
    kind: Words
    state: Words
    actor: Words | None
    score_percent: int
    when: str
    local_time: str | None
    stills: tuple[StillView, ...]
    outline: PixelBox | None
    zoom: ZoomView | None
    clip: ClipShown | None
    clip_plays: bool
    marks: tuple[MarkView, ...]
    reasons: tuple[ReasonView, ...]
    bars: tuple[BarView, ...]


def event_views(content: PageContent) -> list[EventView]:
    """The cards, the most certain first; equal ones in the order of files and times."""
    order = sorted(content.events, key=_certainty)
    return [event_view(number, event) for number, event in enumerate(order, start=1)]


def _certainty(event: EventShown) -> tuple[bool, float, str, float, str]:
    is_provisional = event.state != "confirmed"
    return is_provisional, -event.score, event.source, event.t_release, event.event_id


def shared_folder(names: Sequence[str]) -> str:
    """The folder that all these files lie in, with its slash; empty where there is none."""
    if not names:
        return ""
    folders = [name.split("/")[:-1] for name in names]
    shared = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "".join(f"{part}/" for part in shared)


def tally_lines(tally: Mapping[str, int]) -> list[tuple[int, Words]]:
    """What was looked at and was not an event, most frequent first."""
    rows = sorted(tally.items(), key=lambda row: (-row[1], row[0]))
    return [(count, words_for(NOT_EVENTS, code)) for code, count in rows if count]


def clock_time(seconds: float) -> str:
    """Media time as people read it: 02:07, 1:02:07 from one hour on."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def exact_time(seconds: float) -> str:
    """The same with tenths, for the moment of the act: 02:07.4."""
    tenths = max(0, round(seconds * 10))
    return f"{clock_time(tenths // 10)}.{tenths % 10}"


def local_time(started_at: datetime | None, seconds: float) -> str | None:
    """Date and time of the wall clock in Viet Nam, None where nobody knows it."""
    if started_at is None:
        return None
    moment = (started_at + timedelta(seconds=seconds)).astimezone(LOCAL)
    return f"{moment:%d/%m/%Y %H:%M:%S}"


def event_view(number: int, event: EventShown) -> EventView:
    """One card."""
    clip = event.clip
    return EventView(
        number=number,
        event=event,
        kind=words_for(KINDS, event.kind),
        state=words_for(STATES, event.state),
        actor=words_for(ACTORS, event.actor_label) if event.actor_label else None,
        score_percent=round(event.score * 100),
        when=exact_time(event.t_release),
        local_time=local_time(event.started_at, event.t_release),
        stills=tuple(_still_view(still, clip) for still in event.stills),
        outline=_outline(event.box, event.picture[0]) if event.box else None,
        zoom=_zoom(event.box, event.picture) if event.box else None,
        clip=clip,
        clip_plays=clip is not None and clip.codec in _BROWSER_CODECS,
        marks=_marks(event),
        reasons=tuple(_reason_view(reason) for reason in event.reasons),
        bars=_bars(event.features),
    )


def _still_view(still: StillShown, clip: ClipShown | None) -> StillView:
    caption = words_for(STILLS, still.role)
    seek = _seek(still.media_time, clip)
    return StillView(still.role, still.path, caption, exact_time(still.media_time), seek)


def _marks(event: EventShown) -> tuple[MarkView, ...]:
    moments = (
        ("enter", event.t_enter),
        ("release", event.t_release),
        ("left", event.t_actor_left),
        ("confirmed", event.t_confirmed),
    )
    return tuple(_mark(name, t, event.clip) for name, t in moments if t is not None)


def _mark(name: str, media_time: float, clip: ClipShown | None) -> MarkView:
    seek = _seek(media_time, clip)
    at = None
    if clip is not None and seek is not None:
        at = 100 * seek / max(clip.t_end - clip.t_start, 1e-6)
    return MarkView(name, MARKS[name], exact_time(media_time), at, seek)


def _seek(media_time: float, clip: ClipShown | None) -> float | None:
    """Where in the clip a moment lies, s; None outside of it."""
    if clip is None or not clip.t_start <= media_time <= clip.t_end:
        return None
    return round(media_time - clip.t_start, 3)


def _reason_view(reason: ReasonShown) -> ReasonView:
    values = [detail_in_words(name, value) for name, value in reason.detail.items()]
    both = Words(", ".join(v.vi for v in values), ", ".join(v.en for v in values))
    return ReasonView(words_for(REASONS, reason.code), exact_time(reason.media_time), both)


def _bars(features: Mapping[str, float]) -> tuple[BarView, ...]:
    return tuple(
        BarView(words_for(FEATURES, name), min(max(value, 0.0), 1.0))
        for name, value in features.items()
    )


def _outline(box: PixelBox, picture_width: int) -> PixelBox:
    """The item's box, widened where it is so small that the outline would cover it."""
    x, y, width, height = box
    least = _LEAST_OUTLINE * picture_width
    dx, dy = max(0.0, least - width) / 2, max(0.0, least - height) / 2
    return x - dx, y - dy, width + 2 * dx, height + 2 * dy


def _zoom(box: PixelBox, picture: tuple[int, int]) -> ZoomView:
    """A 4:3 piece of the picture round the item, kept inside the picture where that is possible."""
    x, y, width, height = box
    tall = max(height, width * 0.75) * (1 + 2 * _ZOOM_MARGIN)
    tall = min(max(tall, picture[1] / 12), picture[1], picture[0] * 0.75)
    wide = tall / 0.75
    left = min(max(x + width / 2 - wide / 2, 0.0), picture[0] - wide)
    top = min(max(y + height / 2 - tall / 2, 0.0), picture[1] - tall)
    return ZoomView(
        left=-100 * left / wide,
        top=-100 * top / tall,
        width=100 * picture[0] / wide,
        outline=(
            100 * (x - left) / wide,
            100 * (y - top) / tall,
            100 * width / wide,
            100 * height / tall,
        ),
    )
