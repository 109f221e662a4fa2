"""What the standing evaluation came to: dated JSON, a page, and a summary for the repository."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.deposits.parameters import Ablation
from litterwatch.service.evaluation.judgement import Judgement, as_object, judged
from litterwatch.service.evaluation.measures import Measures
from litterwatch.service.evaluation.page import (
    Heading,
    Part,
    Table,
    delay_text,
    plain_text,
    rate_text,
    render,
    share_text,
)
from litterwatch.service.outputs import make_folder, write_whole
from litterwatch.service.proving.films import PartName
from litterwatch.service.proving.work import Shown

FORMAT: Final = "litterwatch-standing-evaluation/1"
SUMMARY_FILE, PAGE_FILE = "standing.md", "standing.html"

NOTES: Final[dict[PartName, str]] = {
    PartName.CLIPS: (
        "Filmed. The engine was built while these clips were looked at: they show that it works,"
        " not how often it will err at a new place."
    ),
    PartName.DEV: (
        "Drawn, and looked at while the engine was built: a gate against regressions, no evidence"
        " of field accuracy."
    ),
    PartName.TEST: (
        "Drawn, with clothes, bags, vehicles and streets of their own: a gate, no evidence of field"
        " accuracy."
    ),
    PartName.QUIET_FILMED: (
        "Filmed clips in which nothing is left, played again and again in drifting light and with"
        " new noise. The same few seconds are seen often: the hours are hours of light and noise,"
        " not of new scenes, so the interval is narrower than it should be."
    ),
    PartName.QUIET_DRAWN: (
        "Drawn films in which nothing is left, played again and again likewise; people and vehicles"
        " jump where the end meets the beginning."
    ),
    PartName.STRESS: "Drawn: what light, weather and the camera may do, with a deed and without.",
}
_ABLATION_WORDS: Final[dict[tuple[Ablation, ...], str]] = {
    (): "everything",
    (Ablation.CHANGE,): "no change detection (waste detections alone propose)",
    (Ablation.WASTE,): "no waste from the object detector",
    (Ablation.BACK_TRACE,): "no back-trace",
    (Ablation.CARRY,): "no evidence of carrying",
    (Ablation.SHADOW_GATE,): "no shadow gate",
}
ABLATIONS: Final = tuple(_ABLATION_WORDS)
"""What is switched off in turn; the first is nothing."""


@dataclass(frozen=True, slots=True)
class PartShown:
    """What was shown of a part.

    Attributes:
        name: which.
        planned: films it has.
        shown: what came of those that were shown.
    """

    name: PartName
    planned: int
    shown: tuple[Shown, ...]

    @property
    def judgement(self) -> Judgement:
        return judged([each.outcome for each in self.shown])

    @property
    def sha256(self) -> str:
        """Of the names and contents of the films that were shown."""
        lines = sorted(f"{each.film.name} {each.sha256}" for each in self.shown)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ablated:
    """The same films with something switched off."""

    without: tuple[Ablation, ...]
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How it was made.

    Attributes:
        day: of the run.
        command: that made it.
        commit: of the software; empty if unknown.
        software: our version.
        model, model_sha256: the weights.
        engine: digest of the engine and its parameters.
        machine: what it ran on, in words.
    """

    day: date
    command: str
    commit: str
    software: str
    model: str
    model_sha256: str
    engine: str
    machine: str


def write_report(
    folder: Path,
    parts: Sequence[PartShown],
    ablated: Sequence[Ablated],
    made: Circumstances,
) -> list[Path]:
    """Write the dated JSON, the page and the summary; their paths.

    Raises:
        ConfigError, EvidenceError: they cannot be written.
    """
    make_folder(folder)
    parts = [part for part in parts if part.shown]
    texts = {
        f"standing-{made.day.isoformat()}.json": _json(parts, ablated, made),
        PAGE_FILE: _page(parts, ablated, made),
        SUMMARY_FILE: _summary(parts, ablated, made),
    }
    for name, text in texts.items():
        write_whole(folder / name, text)
    return [folder / name for name in texts]


