"""What is known about a running watch at one moment: for `litterwatch status` and /metrics."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import litterwatch
from litterwatch.detector.errors import ConfigError
from litterwatch.service.outputs import write_whole
from litterwatch.service.runtime.condition import Condition
from litterwatch.service.runtime.keeper import Kept

STATUS_NAME: Final = "live-status.json"
FRESH: Final = 15.0
"""Seconds after which a status is old: nobody writes it any more."""


@dataclass(slots=True)
class GroupState:
    """A group's process: `share` of the wanted rates that is given, `busy` share of its time."""

    pid: int | None
    cameras: int
    share: float
    busy: float
    deaths: int


@dataclass(slots=True)
class Board:
    """Written by the supervisor, read by whoever asks.

    Attributes:
        conditions: of every camera that is watched, by id.
        groups: of cameras.
        kept: what the keeper has done.
        config_error: why the cameras are not used as they are described now.
        left_out: cameras that cannot be watched as they stand in the register, and why.
    """

    conditions: Mapping[str, Condition] = field(default_factory=dict)
    groups: tuple[GroupState, ...] = ()
    kept: Kept = field(default_factory=Kept)
    config_error: str | None = None
    left_out: tuple[tuple[str, str], ...] = ()
    _standing: dict[str, tuple[object, datetime]] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether every camera watches and everything found is stored."""
        cameras = all(condition.is_well for condition in self.conditions.values())
        is_told = self.config_error is None and not self.left_out
        return cameras and is_told and self.kept.failing is None

    def as_object(self, now: datetime) -> dict[str, Any]:
        """The content of the status file; it also says since when each camera is as it is."""
        self._note_changes(now)
        return {
            "litterwatch": litterwatch.__version__,
            "written_at": now.astimezone(UTC).isoformat(timespec="milliseconds"),
            "pid": os.getpid(),
            "is_well": self.is_well,
            "config_error": self.config_error,
            "left_out": [{"camera_id": name, "why": why} for name, why in self.left_out],
            "cameras": [
                {
                    **self.conditions[name].as_object(),
                    "since": self._standing[name][1].isoformat(timespec="milliseconds"),
                }
                for name in sorted(self.conditions)
            ],
            "groups": [asdict(group) for group in self.groups],
            "kept": asdict(self.kept),
        }

    def _note_changes(self, now: datetime) -> None:
        for name in self._standing.keys() - self.conditions.keys():
            del self._standing[name]
        for name, condition in self.conditions.items():
            standing = (condition.link, condition.blind, condition.is_late)
            if name not in self._standing or self._standing[name][0] != standing:
                self._standing[name] = (standing, now.astimezone(UTC))

    def write(self, folder: Path, now: datetime) -> None:
        """Write the status file of a data folder, whole or not at all.

        Raises:
            EvidenceError: the folder cannot be written.
        """
        text = json.dumps(self.as_object(now), ensure_ascii=False, indent=1)
        write_whole(folder / STATUS_NAME, text + "\n")


def read_status(folder: Path) -> dict[str, Any]:
    """The status file of a data folder.

    Raises:
        ConfigError: there is none.
    """
    try:
        status: dict[str, Any] = json.loads((folder / STATUS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{folder}: no watch has written its state there; start one with litterwatch watch"
            f" --out {folder}."
        ) from error
    return status


def age_of(status: Mapping[str, Any], now: datetime) -> float:
    """Seconds since a status was written."""
    return (now - datetime.fromisoformat(status["written_at"])).total_seconds()
