"""Pictures of what the machine passed over, drawn by lot: so that misses are seen.

Reviewers see alarms only, and a model trained on what they say would never learn what it misses.
Of everything that became no event, and of everybody who stayed a while, a small share is kept as a
picture; the lot depends on the footage and the moment alone, so another run draws the same.
The pictures are no evidence: they go when they are old or when there are too many.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceUnavailable
from litterwatch.detector.protocols import ClipSource, Clock
from litterwatch.detector.tracking.dwells import CODE as DWELL
from litterwatch.detector.types import PassedOver
from litterwatch.labelling.records import Origin
from litterwatch.labelling.selection import is_drawn
from litterwatch.service.canonical import sha256_of
from litterwatch.service.db import Database
from litterwatch.service.events.tables import FootageRow
from litterwatch.service.evidence.stills import jpeg
from litterwatch.service.labels.pictures import write_derived
from litterwatch.service.labels.tables import CandidateRow
from litterwatch.service.settings import LabelSettings

FOLDER: Final = "candidates"
"""Where the pictures lie in the data folder."""


@dataclass(frozen=True, slots=True)
class Draw:
    """How many, and where they go.

    Attributes:
        settings: shares and limits.
        root: the data folder.
        clock: when.
    """

    settings: LabelSettings
    root: Path
    clock: Clock


def keep_candidates(
    database: Database,
    draw: Draw,
    footage_id: str,
    clips: ClipSource,
    passed: Iterable[PassedOver],
) -> int:
    """Keep a picture of those on whom the lot falls; how many are new.

    Footage that cannot be had any more costs the picture and nothing else.

    Raises:
        EvidenceError: a picture cannot be written.
        StoreError: the database refused.
    """
    share = draw.settings.audit_share
    falls = [one for one in passed if is_drawn(_key(footage_id, one), share)]
    return keep_drawn(database, draw, footage_id, clips, falls)


def keep_drawn(
    database: Database,
    draw: Draw,
    footage_id: str,
    clips: ClipSource,
    passed: Iterable[PassedOver],
) -> int:
    """Keep a picture of each, on whom the lot has fallen already; how many are new.

    Raises:
        EvidenceError: a picture cannot be written.
        StoreError: the database refused.
    """
    drawn = {_key(footage_id, one): one for one in passed}
    if not drawn:
        return 0
    with database.reading() as session:
        known = set(
            session.scalars(select(CandidateRow.id).where(CandidateRow.id.in_(list(drawn))))
        )
    fresh = [
        row
        for key, one in sorted(drawn.items())
        if key not in known and (row := _kept(draw, footage_id, clips, key, one)) is not None
    ]
    with database.writing() as session:
        session.add_all(fresh)
        session.flush()
        prune_candidates(session, draw)
    return len(fresh)


def _kept(
    draw: Draw, footage_id: str, clips: ClipSource, key: str, one: PassedOver
) -> CandidateRow | None:
    try:
        content = jpeg(clips.still(one.media_time))
    except EvidenceUnavailable:
        return None
    path = f"{FOLDER}/{key[:2]}/{key}.jpg"
    write_derived(draw.root / path, content)
    return CandidateRow(
        id=key,
        footage_id=footage_id,
        origin=Origin.RANDOM_DWELL if one.code == DWELL else Origin.BELOW_THRESHOLD,
        code=one.code,
        score=one.score,
        actor_label=one.label,
        media_time=one.media_time,
        box=list(one.box.xywh()),
        share=draw.settings.audit_share,
        path=path,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_at=draw.clock.now(),
    )


def falls_on(camera_id: str, one: PassedOver, share: float) -> bool:
    """Whether the lot falls on what a live camera passed over: drawn where it was seen.

    Args:
        camera_id: of the camera; its media time never comes again.
        one: what was passed over.
        share: probability with which it is drawn.
    """
    return is_drawn(_key(camera_id, one), share)


def prune_candidates(session: Session, draw: Draw) -> int:
    """Delete pictures that are too old, too many, or too large together; how many that were.

    The file goes before the transaction ends: a picture may be missing, never left behind.
    """
    standing = (
        select(CandidateRow, FootageRow.source)
        .join(FootageRow, FootageRow.id == CandidateRow.footage_id)
        .where(CandidateRow.removed_at.is_(None))
        .order_by(CandidateRow.created_at.desc(), CandidateRow.id)
    )
    oldest = draw.clock.now() - timedelta(days=draw.settings.audit_days)
    gone, bytes_of = [], Counter[str]()
    for number, (row, source) in enumerate(session.execute(standing)):
        bytes_of[source] += row.size
        if (
            number >= draw.settings.audit_pictures
            or row.created_at < oldest
            or bytes_of[source] > draw.settings.audit_bytes
        ):
            gone.append(row)
    for row in gone:
        (draw.root / row.path).unlink(missing_ok=True)
        row.removed_at = draw.clock.now()
    return len(gone)


def _key(footage_id: str, one: PassedOver) -> str:
    return sha256_of([footage_id, one.code, one.media_time, list(one.box)])[:32]
