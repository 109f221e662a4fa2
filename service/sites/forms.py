"""What the forms of a site and of a camera say."""

from datetime import date
from typing import Annotated

from fastapi import Form

from litterwatch.detector.errors import InvalidInput
from litterwatch.service.sites.service import CameraDraft, SiteDraft
from litterwatch.service.sites.tables import Lane, SiteKind
from litterwatch.service.texts import N_

Text = Annotated[str, Form(max_length=500)]


def site_form(  # noqa: PLR0917 - the fields of a form
    name: Text,
    kind: Annotated[SiteKind, Form()],
    unit: Text,
    latitude: Text = "",
    longitude: Text = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> SiteDraft:
    """What the form of a site says."""
    return SiteDraft(
        name.strip(), kind, unit, _degrees(latitude), _degrees(longitude), note.strip()
    )


def camera_form(  # noqa: PLR0917 - the fields of a form
    name: Text,
    source: Text = "",
    lane: Annotated[Lane, Form()] = Lane.PROVIDED,
    serial: Text = "",
    mac: Annotated[str, Form(max_length=32)] = "",
    approval_number: Text = "",
    approval_date: Text = "",
    approval_signer: Text = "",
    conformity: Text = "",
    certificate_until: Text = "",
    is_sign_installed: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of a form
) -> CameraDraft:
    """What the form of a camera says."""
    return CameraDraft(
        name.strip(),
        source.strip(),
        lane,
        serial.strip(),
        mac.strip(),
        approval_number.strip(),
        _day(approval_date),
        approval_signer.strip(),
        conformity.strip(),
        _day(certificate_until),
        is_sign_installed=is_sign_installed,
    )


def _degrees(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as error:
        raise InvalidInput(N_("Write degrees like 22.6657.")) from error


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day, month, year = text.strip().split("/")
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise InvalidInput(N_("Write dates like 31/12/2026.")) from error
