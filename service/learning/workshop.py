"""What the desk orders to be made: by a process of its own, which goes on when the desk ends."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError, Conflict, NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.labelling.datasets import versions
from litterwatch.models.extras import require_training
from litterwatch.service.db import Database
from litterwatch.service.learning.bench import LOG, Bench, Making, Work, WorkOrder
from litterwatch.service.learning.folders import LearningFolder, labelling_folder
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.settings import Settings
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas

Launch = Callable[[Settings, Work, int, Path], None]
"""Starts the process. It is given the settings, what is to be made, the descriptor that holds the
bench, which the process inherits, and the file for what it says."""

WHOLE_PROVINCE: Final = N_(
    "The model serves every commune and ward: only somebody who holds the role for the whole"
    " province may do this."
)


def require_province(person: Person, permission: Permission) -> None:
    """Refuse somebody who holds the role for single communes only.

    Raises:
        NotAllowed: he does.
    """
    if areas(person.grants, permission) is not None:
        raise NotAllowed(WHOLE_PROVINCE)


def launched(settings: Settings, work: Work, held: int, log: Path) -> None:
    """Start `learning.process` in a session of its own.

    Raises:
        ConfigError: it cannot be started.
    """
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "litterwatch.service.learning.process"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(held,),
                start_new_session=True,
            )
        assert process.stdin is not None
        with process.stdin as told:
            told.write(json.dumps(_said(settings, work, held)).encode())
    except OSError as error:
        raise ConfigError(f"No process can be started ({error.strerror}): see {log}.") from error
    # Somebody must take note of its end, or it stays in the list of processes.
    threading.Thread(target=process.wait, daemon=True).start()


def _said(settings: Settings, work: Work, held: int) -> dict[str, Any]:
    """What the process reads; with the password, and therefore only ever in a pipe."""
    tree = settings.model_dump(mode="json")
    if settings.database.password is not None:
        tree["database"]["password"] = settings.database.password.get_secret_value()
    return {
        "settings": tree,
        "making": str(work.order.making),
        "is_freezing": work.order.is_freezing,
        "actor": work.actor,
        "begun_at": work.begun_at.isoformat(),
        "held": held,
    }


class Workshop:
    """Orders of the desk, one at a time.

    Args:
        settings: the whole tree.
        database: for the log.
        clock: when.
        launch: starts the process.
    """

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, launch: Launch = launched
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._launch = launch
        self._turn = threading.Lock()

    def place(self, person: Person) -> LearningFolder:
        """The labelling folder, for what somebody does in it."""
        return LearningFolder(self._settings, self._database, self._clock, person.user_id)

    def work(self) -> Work | None:
        """What is being made, or was made last.

        Raises:
            ConfigError: its record cannot be understood.
        """
        with self._turn:
            return self._bench().work()

    def order(self, person: Person, order: WorkOrder) -> None:
        """Let something be made; what was stopped goes on where it was.

        Raises:
            ConfigError: the folder cannot be used, or no process started.
            Conflict: something is being made, or there is no data set to train on.
            ModelError: the libraries of a training are not installed.
            NotAllowed: the role is held for single communes only.
        """
        require_province(person, Permission.TRAIN_MODELS)
        place = self.place(person)
        if order.making is Making.CANDIDATE:
            require_training()
            if not versions(place.datasets):
                raise Conflict(N_("There is no data set yet: make one first."))
        bench = self._bench()
        with self._turn:
            held = bench.hold()
            try:
                work = bench.begin(order, person.user_id)
                place.log(
                    f"{order.making}.ordered", "labels:verified", is_freezing=order.is_freezing
                )
                self._launch(self._settings, work, held, bench.folder / LOG)
            finally:
                os.close(held)

    def stop(self, person: Person) -> None:
        """End what is being made; what it has done stays done.

        Raises:
            Conflict: nothing is being made, or it cannot be reached from here.
            NotAllowed: the role is held for single communes only.
        """
        require_province(person, Permission.TRAIN_MODELS)
        with self._turn:
            making = self._bench().stop()
        self.place(person).log("making.stopped", "labels:verified", making=str(making))

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One promotion or roll-back after the other."""
        with self._turn:
            yield

    def _bench(self) -> Bench:
        return Bench(labelling_folder(self._settings.data_folder), self._clock)
