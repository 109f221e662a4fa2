"""An explanation as one page of HTML that opens from the disk and asks the network for nothing."""

import base64
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.service.explaining.drawing import timeline_picture
from litterwatch.service.explaining.record import Recomputed, Recorded
from litterwatch.service.explaining.replay import Basis, Replay
from litterwatch.service.report.view import exact_time
from litterwatch.service.report.words import (
    FEATURES,
    KINDS,
    REASONS,
    STATES,
    Words,
    detail_in_words,
    words_for,
)

_ALL_THE_SAME: Final = (
    "The footage was watched again: id, score, boxes, times, features and reasons came out the"
    " same, to the last recorded digit."
)
PAGE_FILE: Final = "explanation.html"


@dataclass(frozen=True, slots=True)
class Still:
    """A picture for the page.

    Attributes:
        caption: what it shows.
        media_time: s.
        jpeg: bytes.
    """

    caption: str
    media_time: float
    jpeg: bytes

    @property
    def address(self) -> str:
        """The picture itself, as an address."""
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an event was suspected.

    Attributes:
        recorded: what is stored.
        recomputed: the score from the record alone.
        replay: what came of watching again; None where it was not done.
        why_not: why not all of the footage was watched again; empty where it was.
        stills: pictures, in order of time.
    """

    recorded: Recorded
    recomputed: Recomputed
    replay: Replay | None
    why_not: str
    stills: tuple[Still, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the way of a case."""

    media_time: float
    code: str
    words: Words
    details: Words


def steps_of(explanation: Explanation) -> list[Step]:
    """The state path with its reason codes, as recorded."""
    steps = []
    for reason in explanation.recorded.event.reasons:
        assert isinstance(reason, dict)
        code, detail = str(reason["code"]), reason["detail"]
        assert isinstance(detail, dict)
        said = [detail_in_words(name, _plain(value)) for name, value in detail.items()]
        details = Words(", ".join(w.vi for w in said), ", ".join(w.en for w in said))
        at = float(str(reason["media_time"]))
        steps.append(Step(at, code, words_for(REASONS, code), details))
    return steps


def _plain(value: object) -> float | str:
    return value if isinstance(value, float | str) else float(str(value))


def proofs(explanation: Explanation) -> list[tuple[bool, str]]:
    """(whether it holds, sentence) about the record and about watching again."""
    return [_about_record(explanation.recomputed), _about_replay(explanation)]


def _about_record(again: Recomputed) -> tuple[bool, str]:
    if again.computed is None:
        return (
            False,
            "The event was recorded before weights were kept: its score cannot be checked.",
        )
    if again.is_same:
        return True, f"From the record alone the score comes out again: {again.computed}."
    return (
        False,
        f"The record gives {again.computed}, and {again.stored} is stored: it was changed.",
    )


def _about_replay(explanation: Explanation) -> tuple[bool, str]:
    replay, why = explanation.replay, explanation.why_not
    if replay is None:
        return False, f"The footage was not watched again: {why}"
    if replay.basis is Basis.FOOTAGE:
        if replay.is_same:
            return True, _ALL_THE_SAME
        if replay.event is None:
            return False, "The footage was watched again, and the event did not come out."
        return False, f"The footage was watched again; not the same: {', '.join(replay.differs)}."
    sentence = f"Not all of the footage was watched again: {why} "
    if replay.event is None:
        return False, sentence + "From the evidence clip alone the engine does not suspect it."
    said = f"state {replay.event.state}, score {replay.event.score}"
    return replay.is_same, sentence + (
        f"From the evidence clip alone, without what came before, it is suspected again ({said});"
        " that is an indication, not the same computation."
    )


def render(explanation: Explanation) -> str:
    """The page."""
    environment = Environment(
        loader=PackageLoader("litterwatch.service", "web/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = exact_time
    event = explanation.recorded.event
    parts = [(words_for(FEATURES, part.name), part) for part in explanation.recomputed.parts]
    return environment.get_template("explaining/page.html").render(
        e=explanation,
        event=event,
        footage=explanation.recorded.footage,
        kind=words_for(KINDS, event.kind),
        state=words_for(STATES, event.state),
        proofs=proofs(explanation),
        steps=steps_of(explanation),
        parts=parts,
        most=max((abs(part.adds) for _, part in parts), default=1.0),
        timeline=_timeline(explanation),
    )


def _timeline(explanation: Explanation) -> Markup:
    replay, event = explanation.replay, explanation.recorded.event
    if replay is None:
        return Markup("")
    limits = DepositParameters()
    marks = [("let go", event.t_release - replay.begins)]
    if event.t_confirmed is not None:
        marks.append(("confirmed", event.t_confirmed - replay.begins))
    thresholds = (("alert from", limits.provisional), ("sure from", limits.sure))
    return timeline_picture(replay.moments, marks, thresholds)
