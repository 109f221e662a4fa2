"""The composition root of what is done with evidence that is stored (beside wiring.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.models.registry import load_detector
from litterwatch.service.cases.standing import with_cases
from litterwatch.service.db import Database
from litterwatch.service.events.service import as_unreviewed
from litterwatch.service.evidence.exporting import Workshop
from litterwatch.service.evidence.stamping import HttpAuthority, read_roots
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.learning.use import chosen_model
from litterwatch.service.reviews.standing import with_reviews
from litterwatch.service.settings import Settings, load_settings
from litterwatch.service.wiring import opened_database

standings = with_cases(with_reviews(as_unreviewed))
"""What has become of events, for the rules of retention."""


@contextmanager
def data_folder(
    folder: Path | None, settings_file: Path | None = None
) -> Iterator[tuple[Settings, Database]]:
    """The settings and the database of a data folder that is there; None for the settings' own.

    Raises:
        ConfigError: it is not, or a setting is wrong.
        StoreError: the database cannot be used.
    """
    settings = load_settings(settings_file, {"data_folder": folder} if folder else None)
    if not settings.data_folder.is_dir():
        where = settings.data_folder
        raise ConfigError(f"{where}: there is no such folder; name the --out of a scan.")
    with opened_database(settings, must_exist=True) as database:
        yield settings, database


@contextmanager
def evidence_store(settings: Settings, database: Database, clock: Clock) -> Iterator[EvidenceStore]:
    """The evidence of a data folder, held alone.

    Raises:
        Conflict: another process writes to it.
        EvidenceError: it cannot be used.
    """
    root, reserve = settings.data_folder, settings.evidence.reserve_bytes
    with EvidenceStore(root, database, clock, reserve_bytes=reserve).opened() as store:
        yield store


def stamp_authority(settings: Settings) -> HttpAuthority | None:
    """Whoever the settings name to stamp times; None for nobody.

    Raises:
        ConfigError: the certificates cannot be read.
    """
    custody = settings.custody
    if custody.timestamp_url is None or custody.timestamp_roots is None:
        return None
    return HttpAuthority(custody.timestamp_url, read_roots(custody.timestamp_roots))


def export_workshop(settings: Settings, database: Database, clock: Clock) -> Workshop:
    """What packages are made with; the model is loaded when one is made.

    Raises:
        ConfigError: the authority's certificates cannot be read.
    """
    analysis = settings.analysis

    def detector() -> ObjectDetector:
        model = chosen_model(settings)
        return load_detector(model, device=analysis.device, threads=analysis.threads)

    return Workshop(settings.data_folder, database, clock, detector, stamp_authority(settings))
