"""The composition root of the live side: settings and cameras in, a running watch out."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import litterwatch
from litterwatch.camera_adapters.backoff import Backoff
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.watch import ClockNews, News, OnvifWatch, StandingNews
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.detector.errors import SourceAuthFailed, SourceError
from litterwatch.detector.protocols import Clock
from litterwatch.models.registry import verify
from litterwatch.service.cameras.service import record_clock
from litterwatch.service.cameras.vault import key_file
from litterwatch.service.cameras.watched import RegisterCameras
from litterwatch.service.cameras_file import CamerasFile, OnvifDoor
from litterwatch.service.cameras_on_calendar import CamerasOnCalendar
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database
from litterwatch.service.evidence.manifest import CameraClock
from litterwatch.service.labels.candidates import Draw
from litterwatch.service.learning.judges import shadow_of
from litterwatch.service.learning.use import chosen_model, lessons
from litterwatch.service.rings import ring_root
from litterwatch.service.runtime.board import Board
from litterwatch.service.runtime.group_process import GroupProcess
from litterwatch.service.runtime.keeper import Keeper
from litterwatch.service.runtime.lookouts import Lookouts
from litterwatch.service.runtime.metrics import serve_metrics
from litterwatch.service.runtime.passed_pictures import PassedPictures
from litterwatch.service.runtime.stretches import Stretches
from litterwatch.service.runtime.supervisor import Supervisor
from litterwatch.service.settings import Settings
from litterwatch.service.wiring import opened_folder
from litterwatch.service.wiring_group import group_process

_REFUSED: Final = 1800.0
"""Seconds after which a refused login is tried again beside the video.

The video asks with the same one, three times within half an hour: together less than the five that
make a camera lock an account.
"""


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What somebody wants watched.

    Attributes:
        cameras_file: CAMERAS.toml; None for the register in the database.
        settings: the whole tree; `data_folder` is where results go.
        is_verbose: tell in the log what is being done.
    """

    cameras_file: Path | None
    settings: Settings
    is_verbose: bool = False


def watch_cameras(
    request: WatchRequest,
    is_stopping: Callable[[], bool],
    *,
    clock: Clock | None = None,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Watch until asked to stop.

    Args:
        request: what and how.
        is_stopping: true finishes in order.
        clock: the host's, unless a test owns the time.
        started: called when no mistake was found.

    Raises:
        ConfigError: the cameras, a setting or the folder cannot be used.
        ModelError: the model is not there, or not the one its manifest names.
        EvidenceError: the folder cannot be written.
        StoreError: the database refused, or another litterwatch writes there.
    """
    clock = clock or SystemClock()
    settings = request.settings
    # Mistakes are told before anything is started.
    file = None if request.cameras_file is None else CamerasFile(request.cameras_file)
    if file is not None:
        file.read()
    verify(chosen_model(settings))
    lessons(settings)
    shadow_of(settings)
    rings = ring_root(settings)
    with opened_folder(settings, clock) as (database, store):
        stretches = Stretches(database, clock, litterwatch.__version__)
        stretches.close_broken()
        lookouts = Lookouts(partial(side_watch, clock), partial(_remember, database), clock)
        keeper = Keeper(
            database,
            store,
            stretches,
            lambda camera_id: RingFootage(rings / camera_id),
            settings.evidence,
            clock,
            lookouts.clock_of,
            PassedPictures(
                database,
                Draw(settings.labels, settings.data_folder, clock),
                stretches,
                lambda camera_id: RingFootage(rings / camera_id),
                clock,
                settings.evidence.reserve_bytes,
            ),
        )
        board = Board(kept=keeper.kept)
        arguments = (settings, clock, request.is_verbose)
        supervisor = Supervisor(
            CamerasOnCalendar(file or RegisterCameras(database, key_file(settings)), database),
            partial(GroupProcess, group_process, arguments, clock),
            keeper,
            stretches,
            lookouts,
            board,
            settings.data_folder,
            settings.live.group_size,
            clock,
        )
        stop_metrics = _metrics(board, settings)
        started()
        try:
            supervisor.run(is_stopping)
        finally:
            stop_metrics()


def side_watch(
    clock: Clock,
    door: OnvifDoor,
    watches_head: bool,  # noqa: FBT001 - positions of NewWatch
    tell: Callable[[News], None],
) -> OnvifWatch:
    """What asks a camera beside its video; its arguments are those of `lookouts.NewWatch`."""
    backoff = Backoff(random.Random(secrets.randbits(64)))  # noqa: S311 - spreads waits

    def wait_after(error: SourceError) -> float:
        return max(backoff.next(error), _REFUSED if isinstance(error, SourceAuthFailed) else 0.0)

    def hear(news: News) -> None:
        # The time is told to everybody: where the head is asked, that alone shows that all is well.
        if isinstance(news, StandingNews if watches_head else ClockNews):
            backoff.reset()
        tell(news)

    return OnvifWatch(
        partial(OnvifCamera, door.address, door.credentials, clock),
        wait_after,
        hear,
        profile_token=door.profile if watches_head else None,
        hears=False,
    )


def _remember(database: Database, camera_id: str, measured: CameraClock) -> None:
    with database.writing() as session:
        record_clock(session, camera_id, measured.error, measured.uncertainty, measured.measured_at)


def _metrics(board: Board, settings: Settings) -> Callable[[], None]:
    live = settings.live
    if live.metrics_port == 0:
        return lambda: None
    return serve_metrics(board, live.metrics_address, live.metrics_port)
