"""`python -m litterwatch.service.synth DIR`: see scripts/evaluate-synthetic."""

import argparse
import json
import sys
from pathlib import Path

import cv2
import typer

import litterwatch
from litterwatch.detector.errors import LitterwatchError
from litterwatch.models.registry import load_detector
from litterwatch.service.settings import load_settings
from litterwatch.service.synth.evaluation import Seen, as_object, evaluate
from litterwatch.service.synth.table import Heading, page


def main() -> int:
    """Watches the films and writes the page; ends with 2 where something is wrong."""
    parser = argparse.ArgumentParser(prog="scripts/evaluate-synthetic", description=__doc__)
    parser.add_argument("films", type=Path, help="folder of `litterwatch synth suite`")
    parser.add_argument("--model", help="name or path of the weights; default: the shipped ones")
    parser.add_argument("--fps", type=float, help="pictures analysed a second; default: as scan")
    parser.add_argument("--suite", default="", help="what the folder holds, for the page")
    parser.add_argument("--commit", default="", help="of the software, for the page")
    parser.add_argument("--page", type=Path, help="Markdown file to write; default: print it")
    parser.add_argument("--details", type=Path, help="write one line of JSON a film there")
    arguments = parser.parse_args()
    try:
        seen, model = _watch(arguments)
    except LitterwatchError as error:
        typer.echo(f"evaluate-synthetic: {error}", err=True)
        return 2
    made = f"litterwatch synth suite {arguments.suite} --out DIR && " if arguments.suite else ""
    command = f"{made}scripts/evaluate-synthetic DIR"
    text = page(seen, Heading(command, litterwatch.__version__, arguments.commit, model))
    if arguments.details is not None:
        lines = [json.dumps(as_object(each), ensure_ascii=False) for each in seen]
        arguments.details.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if arguments.page is None:
        typer.echo(text)
    else:
        arguments.page.parent.mkdir(parents=True, exist_ok=True)
        arguments.page.write_text(text, encoding="utf-8")
    return 0


def _watch(arguments: argparse.Namespace) -> tuple[list[Seen], str]:
    """What was seen, and the name of the weights."""
    # OpenCV's own threads only get in the way of the decoder's and the detector's.
    cv2.setNumThreads(1)
    analysis = load_settings(None, {}).analysis
    model = arguments.model or analysis.model
    detector = load_detector(model, device=analysis.device, threads=analysis.threads)
    try:
        seen = evaluate(
            arguments.films, detector, arguments.fps or analysis.rate,
            lambda done, total, line: typer.echo(f"{done}/{total} {line}", err=True),
        )  # fmt: skip
        return seen, detector.name
    finally:
        detector.close()


if __name__ == "__main__":
    sys.exit(main())
