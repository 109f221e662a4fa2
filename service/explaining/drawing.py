"""An event's case over time as SVG: its state, what it was thought of, every feature."""

from collections.abc import Callable, Sequence
from typing import Final

from markupsafe import Markup, escape

from litterwatch.service.explaining.replay import Moment

_LEFT, _RIGHT, _WIDTH = 130, 90, 900
_STATE_TOP, _STATE_HEIGHT = 24, 22
_SCORE_TOP, _SCORE_HEIGHT = 64, 110
_ROW = 20
Scale = Callable[[float], float]
"""From media time, s, to px."""
_MOST_STEPS: Final = 400
"""Points drawn of a long watch; every state change is kept besides."""


def timeline_picture(
    moments: Sequence[Moment],
    marks: Sequence[tuple[str, float]],
    thresholds: Sequence[tuple[str, float]],
) -> Markup:
    """The state as a band, the score as a line with its thresholds, each feature as a strip.

    Args:
        moments: frame by frame.
        marks: (word, media time) drawn as upright lines.
        thresholds: (word, score) drawn across.
    """
    if len(moments) < 2:
        return Markup("")
    moments = _thinned(moments)
    begins, ends = moments[0].media_time, moments[-1].media_time
    names = list(moments[0].insight.features)
    strips_top = _SCORE_TOP + _SCORE_HEIGHT + 26
    floor = strips_top + _ROW * len(names)

    def x(t: float) -> float:
        return _LEFT + (t - begins) / max(ends - begins, 1e-6) * (_WIDTH - _LEFT - _RIGHT)

    body = _states(moments, x(begins), x)
    body += _score(moments, x, thresholds)
    for row, name in enumerate(names):
        top = strips_top + row * _ROW
        body += [_text(_LEFT - 8, top + 13, name.replace("_", " "), "end")]
        body += _strip(moments, name, top, x)
    for word, at in marks:
        if begins <= at <= ends:
            body += [_line(x(at), _STATE_TOP, x(at), floor, "mark")]
            body += [_text(x(at) + 3, _STATE_TOP - 8, word, "mark")]
    for tick in _ticks(begins, ends):
        body += [_text(x(tick), floor + 18, f"{tick:g} s", "middle")]
    head = f'<svg viewBox="0 0 {_WIDTH} {floor + 26}" role="img" aria-label="Course of the case">'
    return Markup(head + "".join(body) + "</svg>")  # noqa: S704 - every text is escaped


def _states(moments: Sequence[Moment], start: float, x: Scale) -> list[str]:
    body = [_text(_LEFT - 8, _STATE_TOP + 15, "state", "end")]
    runs: list[tuple[str, float]] = []
    for moment in moments:
        state = moment.insight.state.value
        if not runs or runs[-1][0] != state:
            runs.append((state, moment.media_time))
    edges = [x(at) for _, at in runs[1:]] + [x(moments[-1].media_time)]
    for (state, _), left, right in zip(runs, [start, *edges], edges, strict=False):
        width = max(right - left, 1.0)
        place = f'x="{left:.1f}" y="{_STATE_TOP}" width="{width:.1f}" height="{_STATE_HEIGHT}"'
        said = escape(state)
        body += [f'<rect {place} class="state {said}"><title>{said}</title></rect>']
        if width > 7 * len(state):
            body += [_text(left + 4, _STATE_TOP + 15, state, "on")]
    return body


def _score(
    moments: Sequence[Moment], x: Scale, thresholds: Sequence[tuple[str, float]]
) -> list[str]:
    def y(value: float) -> float:
        return _SCORE_TOP + (1 - value) * _SCORE_HEIGHT

    body = [_text(_LEFT - 8, y(0.5) + 4, "score", "end")]
    for value in (0.0, 1.0):
        body += [_line(_LEFT, y(value), _WIDTH - _RIGHT, y(value), "grid")]
    for word, value in thresholds:
        body += [_line(_LEFT, y(value), _WIDTH - _RIGHT, y(value), "limit")]
        body += [_text(_WIDTH - _RIGHT + 6, y(value) + 4, f"{word} {value:g}")]
    path = " ".join(f"{x(m.media_time):.1f},{y(m.insight.score):.1f}" for m in moments)
    return [*body, f'<polyline points="{path}" class="score"/>']


def _strip(moments: Sequence[Moment], name: str, top: float, x: Scale) -> list[str]:
    """As dark as the feature is strong; equal neighbours are one piece."""
    body = []
    start = 0
    for index in range(1, len(moments) + 1):
        value = round(moments[start].insight.features[name], 2)
        if index < len(moments) and round(moments[index].insight.features[name], 2) == value:
            continue
        left = x(moments[start].media_time)
        right = x(moments[min(index, len(moments) - 1)].media_time)
        if value > 0:
            wide = max(right - left, 0.5)
            place = f'x="{left:.1f}" y="{top + 2:.0f}" width="{wide:.1f}" height="{_ROW - 5}"'
            body += [f'<rect {place} class="strip" fill-opacity="{value:.2f}"/>']
        start = index
    last = moments[-1].insight.features[name]
    return [*body, _text(_WIDTH - _RIGHT + 6, top + 13, f"{last:.2f}")]


def _thinned(moments: Sequence[Moment]) -> list[Moment]:
    step = max(1, len(moments) // _MOST_STEPS)
    return [
        moment
        for index, moment in enumerate(moments)
        if index % step == 0
        or index == len(moments) - 1
        or moment.insight.state is not moments[index - 1].insight.state
    ]


def _ticks(begins: float, ends: float) -> list[float]:
    step = next((s for s in (1, 2, 5, 10, 20, 60, 300) if (ends - begins) / s <= 10), 1800)
    first = -int(-begins // step) * step
    return [float(t) for t in range(first, int(ends) + 1, step)]


def _line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{cls}"/>'


def _text(x: float, y: float, said: str, cls: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{cls}">{escape(said)}</text>'
