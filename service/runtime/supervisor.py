"""Runs the watch: groups of cameras in processes, what they find to the keeper, changes of files.

Nothing here waits for a camera, and whatever dies is started again.
"""

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final, Protocol

import structlog

from litterwatch.detector.errors import ConfigError, EvidenceError
from litterwatch.detector.protocols import Clock
from litterwatch.service.cameras_file import CameraEntry, CamerasRead
from litterwatch.service.runtime.board import Board, GroupState
from litterwatch.service.runtime.condition import Condition, Link
from litterwatch.service.runtime.group_process import GroupProcess
from litterwatch.service.runtime.keeper import Keeper
from litterwatch.service.runtime.lookouts import Lookouts
from litterwatch.service.runtime.stretches import Stretches

_log = structlog.get_logger(__name__)
_TURN: Final = 0.5  # s
_WRITE_EVERY, _LOOK_EVERY = 2.0, 2.0
_GOODBYE: Final = 25.0  # s that groups may take to finish


class CameraList(Protocol):
    """Which cameras are to be watched: those of the register, or those of a file."""

    def read(self) -> CamerasRead:
        """The cameras as they are to be watched now.

        Raises:
            ConfigError: that cannot be told.
        """
        ...

    def stamp(self, files: tuple[Path, ...]) -> tuple[object, ...]:
        """Another value than `CamerasRead.stamp` says that `read` would give something else.

        Raises:
            ConfigError: that cannot be told.
        """
        ...


