"""The composition root: settings in, running things out. Nothing else builds them."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import cv2

import litterwatch
import litterwatch.detector as detector_package
from litterwatch.detector.change.stabiliser import StabiliserParameters
from litterwatch.detector.change.view import ChangeParameters
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.score import BIAS, WEIGHTS
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.detector.tracking.tracker import TrackerParameters
from litterwatch.detector.types import Site, ZoneKind
from litterwatch.models.registry import load_detector
from litterwatch.service.canonical import sha256_of
from litterwatch.service.clock import SystemClock
from litterwatch.service.configurations import keep_configuration
from litterwatch.service.days_off import days_off, on_calendar
from litterwatch.service.db import Database
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.footage_files import DATABASE_NAME, find_footage
from litterwatch.service.learning.judges import judges_of
from litterwatch.service.learning.use import Lessons, chosen_model
from litterwatch.service.local_time import LOCAL
from litterwatch.service.outputs import (
    EVENTS_NAME,
    PAGE_NAME,
    SUMMARY_NAME,
    event_object,
    events_text,
    read_results,
    summary_object,
    write_whole,
)
from litterwatch.service.remembering.chain import Apart, Chain
from litterwatch.service.remembering.memory import FOLDER as MEMORY_FOLDER
from litterwatch.service.report.content import PageHeading
from litterwatch.service.report.contents import page_content
from litterwatch.service.report.page import render_page
from litterwatch.service.scan import Scan, ScanPlan
from litterwatch.service.scan_report import Listener, ScanReport
from litterwatch.service.settings import Settings
from litterwatch.service.site_file import load_site

LONG_SIDE: Final = 640
"""Long side of the analysis picture, px; smaller pictures are not enlarged."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What somebody wants scanned, and how.

    Attributes:
        paths: files and folders.
        settings: the whole tree; `data_folder` is where results go.
        site_file: SITE.toml, None for one no_dump zone over the whole picture.
        rate: pictures analysed a second; 0 is every picture, None leaves it to the settings.
        infer_every_frame: the detector looks at every analysed picture (for measurements).
        started_at: when the footage began, aware; for one file only. None where nobody knows.
        is_continuous: the files of a folder are one camera's, in the order of their names.
    """

    paths: Sequence[Path]
    settings: Settings
    site_file: Path | None = None
    rate: float | None = None
    infer_every_frame: bool = False
    started_at: datetime | None = None
    is_continuous: bool = False


@dataclass(frozen=True, slots=True)
class ScanDone:
    """What a scan came to.

    Attributes:
        folder: where everything lies.
        report: what this run did.
        events: every event in the folder, as in events.jsonl.
        summary: as in summary.json.
        notes: what of the site file could not be applied, one sentence each.
    """

    folder: Path
    report: ScanReport
    events: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any]
    notes: Sequence[str] = ()


def scan_footage(
    request: ScanRequest,
    listener: Listener,
    is_stopping: Callable[[], bool],
    *,
    clock: Clock | None = None,
    detector: ObjectDetector | None = None,
) -> ScanDone:
    """Scan footage into a data folder and write what people read.

    Args:
        request: what and how.
        listener: hears how it goes on.
        is_stopping: true stops at the next frame; what is finished is kept and written.
        clock: the host's, unless a test owns the time.
        detector: loaded by the settings, unless given.

    Raises:
        ConfigError: the site file, a setting or the folder cannot be used.
        ModelError: the model cannot be loaded or fails.
        EvidenceError: nothing can be written.
        StoreError: the database refused.
    """
    clock = clock or SystemClock()
    site = load_site(request.site_file) if request.site_file else Site()
    files, unusable = find_footage(request.paths)
    if request.started_at is not None and len(files) != 1:
        raise ConfigError(f"--start tells when one file began; these are {len(files)} files.")
    # OpenCV's own threads only get in the way of the decoder's and the detector's.
    cv2.setNumThreads(1)
    with opened_folder(request.settings, clock) as (database, store):
        with database.reading() as session:
            site = on_calendar(site, days_off(session))
        with (
            detector_of(request.settings, detector) as eyes,
            judges_of(request.settings, clock) as judges,
        ):
            plan = scan_plan(request, site, eyes, judges.lessons)
            keep_configuration(request.settings.data_folder, plan.config)
            scan = Scan(
                plan,
                eyes,
                lambda source: judges.judge(source, site),
                database,
                store,
                clock,
                listener,
                is_stopping,
                _chain(request, plan) if request.is_continuous else Apart(),
            )
            report = scan.run(files, unusable)
        heading = PageHeading(
            site.id,
            eyes.name,
            eyes.sha256,
            plan.config_sha256,
            plan.software,
            is_masked=bool(site.masks),
        )
        notes = notes_on(site, request.started_at)
        return _written(request.settings.data_folder, database, report, heading, notes)


def notes_on(site: Site, started_at: datetime | None) -> list[str]:
    """What of a site could not be applied, for people."""
    timed = [zone.id for zone in site.zones if zone.rounds or zone.permitted]
    if not timed or started_at is not None:
        return []
    note = (
        "Nobody knows at which hour this footage was taken: hours and collection rounds of"
        f" {', '.join(timed)} were not applied, and nothing left there is held against anybody."
        " Give --start."
    )
    return [note]


def _chain(request: ScanRequest, plan: ScanPlan) -> Chain:
    folder = request.settings.data_folder / MEMORY_FOLDER / "scan"
    return Chain(folder, 1 / (plan.rate or request.settings.analysis.rate))


def scan_plan(
    request: ScanRequest, site: Site, detector: ObjectDetector, learned: Lessons
) -> ScanPlan:
    """How every file is to be looked at, and the digest of all that the events depend on."""
    analysis = request.settings.analysis
    has_road = any(zone.kind is ZoneKind.ROAD for zone in site.zones)
    usual = analysis.road_rate if has_road else analysis.rate
    rate = usual if request.rate is None else request.rate or None
    evidence = request.settings.evidence
    config = {
        "engine": engine_parameters(),
        "engine_code": engine_code(),
        **learned.digest(),
        "site": asdict(site),
        "rate": rate,
        "long_side": LONG_SIDE,
        "infer_every_frame": request.infer_every_frame,
        "started_at": None
        if request.started_at is None
        else request.started_at.astimezone(LOCAL).isoformat(),
        "model": detector.sha256,
        "evidence": evidence.model_dump(exclude={"reserve_bytes"}),
        "continuous": request.is_continuous,
    }
    return ScanPlan(
        rate=rate,
        long_side=LONG_SIDE,
        config_sha256=sha256_of(config),
        software=litterwatch.__version__,
        evidence=evidence,
        config=config,
        infer_every_frame=request.infer_every_frame,
        # On the local clock, because permitted hours are compared with its hour.
        started_at=request.started_at.astimezone(LOCAL) if request.started_at else None,
        labels=request.settings.labels,
        masks=site.masks,
    )


def engine_parameters() -> dict[str, Any]:
    """Every number the judgement rests on that is not a setting, for the digest."""
    parts = (DepositParameters(), TrackerParameters(), ChangeParameters(), StabiliserParameters())
    numbers: dict[str, Any] = {type(part).__name__: asdict(part) for part in parts}
    return {**numbers, "score": {"bias": BIAS, "weights": dict(WEIGHTS)}}


def engine_code() -> str:
    """SHA-256 over the detector's own source: another engine may find other events."""
    digest = hashlib.sha256()
    root = Path(detector_package.__file__).parent
    for file in sorted(root.rglob("*.py"), key=lambda file: file.relative_to(root).as_posix()):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


