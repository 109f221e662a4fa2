"""Streams and pictures of a camera: by Media2 where it has that, else by Media."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litterwatch.camera_adapters.onvif.addresses import (
    is_stream_address,
    is_web_address,
    reachable,
)
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.descriptions import Service
from litterwatch.camera_adapters.onvif.errors import translated
from litterwatch.detector.errors import SourceUnavailable, SourceUnreadable, SourceUnsupported

_TT: Final = "{http://www.onvif.org/ver10/schema}"
_TR2: Final = "{http://www.onvif.org/ver20/media/wsdl}"
_SETUP: Final = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
_LEAST_WIDTH: Final = 320
"""A narrower stream shows too little to be analysed, px."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A stream as the camera describes it; None where it does not say.

    Attributes:
        token: its name for the camera.
        name: for people.
        codec: "H264", "H265", "JPEG", "MPEG4".
        size: (width, height), px.
        fps: at most, frames/s.
        gop: frames from key frame to key frame.
        stream_address: RTSP, without credentials; empty if it has none.
        snapshot_address: HTTP, without credentials; empty if it has none.
    """

    token: str
    name: str
    codec: str | None
    size: tuple[int, int] | None
    fps: float | None
    gop: int | None
    stream_address: str
    snapshot_address: str

    @property
    def pixels(self) -> int:
        """Of a picture; 0 if unknown."""
        return 0 if self.size is None else self.size[0] * self.size[1]


def profiles(camera: OnvifCamera) -> tuple[Profile, ...]:
    """Every profile with video, in the camera's order.

    Raises:
        SourceError: it does not tell.
    """
    if camera.offers(Service.MEDIA2):
        try:
            with translated(camera.where):
                found = _profiles2(camera)
        except (SourceUnsupported, SourceUnreadable):
            found = ()  # named and not there: Media is asked instead
        if found:
            return found
    with translated(camera.where):
        return tuple(
            _profile(camera, Service.MEDIA, one, _encoder(one.VideoEncoderConfiguration))
            for one in camera.call(Service.MEDIA, "GetProfiles") or ()
            if one.VideoEncoderConfiguration is not None
        )


def main_and_sub(found: Sequence[Profile]) -> tuple[Profile | None, Profile | None]:
    """The stream that is kept and the one that is analysed; both the same where there is one.

    The main one has the most pixels, the sub-stream the fewest that are still wide enough.
    """
    streamed = [one for one in found if one.stream_address and one.codec != "JPEG"]
    if not streamed:
        return None, None
    main = max(streamed, key=lambda one: one.pixels)
    wide = [one for one in streamed if one.size is None or one.size[0] >= _LEAST_WIDTH]
    return main, min(wide or streamed, key=lambda one: one.pixels)


def masks_switched_on(camera: OnvifCamera) -> int | None:
    """How many privacy masks of its own a camera lays on its picture; None if it does not tell.

    Only Media2 knows the question, and many cameras answer it with a fault.

    Raises:
        SourceAuthFailed: it refused the login.
    """
    if not camera.offers(Service.MEDIA2):
        return None
    try:
        with translated(camera.where):
            told = camera.call(Service.MEDIA2, "GetMasks") or ()
    except (SourceUnsupported, SourceUnavailable, SourceUnreadable):
        return None
    return sum(_is_on(one) for one in told)


def _is_on(mask: Any) -> bool:
    for element in mask._value_1 or ():  # noqa: SLF001 - zeep's name for what no description names
        if getattr(element, "tag", None) == f"{_TR2}Enabled":
            return (element.text or "").strip() in {"true", "1"}
    return False


@dataclass(frozen=True, slots=True)
class _Video:
    codec: str | None
    size: tuple[int, int] | None
    fps: float | None
    gop: int | None


def _encoder(encoder: Any) -> _Video:
    """What Media says of a stream; some of it may be missing."""
    size, rate = getattr(encoder, "Resolution", None), getattr(encoder, "RateControl", None)
    detail = getattr(encoder, "H264", None) or getattr(encoder, "MPEG4", None)
    return _Video(
        str(encoder.Encoding) if encoder.Encoding else None,
        None if size is None else _size(size.Width, size.Height),
        _positive(getattr(rate, "FrameRateLimit", None)),
        _whole(getattr(detail, "GovLength", None)),
    )


def _profile(camera: OnvifCamera, service: Service, told: Any, video: _Video) -> Profile:
    token = str(told.token)
    setup: dict[str, Any] = {"StreamSetup": _SETUP}
    if service is Service.MEDIA2:
        setup = {"Protocol": "RTSP"}
    return Profile(
        token=token,
        name=str(told.Name or token),
        codec=video.codec,
        size=video.size,
        fps=video.fps,
        gop=video.gop,
        stream_address=_address(camera, service, "GetStreamUri", ProfileToken=token, **setup),
        snapshot_address=_address(camera, service, "GetSnapshotUri", ProfileToken=token),
    )


def _address(camera: OnvifCamera, service: Service, operation: str, **arguments: Any) -> str:
    try:
        answer = camera.call(service, operation, **arguments)
    except (SourceUnsupported, SourceUnavailable, SourceUnreadable):
        # Not to have one is allowed, and some say so by breaking; the login is known to be good.
        if operation == "GetSnapshotUri":
            camera.notes.note("no-snapshot")
            return ""
        raise
    named = answer if isinstance(answer, str) else getattr(answer, "Uri", None)
    address = reachable(str(named or ""), camera.address, camera.notes)
    # Whatever else a camera names is not opened: it might be a file of this machine.
    fits = is_stream_address if operation == "GetStreamUri" else is_web_address
    return address if fits(address) else ""


def _profiles2(camera: OnvifCamera) -> tuple[Profile, ...]:
    found = []
    for one in camera.call(Service.MEDIA2, "GetProfiles", Type=["VideoEncoder"]) or ():
        inside = [element for element in one._value_1 or () if hasattr(element, "iter")]  # noqa: SLF001 - zeep's name for what no description names
        encoders = [part for element in inside for part in element.iter(f"{_TR2}VideoEncoder")]
        if not encoders:
            continue
        found.append(_profile(camera, Service.MEDIA2, one, _encoder2(encoders[0])))
    return tuple(found)


def _encoder2(element: Any) -> _Video:
    def text(name: str) -> str | None:
        found = element.find(f".//{_TT}{name}")
        return None if found is None else found.text

    return _Video(
        text("Encoding"),
        _size(text("Width"), text("Height")),
        _positive(text("FrameRateLimit")),
        _whole(element.get("GovLength")),
    )


def _size(width: Any, height: Any) -> tuple[int, int] | None:
    across, down = _whole(width), _whole(height)
    return None if across is None or down is None else (across, down)


def _whole(value: Any) -> int | None:
    number = _positive(value)
    return None if number is None else int(number)


def _positive(value: Any) -> float | None:
    """A number a camera wrote, where it makes sense."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 < number < 1e6 else None
