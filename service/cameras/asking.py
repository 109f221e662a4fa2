"""Asking a camera of the register by ONVIF."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.detector.errors import ConfigError
from litterwatch.service.cameras.commands import Reach, opened_camera
from litterwatch.service.clock import SystemClock


@contextmanager
def asked_camera(
    camera_id: str, out: Path | None, settings: Path | None
) -> Iterator[tuple[OnvifCamera, Reach]]:
    """A camera, connected, and how it is reached.

    Raises:
        ConfigError: it has no ONVIF address.
        NotFound: there is no such camera.
        SourceError: it cannot be reached, or refuses the login.
    """
    reach = opened_camera(camera_id, out, settings)
    address = reach.row.onvif_address
    if address is None:
        raise ConfigError(
            f"Camera {camera_id} has no ONVIF address to be asked at: give it with litterwatch"
            f" cameras add {camera_id} ADDRESS --replace."
        )
    with OnvifCamera(address, reach.login, SystemClock()) as camera:
        camera.connect()
        yield camera, reach
