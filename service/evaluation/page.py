"""An evaluation as one page of HTML that opens from the disk and asks the network for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from litterwatch.service.evaluation.clips import overlap
from litterwatch.service.evaluation.curve import READ_AT
from litterwatch.service.evaluation.drawing import delays_picture, det_picture, kinds_picture
from litterwatch.service.evaluation.judgement import Judgement
from litterwatch.service.evaluation.measures import LATE_ALERT, Delay, Held, Measures, Rate, Share

PAGE_FILE: Final = "index.html"
RESULT_FILE: Final = "evaluation.json"
UNTOLD: Final = "–"
"""What stands where nothing can be told."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What an evaluation's page tells of how it was made.

    Attributes:
        title: what was evaluated.
        command: that made it.
        facts: (what, value) pairs, such as the commit or hashes.
        notes: sentences that must not be read past.
    """

    title: str
    command: str
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: what was made of one set of clips."""

    name: str
    judgement: Judgement
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table besides, such as the one of ablations."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def render(heading: Heading, parts: Sequence[Part], tables: Sequence[Table] = ()) -> str:
    """The page."""
    environment = Environment(
        loader=PackageLoader("litterwatch.service", "web/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        share=share_text, rate=rate_text, per_day=per_day_text, delay=delay_text, held=held_text,
        plain=plain_text, overlap=lambda pair: plain_text(overlap(*pair)),
    )  # fmt: skip
    pictures = [_pictures(part.judgement) for part in parts]
    return environment.get_template("evaluation/page.html").render(
        heading=heading,
        parts=list(zip(parts, pictures, strict=True)),
        tables=tables,
        read_at=READ_AT,
        late=LATE_ALERT,
    )


@dataclass(frozen=True, slots=True)
class _Pictures:
    det: Markup
    kinds: Markup
    delays: Markup


def _pictures(judgement: Judgement) -> _Pictures:
    pairs = [pair for outcome in judgement.outcomes for pair in outcome.pairs]
    first = [g.t_provisional - t.t_release for t, g in pairs if g.t_provisional is not None]
    sure = [g.t_confirmed - t.t_release for t, g in pairs if g.t_confirmed is not None]
    return _Pictures(
        det_picture(judgement.curve),
        kinds_picture(judgement.by_kind),
        delays_picture((("provisional", first), ("confirmed", sure))),
    )


def share_text(share: Share) -> str:
    """Such as `0.83 (0.61 to 1.00)`."""
    if share.value is None:
        return UNTOLD
    if share.interval is None:
        return f"{share.value:.2f}"
    return f"{share.value:.2f} ({share.interval[0]:.2f} to {share.interval[1]:.2f})"


def rate_text(rate: Rate) -> str:
    """Alarms and their rate per hour with its interval."""
    if rate.per_hour is None or rate.interval is None:
        return UNTOLD
    low, high = rate.interval
    return f"{rate.count} in {rate.hours:.2f} h = {rate.per_hour:.2f} ({low:.2f} to {high:.2f})"


def per_day_text(rate: Rate) -> str:
    """The rate per day of one camera with its interval."""
    if rate.per_hour is None or rate.interval is None:
        return UNTOLD
    low, high = (24 * value for value in rate.interval)
    return f"{24 * rate.per_hour:.1f} ({low:.1f} to {high:.1f})"


def delay_text(delay: Delay) -> str:
    """Median and 95th percentile, with n."""
    if delay.median is None or delay.p95 is None:
        return UNTOLD
    text = f"{delay.median:.1f} s, 95 % within {delay.p95:.1f} s (n = {delay.n})"
    return text + (f"; never: {delay.unknown}" if delay.unknown else "")


def held_text(held: Held) -> str:
    """Such as `7 of 8`."""
    return f"{held.count} of {held.n}" if held.n else UNTOLD


def plain_text(value: float | None) -> str:
    """Two digits."""
    return UNTOLD if value is None else f"{value:.2f}"


def terminal_rows(measures: Measures) -> list[tuple[str, str]]:
    """The numbers that a person wants first."""
    counts, owners = measures.counts, measures.owners
    named = owners.right + owners.wrong + owners.nobody
    return [
        ("clips", f"{measures.clips} read" + _unread(measures)),
        ("found / missed / false", f"{counts.found} / {counts.missed} / {counts.false}"),
        ("precision", share_text(measures.precision)),
        ("recall", share_text(measures.recall)),
        ("F1", share_text(measures.f1)),
        ("false alarms per hour", rate_text(measures.false_alarms)),
        ("  where nothing was left", rate_text(measures.quiet)),
        ("provisional after", delay_text(measures.provisional)),
        ("confirmed after", delay_text(measures.confirmed)),
        ("owner right", f"{owners.right} of {named}" if named else UNTOLD),
        ("clip holds the arrival", held_text(measures.arrival)),
    ]


def _unread(measures: Measures) -> str:
    return f", {measures.unread} not read" if measures.unread else ""