@contextmanager
def detector_of(settings: Settings, given: ObjectDetector | None) -> Iterator[ObjectDetector]:
    """The detector; one that was given belongs to the giver and stays open."""
    if given is not None:
        yield given
        return
    analysis = settings.analysis
    detector = load_detector(
        chosen_model(settings), device=analysis.device, threads=analysis.threads
    )
    try:
        yield detector
    finally:
        detector.close()


def desk_detector(settings: Settings) -> ObjectDetector:
    """The detector that proposes boxes at the desk, and blurs people in what it prints.

    Raises:
        ModelError: it cannot be loaded.
    """
    model, analysis = chosen_model(settings), settings.analysis
    return load_detector(model, device=analysis.device, threads=analysis.threads)


@contextmanager
def opened_folder(settings: Settings, clock: Clock) -> Iterator[tuple[Database, EvidenceStore]]:
    """The data folder, made if needed, held alone, its database at this version."""
    root = settings.data_folder
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {root} cannot be made ({error.strerror}): choose another with --out."
        ) from error
    with opened_database(settings) as database:
        reserve = settings.evidence.reserve_bytes
        with EvidenceStore(root, database, clock, reserve_bytes=reserve).opened() as store:
            yield database, store


@contextmanager
def opened_database(settings: Settings, *, must_exist: bool = False) -> Iterator[Database]:
    """The database of a data folder, its tables at this version.

    Raises:
        ConfigError: `must_exist` and there is none.
        StoreError: it cannot be used.
    """
    file = settings.data_folder / DATABASE_NAME
    if must_exist and settings.database.url is None and not file.is_file():
        raise ConfigError(f"{file}: there is no such database; name the --out of a scan.")
    database = Database(settings.database_url())
    try:
        database.upgrade()
        yield database
    finally:
        database.close()


def _written(
    folder: Path,
    database: Database,
    report: ScanReport,
    heading: PageHeading,
    notes: Sequence[str],
) -> ScanDone:
    """The files for people and programs; written even if the scan was stopped."""
    with database.reading() as session:
        results = read_results(session)
        summary = {**summary_object(results, report, heading.version), "notes": list(notes)}
        write_whole(folder / EVENTS_NAME, events_text(results))
        text = json.dumps(summary, ensure_ascii=False, indent=2)
        write_whole(folder / SUMMARY_NAME, text + "\n")
        write_whole(folder / PAGE_NAME, render_page(page_content(results, report, heading)))
        lines = [event_object(found) for found in results.events]
    return ScanDone(folder, report, lines, summary, notes)
