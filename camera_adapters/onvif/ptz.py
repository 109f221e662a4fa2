"""Where a moving camera points: zones belong to a preset and sleep while it is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.descriptions import Service
from litterwatch.camera_adapters.onvif.errors import translated

TOLERANCE: Final = 0.02
"""How far it may be from a preset and still stand there, in the generic space (-1 to 1, 0 to 1).

A hundredth of the range of a dome is some two degrees; motors settle within half of that.
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Where it points; pan and tilt -1 to 1, zoom 0 to 1."""

    pan: float
    tilt: float
    zoom: float

    def is_at(self, other: "Position", tolerance: float = TOLERANCE) -> bool:
        """Whether two positions are the same for our purpose."""
        return (
            abs(self.pan - other.pan) <= tolerance
            and abs(self.tilt - other.tilt) <= tolerance
            and abs(self.zoom - other.zoom) <= tolerance
        )


@dataclass(frozen=True, slots=True)
class Preset:
    """A place it can be sent to; `position` is None where the camera does not tell."""

    token: str
    name: str
    position: Position | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a camera stands.

    Attributes:
        preset: the one it stands at; None where it stands at none, or nobody knows.
        is_known: whether the camera told; else `preset` is where it was last sent.
        is_moving: it says that it is on its way.
    """

    preset: Preset | None
    is_known: bool
    is_moving: bool


UNKNOWN: Final = Standing(None, is_known=False, is_moving=False)
"""Where a camera stands that cannot tell."""


class PtzHead:
    """The motor of a camera, for one profile.

    Args:
        camera: connected.
        profile_token: a profile with PTZ.
    """

    def __init__(self, camera: OnvifCamera, profile_token: str) -> None:
        self._camera = camera
        self._profile = profile_token
        self._sent_to: str | None = None

    def presets(self) -> tuple[Preset, ...]:
        """Every place it can be sent to.

        Raises:
            SourceUnsupported: it has no motor.
            SourceError: it does not tell.
        """
        answer = self._camera.call(Service.PTZ, "GetPresets", ProfileToken=self._profile)
        with translated(self._camera.where):
            return tuple(
                Preset(str(one.token), str(one.Name or one.token), _position(one.PTZPosition))
                for one in answer or ()
                if one.token is not None
            )

    def go_to(self, token: str) -> None:
        """Send it to a preset; it arrives some seconds later.

        Raises:
            SourceError: it does not go.
        """
        self._camera.call(Service.PTZ, "GotoPreset", ProfileToken=self._profile, PresetToken=token)
        self._sent_to = token

    def standing(self, presets: Sequence[Preset]) -> Standing:
        """At which of these presets it stands.

        Raises:
            SourceError: it does not tell.
        """
        answer = self._camera.call(Service.PTZ, "GetStatus", ProfileToken=self._profile)
        moving = getattr(answer, "MoveStatus", None)
        is_moving = "MOVING" in {
            str(getattr(moving, axis, None) or "") for axis in ("PanTilt", "Zoom")
        }
        position = _position(getattr(answer, "Position", None))
        if position is None:
            self._camera.notes.note("position-missing")
            sent_to = next((one for one in presets if one.token == self._sent_to), None)
            return Standing(sent_to, is_known=False, is_moving=is_moving)
        at = next(
            (one for one in presets if one.position is not None and position.is_at(one.position)),
            None,
        )
        return Standing(at, is_known=True, is_moving=is_moving)


def _position(value: Any) -> Position | None:
    pan_tilt, zoom = getattr(value, "PanTilt", None), getattr(value, "Zoom", None)
    if pan_tilt is None:
        return None
    try:
        return Position(
            float(pan_tilt.x), float(pan_tilt.y), 0.0 if zoom is None else float(zoom.x)
        )
    except (TypeError, ValueError):
        return None
