"""`python -m litterwatch.service.evaluation CLIPS`: see scripts/evaluate-clips."""

import argparse
import sys
import tempfile
from pathlib import Path

import typer

import litterwatch
from litterwatch.detector.errors import LitterwatchError
from litterwatch.service.cli_scan_view import ProgressView
from litterwatch.service.evaluation.clips import compare, read_clips
from litterwatch.service.evaluation.predictions import gathered
from litterwatch.service.evaluation.table import page
from litterwatch.service.settings import load_settings
from litterwatch.service.wiring import ScanRequest, scan_footage


def main() -> int:
    """Scans the clips, writes the page; ends with 1 where a clip could not be read."""
    parser = argparse.ArgumentParser(prog="scripts/evaluate-clips", description=__doc__)
    parser.add_argument("clips", type=Path, help="folder of annotated clips")
    parser.add_argument("--model", help="name or path of the weights; default: the shipped ones")
    parser.add_argument("--page", type=Path, help="Markdown file to write; default: print it")
    parser.add_argument("--out", type=Path, help="keep the scan's results there")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            text, is_whole = _evaluate(
                arguments.clips, arguments.out or Path(folder), arguments.model
            )
    except LitterwatchError as error:
        typer.echo(f"evaluate-clips: {error}", err=True)
        return 2
    if arguments.page is None:
        typer.echo(text)
    else:
        arguments.page.parent.mkdir(parents=True, exist_ok=True)
        arguments.page.write_text(text, encoding="utf-8")
    return 0 if is_whole else 1


def _evaluate(folder: Path, out: Path, model: str | None) -> tuple[str, bool]:
    """The page, and whether every clip was read."""
    clips = read_clips(folder)
    overrides: dict[str, dict[str, object] | Path] = {
        "data_folder": out,
        "analysis": {} if model is None else {"model": model},
    }
    request = ScanRequest([folder / clip.name for clip in clips], load_settings(None, overrides))
    with ProgressView() as view:
        done = scan_footage(request, view, lambda: False)
    failed = {str(item["source"]): str(item["why"]) for item in done.summary["failed"]}
    outcomes = compare(clips, gathered(done.events, failed))
    weights = next((f"{e['model']['name']}" for e in done.events), model or "that ships with it")
    command = f"scripts/evaluate-clips CLIPS{f' --model {model}' if model else ''}"
    return page(outcomes, command, weights, litterwatch.__version__), not failed


if __name__ == "__main__":
    sys.exit(main())
