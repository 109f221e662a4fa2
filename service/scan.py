"""Reads many files of footage, one after the other, each whole or not at all.

A file is the unit of work: its events, with their evidence, are stored when it has been read to
its end, and then it is marked done. What a stop, a crash or a power cut leaves unfinished is read
again from its start; the same footage gives the same events under the same ids, so nothing is
stored twice. A file that cannot be read never stops the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from litterwatch.camera_adapters.clips import RecordedFootage
from litterwatch.camera_adapters.masking import Masks, Outlines
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.video_info import StreamInfo, probe
from litterwatch.detector.errors import (
    EvidenceDiskFull,
    LitterwatchError,
    SourceError,
    SourceUnavailable,
)
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.service.db import Database
from litterwatch.service.events.service import (
    EvidenceSink,
    ScanResult,
    begin_footage,
    fail_footage,
    finish_footage,
)
from litterwatch.service.events.tables import FootageRow, FootageState
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.footage_files import FootageFile, Unusable
from litterwatch.service.labels.candidates import Draw, keep_candidates
from litterwatch.service.remembering.chain import Apart, Order
from litterwatch.service.runtime.batch import Hooks, Judge, StopRequested, Watch, Watched
from litterwatch.service.scan_report import (
    INTERRUPTED,
    FileOutcome,
    Listener,
    Outcome,
    ScanReport,
    SilentListener,
)
from litterwatch.service.settings import EvidenceSettings, LabelSettings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What is the same for every file of a scan.

    Attributes:
        rate: pictures analysed a second of media time; None is every picture.
        long_side: of the analysis picture, px.
        config_sha256: digest of everything the events depend on.
        software: our version.
        evidence: how much is kept of an event.
        config: what `config_sha256` is the digest of.
        infer_every_frame: the detector looks at every analysed picture (for measurements).
        started_at: when the footage began, aware; None where nobody knows.
        labels: how much of what became no event is kept to be looked at.
        masks: outlines of what is black in everything that is kept and looked at.
    """

    rate: float | None
    long_side: int
    config_sha256: str
    software: str
    evidence: EvidenceSettings
    config: Mapping[str, Any] = field(default_factory=dict)
    infer_every_frame: bool = False
    started_at: datetime | None = None
    labels: LabelSettings = field(default_factory=LabelSettings)
    masks: Outlines = ()


