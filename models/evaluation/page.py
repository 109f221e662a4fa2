"""One page with the numbers, the plots and the pictures that went worst."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from litterwatch.models.data.labels import CLASSES
from litterwatch.models.data.sheet import tile
from litterwatch.models.evaluation.counts import mistakes
from litterwatch.models.evaluation.precision import Interval, Matches, precision_recall
from litterwatch.models.evaluation.sightings import Sighting, drawn

mpl.use("Agg")
from matplotlib import pyplot as plt

WORST = 40
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2rem .6rem;"
    "text-align:right}th:first-child,td:first-child{text-align:left}img{max-width:100%}"
)


def curves(found: Mapping[int, Matches], file: Path) -> None:
    """Draw precision over recall at IoU 0.5, a line per class."""
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for label, matches in found.items():
        if matches.labelled.sum():
            recall, precision = precision_recall(matches)
            axes.plot(recall, precision, label=f"{CLASSES[label]} (n={matches.labelled.sum()})")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(file, dpi=110)
    plt.close(figure)


def confusion_matrix(table: NDArray[np.intp], file: Path) -> None:
    """Draw a confusion table (7, 7) with its counts, coloured by the part of the row."""
    names = [*CLASSES, "nothing"]
    part = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(7, 6), layout="constrained")
    axes.imshow(part, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(table.shape):
        dark = part[row, column] > 0.6
        text = str(table[row, column])
        axes.text(column, row, text, ha="center", va="center", color="white" if dark else "black")
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="seen", ylabel="labelled")
    figure.savefig(file, dpi=110)
    plt.close(figure)


def worst_pictures(sightings: Sequence[Sighting], confidence: float, folder: Path) -> list[str]:
    """Draw the pictures with most mistakes, labels left and sightings right; return the files."""
    ranked = sorted(sightings, key=lambda sighting: -mistakes(sighting, confidence))[:WORST]
    folder.mkdir(exist_ok=True)
    files = []
    for number, sighting in enumerate(ranked, start=1):
        picture = drawn(sighting.path)
        strong = sighting.seen[sighting.seen[:, 5] >= confidence][:, :5]
        both = np.hstack([tile(picture, sighting.truth), tile(picture, strong)])
        file = folder / f"{number:02}.png"
        cv2.imwrite(str(file), both)
        files.append(f"{folder.name}/{file.name}")
    return files


def shown(i: Interval) -> str:
    """Return a number with its interval and n: 0.83 (0.80 to 0.86, n = 471)."""
    return f"{i.value:.3f} ({i.low:.3f} to {i.high:.3f}, n = {i.n})"


def write_page(out: Path, report: Mapping[str, Any], worst: Sequence[str]) -> None:
    """Write index.html from a report as it stands in evaluation.json."""
    title = f"{html.escape(str(report['weights']))} on {html.escape(str(report['data']))}"
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style><h1>{title}</h1>",
        f"<p>{report['pictures']} pictures, {report['input_size']} px, {report['backend']}.</p>",
        "<p>95 % intervals by drawing pictures with return.</p>",
    ]
    tables = ("precision", "at_the_working_threshold", "recall_of_waste_by_person_heights")
    parts += [_table(name.replace("_", " "), report[name]) for name in tables]
    parts += ['<p><img src="curves.png" alt="precision over recall">']
    parts += ['<img src="confusion.png" alt="confusion matrix"></p>']
    parts += ["<h2>Where it went worst: labelled left, seen right</h2>"]
    parts += [
        f'<img src="{file}" alt="labelled left, seen right" loading="lazy">' for file in worst
    ]
    (out / "index.html").write_text("\n".join(parts), encoding="utf-8")


def _table(title: str, rows: Mapping[str, Any]) -> str:
    """Return a table of names and numbers."""
    cells = [
        f"<tr><td>{html.escape(name.replace('_', ' '))}</td><td>{_cell(value)}</td></tr>"
        for name, value in rows.items()
    ]
    return f"<h2>{html.escape(title)}</h2><table>{''.join(cells)}</table>"


def _cell(value: Any) -> str:
    if isinstance(value, Interval):
        return shown(value)
    return f"{value:.4g}" if isinstance(value, float) else html.escape(str(value))
