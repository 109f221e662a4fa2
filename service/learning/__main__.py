"""`python -m litterwatch.service.learning DIR`: see scripts/evaluate-learning."""

import argparse
import sys
from pathlib import Path
from typing import Any

import cv2
import typer

import litterwatch
from litterwatch.detector.errors import LitterwatchError
from litterwatch.models.registry import load_detector
from litterwatch.service.cli_learning_view import CountedProgress
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.learning.proof import prove
from litterwatch.service.learning.proof_films import collect, films, verdicts, watched_before
from litterwatch.service.learning.proof_page import ProofHeading, proof_drawing, proof_page
from litterwatch.service.settings import load_settings


def main() -> int:
    """Watches the films, runs the experiment, writes the page; ends with 2 on a mistake."""
    parser = argparse.ArgumentParser(prog="scripts/evaluate-learning", description=__doc__)
    parser.add_argument("folder", type=Path, help="what was seen is kept there; goes on from it")
    parser.add_argument("--cameras", type=int, default=10, help="generated cameras")
    parser.add_argument("--days", type=int, default=40, help="days of each")
    parser.add_argument("--no-more", action="store_true", help="watch no films, take what is there")
    parser.add_argument("--repetitions", type=int, default=60, help="of every point")
    parser.add_argument("--commit", default="", help="of the software, for the page")
    parser.add_argument("--page", type=Path, required=True, help="Markdown file to write")
    arguments = parser.parse_args()
    try:
        _prove(arguments)
    except LitterwatchError as error:
        typer.echo(f"evaluate-learning: {error}", err=True)
        return 2
    return 0


def _prove(arguments: argparse.Namespace) -> None:
    seen, model = _seen(arguments)
    given = [verdict for each in seen for verdict in verdicts(each)]
    with CountedProgress("learning and testing") as told:
        proof = prove(given, arguments.repetitions, told)
    page: Path = arguments.page
    drawing = page.with_suffix(".svg")
    true = sum(verdict.is_deposit for verdict in given)
    watched = f"--cameras {arguments.cameras} --days {arguments.days}"
    heading = ProofHeading(
        command=f"scripts/evaluate-learning DIR {watched}",
        software=litterwatch.__version__,
        commit=arguments.commit,
        model=model,
        films=len(seen),
        cameras=len({verdict.camera for verdict in given}),
        hours=sum(each["seconds"] for each in seen) / 3600,
        due=sum(each["due"] for each in seen),
        found=sum(each["found"] for each in seen),
        true=true,
        false=len(given) - true,
        repetitions=arguments.repetitions,
        drawing=drawing.name,
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    drawing.write_text(proof_drawing(proof), encoding="utf-8")
    page.write_text(proof_page(proof, heading), encoding="utf-8")


def _seen(arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], str]:
    """What was seen in every film, and the name of the weights."""
    # OpenCV's own threads only get in the way of the decoder's and the detector's.
    cv2.setNumThreads(1)
    wanted = list(films(arguments.cameras, arguments.days))
    analysis = load_settings(None, {}).analysis
    detector = load_detector(analysis.model, device=analysis.device, threads=analysis.threads)
    try:
        if arguments.no_more:
            return watched_before(arguments.folder, wanted), detector.name
        with CountedProgress("watching") as told:
            return collect(
                arguments.folder, wanted, street_photo(None), detector,
                rate=analysis.rate, told=told,
            ), detector.name  # fmt: skip
    finally:
        detector.close()


if __name__ == "__main__":
    sys.exit(main())
