"""What is remembered of one camera: written now and then and at the end, read at the beginning.

Two parts. The clean references and the things already told of outlive any pause and any version of
the engine. Everything else, open cases and who was where, goes on only after a pause so short that
nobody can have come unseen, under the very same configuration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from litterwatch.detector.deposits.standing import Standing, StandingThing, recall, standing_of
from litterwatch.detector.errors import EvidenceDiskFull, MemoryUnusable
from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Frame
from litterwatch.service.remembering.file import Contents, read_memory, write_memory
from litterwatch.service.remembering.snapshot import contents_of, pipeline_of

_log = structlog.get_logger(__name__)
FOLDER: Final = "memory"
HOLE: Final = 10.0
"""Seconds without a picture, after which nobody knows who did what in between."""
Judge = TypeVar("Judge")
_REFERENCE, _MASK, _WHOLE = "reference/", "mask/", "whole/"


@dataclass(slots=True)
class PipelineMemory:
    """The memory of one camera.

    Args:
        path: its file; the folder is made if needed.
    """

    path: Path
    _failing: str | None = field(default=None, init=False)

    def keep(self, judge: object, media_time: float, config: str, *, whole: bool) -> None:
        """Write what is known now; a disk that refuses is logged and ends nothing.

        Args:
            judge: that watches; of others than pipelines nothing is kept.
            media_time: of the last frame it judged, s.
            config: digest of everything its events depend on.
            whole: whether it can go on as if nothing had been; else only what outlives a pause.
        """
        if not isinstance(judge, CameraPipeline):
            return
        try:
            contents = _contents(judge, media_time, config, whole=whole)
            write_memory(self.path, contents)
        except (EvidenceDiskFull, ValueError) as error:
            if self._failing != str(error):
                _log.error("what was learnt cannot be kept", file=str(self.path), why=str(error))
            self._failing = str(error)
        else:
            self._failing = None

    def recalled(self, fresh: Judge, first: Frame, config: str) -> Judge | CameraPipeline:
        """The judge to begin with: the one of before, or the fresh one with what outlives pauses.

        What cannot be used is named in the log and put aside; watching then begins anew.

        Args:
            fresh: has judged nothing yet.
            first: the first frame that is going to be judged.
            config: digest of everything its events depend on.
        """
        if not isinstance(fresh, CameraPipeline):
            return fresh
        return self.resumed(fresh, first.media_time, config)

    def resumed(self, fresh: CameraPipeline, begins: float, config: str) -> CameraPipeline:
        """The same for pipelines; `begins` is the media time of the first frame, s."""
        try:
            contents = read_memory(self.path)
            return fresh if contents is None else _resumed(contents, fresh, begins, config)
        except (MemoryUnusable, KeyError, TypeError, ValueError) as error:
            _log.warning(
                "what was learnt of a camera cannot be used; it is learnt anew",
                file=str(self.path),
                why=str(error),
            )
            self._put_aside()
            return fresh

    def ended(self) -> float | None:
        """Media time of the last frame before it was written, s; None where nothing can be read."""
        try:
            contents = read_memory(self.path)
            return None if contents is None else float(contents.document["media_time"])
        except (MemoryUnusable, KeyError, TypeError, ValueError):
            return None  # said aloud by who uses it

    def _put_aside(self) -> None:
        try:
            self.path.replace(self.path.with_suffix(".refused"))
        except OSError as error:
            _log.warning("it cannot be put aside", file=str(self.path), why=error.strerror)


def _contents(pipeline: CameraPipeline, media_time: float, config: str, *, whole: bool) -> Contents:
    standing = standing_of(pipeline.engine)
    document: dict[str, Any] = {
        "media_time": media_time,
        "config": config,
        "next_ordinal": standing.next_ordinal,
        "things": [_thing_object(thing) for thing in standing.things],
        "whole": None,
    }
    arrays: dict[str, NDArray[Any]] = {
        _REFERENCE + name: array for name, array in standing.references.items()
    }
    arrays |= {f"{_MASK}{thing.ordinal}": thing.mask for thing in standing.things}
    if whole:
        everything = contents_of(pipeline)
        document["whole"] = everything.document
        arrays |= {_WHOLE + name: array for name, array in everything.arrays.items()}
    return Contents(document, arrays)


def _resumed(
    contents: Contents, fresh: CameraPipeline, begins: float, config: str
) -> CameraPipeline:
    document = contents.document
    pause = begins - float(document["media_time"])
    if pause <= 0:
        raise MemoryUnusable("It was written later than the first picture was taken.")
    if document["whole"] is not None and document["config"] == config and pause <= HOLE:
        parts = _named(contents.arrays, _WHOLE)
        _log.info("goes on where it stopped", pause=round(pause, 1))
        return pipeline_of(Contents(document["whole"], parts))
    things = tuple(_thing(said, contents.arrays) for said in document["things"])
    references = _named(contents.arrays, _REFERENCE)
    if len(references) > 1:  # before the first picture there is but a size
        standing = Standing(references, things, int(document["next_ordinal"]))
        recall(fresh.engine, standing, begins)
        _log.info(
            "knows the place from before",
            pause=round(pause, 1),
            things=len(things),
        )
    return fresh


def _named(arrays: Mapping[str, NDArray[Any]], start: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}


def _thing_object(thing: StandingThing) -> dict[str, Any]:
    return {
        "ordinal": thing.ordinal,
        "box": list(thing.box),
        "born": thing.born,
        "first_changed": thing.first_changed,
        "zone": thing.zone,
        "person_height": thing.person_height,
        "area": thing.area,
        "t_release": thing.t_release,
        "t_provisional": thing.t_provisional,
        "t_confirmed": thing.t_confirmed,
    }


def _thing(said: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> StandingThing:
    release: Sequence[float] | None = said["t_release"]
    return StandingThing(
        ordinal=int(said["ordinal"]),
        box=Box(*map(float, said["box"])),
        mask=np.asarray(arrays[f"{_MASK}{said['ordinal']}"], bool),
        born=float(said["born"]),
        first_changed=float(said["first_changed"]),
        zone=str(said["zone"]),
        person_height=float(said["person_height"]),
        area=float(said["area"]),
        t_release=None if release is None else (float(release[0]), float(release[1])),
        t_provisional=said["t_provisional"],
        t_confirmed=said["t_confirmed"],
    )
