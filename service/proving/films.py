"""Which films the standing evaluation shows, part by part, and how each is made."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from litterwatch.service.evaluation.clips import NOTHING, Clip, read_clips
from litterwatch.service.synth.kinds import ACTS, STRESS, build, suite
from litterwatch.service.synth.scenario import Scenario

LOOP_SECONDS: Final = 360.0
"""Length of one quiet stream, s."""
_DRAWN_LOOPS: Final = 12
_DEV_COUNT, _TEST_COUNT, _STRESS_COUNT = 10, 5, 2
"""Films of each kind: 220 of development, 110 of test, 2 of each condition."""
_DROPPED: Final = 0.3
"""Share of the pictures that are lost where pictures are lost."""
_STRESS_SEED: Final = 2001


class PartName(StrEnum):
    """A part of the evaluation; they are never averaged."""

    CLIPS = "clips"
    DEV = "dev"
    TEST = "test"
    QUIET_FILMED = "quiet-filmed"
    QUIET_DRAWN = "quiet-drawn"
    STRESS = "stress"


@dataclass(frozen=True, slots=True)
class Film:
    """A film to be shown to the engine.

    Attributes:
        part: where it counts.
        name: unique in its part.
        source: the file; of a scenario it is made when it is missing.
        scenario: what is to be filmed, None for a file that is there.
        annotation: the truth beside the file; None for a stream in which nothing happens.
        loop: play it again and again for so many seconds, in drifting light and noise; 0 once.
        dropped: share of its pictures that is lost.
        conditions: words under which it is counted, besides those of its annotation.
    """

    part: PartName
    name: str
    source: Path
    scenario: Scenario | None = None
    annotation: Path | None = None
    loop: float = 0.0
    dropped: float = 0.0
    conditions: tuple[str, ...] = ()

    def clip(self) -> Clip:
        """The truth; the film must have been made."""
        if self.annotation is None:
            return Clip(
                self.name, self.loop, is_fixed=True, truths=(), cluster=self.source.name,
                conditions=self.conditions,
            )  # fmt: skip
        (clip,) = read_clips(self.annotation)
        kind = self.scenario.kind if self.scenario is not None else clip.kind
        words = (*clip.conditions, *self.conditions)
        return replace(clip, name=self.name, kind=kind, conditions=words)


def films_of(part: PartName, folder: Path, footage: Path | None) -> list[Film]:
    """Every film of a part.

    Args:
        part: which.
        folder: where drawn films lie, or are put.
        footage: folder of annotated clips; without it the parts that need it are empty.
    """
    makers: dict[PartName, Callable[[], Iterator[Film]]] = {
        PartName.CLIPS: lambda: _clips(footage),
        PartName.DEV: lambda: _suite(PartName.DEV, suite("dev", _DEV_COUNT), folder),
        PartName.TEST: lambda: _suite(PartName.TEST, suite("test", _TEST_COUNT), folder),
        PartName.QUIET_FILMED: lambda: _quiet_filmed(footage),
        PartName.QUIET_DRAWN: lambda: _quiet_drawn(folder),
        PartName.STRESS: lambda: _stress(folder),
    }
    return list(makers[part]())


def sample(films: Sequence[Film], most: int | None) -> list[Film]:
    """At most that many, spread evenly over the list; all for None."""
    if most is None or len(films) <= most:
        return list(films)
    return [films[(2 * k + 1) * len(films) // (2 * most)] for k in range(most)]


def _clips(footage: Path | None) -> Iterator[Film]:
    for clip in _known(footage):
        assert footage is not None
        path = footage / clip.name
        yield Film(PartName.CLIPS, clip.name, path, annotation=path.with_suffix(".json"))


def _known(footage: Path | None) -> list[Clip]:
    return [] if footage is None else read_clips(footage)


def _suite(part: PartName, scenarios: Sequence[Scenario], folder: Path) -> Iterator[Film]:
    for scenario in scenarios:
        yield _drawn(part, scenario, folder)


def _drawn(part: PartName, scenario: Scenario, folder: Path) -> Film:
    path = folder / f"{scenario.name}.mp4"
    return Film(part, path.name, path, scenario, path.with_suffix(".json"))


def _quiet_filmed(footage: Path | None) -> Iterator[Film]:
    """Every clip of a fixed camera in which nothing is left, played for minutes."""
    for clip in _known(footage):
        assert footage is not None
        if clip.is_fixed and clip.kind == NOTHING:
            yield Film(
                PartName.QUIET_FILMED, f"{clip.name} looped", footage / clip.name,
                loop=LOOP_SECONDS, conditions=("filmed", "looped"),
            )  # fmt: skip


def _quiet_drawn(folder: Path) -> Iterator[Film]:
    """Kinds of scenario in which nothing is left, played for minutes, each in its own street."""
    quiet = [kind for kind in ACTS if not _is_deed(kind)]
    for index in range(_DRAWN_LOOPS):
        scenario = build(quiet[index % len(quiet)], 3001 + index, "test")
        yield Film(
            PartName.QUIET_DRAWN, f"{scenario.name} looped", folder / f"{scenario.name}.mp4",
            scenario, loop=LOOP_SECONDS, conditions=("drawn", "looped"),
        )  # fmt: skip


def _is_deed(kind: str) -> bool:
    return any(act.alarm_expected for act in build(kind, 1, "test").acts)


def _stress(folder: Path) -> Iterator[Film]:
    """Every condition, with a deed and without one."""
    for index in range(_STRESS_COUNT):
        seed = _STRESS_SEED + index
        for kind in STRESS:
            word = kind.rpartition("_")[0].replace("_", " ")
            film = _drawn(PartName.STRESS, build(kind, seed, "test"), folder)
            yield replace(film, conditions=(word,))
        for word, change in _CAMERAS.items():
            for what, base in (("dump", "dump_leave"), ("pass", "pass_with_bag")):
                scenario = change(build(base, seed, "test"))
                kind = f"{word.replace(' ', '_')}_{what}"
                film = _drawn(PartName.STRESS, replace(scenario, kind=kind), folder)
                lost = _DROPPED if word == "pictures lost" else 0.0
                yield replace(film, dropped=lost, conditions=(word,))


def _camera(**changes: Any) -> Callable[[Scenario], Scenario]:
    return lambda scenario: replace(scenario, camera=replace(scenario.camera, **changes))


_CAMERAS: Final[dict[str, Callable[[Scenario], Scenario]]] = {
    "shake of 2 px": _camera(shake=2.0),
    "2 fps": _camera(fps=2),
    "4 fps": _camera(fps=4),
    "8 fps": _camera(fps=8),
    "25 fps": _camera(fps=25),
    "half resolution": _camera(width=320, height=180),
    "heavy compression": _camera(crf=42),
    "pictures lost": _camera(fps=12),
}
"""What is asked of the camera, besides the conditions of the generator."""