@dataclass(slots=True)
class Scan:
    """Scans files into one data folder.

    Args:
        plan: what is the same for every file.
        detector: the neural network.
        new_judge: makes a fresh pipeline for each file, whose name it is given.
        database: its tables are there.
        store: opened.
        clock: the host's time.
        listener: hears how it goes on.
        is_stopping: asked before every frame.
        chain: what one file has to do with the next: nothing, or they are one camera's.
    """

    plan: ScanPlan
    detector: ObjectDetector
    new_judge: Callable[[str], Judge]
    database: Database
    store: EvidenceStore
    clock: Clock
    listener: Listener = field(default_factory=SilentListener)
    is_stopping: Callable[[], bool] = lambda: False
    chain: Order = field(default_factory=Apart)

    def run(self, files: Sequence[FootageFile], unusable: Sequence[Unusable] = ()) -> ScanReport:
        """Read every file that is not done yet.

        Raises:
            ModelError: the detector failed.
            EvidenceError: evidence cannot be stored, other than for want of room.
            StoreError: the database refused.
        """
        started = self.clock.monotonic()
        outcomes = [FileOutcome(each.name, Outcome.FAILED, each.why) for each in unusable]
        for outcome in outcomes:
            self.listener.file_finished(outcome)
        stopped: str | None = None
        try:
            for file, info in self._openable(files, outcomes):
                outcomes.append(self._guarded(file, info))
                self.listener.file_finished(outcomes[-1])
        except StopRequested:
            stopped = INTERRUPTED
        except EvidenceDiskFull as error:
            stopped = str(error)
        outcomes.sort(key=lambda outcome: outcome.name)
        return ScanReport(tuple(outcomes), self.clock.monotonic() - started, stopped)

    def _openable(
        self, files: Sequence[FootageFile], outcomes: list[FileOutcome]
    ) -> list[tuple[FootageFile, StreamInfo]]:
        """The files that hold video, with what they are; the others go to `outcomes`."""
        found: list[tuple[FootageFile, StreamInfo]] = []
        for file in files:
            if self.is_stopping():
                raise StopRequested
            try:
                found.append((file, probe(file.path)))
            except SourceError as error:
                outcomes.append(FileOutcome(file.name, Outcome.FAILED, str(error)))
                self.listener.file_finished(outcomes[-1])
        self.listener.planned(len(found), sum(info.duration or 0.0 for _, info in found))
        return found

    def _guarded(self, file: FootageFile, info: StreamInfo) -> FileOutcome:
        """One file; a fault of ours on one file must not cost the others."""
        self.chain.arrive(file.path.parent)
        try:
            return self._one(file, info)
        except SourceError as error:  # gone between two looks: a stick that was pulled out
            return FileOutcome(file.name, Outcome.FAILED, str(error))
        except (LitterwatchError, StopRequested):
            raise
        except Exception as error:  # noqa: BLE001 - outermost loop of a worker; logged and reported
            _log.exception("a fault inside litterwatch", source=file.name)
            why = (
                f"A fault inside litterwatch ({type(error).__name__}: {error}); the file may be"
                " sound, please report it with the lines above."
            )
            return FileOutcome(file.name, Outcome.FAILED, why)

    def _one(self, file: FootageFile, info: StreamInfo) -> FileOutcome:
        self.listener.file_started(file.name, info.duration)
        started = self.clock.monotonic()
        try:
            footage = self._identified(file, info)
            with self.database.writing() as session:
                row = begin_footage(session, self.clock, footage)
                if row.state is FootageState.DONE:
                    self.chain.done(footage.id)
                    return FileOutcome(file.name, Outcome.ALREADY_DONE, row.error)
            source = self._source(file)
        except SourceError as error:
            return FileOutcome(file.name, Outcome.FAILED, str(error))
        judge = self.chain.judge(self.new_judge(source.camera_id), self.plan.config_sha256)
        try:
            watched = self._watch(source, judge)
        except SourceError as error:
            self._fail(footage, str(error))
            self.chain.broken()
            return FileOutcome(file.name, Outcome.FAILED, str(error))
        self._keep(file, footage, watched)
        self.chain.keep(footage.id, judge, self.plan.config_sha256)
        wall = self.clock.monotonic() - started
        outcome = self._record(file, footage, source, watched, wall)
        if watched.broken_off is None:
            self.chain.done(footage.id)
        else:
            self.chain.broken()
        return outcome

    def _identified(self, file: FootageFile, info: StreamInfo) -> Footage:
        try:
            size, sha256 = file.path.stat().st_size, sha256_of_file(file.path)
        except OSError as error:
            raise SourceUnavailable(
                f"The file cannot be read ({error.strerror}): check the disk it lies on."
            ) from error
        return Footage(
            source=file.name,
            sha256=sha256,
            config_sha256=self.chain.config_of(self.plan.config_sha256),
            model_name=self.detector.name,
            model_sha256=self.detector.sha256,
            software=self.plan.software,
            size=size,
            duration=info.duration,
            codec=info.codec,
            width=info.width,
            height=info.height,
            fps=info.fps,
            rotation=info.rotation,
            captured_from=self.plan.started_at,
        )

    def _source(self, file: FootageFile) -> RecordedSource:
        return RecordedSource(
            file.path,
            camera_id=file.name,
            rate=self.plan.rate,
            long_side=self.plan.long_side,
            start_time=self.plan.started_at,
            masks=Masks(self.plan.masks),
        )

    def _watch(self, source: RecordedSource, judge: Judge) -> Watched:
        """Steps 1 to 6."""
        hooks = Hooks(self.listener.at, self.is_stopping)
        _log.info("scanning", source=source.camera_id, codec=source.info.codec)
        watch = Watch(source, judge, self.detector, self.plan.infer_every_frame, hooks=hooks)
        return watch.run()

    def _keep(self, file: FootageFile, footage: Footage, watched: Watched) -> None:
        """Steps 7 and 8 for every event of a file; a few pictures of what became none."""
        self._keep_passed(file, footage, watched)
        if not watched.events:
            return
        sink = EvidenceSink(
            self.database,
            self.store,
            self.clock,
            footage=footage,
            clips=RecordedFootage(file.path, Masks(self.plan.masks)),
            settings=self.plan.evidence,
        )
        for event in watched.events:
            sink.accept(event)

    def _keep_passed(self, file: FootageFile, footage: Footage, watched: Watched) -> None:
        draw = Draw(self.plan.labels, self.store.root, self.clock)
        clips = RecordedFootage(file.path, Masks(self.plan.masks))
        keep_candidates(self.database, draw, footage.id, clips, watched.passed)

    def _record(
        self,
        file: FootageFile,
        footage: Footage,
        source: RecordedSource,
        watched: Watched,
        wall_seconds: float,
    ) -> FileOutcome:
        result = ScanResult(
            decoded=source.decoded,
            analysed=watched.analysed,
            inferred=watched.inferred,
            wall_seconds=wall_seconds,
            gaps=source.gaps,
            tally=watched.tally,
        )
        why = _what_is_missing(source, watched)
        with self.database.writing() as session:
            if watched.broken_off is not None:
                fail_footage(session, self.clock, footage.id, why or "", result)
            else:
                finish_footage(session, self.clock, footage.id, result)
                # Read as far as it goes: doing it again would give the same.
                session.get_one(FootageRow, footage.id).error = why
        outcome = Outcome.FAILED if why else Outcome.READ
        return FileOutcome(file.name, outcome, why, watched.seconds, len(watched.events))

    def _fail(self, footage: Footage, why: str) -> None:
        with self.database.writing() as session:
            fail_footage(session, self.clock, footage.id, why)


def _what_is_missing(source: RecordedSource, watched: Watched) -> str | None:
    if watched.broken_off is not None:
        return f"Reading stopped after {watched.seconds:.0f} s: {watched.broken_off}"
    if source.truncated:
        return (
            f"The file breaks off after {watched.seconds:.0f} s: what was before is done;"
            " copy the file again if the recorder has all of it."
        )
    return None
