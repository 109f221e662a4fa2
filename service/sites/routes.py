"""Sites, the register of cameras, and zones drawn on a picture."""

import json
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from sqlalchemy.orm import Session

from litterwatch.camera_adapters.connection import Transport
from litterwatch.detector.errors import InvalidInput, LitterwatchError, NotFound
from litterwatch.detector.types import ZoneKind
from litterwatch.service.cameras.service import choose_transport, reach_of
from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.events.service import latest_of
from litterwatch.service.evidence.sealed import require_size
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reviews.intake import assign_units
from litterwatch.service.rings import has_picture, newest_picture
from litterwatch.service.site_file import WEEKDAYS
from litterwatch.service.sites.forms import camera_form, site_form
from litterwatch.service.sites.service import (
    CameraDraft,
    SiteDraft,
    camera,
    cameras,
    faults,
    save_camera,
    save_site,
    site,
    sites,
    unplaced,
)
from litterwatch.service.sites.tables import CameraEntryRow, Lane, SiteKind, SiteRow
from litterwatch.service.sites.zones import save_zones, site_text, versions
from litterwatch.service.texts import N_
from litterwatch.service.units import units
from litterwatch.service.users.roles import Permission, areas
from litterwatch.service.users.service import names_of

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=500)]
Zones = Annotated[str, Form(max_length=200_000)]
SeenSites = Annotated[Visit, Depends(Look(Permission.SEE_SITES, "sites.viewed", "sites:all"))]
SeenSite = Annotated[Visit, Depends(Look(Permission.SEE_SITES, "site.viewed", "site:{site_id}"))]
SeenCamera = Annotated[
    Visit, Depends(Look(Permission.SEE_SITES, "camera.viewed", "camera:{camera_id}"))
]
SeenStill = Annotated[
    Visit,
    Depends(Look(Permission.DRAW_ZONES, "still.opened", "camera:{camera_id}", is_file=True)),
]
SeenZones = Annotated[
    Visit, Depends(Look(Permission.SEE_SITES, "zones.opened", "camera:{camera_id}"))
]
Managing = Annotated[Visit, Depends(Change(Permission.MANAGE_SITES))]
Drawing = Annotated[Visit, Depends(Change(Permission.DRAW_ZONES))]


SiteForm = Annotated[SiteDraft, Depends(site_form)]
CameraForm = Annotated[CameraDraft, Depends(camera_form)]


@router.get("/sites")
def sites_page(visit: SeenSites) -> HTMLResponse:
    """Every site that this person may see."""
    return _sites(visit)


@router.post("/sites")
def add_site(visit: Managing, draft: SiteForm) -> Response:
    """A new site."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            made = save_site(session, desk.clock, visit.visitor.user_id, draft).id
        desk.kept.forget()
    except InvalidInput as error:
        return _sites(visit, error, draft)
    return RedirectResponse(f"/sites/{made}", 303)


@router.get("/sites/{site_id}")
def site_page(visit: SeenSite, site_id: str) -> HTMLResponse:
    """One site and its cameras."""
    return _site(visit, site_id)


@router.post("/sites/{site_id}")
def change_site(visit: Managing, site_id: str, draft: SiteForm) -> Response:
    """Other facts; its events follow it to another commune."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            save_site(session, desk.clock, visit.visitor.user_id, draft, site_id)
            assign_units(session)
        desk.kept.forget()
    except InvalidInput as error:
        return _site(visit, site_id, error)
    return RedirectResponse(f"/sites/{site_id}", 303)


@router.post("/sites/{site_id}/cameras")
def add_camera(visit: Managing, site_id: str, draft: CameraForm) -> Response:
    """A new camera; events of its recordings belong to the site's commune from now on."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            made = save_camera(session, desk.clock, visit.visitor.user_id, site_id, draft).id
            assign_units(session)
        desk.kept.forget()
    except InvalidInput as error:
        return _site(visit, site_id, error, draft)
    return RedirectResponse(f"/cameras/{made}", 303)


@router.get("/cameras/{camera_id}")
def camera_page(visit: SeenCamera, camera_id: str) -> HTMLResponse:
    """What the register says about a camera, and its zones."""
    return _camera(visit, camera_id)


@router.post("/cameras/{camera_id}")
def change_camera(
    visit: Managing,
    camera_id: str,
    draft: CameraForm,
    site_id: Annotated[str, Form()] = "",
    transport: Annotated[Transport | None, Form()] = None,
) -> Response:
    """Other facts, or another site, or how its video comes; its events follow it to another
    commune.
    """  # noqa: D205 - one sentence
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            place = site_id or camera(session, camera_id).site_id
            _visible(session, visit, place)
            actor = visit.visitor.user_id
            save_camera(session, desk.clock, actor, place, draft, camera_id)
            if transport is not None:
                choose_transport(session, desk.clock, actor, camera_id, transport)
            assign_units(session)
        desk.kept.forget()
    except InvalidInput as error:
        return _camera(visit, camera_id, error)
    return RedirectResponse(f"/cameras/{camera_id}", 303)


@router.post("/cameras/{camera_id}/zones")
def draw_zones(
    visit: Drawing,
    camera_id: str,
    zones: Zones,
    seen_version: Annotated[int, Form()],
    note: Text = "",
) -> Response:
    """A new version of the zones."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            _visible(session, visit, camera(session, camera_id).site_id)
            save_zones(
                session,
                desk.clock,
                visit.visitor.user_id,
                camera_id,
                _drawn(zones),
                seen_version=seen_version,
                note=note,
            )
    except NotFound:
        raise
    except LitterwatchError as error:
        return _camera(visit, camera_id, error, zones)
    return RedirectResponse(f"/cameras/{camera_id}", 303)


