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
from litterwatch.service.learning.proof_drawn import FOLDER as DRAWN
from litterwatch.service.learning.proof_drawn import draw, with_features
from litterwatch.service.learning.proof_films import (
    Film,
    asked,
    collect,
    films,
    verdicts,
    watched_before,
)
from litterwatch.service.learning.proof_page import ProofHeading, proof_drawing, proof_page
from litterwatch.service.settings import load_settings


def main() -> int:
    """Watches the films, runs the experiment, writes the page; ends with 2 on a mistake."""
    parser = argparse.ArgumentParser(prog="scripts/evaluate-learning", description=__doc__)
    parser.add_argument("folder", type=Path, help="what was seen is kept there; goes on from it")
    parser.add_argument("--cameras", type=int, default=10, help="generated cameras")
    parser.add_argument("--days", type=int, default=40, help="days of each")
    parser.add_argument(
        "--drawn",
        action="store_true",
        help="draw a picture of every alarm instead, without the engine",
    )
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
    # OpenCV's own threads only get in the way of the decoder's and the detector's.
    cv2.setNumThreads(1)
    wanted = list(films(arguments.cameras, arguments.days))
    if arguments.drawn:
        days, model = with_features(_drawn(arguments, wanted)), ""
    else:
        days, model = _seen(arguments, wanted)
    given = [verdict for each in days for verdict in verdicts(each)]
    as_asked = [verdict for each in days for verdict in asked(each)]
    with CountedProgress("learning and testing") as told:
        proof = prove(given, as_asked, arguments.repetitions, told)
    page: Path = arguments.page
    drawing = page.with_suffix(".svg")
    true = sum(verdict.is_deposit for verdict in given)
    which = f"--cameras {arguments.cameras} --days {arguments.days}"
    heading = ProofHeading(
        command=f"scripts/evaluate-learning DIR {which}{' --drawn' if arguments.drawn else ''}",
        software=litterwatch.__version__,
        commit=arguments.commit,
        model=model,
        days=len(days),
        cameras=len({verdict.camera for verdict in given}),
        hours=sum(each["seconds"] for each in days) / 3600,
        due=sum(each.get("due", 0) for each in days),
        found=sum(each.get("found", 0) for each in days),
        true=true,
        false=len(given) - true,
        is_drawn=arguments.drawn,
        repetitions=arguments.repetitions,
        drawing=drawing.name,
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    drawing.write_text(proof_drawing(proof), encoding="utf-8")
    page.write_text(proof_page(proof, heading), encoding="utf-8")


def _drawn(arguments: argparse.Namespace, wanted: list[Film]) -> list[dict[str, Any]]:
    """Every day as pictures, without features."""
    if arguments.no_more:
        return watched_before(arguments.folder / DRAWN, wanted)
    with CountedProgress("drawing") as told:
        return draw(arguments.folder, wanted, street_photo(None), told)


def _seen(arguments: argparse.Namespace, wanted: list[Film]) -> tuple[list[dict[str, Any]], str]:
    """What was seen in every film, and the name of the weights."""
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
