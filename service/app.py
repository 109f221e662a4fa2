"""The desk as an ASGI application. Importing this builds nothing; `create_app` does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

import litterwatch
from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.models.registry import load_detector
from litterwatch.service.audit import routes as audit_routes
from litterwatch.service.clock import SystemClock
from litterwatch.service.desk import start
from litterwatch.service.desk.context import Desk
from litterwatch.service.desk.guard import Guard
from litterwatch.service.desk.pages import Pages
from litterwatch.service.desk.problems import on_crash, on_error, on_http_error, on_invalid
from litterwatch.service.evidence.derived import DerivedFiles
from litterwatch.service.labels import routes as label_routes
from litterwatch.service.labels import routes_api as label_routes_api
from litterwatch.service.labels import routes_permits
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.following import Followers
from litterwatch.service.labels.service import Labels
from litterwatch.service.reviews import routes as review_routes
from litterwatch.service.reviews import routes_api, routes_files
from litterwatch.service.reviews.intake import Intake
from litterwatch.service.reviews.service import Reviews
from litterwatch.service.settings import Settings
from litterwatch.service.sites import routes as site_routes
from litterwatch.service.users import routes as user_routes
from litterwatch.service.users import routes_accounts, routes_own
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.sessions import Lifetimes, Sessions
from litterwatch.service.wiring import opened_database

STATIC: Final = Path(__file__).resolve().parent / "web" / "static"
ROUTERS: Final = (
    start.router,
    user_routes.router,
    routes_own.router,
    routes_accounts.router,
    audit_routes.router,
    site_routes.router,
    review_routes.router,
    routes_files.router,
    label_routes.router,
    routes_permits.router,
    routes_api.router,
    label_routes_api.router,
)


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    detector: Callable[[], ObjectDetector] | None = None,
) -> FastAPI:
    """The application; its database is opened when it starts and closed when it stops.

    Args:
        settings: the whole tree; `data_folder` is the folder of a scan, or an empty one.
        clock: the host's, unless a test owns the time.
        passwords: at the recommended cost, unless a test wants to be quick.
        detector: loads what proposes boxes, when they are first asked for; by the settings.
    """
    clock = clock or SystemClock()
    passwords = passwords or Passwords()
    analysis = settings.analysis
    detector = detector or partial(
        load_detector, analysis.model, device=analysis.device, threads=analysis.threads
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = stack.enter_context(opened_database(settings))
            derived = DerivedFiles(settings.data_folder)
            stack.callback(derived.close)
            eyes = Eyes(detector)
            stack.callback(eyes.close)
            lifetimes = Lifetimes(
                timedelta(minutes=settings.desk.idle_minutes),
                timedelta(hours=settings.desk.session_hours),
            )
            desk = Desk(
                settings=settings,
                database=database,
                clock=clock,
                passwords=passwords,
                sessions=Sessions(database, clock, passwords, lifetimes),
                intake=Intake(database, clock),
                reviews=Reviews(
                    database, clock, settings.data_folder, followers=[Followers(clock).review]
                ),
                labels=Labels(database, clock, settings.data_folder, eyes, settings.labels),
                derived=derived,
                pages=Pages(),
            )
            app.state.desk = desk
            await to_thread.run_sync(desk.intake.run)
            await to_thread.run_sync(desk.labels.follow)
            yield

    app = FastAPI(
        title="litterwatch",
        version=litterwatch.__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.add_middleware(Guard)
    app.add_exception_handler(LitterwatchError, on_error)
    app.add_exception_handler(Exception, on_crash)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
