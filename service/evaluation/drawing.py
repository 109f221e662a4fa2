"""Pictures of an evaluation as SVG that stands in a page: no script, no font, no address.

Colours come from the page's style sheet by class, so that they follow light and dark.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from litterwatch.service.evaluation.curve import Curve
from litterwatch.service.evaluation.measures import Measures

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 14, 48
_BAR, _GAP = 16, 8
_DECADES: Final = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


def _svg(body: Sequence[str], width: float, height: float, says: str) -> Markup:
    """The picture; `says` is read to those who do not see it."""
    head = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(says)}">'
    return Markup(head + "".join(body) + "</svg>")  # noqa: S704 - every text below is escaped


def _line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{cls}"/>'


def _text(x: float, y: float, said: str, cls: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{cls}">{escape(said)}</text>'


def det_picture(curve: Curve) -> Markup:
    """Missed share against false alarms per hour on a logarithmic scale.

    What no false alarm was needed for stands at the left edge; below one alarm in all the footage
    nothing can be told, and that part is shaded.
    """
    if not curve.points or curve.hours <= 0:
        return Markup("")
    least = 1 / curve.hours
    rates = [point.false / curve.hours for point in curve.points]
    low = min(d for d in _DECADES if d * 10 > least or d == _DECADES[-1]) / 10
    high = next((d for d in _DECADES if d >= max([*rates, 10 * low])), _DECADES[-1])

    def x(rate: float) -> float:
        share = math.log10(max(rate, low) / low) / math.log10(high / low)
        return _LEFT + min(share, 1.0) * (_WIDTH - _LEFT - _RIGHT)

    def y(missed: float) -> float:
        return _TOP + (1 - missed) * (_HEIGHT - _TOP - _BOTTOM)

    floor = y(0)
    shade = f'<rect x="{_LEFT}" y="{_TOP}" width="{x(least) - _LEFT:.1f}" '
    body = [f'{shade}height="{floor - _TOP:.1f}" class="unknown"/>']
    for missed in (0, 0.25, 0.5, 0.75, 1):
        body += [_line(_LEFT, y(missed), _WIDTH - _RIGHT, y(missed), "grid")]
        body += [_text(_LEFT - 8, y(missed) + 4, f"{missed:.0%}", "end")]
    decade = low
    while decade <= high * 1.01:
        body += [_line(x(decade), _TOP, x(decade), floor, "grid")]
        said = "0" if decade == low else f"{decade:g}"
        body += [_text(x(decade), floor + 18, said, "middle")]
        decade *= 10
    path = [f"M{x(rates[0]):.1f} {y(curve.points[0].missed):.1f}"]
    for point, rate in zip(curve.points[1:], rates[1:], strict=True):
        path += [f"H{x(rate):.1f}V{y(point.missed):.1f}"]
    body += [f'<path d="{"".join(path)}" class="curve"/>']
    for point, rate in zip(curve.points, rates, strict=True):
        body += [f'<circle cx="{x(rate):.1f}" cy="{y(point.missed):.1f}" r="3" class="dot"/>']
    body += [_text((_LEFT + _WIDTH) / 2, _HEIGHT - 8, "false alarms per camera-hour", "middle")]
    body += [f'<g transform="translate(14 {_HEIGHT / 2 - 16:.0f}) rotate(-90)">']
    body += [_text(0, 0, "missed", "middle"), "</g>"]
    says = f"DET curve over {curve.due} deposits in {curve.hours:.2f} hours"
    return _svg(body, _WIDTH, _HEIGHT, says)


def kinds_picture(parts: Sequence[tuple[str, Measures]]) -> Markup:
    """Found, missed and false alarms of every part as bars of so many events."""
    if not parts:
        return Markup("")
    longest = max((sum(_counts(m)) for _, m in parts), default=0)
    left, scale = 190, (_WIDTH - 190 - 110) / max(longest, 1)
    body: list[str] = []
    for row, (word, measures) in enumerate(parts):
        top, at = 4 + row * (_BAR + _GAP), float(left)
        body += [_text(left - 8, top + 12, word, "end")]
        for count, cls in zip(_counts(measures), ("found", "missed", "false"), strict=True):
            width = count * scale
            if count:
                place = f'x="{at:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}"'
                body += [f'<rect {place} class="{cls}"/>']
            at += width
        said = " / ".join(str(count) for count in _counts(measures))
        body += [_text(at + 6, top + 12, said)]
    height = 8 + len(parts) * (_BAR + _GAP)
    return _svg(body, _WIDTH, height, "Found, missed and false alarms by part")


def _counts(measures: Measures) -> tuple[int, int, int]:
    return measures.counts.found, measures.counts.missed, measures.counts.false


def delays_picture(rows: Sequence[tuple[str, Sequence[float]]]) -> Markup:
    """One dot for each alert, by seconds from the true release; a line at the median."""
    every = [delay for _, delays in rows for delay in delays]
    if not every:
        return Markup("")
    low, high = min(0.0, *every), max(10.0, *every)
    left, floor = 110, 24 + 34 * len(rows)

    def x(delay: float) -> float:
        return left + (delay - low) / (high - low) * (_WIDTH - left - 20)

    step = 5 if high - low <= 40 else 20
    body: list[str] = []
    for tick in range(math.ceil(low / step) * step, math.floor(high) + 1, step):
        body += [_line(x(tick), 6, x(tick), floor, "grid")]
        body += [_text(x(tick), floor + 16, f"{tick} s", "middle")]
    for row, (word, delays) in enumerate(rows):
        middle = 24 + 34 * row
        body += [_text(left - 10, middle + 4, word, "end")]
        body += [
            f'<circle cx="{x(delay):.1f}" cy="{middle + (index % 5 - 2) * 4}" r="3.5" class="dot"/>'
            for index, delay in enumerate(sorted(delays))
        ]
        if delays:
            at = x(statistics.median(delays))
            body += [_line(at, middle - 14, at, middle + 14, "median")]
    return _svg(body, _WIDTH, floor + 24, "Delay of alerts in seconds from the true release")
