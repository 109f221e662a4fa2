"""How the cameras of a running watch are, read from the status it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError
from litterwatch.service.runtime.board import FRESH, age_of, read_status
from litterwatch.service.texts import N_

STARTING: Final = "starting"
LINKS: Final[Mapping[str, str]] = {
    STARTING: N_("is starting"),
    "unreachable": N_("does not answer"),
    "unauthorised": N_("refuses the password"),
    "untrusted": N_("shows a certificate that is not believed"),
    "stalled": N_("is connected and sends nothing"),
    "no_key_frames": N_("sends no key frames"),
    "wrong_codec": N_("sends a format that cannot be read"),
    "ring_unusable": N_("cannot be kept: the ring's folder refuses"),
}
BLIND: Final[Mapping[str, str]] = {
    "frozen": N_("gives the same picture again and again"),
    "dark": N_("is too dark to see anything"),
    "covered": N_("is covered"),
    "turned": N_("was turned away"),
    "blurred": N_("is out of focus"),
}
LATE: Final = N_("is judged late: the machine cannot keep up")
LEFT_OUT: Final = N_("cannot be watched as it stands in the register")
UNKNOWN: Final = N_("is in a state that this desk does not know")


@dataclass(frozen=True, slots=True)
class LiveCamera:
    """One camera.

    Attributes:
        id: as in the register of live cameras.
        is_well: whether it watches.
        is_online: whether pictures come.
        troubles: what is wrong with it, in English, each a predicate of "the camera".
        why: one sentence of the machine.
        since: since when it is as it is; None where nobody has noted it.
        taken_at: when its newest picture was taken.
    """

    id: str
    is_well: bool
    is_online: bool
    troubles: tuple[str, ...]
    why: str | None
    since: datetime | None
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """A watch at one moment.

    Attributes:
        written_at: when it said so.
        is_running: whether that was just now.
        cameras: by id.
        config_error: why the cameras are not used as they are described now.
        storing_fails: why events cannot be stored.
        share: of the wanted rates that is given, 0 to 1.
    """

    written_at: datetime
    is_running: bool
    cameras: tuple[LiveCamera, ...]
    config_error: str | None
    storing_fails: str | None
    share: float


def live_status(folder: Path, now: datetime) -> LiveStatus | None:
    """How the watch on a data folder is; None where none has ever run."""
    try:
        told = read_status(folder)
    except ConfigError:
        return None
    cameras = [_camera(said) for said in told["cameras"]]
    cameras += [_left_out(said) for said in told.get("left_out", ())]
    return LiveStatus(
        written_at=datetime.fromisoformat(told["written_at"]),
        is_running=age_of(told, now) <= FRESH,
        cameras=tuple(sorted(cameras, key=lambda camera: camera.id)),
        config_error=told["config_error"],
        storing_fails=told["kept"]["failing"],
        share=min((group["share"] for group in told["groups"]), default=1.0),
    )


def _camera(said: Mapping[str, Any]) -> LiveCamera:
    is_online = said["link"] == "online"
    troubles = [] if is_online else [LINKS.get(said["link"], UNKNOWN)]
    troubles += [BLIND.get(why, UNKNOWN) for why in said["blind"]]
    if said["is_late"]:
        troubles.append(LATE)
    return LiveCamera(
        id=said["camera_id"],
        is_well=said["is_well"],
        is_online=is_online,
        troubles=tuple(troubles),
        why=None if is_online else said["why"],
        since=_moment(said.get("since")),
        taken_at=_moment(said["captured_at"]),
    )


def _left_out(said: Mapping[str, Any]) -> LiveCamera:
    return LiveCamera(
        id=said["camera_id"],
        is_well=False,
        is_online=False,
        troubles=(LEFT_OUT,),
        why=said["why"],
        since=None,
        taken_at=None,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
