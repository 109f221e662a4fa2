"""What a camera is."""

from dataclasses import dataclass

from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.descriptions import Service
from litterwatch.camera_adapters.onvif.errors import translated


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """As the camera writes it; empty where it writes nothing."""

    manufacturer: str
    model: str
    firmware: str
    serial: str


def device_information(camera: OnvifCamera) -> DeviceInformation:
    """Who made it, and which firmware it runs.

    Raises:
        SourceError: it does not tell.
    """
    answer = camera.call(Service.DEVICE, "GetDeviceInformation")

    def text(name: str) -> str:
        return str(getattr(answer, name, None) or "").strip()

    return DeviceInformation(
        text("Manufacturer"), text("Model"), text("FirmwareVersion"), text("SerialNumber")
    )


def scopes(camera: OnvifCamera) -> tuple[str, ...]:
    """What it says of itself: name, place, profiles.

    Raises:
        SourceError: it does not tell.
    """
    answer = camera.call(Service.DEVICE, "GetScopes")
    with translated(camera.where):
        return tuple(str(scope.ScopeItem) for scope in answer or () if scope.ScopeItem)
