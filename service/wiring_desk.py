"""Puts the desk together from the settings, and keeps going what works behind its pages."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from anyio import create_task_group, to_thread

from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.service.cases.daily import Daily
from litterwatch.service.cases.opening import has_case
from litterwatch.service.desk.chores import Chore, Chores
from litterwatch.service.desk.context import Desk
from litterwatch.service.desk.glances import Glances
from litterwatch.service.desk.pages import Pages
from litterwatch.service.dossier.press import DeskPress
from litterwatch.service.evidence.derived import DerivedFiles
from litterwatch.service.evidence.packing import Packing
from litterwatch.service.labels.eyes import Eyes
from litterwatch.service.labels.following import Followers
from litterwatch.service.labels.service import Labels
from litterwatch.service.learning.use import chosen_model
from litterwatch.service.learning.workshop import Launch, Workshop
from litterwatch.service.overview.hours import HourMeter
from litterwatch.service.pruning import Pruning
from litterwatch.service.reports.doorkeeper import Doorkeeper
from litterwatch.service.reports.sandbox import UploadLimits
from litterwatch.service.reports.uploads import Uploads
from litterwatch.service.reviews.feed import Feed
from litterwatch.service.reviews.intake import Intake
from litterwatch.service.reviews.kept import Kept
from litterwatch.service.reviews.service import Reviews
from litterwatch.service.settings import Settings
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.provider import Provider, Registration
from litterwatch.service.users.sessions import Lifetimes, Sessions
from litterwatch.service.vault import Vault
from litterwatch.service.webhooks.courier import Courier
from litterwatch.service.wiring import opened_database
from litterwatch.service.wiring_custody import stamp_authority


@dataclass(frozen=True, slots=True)
class Tools:
    """What a test may bring its own of.

    Attributes:
        clock: the host's, unless a test owns the time.
        passwords: at the recommended cost, unless a test wants to be quick.
        detector: loads what proposes boxes and sees whom to blur, when asked.
        launch: starts the process that makes a data set or a candidate.
    """

    clock: Clock
    passwords: Passwords
    detector: Callable[[], ObjectDetector]
    launch: Launch


def open_desk(stack: AsyncExitStack, settings: Settings, tools: Tools) -> Desk:
    """Open the database and all that stands on it; closing the stack closes them.

    Args:
        stack: of the application's life.
        settings: the whole tree; `data_folder` is the folder of a scan, or an empty one.
        tools: what the desk works with.
    """
    clock, root = tools.clock, settings.data_folder
    database = stack.enter_context(opened_database(settings))
    derived, vault = DerivedFiles(root), Vault(root)
    stack.callback(derived.close)
    eyes = Eyes(tools.detector, partial(chosen_model, settings))
    stack.callback(eyes.close)
    intake = Intake(database, clock)
    return Desk(
        settings=settings,
        database=database,
        clock=clock,
        passwords=tools.passwords,
        sessions=Sessions(database, clock, tools.passwords, _lifetimes(settings)),
        intake=intake,
        kept=Kept(clock),
        glances=Glances(),
        reviews=Reviews(
            database, clock, root, is_bound=has_case, followers=[Followers(clock).review]
        ),
        labels=Labels(database, clock, root, eyes, settings.labels),
        derived=derived,
        packing=Packing(
            root,
            database,
            clock,
            eyes,
            kept=timedelta(days=settings.custody.package_days),
            reserve_bytes=settings.evidence.reserve_bytes,
            authority=stamp_authority(settings),
        ),
        pages=Pages(),
        feed=Feed(database, intake.run),
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
        press=DeskPress(root, database, clock, eyes),
        provider=provider_of(settings, clock),
        workshop=Workshop(settings, database, clock, tools.launch),
    )


async def catch_up(desk: Desk) -> None:
    """Do what fell due while the desk was closed, before anybody is let in."""
    for work in (desk.intake.run, desk.labels.follow, desk.daily.run, desk.uploads.sweep):
        await to_thread.run_sync(work)


@asynccontextmanager
async def behind_the_scenes(desk: Desk) -> AsyncIterator[None]:
    """Follow what is stored, send webhooks, make packages, count hours and tidy up, until left."""
    chores = Chores(
        [
            Chore(60.0, HourMeter(desk.database, desk.clock, desk.settings.data_folder).run),
            Chore(86400.0, desk.database.take_stock),
            Chore(86400.0, Pruning(desk.database, desk.clock).run),
        ]
    )
    address = desk.settings.desk.address or ""
    courier = Courier(desk.database, desk.clock, desk.vault, base=address)
    await desk.feed.begin()
    async with AsyncExitStack() as stack, create_task_group() as workers:
        for worker in (courier, desk.packing):
            worker.start()
            stack.push_async_callback(to_thread.run_sync, worker.stop)
        workers.start_soon(desk.feed.follow)
        workers.start_soon(chores.work)
        try:
            yield
        finally:
            desk.feed.close()
            chores.close()


def _lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(
        timedelta(minutes=settings.desk.idle_minutes),
        timedelta(hours=settings.desk.session_hours),
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
