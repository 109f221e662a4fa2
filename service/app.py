"""The desk as an ASGI application. Importing this builds nothing; `create_app` does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

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
from litterwatch.service.clock import SystemClock
from litterwatch.service.desk import start
from litterwatch.service.desk.guard import Guard
from litterwatch.service.desk.problems import on_crash, on_error, on_http_error, on_invalid
from litterwatch.service.exports import routes as export_routes
from litterwatch.service.exports import routes_api as export_api
from litterwatch.service.labels import routes as label_routes
from litterwatch.service.labels import routes_api as label_routes_api
from litterwatch.service.labels import routes_permits
from litterwatch.service.learning import routes as model_routes
from litterwatch.service.learning.workshop import Launch, launched
from litterwatch.service.overview import routes as overview_routes
from litterwatch.service.overview import routes_wall
from litterwatch.service.reports import routes as report_routes
from litterwatch.service.reports import routes_api as report_api
from litterwatch.service.reports import routes_public as report_public
from litterwatch.service.reports import routes_taking as report_taking
from litterwatch.service.reviews import routes as review_routes
from litterwatch.service.reviews import routes_api, routes_files, routes_stream
from litterwatch.service.settings import Settings
from litterwatch.service.sites import routes as site_routes
from litterwatch.service.users import routes as user_routes
from litterwatch.service.users import routes_accounts, routes_own, routes_provider
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.webhooks import routes as webhook_routes
from litterwatch.service.webhooks import routes_api as webhook_api
from litterwatch.service.wiring import desk_detector
from litterwatch.service.wiring_desk import Tools, behind_the_scenes, catch_up, open_desk

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
    tools = Tools(
        clock or SystemClock(),
        passwords or Passwords(),
        detector or partial(desk_detector, settings),
        launch,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            desk = app.state.desk = open_desk(stack, settings, tools)
            await catch_up(desk)
            await stack.enter_async_context(behind_the_scenes(desk))
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
        # As they stand: `include_router` would build each of them anew at its first request.
        app.router.routes.extend(router.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
