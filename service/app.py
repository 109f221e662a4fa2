"""The desk as an ASGI application. Importing this builds nothing; `create_app` does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from anyio import create_task_group, to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

import litterwatch
from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.service.audit import routes as audit_routes
from litterwatch.service.cases import routes as case_routes
from litterwatch.service.cases import routes_api as case_api
from litterwatch.service.cases import routes_files as case_files
from litterwatch.service.cases import routes_holidays as case_holidays
from litterwatch.service.cases import routes_list as case_list
from litterwatch.service.cases import routes_places as case_places
from litterwatch.service.cases.daily import Daily
from litterwatch.service.cases.opening import has_case
from litterwatch.service.clock import SystemClock
from litterwatch.service.desk import start
from litterwatch.service.desk.chores import Chore, Chores
from litterwatch.service.desk.context import Desk
from litterwatch.service.desk.glances import Glances
from litterwatch.service.desk.guard import Guard
from litterwatch.service.desk.pages import Pages
from litterwatch.service.desk.problems import on_crash, on_error, on_http_error, on_invalid
from litterwatch.service.dossier.press import DeskPress
from litterwatch.service.evidence.derived import DerivedFiles
from litterwatch.service.evidence.packing import Packing
from litterwatch.service.exports import routes as export_routes
from litterwatch.service.exports import routes_api as export_api
from litterwatch.service.labels import routes as label_routes
from litterwatch.service.labels import routes_api as label_routes_api
from litterwatch.service.labels import routes_permits
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.following import Followers
from litterwatch.service.labels.service import Labels
from litterwatch.service.learning import routes as model_routes
from litterwatch.service.learning.use import chosen_model
from litterwatch.service.learning.workshop import Launch, Workshop, launched
from litterwatch.service.overview import routes as overview_routes
from litterwatch.service.overview import routes_wall
from litterwatch.service.overview.hours import HourMeter
from litterwatch.service.pruning import Pruning
from litterwatch.service.reports import routes as report_routes
from litterwatch.service.reports import routes_api as report_api
from litterwatch.service.reports import routes_public as report_public
from litterwatch.service.reports import routes_taking as report_taking
from litterwatch.service.reports.doorkeeper import Doorkeeper
from litterwatch.service.reports.sandbox import UploadLimits
from litterwatch.service.reports.uploads import Uploads
from litterwatch.service.reviews import routes as review_routes
from litterwatch.service.reviews import routes_api, routes_files, routes_stream
from litterwatch.service.reviews.feed import Feed
from litterwatch.service.reviews.intake import Intake
from litterwatch.service.reviews.kept import Kept
from litterwatch.service.reviews.service import Reviews
from litterwatch.service.settings import Settings
from litterwatch.service.sites import routes as site_routes
from litterwatch.service.users import routes as user_routes
from litterwatch.service.users import routes_accounts, routes_own, routes_provider
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.provider import Provider, Registration
from litterwatch.service.users.sessions import Lifetimes, Sessions
from litterwatch.service.vault import Vault
from litterwatch.service.webhooks import routes as webhook_routes
from litterwatch.service.webhooks import routes_api as webhook_api
from litterwatch.service.webhooks.courier import Courier
from litterwatch.service.wiring import desk_detector, opened_database
from litterwatch.service.wiring_custody import stamp_authority

STATIC: Final = Path(__file__).resolve().parent / "web" / "static"
ROUTERS: Final = (
    start.router,
    overview_routes.router,
    routes_wall.router,
    user_routes.router,
    routes_own.router,
    routes_provider.router,
    routes_accounts.router,
    audit_routes.router,
    site_routes.router,
    case_list.router,
    case_routes.router,
    case_files.router,
    case_places.router,
    case_holidays.router,
    export_routes.router,
    report_taking.router,
    report_routes.router,
    report_public.router,
    webhook_routes.router,
    webhook_api.router,
    review_routes.router,
    routes_files.router,
    routes_stream.router,  # before the API, where `stream` would be an event's id
    label_routes.router,
    routes_permits.router,
    model_routes.router,
    routes_api.router,
    label_routes_api.router,
    case_api.router,
    export_api.router,
    report_api.router,
)


def provider_of(settings: Settings, clock: Clock) -> Provider | None:
    """The sign-in service of the settings; None where they name none."""
    oidc, secret = settings.oidc, settings.oidc.client_secret
    if oidc.issuer is None or oidc.client_id is None or settings.desk.address is None:
        return None
    registration = Registration(
        oidc.issuer,
        oidc.client_id,
        None if secret is None else secret.get_secret_value(),
        oidc.scopes,
        settings.desk.address,
        oidc.roots,
    )
    return Provider(registration, clock)


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    detector: Callable[[], ObjectDetector] | None = None,
    launch: Launch = launched,
) -> FastAPI:
    """The application; its database is opened when it starts and closed when it stops.

    Args:
        settings: the whole tree; `data_folder` is the folder of a scan, or an empty one.
        clock: the host's, unless a test owns the time.
        passwords: at the recommended cost, unless a test wants to be quick.
        detector: loads what proposes boxes and sees whom to blur, when asked; by the settings.
        launch: starts the process that makes a data set or a candidate.
    """
    clock = clock or SystemClock()
    passwords = passwords or Passwords()
    detector = detector or partial(desk_detector, settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = stack.enter_context(opened_database(settings))
            root = settings.data_folder
            derived = DerivedFiles(root)
            stack.callback(derived.close)
            eyes = Eyes(detector, partial(chosen_model, settings))
            stack.callback(eyes.close)
            press = DeskPress(root, database, clock, eyes)
            packing = Packing(
                root,
                database,
                clock,
                eyes,
                kept=timedelta(days=settings.custody.package_days),
                reserve_bytes=settings.evidence.reserve_bytes,
                authority=stamp_authority(settings),
            )
            vault = Vault(root)
            lifetimes = Lifetimes(
                timedelta(minutes=settings.desk.idle_minutes),
                timedelta(hours=settings.desk.session_hours),
            )
            intake = Intake(database, clock)
            feed = Feed(database, intake.run)
            courier = Courier(database, clock, vault, base=settings.desk.address or "")
            desk = Desk(
                settings=settings,
                database=database,
                clock=clock,
                passwords=passwords,
                sessions=Sessions(database, clock, passwords, lifetimes),
                intake=intake,
                kept=Kept(clock),
                glances=Glances(),
                reviews=Reviews(
                    database,
                    clock,
                    root,
                    is_bound=has_case,
                    followers=[Followers(clock).review],
                ),
                labels=Labels(database, clock, root, eyes, settings.labels),
                derived=derived,
                packing=packing,
                pages=Pages(),
                feed=feed,
                vault=vault,
                uploads=Uploads(
                    root,
                    database,
                    clock,
                    vault,
                    limits=UploadLimits(size=settings.reports.largest_file),
                    reserve_bytes=settings.evidence.reserve_bytes,
                ),
                doorkeeper=Doorkeeper(database, clock, settings.reports),
                daily=Daily(database, clock),
                press=press,
                provider=provider_of(settings, clock),
                workshop=Workshop(settings, database, clock, launch),
            )
            app.state.desk = desk
            await to_thread.run_sync(desk.intake.run)
            await to_thread.run_sync(desk.labels.follow)
            await to_thread.run_sync(desk.daily.run)
            await to_thread.run_sync(desk.uploads.sweep)
            await feed.begin()
            courier.start()
            stack.push_async_callback(to_thread.run_sync, courier.stop)
            packing.start()
            stack.push_async_callback(to_thread.run_sync, packing.stop)
            meter = HourMeter(database, clock, root)
            chores = Chores(
                [
                    Chore(60.0, meter.run),
                    Chore(86400.0, database.take_stock),
                    Chore(86400.0, Pruning(database, clock).run),
                ]
            )
            async with create_task_group() as workers:
                workers.start_soon(feed.follow)
                workers.start_soon(chores.work)
                try:
                    yield
                finally:
                    feed.close()
                    chores.close()

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
        # As they stand: `include_router` would build each of them anew at its first request.
        app.router.routes.extend(router.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
