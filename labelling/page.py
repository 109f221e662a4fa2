"""The page of a candidate: every rule with its numbers, camera by camera; nothing is fetched."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from litterwatch.labelling.gate import Answer, GateResult, RuleResult
from litterwatch.labelling.job import COST, Candidate, Step

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2933; max-width: 70rem; margin: 2rem auto;
       padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #d5dbe1;
         vertical-align: top; }
td:last-child { min-width: 12rem; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.counts th:nth-child(n+3) { text-align: right; }
.passed { color: #1c6b2a; } .failed { color: #a61b1b; font-weight: bold; }
.not { color: #5a6672; }
.verdict { font-size: 1.25rem; padding: .6rem 1rem; border-left: .4rem solid; }
.scroll { overflow-x: auto; }
"""
_FEW: Final = 4
"""Columns up to which a table is one of words; numbers stand to the right under their names."""

_DIFFERENCES: Final = (
    "Differences are candidate minus model in use; intervals (95 %) come from drawing days of"
    " cameras with return."
)
_CLASSES: Final[Mapping[Answer, str]] = {
    Answer.PASSED: "passed",
    Answer.FAILED: "failed",
    Answer.NOT_MEASURED: "not",
}


def candidate_page(candidate: Candidate, result: GateResult, counts: Mapping[str, int]) -> str:
    """The whole page.

    Args:
        candidate: what was made.
        result: what the gate says.
        counts: of pictures and events that were compared on, by what they are.
    """
    verdict = "accepted" if result.is_accepted else "refused"
    mark = "passed" if result.is_accepted else "failed"
    compared = ", ".join(f"{count} {what}" for what, count in counts.items())
    parts = [
        f'<p class="verdict {mark}">The gate has {verdict} this candidate.</p>',
        f"<p>Compared with the model in use on {escape(compared)}. {_DIFFERENCES}</p>",
        "<h2>Rules</h2>",
        _table(
            ("rule", "camera", "answer", "numbers"),
            [_rule(each) for each in result.results],
        ),
        "<h2>Differences by camera</h2>",
        _table(
            ("camera", "what", "n", "in use", "candidate", "difference", "95 %"),
            [_difference(each) for each in result.results if each.difference is not None],
        ),
        "<h2>How it was made</h2>",
        _table(("", ""), _made(candidate)),
        *_took(candidate),
    ]
    title = escape(candidate.name)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Candidate {title}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>Candidate {title}</h1>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already; one that begins with a digit or a sign stands to the right."""
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    kind = ' class="counts"' if len(head) > _FEW else ""
    body = "".join(f"<tr>{''.join(_cell(each) for each in row)}</tr>\n" for row in rows)
    return f'<div class="scroll"><table{kind}><tr>{names}</tr>\n{body}</table></div>'


def _cell(text: str) -> str:
    is_number = bool(text) and (text[0].isdigit() or text[0] in "+-")
    return f'<td class="number">{text}</td>' if is_number else f"<td>{text}</td>"


def _rule(result: RuleResult) -> list[str]:
    needed = "" if result.is_needed or result.answer is not Answer.NOT_MEASURED else " (not needed)"
    answer = f'<span class="{_CLASSES[result.answer]}">{result.answer}{needed}</span>'
    return [escape(result.rule), escape(result.subject or "all"), answer, escape(result.why)]


def _difference(result: RuleResult) -> list[str]:
    found = result.difference
    assert found is not None
    return [
        escape(result.subject or "all"),
        escape(result.rule),
        str(found.n),
        f"{found.active:.3f}",
        f"{found.candidate:.3f}",
        f"{found.value:+.3f}",
        f"{found.low:+.3f} to {found.high:+.3f}",
    ]


def _made(candidate: Candidate) -> list[list[str]]:
    about, blended = candidate.about, candidate.done.get(Step.BLENDED, {})
    exported: Mapping[str, Any] = candidate.done.get(Step.EXPORTED, {})
    scores = ", ".join(f"{k}: {v:.3f}" for k, v in blended.get("val_map50", {}).items())
    rows = [
        ("data set", about["dataset"]),
        ("data set, SHA-256", about["dataset_sha256"]),
        ("model in use, SHA-256", about["active_sha256"]),
        ("settings, SHA-256", about["config_sha256"]),
        ("share of the trained network in the blend", str(blended.get("share", ""))),
        ("mean AP50 on val by share", scores),
        ("input size, px", str(blended.get("input_size") or "that of the training")),
        ("weights, SHA-256", str(exported.get("sha256", ""))),
        ("export", f"{exported.get('precision', '')}, compared on {exported.get('frames', 0)}"),
    ]
    return [[escape(name), f"<code>{escape(value)}</code>"] for name, value in rows]


def _took(candidate: Candidate) -> list[str]:
    """Time on the clock, and of all cores together, by step and in all."""
    costs = {step: found[COST] for step, found in candidate.done.items() if COST in found}
    if not costs:
        return []
    names = ("wall_seconds", "processor_seconds")
    rows = [
        [escape(step), *(_minutes(cost[name]) for name in names)] for step, cost in costs.items()
    ]
    rows.append(["all", *(_minutes(sum(cost[name] for cost in costs.values())) for name in names)])
    return ["<h2>What it took</h2>", _table(("step", "minutes", "processor minutes"), rows)]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"
