"""Two small drawings as SVG: scores against what people said, and curves with their intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Final
from xml.sax.saxutils import escape

from litterwatch.labelling.refit import Bin

_WIDTH: Final = 520
_HEIGHT: Final = 360
_LEFT, _RIGHT, _TOP, _FOOT = 64, 24, 40, 56
_LINE: Final = 18  # px from one line of the legend to the next
_INK: Final = "#1f2933"
_PALE: Final = "#c3ccd5"
COLOURS: Final = ("#0b6e99", "#b4540a", "#3f7d20")
"""Of curves: told apart by people who see red and green alike, and by their marks."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a curve: at `x`, with its interval where there is one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A named curve."""

    name: str
    points: Sequence[Point]


def calibration_svg(bins: Iterable[Bin], title: str) -> str:
    """Scores against what people said: on the line they agree.

    Args:
        bins: on days that were not fitted on.
        title: above it.
    """
    plot = _Plot((0.0, 1.0), (0.0, 1.0))
    parts = [plot.axes("chance that the fit gives", "share that people confirmed", title)]
    parts.append(plot.line([(0, 0), (1, 1)], _PALE, dashed=True))
    for each in bins:
        parts.append(plot.line([(each.said, each.low), (each.said, each.high)], COLOURS[0]))
        parts.append(plot.mark(each.said, each.true, 0))
        parts.append(plot.text(each.said, each.high, f"n={each.n}"))
    return plot.whole(parts)


def curves_svg(curves: Sequence[Curve], title: str, across: str, up: str) -> str:
    """Curves over a number, from zero up.

    Args:
        curves: three at most.
        title: above it.
        across: what the lower axis means.
        up: what the other one means.
    """
    points = [point for curve in curves for point in curve.points]
    tops = [point.high if point.high is not None else point.y for point in points]
    plot = _Plot((0.0, _round_up(max(p.x for p in points))), (0.0, _round_up(max(tops))))
    parts = [plot.axes(across, up, title)]
    for number, curve in enumerate(curves):
        colour = COLOURS[number]
        parts.append(plot.line([(p.x, p.y) for p in curve.points], colour))
        for p in curve.points:
            if p.low is not None and p.high is not None:
                parts.append(plot.line([(p.x, p.low), (p.x, p.high)], colour))
            parts.append(plot.mark(p.x, p.y, number))
        parts.append(plot.legend(number, curve.name))
    return plot.whole(parts, _HEIGHT + _LINE * len(curves))


class _Plot:
    """Places values in the picture; everything is rounded, so that the same values give the same.

    Args:
        xs, ys: the ranges of the axes.
    """

    def __init__(self, xs: tuple[float, float], ys: tuple[float, float]) -> None:
        self._xs, self._ys = xs, ys

    def _at(self, x: float, y: float) -> tuple[float, float]:
        share = (x - self._xs[0]) / (self._xs[1] - self._xs[0])
        rise = (y - self._ys[0]) / (self._ys[1] - self._ys[0])
        right, up = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _FOOT
        return round(_LEFT + share * right, 1), round(_HEIGHT - _FOOT - rise * up, 1)

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False
    ) -> str:
        where = " ".join(f"{x},{y}" for x, y in (self._at(*point) for point in points))
        dash = ' stroke-dasharray="4 4"' if dashed else ""
        return f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'

    def mark(self, x: float, y: float, number: int) -> str:
        a, b = self._at(x, y)
        return _mark(a, b, number)

    def text(self, x: float, y: float, words: str) -> str:
        a, b = self._at(x, y)
        return (
            f'<text x="{a}" y="{b - 6}" text-anchor="middle" font-size="11">{escape(words)}</text>'
        )

    def legend(self, number: int, name: str) -> str:
        # Below the axis: a curve may run anywhere above it.
        x, y = _LEFT + 8, _HEIGHT + _LINE * number
        mark = _mark(x, y, number)
        return f'{mark}<text x="{x + 12}" y="{y + 4}" font-size="12">{escape(name)}</text>'

    def axes(self, across: str, up: str, title: str) -> str:
        (left, foot), (right, top) = (
            self._at(self._xs[0], self._ys[0]),
            self._at(self._xs[1], self._ys[1]),
        )
        parts = [
            f'<text x="{_LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
            f'<path d="M{left} {top}V{foot}H{right}" fill="none" stroke="{_INK}"/>',
            (
                f'<text x="{(left + right) / 2}" y="{_HEIGHT - 12}" text-anchor="middle"'
                f' font-size="12">{escape(across)}</text>'
            ),
            (
                f'<text transform="translate(16 {(top + foot) / 2}) rotate(-90)"'
                f' text-anchor="middle" font-size="12">{escape(up)}</text>'
            ),
        ]
        for step in range(6):
            x = self._xs[0] + step / 5 * (self._xs[1] - self._xs[0])
            y = self._ys[0] + step / 5 * (self._ys[1] - self._ys[0])
            a, _ = self._at(x, self._ys[0])
            _, b = self._at(self._xs[0], y)
            parts.append(
                f'<text x="{a}" y="{foot + 18}" text-anchor="middle" font-size="11">{x:g}</text>'
                f'<text x="{left - 8}" y="{b + 4}" text-anchor="end" font-size="11">{y:.3g}</text>'
            )
        return "".join(parts)

    def whole(self, parts: Iterable[str], height: int = _HEIGHT) -> str:
        inside = "\n".join(parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            f' role="img" font-family="sans-serif" fill="{_INK}">\n'
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>\n{inside}\n</svg>\n'
        )


def _round_up(value: float) -> float:
    """To the next number that five parts divide well: 1, 2, 2.5 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= value)


def _mark(x: float, y: float, number: int) -> str:
    """A circle, a square or a triangle."""
    colour = COLOURS[number]
    if number == 0:
        return f'<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>'
    if number == 1:
        return f'<rect x="{x - 4}" y="{y - 4}" width="8" height="8" fill="{colour}"/>'
    return f'<path d="M{x} {y - 5}L{x + 5} {y + 4}H{x - 5}Z" fill="{colour}"/>'
