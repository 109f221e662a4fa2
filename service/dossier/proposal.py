"""What an officer would type on the papers, as far as the register and the case know it."""

from sqlalchemy.orm import Session

from litterwatch.service.cases.facts import events_of_case
from litterwatch.service.cases.law import act_of
from litterwatch.service.cases.tables import CaseRow
from litterwatch.service.dossier.content import Particulars
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.sites.service import camera_of, site
from litterwatch.service.sites.tables import CameraEntryRow, SiteRow
from litterwatch.service.units import known_unit


def proposed_particulars(session: Session, row: CaseRow, user: str | None = None) -> Particulars:
    """For the form before printing; an officer reads, corrects and completes it.

    Args:
        session: a reading one.
        row: the case.
        user: name of the officer.
    """
    unit = known_unit(row.unit)
    entry = camera_of_case(session, row.id)
    place = None if entry is None else site_of(session, entry)
    act = None if row.act_id is None else act_of(row.act_id)
    return Particulars(
        unit=f"UBND {unit.full_name}" if unit else row.unit,
        authority="UBND tỉnh Cao Bằng",
        user=user,
        device=None if entry is None else _device(entry),
        approval=None if entry is None else _approval(entry),
        place=None if place is None else _place(place),
        act=None if act is None else f"{act.text_vi} ({act.basis})",
    )


def camera_of_case(session: Session, case_id: str) -> CameraEntryRow | None:
    """The camera of the register that saw the first event of a case."""
    for event_id in events_of_case(session, case_id):
        review = session.get(ReviewRow, event_id)
        entry = None if review is None else camera_of(session, review.source)
        if entry is not None:
            return entry
    return None


def site_of(session: Session, entry: CameraEntryRow) -> SiteRow | None:
    """Where a camera stands; None while nobody has placed it."""
    return None if entry.site_id is None else site(session, entry.site_id)


def _device(entry: CameraEntryRow) -> str:
    return f"{entry.name}, số sê-ri {entry.serial}" if entry.serial else entry.name


def _approval(entry: CameraEntryRow) -> str | None:
    if not entry.approval_number:
        return None
    day = f" ngày {entry.approval_date:%d/%m/%Y}" if entry.approval_date else ""
    signer = f", {entry.approval_signer} ký" if entry.approval_signer else ""
    return f"số {entry.approval_number}{day}{signer}"


def _place(row: SiteRow) -> str:
    unit = known_unit(row.unit)
    return f"{row.name}, {unit.full_name}" if unit else row.name
