"""The wall of cameras, its newest pictures, and its words for the page that follows them."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from litterwatch.detector.errors import NotFound
from litterwatch.service.desk.access import Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.languages import local, translated
from litterwatch.service.overview.live import LiveStatus, live_status
from litterwatch.service.overview.today import disk_room
from litterwatch.service.overview.wall import Screen, Wall, wall
from litterwatch.service.runtime.newest_still import still_path
from litterwatch.service.sites.places import Register
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(prefix="/wall", include_in_schema=False)

SeenWall = Annotated[Visit, Depends(Look(Permission.SEE_SITES, "wall.viewed", "page:wall"))]
# What the page asks for by itself is one look in ten minutes, and keeps nobody signed in.
Following = Annotated[
    Visit,
    Depends(Look(Permission.SEE_SITES, "wall.viewed", "page:wall", is_file=True, is_use=False)),
]
SeenPicture = Annotated[
    Visit,
    Depends(
        Look(
            Permission.SEE_EVENTS,
            "live_picture.opened",
            "live:{camera_id}",
            is_file=True,
            is_use=False,
        )
    ),
]


@router.get("")
def wall_page(visit: SeenWall, only: str = "") -> HTMLResponse:
    """Every camera; with `only=unwell` those that do not watch."""
    live, seen = _wall(visit)
    desk = visit.desk
    screens = [s for s in seen.screens if only != "unwell" or not s.is_well]
    return desk.pages.page(
        visit.visitor,
        visit.path,
        "wall.html",
        live=live,
        wall=seen,
        screens=screens,
        only=only,
        words=_words,
        disk=disk_room(desk.root, desk.settings.evidence.reserve_bytes),
    )


@router.get("/state")
def wall_state(visit: Following) -> Response:
    """The words of the wall, for the page that follows them."""
    live, seen = _wall(visit)
    screens = [
        {
            "id": screen.id,
            "well": screen.is_well,
            "words": [translated(visit.language, text) for text in _words(screen)],
            "since": local(screen.camera.since) if screen.camera else "",
            "taken": local(screen.pictured_at),
        }
        for screen in seen.screens
    ]
    is_running = live is not None and live.is_running
    return JSONResponse({"running": is_running, "screens": screens})


@router.get("/{camera_id}/picture")
def picture(visit: SeenPicture, camera_id: str) -> Response:
    """The newest picture of a live camera."""
    _, seen = _wall(visit)
    known = next((screen for screen in seen.screens if screen.id == camera_id), None)
    path = still_path(visit.desk.root, camera_id)
    if known is None or not path.is_file():
        raise NotFound(N_("There is no such file."))
    return FileResponse(path, media_type="image/jpeg")


def _wall(visit: Visit) -> tuple[LiveStatus | None, Wall]:
    desk = visit.desk
    live = live_status(desk.root, desk.clock.now())
    with desk.database.reading() as session:
        register = Register(session, areas(visit.person.grants, Permission.SEE_SITES))
        return live, wall(register, live, desk.root)


def _words(screen: Screen) -> tuple[str, ...]:
    """What is said of a camera, in English."""
    if screen.camera is None or screen.is_well:
        return (N_("watches"),)
    return screen.camera.troubles
