"""Step 7, keep: files made durable. Step 8, record: their rows, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceUnavailable
from litterwatch.detector.protocols import ClipSource, Clock
from litterwatch.detector.types import Clip, Event, Image
from litterwatch.service.canonical import JsonValue
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.evidence.envelope import Signed
from litterwatch.service.evidence.keys import SigningKey
from litterwatch.service.evidence.manifest import Footage, manifest
from litterwatch.service.evidence.signing import sign
from litterwatch.service.evidence.stills import actor_crop, jpeg
from litterwatch.service.evidence.store import EvidenceFolder, StoredFile, forget_garbage
from litterwatch.service.evidence.tables import EvidenceRow, GarbageRow, Role
from litterwatch.service.evidence.window import clip_window, still_moments
from litterwatch.service.settings import EvidenceSettings

SEALED: Final = "evidence.sealed"
"""Custody action: these files of this event were stored with these hashes."""

DELETED: Final = "evidence.deleted"
"""Custody action: these files were deleted, because their time was over."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Files that are durable and wait for their rows.

    Attributes:
        files: what there is, the manifest last.
        missing: why a file could not be made, by role; the event stands without it.
        declared: every path with a garbage row.
    """

    files: tuple[StoredFile, ...]
    missing: dict[str, str]
    declared: tuple[str, ...]


def keep(
    folder: EvidenceFolder,
    event: Event,
    footage: Footage,
    *,
    clips: ClipSource,
    settings: EvidenceSettings,
) -> Kept:
    """Cut the clip, take the stills, write the manifest.

    Footage that cannot be had any more costs the file it would have become, not the event: the
    manifest names what is missing.

    Raises:
        EvidenceDiskFull: no room; nothing is recorded.
        EvidenceError: the disk refused.
    """
    keeper = _Keeper(folder, clips)
    window = clip_window(event, settings)
    clip = keeper.clip(window.start, window.end)
    moments = still_moments(event)
    keeper.still(Role.STILL_BEFORE, moments.before)
    act = keeper.still(Role.STILL_ACT, moments.act)
    keeper.still(Role.STILL_AFTER, moments.after)
    if act is not None and event.actor_box is not None:
        crop = actor_crop(act, event.actor_box)
        if crop is not None:
            keeper.picture(Role.ACTOR, crop, moments.act)
    text = manifest(
        event, footage, keeper.files, clip=clip, window=window, missing=sorted(keeper.missing)
    )
    files = (*keeper.files, folder.write(Role.MANIFEST, text))
    return Kept(files, keeper.missing, folder.declared)


def shows_more(kept: Kept, shown: tuple[float, float]) -> bool:
    """Whether the clip among these files begins no later than an earlier one, and goes on longer.

    Args:
        kept: what was cut anew.
        shown: media times of the earlier clip, s.
    """
    spans = [(file.t_start, file.t_end) for file in kept.files if file.role is Role.CLIP]
    return any(
        start is not None and end is not None and start <= shown[0] and end > shown[1]
        for start, end in spans
    )


class _Keeper:
    """Collects the files of one event, and why some are missing."""

    def __init__(self, folder: EvidenceFolder, clips: ClipSource) -> None:
        self._folder = folder
        self._clips = clips
        self.files: list[StoredFile] = []
        self.missing: dict[str, str] = {}

    def clip(self, start: float, end: float) -> Clip | None:
        def cut(into: Path) -> Clip:
            return self._clips.cut(start, end, into)

        try:
            file, clip = self._folder.cut(cut)
        except EvidenceUnavailable as error:
            self.missing[Role.CLIP] = str(error)
            return None
        self.files.append(file)
        return clip

    def still(self, role: Role, media_time: float) -> Image | None:
        try:
            image = self._clips.still(media_time)
        except EvidenceUnavailable as error:
            self.missing[role] = str(error)
            return None
        self.picture(role, image, media_time)
        return image

    def picture(self, role: Role, image: Image, media_time: float) -> None:
        self.files.append(self._folder.write(role, jpeg(image), (media_time, media_time)))


def seal(
    session: Session, clock: Clock, event_id: str, version: str, kept: Kept, *, key: SigningKey
) -> None:
    """Add the rows that vouch for an event's files; earlier files of the event become garbage.

    The event's row must be in the same transaction. The manifest, which names every file with its
    hash, is signed.
    """
    now = clock.now()
    earlier = session.scalars(
        select(EvidenceRow.path).where(EvidenceRow.event_id == event_id)
    ).all()
    session.execute(delete(EvidenceRow).where(EvidenceRow.event_id == event_id))
    forget_garbage(session, kept.declared)
    session.add_all(
        GarbageRow(path=path, reason="a later state of the event was stored", created_at=now)
        for path in earlier
    )
    session.add_all(
        EvidenceRow(
            path=file.path,
            event_id=event_id,
            role=file.role,
            size=file.size,
            sha256=file.sha256,
            media_type=file.media_type,
            t_start=file.t_start,
            t_end=file.t_end,
            created_at=now,
        )
        for file in kept.files
    )
    manifest_sha256 = kept.files[-1].sha256
    sign(session, clock, key, kind=Signed.MANIFEST, subject=event_id, sha256_hex=manifest_sha256)
    detail: dict[str, JsonValue] = {
        "version": version,
        "manifest": manifest_sha256,
        "key": key.id,
        "files": {file.path: file.sha256 for file in kept.files},
        "missing": kept.missing,
        "superseded": list(earlier),
    }
    append_custody(session, clock, action=SEALED, subject=event_id, detail=detail)


_FILES: Final = select(EvidenceRow).where(
    EvidenceRow.event_id.in_(bindparam("events", expanding=True))
)


def files_of(session: Session, event_ids: Sequence[str]) -> dict[str, dict[Role, EvidenceRow]]:
    """The evidence of each event, by role."""
    found: dict[str, dict[Role, EvidenceRow]] = {event_id: {} for event_id in event_ids}
    for row in session.scalars(_FILES, {"events": event_ids}):
        found[row.event_id][row.role] = row
    return found
