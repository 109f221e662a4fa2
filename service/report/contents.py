"""From the rows of the database to the content of the page."""

from typing import Any, Final

from litterwatch.service.events.tables import FootageRow
from litterwatch.service.evidence.tables import Role
from litterwatch.service.outputs import Found, Results, footage_seconds
from litterwatch.service.report.content import (
    ClipShown,
    EventShown,
    FileShown,
    PageContent,
    PageHeading,
    PixelBox,
    ReasonShown,
    StillShown,
)
from litterwatch.service.scan_report import ScanReport

_STILLS: Final = {
    Role.STILL_BEFORE: "before",
    Role.STILL_ACT: "act",
    Role.STILL_AFTER: "after",
}


def page_content(results: Results, report: ScanReport, heading: PageHeading) -> PageContent:
    """What the page says after a scan.

    Args:
        results: everything in the folder.
        report: what this scan did; names the files that could not be read.
        heading: who judged.
    """
    events: dict[str, int] = {}
    for found in results.events:
        events[found.footage.id] = events.get(found.footage.id, 0) + 1
    read = tuple(_file_shown(row, events.get(row.id, 0)) for row in results.footage)
    failed = tuple(FileShown(file.name, 0.0, 0, file.why) for file in report.problems)
    return PageContent(
        events=tuple(event_shown(found) for found in results.events),
        files=read + failed,
        tally=results.tally,
        heading=heading,
    )


def _file_shown(row: FootageRow, events: int) -> FileShown:
    size = f"{row.width}×{row.height}"
    rate = f"{row.fps:.4g} fps" if row.fps else ""
    parts = [part for part in (size, rate, row.codec or "") if part]
    return FileShown(row.source, footage_seconds(row), events, None, " · ".join(parts))


def event_shown(found: Found) -> EventShown:
    """What there is to say about one event."""
    event, footage, files = found.event, found.footage, found.files
    return EventShown(
        event_id=event.id,
        source=footage.source,
        kind=str(event.kind),
        state=str(event.state),
        score=event.score,
        t_enter=event.t_enter,
        t_release=event.t_release,
        t_confirmed=event.t_confirmed,
        t_actor_left=event.t_actor_left,
        box=_box(event.box),
        actor_box=_box(event.actor_box),
        actor_label=str(event.actor_label) if event.actor_label else None,
        zone=event.zone,
        n_items=event.n_items,
        features={name: float(str(value)) for name, value in event.features.items()},
        reasons=tuple(_reason(reason) for reason in event.reasons),
        picture=(footage.width or 1, footage.height or 1),
        stills=tuple(
            StillShown(name, files[role].path, files[role].t_start or 0.0)
            for role, name in _STILLS.items()
            if role in files
        ),
        clip=_clip(found),
        started_at=footage.captured_from,
    )


def _clip(found: Found) -> ClipShown | None:
    clip, manifest = found.files.get(Role.CLIP), found.files.get(Role.MANIFEST)
    if clip is None:
        return None
    return ClipShown(
        path=clip.path,
        t_start=clip.t_start or 0.0,
        t_end=clip.t_end or 0.0,
        codec=found.footage.codec or "?",
        sha256=clip.sha256,
        manifest=manifest.path if manifest else None,
    )


def _box(values: Any) -> PixelBox | None:
    if values is None:
        return None
    x, y, width, height = (float(value) for value in values)
    return x, y, width, height


def _reason(reason: Any) -> ReasonShown:
    return ReasonShown(reason["code"], reason["media_time"], reason["detail"])
