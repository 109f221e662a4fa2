"""Where the parts of a chart lie: numbers in, units of an SVG picture out. Pure.

Templates draw them; each chart stands beside a table of the same figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 560.0
_LEFT, _RIGHT, _TOP = 34.0, 8.0, 10.0
_ROW: Final = 26.0
_LABELS: Final = 190.0
"""Room for names at the left of lying bars."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale: where it lies, and what stands at it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `x`, `y`, with what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Standing bars; `floor` is where they stand."""

    width: float
    height: float
    floor: float
    bars: Sequence[Bar]
    ticks: Sequence[Tick]


@dataclass(frozen=True, slots=True)
class Rod:
    """A value with its interval, in a row of its own; None where there is no value."""

    y: float
    label: str
    low: float | None
    middle: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Rods:
    """Values with intervals, one below another."""

    width: float
    height: float
    floor: float
    rods: Sequence[Rod]
    ticks: Sequence[Tick]


@dataclass(frozen=True, slots=True)
class Lying:
    """Bars that lie, one below another, names at their left."""

    width: float
    height: float
    bars: Sequence[Bar]


def columns(values: Sequence[int], labels: Sequence[str], height: float = 210.0) -> Columns:
    """Standing bars on one scale from zero."""
    floor = height - 24
    steps = [step for step in scale(max(values, default=0)) if step.is_integer()]  # no half event
    top = steps[-1] or 1.0
    room = (WIDTH - _LEFT - _RIGHT) / max(len(values), 1)
    tall = floor - _TOP
    bars = [
        Bar(
            x=round(_LEFT + room * index + room * 0.14, 2),
            y=round(floor - tall * value / top, 2),
            width=round(room * 0.72, 2),
            height=round(tall * value / top, 2),
            label=label,
            value=value,
        )
        for index, (value, label) in enumerate(zip(values, labels, strict=True))
    ]
    ticks = [Tick(round(floor - tall * step / top, 2), _written(step)) for step in steps]
    return Columns(WIDTH, height, floor, bars, ticks)


def rods(
    values: Sequence[tuple[str, float | None, float | None, float | None]], highest: float
) -> Rods:
    """Values with intervals on one scale from zero; what reaches beyond it is cut off there.

    Args:
        values: label, low, value, high of each row.
        highest: end of the scale.
    """
    steps = scale(highest)
    top, room = steps[-1] or 1.0, WIDTH - _LABELS - 14

    def at(value: float | None) -> float | None:
        return None if value is None else round(_LABELS + room * min(value, top) / top, 2)

    floor = _TOP + _ROW * len(values)
    rows = [
        Rod(_TOP + _ROW * (index + 0.5), label, at(low), at(value), at(high))
        for index, (label, low, value, high) in enumerate(values)
    ]
    ticks = [Tick(round(_LABELS + room * step / top, 2), _written(step)) for step in steps]
    return Rods(WIDTH, floor + 24, floor, rows, ticks)


def lying(values: Sequence[tuple[str, int]]) -> Lying:
    """Lying bars from the largest value down to zero."""
    top, room = max((value for _, value in values), default=0) or 1, WIDTH - _LABELS - 44
    bars = [
        Bar(
            x=_LABELS,
            y=round(_TOP + _ROW * index + 4, 2),
            width=round(room * value / top, 2),
            height=_ROW - 8,
            label=label,
            value=value,
        )
        for index, (label, value) in enumerate(values)
    ]
    return Lying(WIDTH, _TOP * 2 + _ROW * len(values), bars)


def scale(highest: float, most: int = 5) -> list[float]:
    """Round steps from zero that reach the highest value; at most `most` of them above zero."""
    if highest <= 0 or not math.isfinite(highest):
        return [0.0, 1.0]
    rough = highest / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= rough * (1 - 1e-9))
    count = math.ceil(highest / step - 1e-9)
    return [round(step * index, 10) for index in range(count + 1)]


def _written(value: float) -> str:
    return f"{value:g}"
