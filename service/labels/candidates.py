"""Pictures of what the machine passed over, drawn by lot: so that misses are seen.

Reviewers see alarms only, and a model trained on what they say would never learn what it misses.
Of everything that became no event, and of everybody who stayed a while, a small share is kept as a
picture; the lot depends on the footage and the moment alone, so another run draws the same.
The pictures are no evidence: they go when they are old or when there are too many.
"""

import hashlib
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
    drawn = {_key(footage_id, one): one for one in passed}
    drawn = {key: one for key, one in drawn.items() if is_drawn(key, share)}
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


def prune_candidates(session: Session, draw: Draw) -> int:
    """Delete pictures that are too old or too many; how many that were.

    The file goes before the transaction ends: a picture may be missing, never left behind.
    """
    standing = select(CandidateRow).where(CandidateRow.removed_at.is_(None))
    rows = session.scalars(standing.order_by(CandidateRow.created_at.desc(), CandidateRow.id)).all()
    oldest = draw.clock.now() - timedelta(days=draw.settings.audit_days)
    gone = [
        row
        for number, row in enumerate(rows)
        if number >= draw.settings.audit_pictures or row.created_at < oldest
    ]
    for row in gone:
        (draw.root / row.path).unlink(missing_ok=True)
        row.removed_at = draw.clock.now()
    return len(gone)


def _key(footage_id: str, one: PassedOver) -> str:
    return sha256_of([footage_id, one.code, one.media_time, list(one.box)])[:32]
