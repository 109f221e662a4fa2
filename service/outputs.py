"""What a scan leaves for people and programs: events.jsonl, summary.json, index.html.

Everything is taken from the database, so that a run that finds its work done already writes the
same as the run that did it. For each source the latest scan counts.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from litterwatch.detector.deposits.hypothesis import State
from litterwatch.detector.deposits.rejection import LAWFUL, REFUSALS
from litterwatch.detector.errors import ConfigError, EvidenceDiskFull, EvidenceError
from litterwatch.service.events.service import events_of
from litterwatch.service.events.tables import EventRow, FootageRow, FootageState
from litterwatch.service.evidence.disk import FULL
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.scan_report import Outcome, ScanReport

EVENTS_NAME: Final = "events.jsonl"
SUMMARY_NAME: Final = "summary.json"
PAGE_NAME: Final = "index.html"
TAKEN_BACK: Final = frozenset({State.RETRIEVED.value, State.RETRIEVED_LATE.value})
_BATCH: Final = 500  # rows named in one query; databases limit how many
_TIME_DIGITS, _BOX_DIGITS, _SCORE_DIGITS = 3, 1, 4
Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Found:
    """A suspected event with the rows around it."""

    event: EventRow
    footage: FootageRow
    files: Mapping[Role, EvidenceRow]


@dataclass(frozen=True, slots=True)
class Results:
    """What the database says: the latest scan of each source, and its events.

    Attributes:
        footage: by name of the source.
        events: by name of the source, then by time of release.
    """

    footage: tuple[FootageRow, ...]
    events: tuple[Found, ...]

    @property
    def seconds(self) -> float:
        return sum(footage_seconds(row) for row in self.footage)

    @property
    def tally(self) -> dict[str, int]:
        """What was not an event, by reason code."""
        total: Counter[str] = Counter()
        for row in self.footage:
            total.update({code: int(str(count)) for code, count in row.tally.items()})
        return dict(sorted(total.items()))


def read_results(session: Session) -> Results:
    """The latest scan of each file that was read, wholly or in part; every stretch of a camera."""
    read = select(FootageRow).where(
        or_(FootageRow.state == FootageState.DONE, FootageRow.frames_analysed > 0),
        FootageRow.state != FootageState.SCANNING,
    )
    latest: dict[str, FootageRow] = {}
    for row in session.scalars(read.order_by(FootageRow.finished_at, FootageRow.id)):
        latest[row.source if row.live_since is None else row.id] = row
    footage = tuple(sorted(latest.values(), key=lambda row: (row.source, row.started_at, row.id)))
    return Results(footage, tuple(_found(session, footage)))


def _found(session: Session, footage: Sequence[FootageRow]) -> list[Found]:
    by_id = {row.id: row for row in footage}
    events = [row for part in _batches(list(by_id)) for row in events_of(session, part)]
    files: dict[str, dict[Role, EvidenceRow]] = {}
    for part in _batches([event.id for event in events]):
        files.update(files_of(session, part))
    found = [Found(event, by_id[event.footage_id], files[event.id]) for event in events]
    return sorted(found, key=lambda f: (f.footage.source, f.event.t_release, f.event.id))


def _batches(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), _BATCH):
        yield entries[start : start + _BATCH]


def footage_seconds(row: FootageRow) -> float:
    """Length of what was read, s; from the frames where the file does not say."""
    if row.duration is not None:
        return row.duration
    return row.frames_decoded / row.fps if row.fps else 0.0


def event_object(found: Found) -> dict[str, Any]:
    """An event as it stands in events.jsonl; the order of the fields is part of the format."""
    event, footage, clip = found.event, found.footage, found.files.get(Role.CLIP)
    return {
        "event_id": event.id,
        "source": footage.source,
        "kind": str(event.kind),
        "state": str(event.state),
        "score": round(event.score, _SCORE_DIGITS),
        "t_enter": _time(event.t_enter),
        "t_release": _time(event.t_release),
        "t_confirmed": _time(event.t_confirmed),
        "box": rounded_box(event.box),
        "actor_box": rounded_box(event.actor_box),
        "zone": event.zone,
        "reasons": [_reason(reason) for reason in event.reasons],
        "clip": clip.path if clip else None,
        "sha256": clip.sha256 if clip else None,
        "model": {"name": footage.model_name, "sha256": footage.model_sha256},
        "config_sha256": footage.config_sha256,
        "t_provisional": _time(event.t_provisional),
        "t_actor_left": _time(event.t_actor_left),
        "actor_label": None if event.actor_label is None else str(event.actor_label),
        "actor_ambiguous": event.actor_ambiguous,
        "n_items": event.n_items,
        "clip_from": _time(clip.t_start) if clip else None,
        "clip_to": _time(clip.t_end) if clip else None,
    }


def _time(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, _TIME_DIGITS)


def rounded_box(box: Sequence[Any] | None) -> list[float] | None:
    """[x, y, w, h] to a tenth of a pixel."""
    return None if box is None else [round(float(value), _BOX_DIGITS) for value in box]


def _reason(reason: Any) -> dict[str, Any]:
    detail = {
        key: round(value, _TIME_DIGITS) if isinstance(value, float) else value
        for key, value in sorted(reason["detail"].items())
    }
    return {"code": reason["code"], "t": _time(reason["media_time"]), "detail": detail}


def events_text(results: Results) -> str:
    """The content of events.jsonl: one object a line."""
    lines = [json.dumps(event_object(found), ensure_ascii=False) for found in results.events]
    return "".join(line + "\n" for line in lines)


def summary_object(results: Results, report: ScanReport, version: str) -> dict[str, Any]:
    """The content of summary.json: everything in the folder, then what this run did."""
    seconds = results.seconds
    read_now = sum(file.seconds for file in report.files)
    return {
        "litterwatch": version,
        "footage_seconds": round(seconds, 3),
        "wall_seconds": round(report.wall_seconds, 3),
        "times_real_time": _speed(read_now, report.wall_seconds),
        "frames": {
            "decoded": sum(row.frames_decoded for row in results.footage),
            "analysed": sum(row.frames_analysed for row in results.footage),
            "inferred": sum(row.frames_inferred for row in results.footage),
        },
        "files": {
            "read": report.count(Outcome.READ),
            "already_done": report.count(Outcome.ALREADY_DONE),
            "failed": report.count(Outcome.FAILED),
        },
        "failed": [{"source": file.name, "why": file.why} for file in report.problems],
        "events": {
            "total": len(results.events),
            **_counts("by_state", [str(found.event.state) for found in results.events]),
            **_counts("by_kind", [str(found.event.kind) for found in results.events]),
        },
        "not_events": not_events(results.tally),
        "stopped": report.stopped,
    }


def not_events(tally: Mapping[str, int]) -> dict[str, Any]:
    """What was looked at and was no event: taken back, lawful, refused, or followed no further."""
    taken_back = sum(tally.get(code, 0) for code in TAKEN_BACK)
    lawful = sum(tally.get(code, 0) for code in LAWFUL)
    refused = sum(tally.get(code, 0) for code, _ in REFUSALS if code not in LAWFUL)
    return {
        "taken_back": taken_back,
        "lawful": lawful,
        "refused": refused,
        "other": sum(tally.values()) - taken_back - lawful - refused,
        "by_reason": dict(tally),
    }


def _speed(seconds: float, wall_seconds: float) -> float | None:
    return round(seconds / wall_seconds, 2) if seconds and wall_seconds > 0 else None


def _counts(name: str, values: Sequence[str]) -> dict[str, dict[str, int]]:
    return {name: dict(sorted(Counter(values).items()))}


def make_folder(path: Path) -> None:
    """Make a folder for results, with those above it.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {path} cannot be made ({error.strerror}): choose another."
        ) from error


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, finds the old content or the new, never a part.

    Raises:
        EvidenceDiskFull: no room; the old content stands.
        EvidenceError: the folder cannot be written.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):  # the disk refused already; the part is overwritten next time
            temporary.unlink(missing_ok=True)
        if error.errno in FULL:
            raise EvidenceDiskFull(
                f"No room to write {path}: free space, then run the same command again."
            ) from error
        raise EvidenceError(
            f"Cannot write {path} ({error.strerror}): check the folder and its permissions."
        ) from error