@dataclass(slots=True)
class Supervisor:
    """The watch.

    Args:
        cameras: which ones.
        new_group: makes a group's process, not yet started.
        keeper: stores what is found.
        stretches: closed at the end.
        lookouts: over cameras beside their video.
        board: what others read.
        folder: the data folder, for the status file.
        group_size: cameras of a process at most.
        clock: the host's.
    """

    cameras: CameraList
    new_group: Callable[[], GroupProcess]
    keeper: Keeper
    stretches: Stretches
    lookouts: Lookouts
    board: Board
    folder: Path
    group_size: int
    clock: Clock
    _read: CamerasRead | None = None
    _tried: object = None
    _groups: list[GroupProcess] = field(default_factory=list)
    _looked_at: float = float("-inf")
    _written_at: float = float("-inf")

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Until asked to stop; then everything is finished in order.

        Raises:
            ConfigError: which cameras cannot be told at the start.
        """
        self._apply(self.cameras.read())
        self.keeper.start()
        _notify("READY=1")
        try:
            while not is_stopping():
                self._turn()
        finally:
            _notify("STOPPING=1")
            self._finish()

    def _turn(self) -> None:
        pipes = [group.pipe for group in self._groups if group.pipe is not None]
        if pipes:
            wait(pipes, _TURN)
        else:
            self.clock.sleep(_TURN)
        self._listen()
        self._tell_sleepers()
        now = self.clock.monotonic()
        if now - self._looked_at >= _LOOK_EVERY:
            self._looked_at = now
            self._follow_changes()
        if now - self._written_at >= _WRITE_EVERY:
            self._written_at = now
            self._write()
            _notify("WATCHDOG=1")

    def _listen(self) -> None:
        for group in self._groups:
            for found in group.receive():
                self.keeper.hear(found)
            what = group.watch()
            if what is not None:
                _log.error(what, cameras=[entry.id for entry in group.entries])

    def _follow_changes(self) -> None:
        """Use the files as they are now; what cannot be used leaves everything as it was."""
        assert self._read is not None
        try:
            stamp = self.cameras.stamp(self._read.files)
            if stamp in (self._read.stamp, self._tried):
                return
            self._tried = stamp
            read = self.cameras.read()
        except ConfigError as error:
            if self.board.config_error != str(error):
                _log.error("the cameras cannot be read; all goes on as before", why=str(error))
            self.board.config_error = str(error)
            return
        _log.info("the cameras have changed", cameras=len(read.entries))
        self._apply(read)

    def _apply(self, read: CamerasRead) -> None:
        self._read, self._tried = read, None
        self.board.config_error = None
        self.board.left_out = read.left_out
        for camera_id, why in read.left_out:
            _log.error("camera not watched", camera=camera_id, why=why)
        for entry in read.entries:
            if entry.connection.is_unchecked:
                _log.warning("the camera's certificate is not checked", camera=entry.id)
        self.lookouts.follow(read.entries)
        placed = [self.lookouts.placed(entry) for entry in read.entries]
        shares = assigned(placed, [g.entries for g in self._groups], self.group_size)
        while len(self._groups) < len(shares):
            self._groups.append(self.new_group())
        for group, entries in zip(self._groups, shares, strict=True):
            if group.entries != entries:
                group.set_cameras(entries)

    def _tell_sleepers(self) -> None:
        """Zones sleep where a camera has turned away from its preset, and wake when it is back."""
        for group in self._groups:
            entries = tuple(self.lookouts.placed(entry) for entry in group.entries)
            if entries != group.entries:
                group.set_cameras(entries)

    def _write(self) -> None:
        conditions: dict[str, Condition] = {}
        for group in self._groups:
            for entry in group.entries:
                conditions[entry.id] = Condition(entry.id, Link.STARTING)
            if group.pulse is not None:
                wanted = {entry.id for entry in group.entries}
                conditions.update(
                    (c.camera_id, c) for c in group.pulse.conditions if c.camera_id in wanted
                )
        unchecked = {e.id for g in self._groups for e in g.entries if e.connection.is_unchecked}
        self.board.conditions = {
            name: replace(
                condition, clock=self.lookouts.clock_of(name), is_unchecked=name in unchecked
            )
            for name, condition in conditions.items()
        }
        self.board.groups = tuple(
            GroupState(
                pid=group.pid,
                cameras=len(group.entries),
                share=group.pulse.share if group.pulse else 1.0,
                busy=group.pulse.busy if group.pulse else 0.0,
                deaths=group.deaths,
            )
            for group in self._groups
        )
        try:
            self.board.write(self.folder, self.clock.now())
        except EvidenceError as error:  # a full disk must not end the watch
            _log.error("the status cannot be written", why=str(error))

    def _finish(self) -> None:
        for group in self._groups:
            group.ask_to_stop()
        until = self.clock.monotonic() + _GOODBYE
        while self.clock.monotonic() < until and not all(g.has_ended for g in self._groups):
            pipes = [group.pipe for group in self._groups if group.pipe is not None]
            wait(pipes, _TURN)
            for group in self._groups:
                for found in group.receive():
                    self.keeper.hear(found)
                if group.pipe is None:
                    group.has_ended = True
        self._write()
        self.lookouts.close()
        for group in self._groups:
            group.close()
        self.keeper.stop()
        self._write()  # what was stored at the very end is told as well
        self.stretches.close(dict(self.board.conditions))


def assigned(
    entries: Sequence[CameraEntry], groups: Sequence[Sequence[CameraEntry]], size: int
) -> list[tuple[CameraEntry, ...]]:
    """Which group watches which cameras: each stays where it is, new ones fill the emptiest.

    Args:
        entries: all cameras to watch.
        groups: what the groups watch now.
        size: most cameras of one group.
    """
    wanted = {entry.id: entry for entry in entries}
    shares = [[wanted[e.id] for e in group if e.id in wanted] for group in groups]
    placed = {entry.id for share in shares for entry in share}
    fresh = [entry for entry in entries if entry.id not in placed]
    needed = -(-len(entries) // size)
    shares += [[] for _ in range(needed - len(shares))]
    for entry in fresh:
        roomy = min(shares, key=len)
        if len(roomy) >= size:
            roomy = []
            shares.append(roomy)
        roomy.append(entry)
    return [tuple(share) for share in shares]


def _notify(state: str) -> None:
    """Tell systemd, where it asks for it (sd_notify)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(state.encode(), address)