@router.get("/cameras/{camera_id}/zones/{version}")
def zones_file(visit: SeenZones, camera_id: str, version: int) -> Response:
    """A version as a SITE.toml for `litterwatch scan --site`."""
    with visit.desk.database.reading() as session:
        _visible(session, visit, camera(session, camera_id, or_removed=True).site_id)
        row = next((row for row in versions(session, camera_id) if row.version == version), None)
    if row is None:
        raise NotFound(N_("There is no such file."))
    name = f'attachment; filename="SITE-{camera_id}-v{version}.toml"'
    return PlainTextResponse(site_text(row), headers={"Content-Disposition": name})


@router.get("/cameras/{camera_id}/still")
def still(visit: SeenStill, camera_id: str) -> Response:
    """The latest picture of the place before anything was left there, else what it sees live."""
    with visit.desk.database.reading() as session:
        entry = camera(session, camera_id)
        _visible(session, visit, entry.site_id)
        row = _still_of(session, entry)
    if row is None:
        seen = newest_picture(visit.desk.settings, camera_id)
        if seen is None:
            raise NotFound(N_("There is no such file."))
        return Response(seen, media_type="image/jpeg")
    path = require_size(visit.desk.root, row)
    return FileResponse(path, headers={"ETag": f'"{row.sha256}"'}, media_type=row.media_type)


def _sites(
    visit: Visit, error: LitterwatchError | None = None, draft: SiteDraft | None = None
) -> HTMLResponse:
    with visit.desk.database.reading() as session:
        seen = areas(visit.visitor.grants, Permission.SEE_SITES)
        found = sites(session, seen)
        entries = cameras(session, [row.id for row in found])
        waiting = unplaced(session) if seen is None else ()
    return _page(
        visit, "sites.html", error, sites=found, cameras=entries, draft=draft, unplaced=waiting
    )


def _site(
    visit: Visit,
    site_id: str,
    error: LitterwatchError | None = None,
    draft: CameraDraft | None = None,
) -> HTMLResponse:
    with visit.desk.database.reading() as session:
        row = _visible(session, visit, site_id)
        entries = cameras(session, [site_id])[site_id]
    return _page(visit, "site.html", error, site=row, cameras=entries, draft=draft)


def _camera(
    visit: Visit,
    camera_id: str,
    error: LitterwatchError | None = None,
    unsaved: str | None = None,
) -> HTMLResponse:
    """The page; zones that could not be saved are shown again, to be mended."""
    with visit.desk.database.reading() as session:
        entry = camera(session, camera_id)
        row = _visible(session, visit, entry.site_id)
        drawn = versions(session, camera_id)
        values: dict[str, Any] = {
            "names": names_of(session, {version.made_by or "" for version in drawn}),
            "has_still": _still_of(session, entry) is not None
            or has_picture(visit.desk.settings, camera_id),
            "reach": reach_of(session, camera_id),
            "sites": sites(session, areas(visit.visitor.grants, Permission.MANAGE_SITES)),
        }
    current = drawn[0].document["zone"] if drawn else []
    if unsaved is not None:
        with suppress(InvalidInput):
            current = _drawn(unsaved)
    return _page(
        visit,
        "camera.html",
        error,
        camera=entry,
        site=row,
        versions=drawn,
        zones=json.dumps(current, ensure_ascii=False),
        transports=list(Transport),
        zone_kinds=list(ZoneKind),
        weekdays=WEEKDAYS,
        **values,
    )


def _page(
    visit: Visit, template: str, error: LitterwatchError | None, **values: Any
) -> HTMLResponse:
    today = visit.desk.clock.now().astimezone(LOCAL).date()
    return visit.desk.pages.page(
        visit.visitor,
        "/sites",
        template,
        200 if error is None else status_of(error)[0],
        problem=None if error is None else text_of(error, visit.language),
        units=units(),
        kinds=list(SiteKind),
        lanes=list(Lane),
        faults_of=lambda entry: faults(entry, today),
        **values,
    )


def _visible(session: Session, visit: Visit, site_id: str | None) -> SiteRow | None:
    """The site, None for a camera that nobody has placed: that is the province's to see."""
    seen = areas(visit.visitor.grants, Permission.SEE_SITES)
    if site_id is None:
        if seen is not None:
            raise NotFound(N_("There is no such camera."))
        return None
    row = site(session, site_id)
    if seen is not None and row.unit not in seen:
        raise NotFound(N_("There is no such site."))
    return row


def _still_of(session: Session, entry: CameraEntryRow) -> EvidenceRow | None:
    event_id = latest_of(session, entry.id, entry.source)
    if event_id is None:
        return None
    return files_of(session, [event_id])[event_id].get(Role.STILL_BEFORE)


def _drawn(text: str) -> list[dict[str, Any]]:
    try:
        zones = json.loads(text)
    except ValueError as error:
        raise InvalidInput(N_("The request does not say what it must.")) from error
    if not isinstance(zones, list) or not all(isinstance(zone, dict) for zone in zones):
        raise InvalidInput(N_("The request does not say what it must."))
    return zones