def _json(parts: Sequence[PartShown], ablated: Sequence[Ablated], made: Circumstances) -> str:
    said: dict[str, Any] = {
        "format": FORMAT,
        "day": made.day.isoformat(),
        "command": made.command,
        "commit": made.commit,
        "software": made.software,
        "model": {"name": made.model, "sha256": made.model_sha256},
        "engine": made.engine,
        "machine": made.machine,
        "parts": {
            part.name: {
                "planned": part.planned,
                "shown": len(part.shown),
                "films_sha256": part.sha256,
                **as_object(part.judgement),
            }
            for part in parts
        },
        "ablations": [
            {
                "without": list(each.without),
                "films": [shown.film.name for shown in each.shown],
                "whole": as_object(judged([shown.outcome for shown in each.shown]))["whole"],
            }
            for each in ablated
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _page(parts: Sequence[PartShown], ablated: Sequence[Ablated], made: Circumstances) -> str:
    facts = [
        ("day", made.day.isoformat()),
        ("software", f"litterwatch {made.software} {made.commit}"),
        ("model", f"{made.model} {made.model_sha256[:16]}"),
        ("engine", made.engine[:16]),
        ("machine", made.machine),
        *((f"films of {part.name}", f"sha256 {part.sha256[:16]}") for part in parts),
    ]
    notes = [_what_ran(part) for part in parts if len(part.shown) < part.planned]
    heading = Heading("Standing evaluation", made.command, tuple(facts), tuple(notes))
    shown = [Part(part.name, part.judgement, (NOTES[part.name],)) for part in parts]
    tables = [_ablation_table(ablated)] if ablated else []
    return render(heading, shown, tables)


def _what_ran(part: PartShown) -> str:
    return f"Of {part.name} {len(part.shown)} of {part.planned} films were shown, no more."


_ABLATION_HEAD: Final = ("switched off", "films", "found", "missed", "false", "F1", "provisional")


def _ablation_table(ablated: Sequence[Ablated]) -> Table:
    names = sorted({shown.film.name for each in ablated for shown in each.shown})
    note = f"The same {len(names)} films with one part of the engine switched off in turn."
    rows = tuple(_ablation_row(each) for each in ablated)
    return Table("What each part is worth", _ABLATION_HEAD, rows, note)


def _ablation_row(each: Ablated) -> tuple[str, ...]:
    measures = judged([shown.outcome for shown in each.shown]).whole
    counts = measures.counts
    return (
        _ABLATION_WORDS[each.without],
        str(measures.clips),
        str(counts.found),
        str(counts.missed),
        str(counts.false),
        plain_text(counts.f_measure()),
        delay_text(measures.provisional),
    )


_HEAD: Final = (
    "part", "films shown", "hours", "found", "missed", "false", "precision", "recall", "F1",
    "false alarms per hour", "provisional after",
)  # fmt: skip
_SUMMARY: Final = """\
# Standing evaluation

Made by `{command}` on {day}
with litterwatch {software}{commit}, the model {model} and the engine {engine},
on {machine}. By kind and condition, with pictures: [standing.html](standing.html); for
programs: [standing-{day}.json](standing-{day}.json). How to read and run it:
[../guide/evaluate.md](../guide/evaluate.md).

**The parts are never averaged.** Drawn films gate regressions and are no evidence of accuracy in
the field.

{table}

{notes}
"""


def _summary(parts: Sequence[PartShown], ablated: Sequence[Ablated], made: Circumstances) -> str:
    notes = [f"* **{part.name}** ({part.sha256[:16]}): {NOTES[part.name]}" for part in parts]
    text = _SUMMARY.format(
        command=made.command,
        day=made.day.isoformat(),
        software=made.software,
        commit=f", commit {made.commit}" if made.commit else "",
        model=f"{made.model} ({made.model_sha256[:12]})",
        engine=made.engine[:12],
        machine=made.machine,
        table="\n".join(
            [_row(_HEAD), _row(["---"] * len(_HEAD)), *(_summary_row(part) for part in parts)]
        ),
        notes="\n".join(notes),
    )
    if not ablated:
        return text
    table = _ablation_table(ablated)
    lines = [
        f"## {table.name}",
        "",
        table.note,
        "",
        _row(table.head),
        _row(["---"] * len(table.head)),
    ]
    return text + "\n" + "\n".join([*lines, *(_row(row) for row in table.rows)]) + "\n"


def _summary_row(part: PartShown) -> str:
    m: Measures = part.judgement.whole
    counts = m.counts
    return _row(
        [
            part.name,
            f"{len(part.shown)} of {part.planned}",
            f"{m.false_alarms.hours:.2f}",
            str(counts.found),
            str(counts.missed),
            str(counts.false),
            share_text(m.precision),
            share_text(m.recall),
            share_text(m.f1),
            rate_text(m.false_alarms),
            delay_text(m.provisional),
        ]
    )


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
