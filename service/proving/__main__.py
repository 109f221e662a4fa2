"""`python -m litterwatch.service.proving`: see scripts/evaluate."""

import argparse
import os
import platform
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import typer

import litterwatch
from litterwatch.detector.deposits.parameters import Ablation
from litterwatch.detector.errors import LitterwatchError, SourceError
from litterwatch.models.registry import load_detector
from litterwatch.service.canonical import sha256_of
from litterwatch.service.cli_scan_view import stop_on_signals
from litterwatch.service.clock import SystemClock
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.proving.films import LOOP_SECONDS, Film, PartName, films_of, sample
from litterwatch.service.proving.report import (
    ABLATIONS,
    Ablated,
    Circumstances,
    PartShown,
    write_report,
)
from litterwatch.service.proving.work import Shown, Workshop
from litterwatch.service.settings import load_settings
from litterwatch.service.wiring import engine_code, engine_parameters

_QUICK: Final = 4
"""Films of each part in a quick run."""
_QUICK_LOOP: Final = 60.0
"""Longest quiet stream in a quick run, s."""
_ABLATED: Final = 40
"""Films of development that are shown again with a part of the engine switched off."""
_FOOTAGE: Final = "LITTERWATCH_TEST_FOOTAGE"


@dataclass(slots=True)
class Run:
    """One run over the films.

    Args:
        workshop: shows them.
        is_stopping: true begins no more.
        most: films of each part; None for all.
        longest: of a quiet stream, s.
        is_quick: whether `most` holds for filmed clips as well.
    """

    workshop: Workshop
    is_stopping: Callable[[], bool]
    most: int | None
    longest: float = LOOP_SECONDS
    is_quick: bool = False

    def part(self, name: PartName, footage: Path | None) -> PartShown:
        """Show a part."""
        films = films_of(name, self.workshop.films, footage)
        # Filmed clips are few and short; all of them are shown but for a quick look.
        most = None if name is PartName.CLIPS and not self.is_quick else self.most
        chosen = [replace(f, loop=min(f.loop, self.longest)) for f in sample(films, most)]
        return PartShown(name, len(films), self._all(chosen))

    def ablations(self, footage: Path | None) -> list[Ablated]:
        """Show some films of development with a part of the engine switched off in turn."""
        films = films_of(PartName.DEV, self.workshop.films, footage)
        chosen = sample(films, min(self.most or _ABLATED, _ABLATED))
        ablated = [Ablated(without, self._all(chosen, without)) for without in ABLATIONS]
        # Only films that were shown in every way can be compared.
        whole = set.intersection(*({s.film.name for s in each.shown} for each in ablated))
        return [
            Ablated(each.without, tuple(s for s in each.shown if s.film.name in whole))
            for each in ablated
            if whole
        ]

    def _all(self, films: Sequence[Film], without: tuple[Ablation, ...] = ()) -> tuple[Shown, ...]:
        shown = []
        for number, film in enumerate(films, start=1):
            each = None if self.is_stopping() else self._one(film, without)
            if each is not None:
                shown.append(each)
                score = each.outcome.score
                assert score is not None
                found, false = len(score.pairs), len(score.false)
                due = len(each.outcome.clip.truths)
                what = " without " + without[0] if without else ""
                line = f"{found} of {due} found, {false} false"
                typer.echo(f"{film.part}{what} {number}/{len(films)} {film.name}: {line}", err=True)
        return tuple(shown)

    def _one(self, film: Film, without: tuple[Ablation, ...]) -> Shown | None:
        try:
            return self.workshop.show(film, without)
        except SourceError as error:  # one broken file must not cost the night
            typer.echo(f"{film.part} {film.name}: {error}", err=True)
            return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Shows the films and writes the report; ends with 2 where something is wrong."""
    asked = _parser().parse_args(arguments)
    try:
        with stop_on_signals() as is_stopping:
            return _evaluate(asked, is_stopping)
    except LitterwatchError as error:
        typer.echo(f"evaluate: {error}", err=True)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/evaluate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK} films of each part")
    parser.add_argument(
        "--films", type=int, help="most films of each part but of clips; default: all"
    )
    parser.add_argument(
        "--stream-seconds", type=float, default=LOOP_SECONDS,
        help="longest quiet stream; default: %(default)s",
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, help="begin nothing more after so many minutes")
    parser.add_argument(
        "--parts", default=",".join(PartName), help="which, by commas; default: %(default)s"
    )
    parser.add_argument("--no-ablations", action="store_true", help="leave the ablations out")
    parser.add_argument(
        "--work", type=Path, default=Path("evaluation-work"),
        help="drawn films, what the detector saw, results; default: %(default)s",
    )  # fmt: skip
    parser.add_argument("--model", help="name or path of the weights; default: the shipped ones")
    parser.add_argument("--commit", default="", help="of the software, for the report")
    parser.add_argument(
        "--report", type=Path, default=Path("docs/evaluation"), help="folder of the report"
    )
    return parser


def _evaluate(asked: argparse.Namespace, is_stopping: Callable[[], bool]) -> int:
    # OpenCV's own threads only get in the way of the decoder's and the detector's.
    cv2.setNumThreads(1)
    clock = SystemClock()
    analysis = load_settings(None, {}).analysis
    footage = Path(os.environ[_FOOTAGE]) if os.environ.get(_FOOTAGE) else None
    if footage is None:
        typer.echo(f"{_FOOTAGE} is not set: nothing filmed is shown.", err=True)
    detector = load_detector(
        asked.model or analysis.model, device=analysis.device, threads=analysis.threads
    )
    try:
        engine = sha256_of({"code": engine_code(), "parameters": engine_parameters()})
        until = float("inf") if asked.minutes is None else clock.monotonic() + 60 * asked.minutes
        workshop = Workshop(
            asked.work, detector, lambda: street_photo(None), analysis.rate, engine, clock, until
        )
        most = asked.films or (_QUICK if asked.quick else None)
        longest = _QUICK_LOOP if asked.quick else asked.stream_seconds
        run = Run(workshop, is_stopping, most, longest, asked.quick)
        parts = [run.part(PartName(name), footage) for name in asked.parts.split(",")]
        ablated = [] if asked.no_ablations else run.ablations(footage)
        made = Circumstances(
            clock.now().date(), _command(asked), asked.commit, litterwatch.__version__,
            detector.name, detector.sha256, engine,
            f"{platform.machine()}, {os.cpu_count()} processors",
        )  # fmt: skip
        for path in write_report(asked.report, parts, ablated, made):
            typer.echo(str(path))
    finally:
        detector.close()
    return 0


def _command(asked: argparse.Namespace) -> str:
    """As somebody would type it, without the places of this machine."""
    words = ["scripts/evaluate"]
    words += ["--quick"] if asked.quick else []
    words += ["--films", str(asked.films)] if asked.films else []
    shorter = not asked.quick and asked.stream_seconds != LOOP_SECONDS
    words += ["--stream-seconds", f"{asked.stream_seconds:g}"] if shorter else []
    words += ["--parts", asked.parts] if asked.parts != ",".join(PartName) else []
    words += ["--no-ablations"] if asked.no_ablations else []
    words += ["--model", str(asked.model)] if asked.model else []
    return shlex.join(words)


if __name__ == "__main__":
    sys.exit(main())
