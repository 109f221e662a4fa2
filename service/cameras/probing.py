"""Finding out about a camera: both streams, its clock, a picture, and what is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust, secured, shown_by
from litterwatch.camera_adapters.connection import Transport, host_and_port, is_encrypted
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.http_source import PicturesSource
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.descriptions import Service
from litterwatch.camera_adapters.onvif.device import device_information
from litterwatch.camera_adapters.onvif.media import (
    Profile,
    main_and_sub,
    masks_switched_on,
    profiles,
)
from litterwatch.camera_adapters.onvif.ptz import PtzHead
from litterwatch.camera_adapters.quirks import quirk
from litterwatch.camera_adapters.stream_probe import StreamFindings, probe_stream
from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUntrusted,
)
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Image
from litterwatch.service.cameras.findings import (
    ProbeReport,
    StreamReport,
    Weight,
    judge_certificate,
    judge_clock,
    judge_streams,
    judge_transport,
)

ANSWER_SECONDS: Final = 4.0
"""How long one answer may take during a probe, s."""
STREAM_SECONDS: Final = 12.0
"""How long each stream is looked at, at most, s."""
_LETS_GO: Final = 1.0
"""Seconds for a camera to let go of a session that came to nothing: until then it may be busy."""
_TRIES: Final = 2
"""How often the other transport is tried, where the camera is busy."""
SNAPSHOT_SIDE: Final = 1920

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CameraAddresses:
    """Where to look, None where nobody knows yet; and how the streams are to travel."""

    onvif: str | None = None
    main: str | None = None
    sub: str | None = None
    snapshot: str | None = None
    transport: Transport = Transport.TCP


@dataclass(frozen=True, slots=True)
class Probed:
    """A report, the picture that goes with it, and what was found to be kept.

    Attributes:
        addresses: by the names of the register.
        agreed: the certificate that is to be believed from now on; None where nothing is new.
    """

    report: ProbeReport
    picture: Image | None
    addresses: dict[str, str]
    agreed: Trust | None = None


def probe_camera(
    addresses: CameraAddresses,
    credentials: Credentials | None,
    clock: Clock,
    progress: Progress = lambda _: None,
    trust: Trust | None = None,
) -> Probed:
    """Look at a camera for less than a minute; whatever it does, there is a report.

    A login that was refused is not tried again, at no other door: cameras lock accounts. Where
    nobody has said which certificate is believed (`trust` is None), the one that the camera shows
    now is agreed on, and that is told. Where no picture comes over the transport that was chosen
    the other one is tried, once: that it works is told, and the choice stays as it is.

    Raises:
        ConfigError: an address cannot be used.
    """
    return _Probe(addresses, credentials, clock, progress, trust).run()


class _Probe:
    def __init__(
        self,
        addresses: CameraAddresses,
        credentials: Credentials | None,
        clock: Clock,
        progress: Progress,
        trust: Trust | None,
    ) -> None:
        self._trust = trust
        self._agreed: Trust | None = None
        self._given = addresses
        self._credentials = credentials
        self._clock = clock
        self._progress = progress
        self._report = ProbeReport()
        self._picture: Image | None = None
        self._main, self._sub, self._snapshot = addresses.main, addresses.sub, addresses.snapshot
        self._transport = addresses.transport
        self._has_tried_the_other_way = False
        self._is_refused = False

    def run(self) -> Probed:
        began = self._clock.monotonic()
        if self._given.onvif is not None:
            self._try(Weight.FAULT, "onvif", self._ask_onvif)
        if not self._is_refused:
            self._look_at_streams()
        if self._snapshot and not self._is_refused:
            self._progress("asking for a single picture")
            self._try(Weight.WARNING, "snapshot", self._take_snapshot)
        self._judge()
        self._report.seconds = round(self._clock.monotonic() - began, 1)
        found = {
            "main_address": self._main or "",
            "sub_address": self._sub or "",
            "snapshot_address": self._snapshot or "",
        }
        return Probed(self._report, self._picture, found, self._agreed)

    def _try(self, weight: Weight, code: str, step: Callable[[], None]) -> bool:
        try:
            step()
        except SourceAuthFailed as error:
            self._is_refused = True
            text = f"{error}{self._clock_hint()}"
            self._report.tell(Weight.FAULT, "login-refused", text)
        except SourceUntrusted as error:
            self._report.tell(Weight.FAULT, "certificate", str(error))
        except SourceError as error:
            self._report.tell(weight, code, str(error))
        else:
            return True
        return False

    def _clock_hint(self) -> str:
        if self._report.clock_error is None and self._given.onvif is not None:
            return " Its clock is unknown: if that is wrong by minutes, no password fits; set it."
        return ""

    def _ask_onvif(self) -> None:
        assert self._given.onvif is not None
        self._progress("asking the camera what it is")
        with OnvifCamera(
            self._given.onvif, self._credentials, self._clock, timeout=ANSWER_SECONDS
        ) as camera:
            try:
                self._ask(camera)
            finally:
                self._report.quirks = list(camera.notes.names)

    def _ask(self, camera: OnvifCamera) -> None:
        report = self._report
        camera.connect()
        if camera.reading is not None:
            report.clock_error = round(camera.reading.difference.total_seconds(), 2)
            report.clock_uncertainty = round(camera.reading.uncertainty.total_seconds(), 2)
        judge_clock(report, is_alarming=camera.reading is not None and camera.reading.is_alarming)
        asked = self._clock.monotonic()
        told = device_information(camera)
        report.answer_seconds = round(self._clock.monotonic() - asked, 3)
        report.device = {
            "manufacturer": told.manufacturer,
            "model": told.model,
            "firmware": told.firmware,
            "serial": told.serial,
        }
        report.has_events = camera.offers(Service.EVENTS)
        report.has_recordings = camera.offers(Service.SEARCH)
        found = profiles(camera)
        self._take_addresses(found)
        report.masks = masks_switched_on(camera)
        if camera.offers(Service.PTZ) and found:
            # A head that gives no presets is no reason not to watch.
            self._try(Weight.NOTE, "presets", lambda: self._ask_head(camera, found[0].token))

    def _take_addresses(self, found: Sequence[Profile]) -> None:
        main, sub = main_and_sub(found)
        # The largest picture there is; a camera may have pictures and no video.
        with_picture = [one for one in found if one.snapshot_address]
        best = max(with_picture, key=lambda one: one.pixels, default=None)
        if best is not None:
            self._snapshot = self._snapshot or best.snapshot_address
        if main is not None:
            self._main = self._main or main.stream_address
        if sub is not None and sub is not main:
            self._sub = self._sub or sub.stream_address

    def _ask_head(self, camera: OnvifCamera, token: str) -> None:
        head = PtzHead(camera, token)
        presets = head.presets()
        self._report.ptz_profile = token if presets else ""
        self._report.presets = {preset.token: preset.name for preset in presets}
        standing = head.standing(presets).preset
        self._report.standing = None if standing is None else standing.token
        if presets and standing is None:
            self._report.tell(
                Weight.NOTE,
                "no-preset",
                "The camera can turn and stands at none of its presets: its zones are asleep until"
                " it does.",
            )

    def _look_at_streams(self) -> None:
        encrypted = next((one for one in (self._main, self._sub) if one and is_encrypted(one)), "")
        if encrypted and not self._try(
            Weight.FAULT, "main-stream", lambda: self._look_at_certificate(encrypted)
        ):
            return
        if encrypted and self._transport is Transport.UDP:
            judge_transport(self._report, self._transport, is_encrypted=True)
            self._transport = Transport.TCP
        if self._main:
            self._progress("opening the main stream")
            self._try(Weight.FAULT, "main-stream", self._look_at_main)
        if self._sub and self._sub != self._main and not self._is_refused:
            self._progress("opening the sub-stream")
            self._try(Weight.WARNING, "sub-stream", self._look_at_sub)

    def _look_at_certificate(self, address: str) -> None:
        """Agree on the certificate where nobody has; before a login is sent."""
        self._progress("looking at the certificate")
        who, place = "The camera", host_and_port(address)
        if self._trust is None:
            try:
                secured(who, place, KNOWN_HERE, ANSWER_SECONDS).close()
                self._trust = KNOWN_HERE
            except SourceUntrusted:
                self._trust = self._agreed = shown_by(who, place, ANSWER_SECONDS)
        judge_certificate(self._report, self._trust, is_new=self._agreed is not None)

    def _look_at_main(self) -> None:
        assert self._main is not None
        found = self._looked_at(self._main)
        self._report.main, self._picture = self._measured(self._main, found), found.picture

    def _look_at_sub(self) -> None:
        assert self._sub is not None
        self._report.sub = self._measured(self._sub, self._looked_at(self._sub))

    def _looked_at(self, address: str) -> StreamFindings:
        """Over the transport that was chosen; where nothing comes that way, over the other one."""
        try:
            return self._opened(address, self._transport)
        except (SourceStalled, SourceUnavailable) as error:
            failed = error
        found = self._tried_the_other_way(address)
        if found is None:
            raise failed
        judge_transport(self._report, self._transport, is_encrypted=False)
        self._transport = self._transport.other
        return found

    def _tried_the_other_way(self, address: str) -> StreamFindings | None:
        """None also where it must not be tried, or was found to be no better already."""
        if self._has_tried_the_other_way or is_encrypted(address):
            return None
        self._has_tried_the_other_way = True
        self._progress(f"nothing comes; trying it over {self._transport.other.upper()}")
        for _ in range(_TRIES):
            self._clock.sleep(_LETS_GO)
            try:
                return self._opened(address, self._transport.other)
            except SourceAuthFailed:
                raise
            except SourceUnavailable:
                continue  # perhaps busy with the session before
            except SourceError:
                break
        return None  # what failed at first is told

    def _opened(self, address: str, transport: Transport) -> StreamFindings:
        trust = self._trust or KNOWN_HERE
        return probe_stream(
            address,
            self._credentials,
            self._clock,
            STREAM_SECONDS,
            trust=trust,
            transport=transport,
        )

    def _measured(self, address: str, found: StreamFindings) -> StreamReport:
        return StreamReport(
            address=address,
            codec=found.codec,
            width=found.width,
            height=found.height,
            fps=round(found.fps, 2),
            gop=found.gop,
            gop_seconds=None if found.gop_seconds is None else round(found.gop_seconds, 2),
            first_picture=round(found.first_picture, 2),
            transport=self._transport,
        )

    def _take_snapshot(self) -> None:
        assert self._snapshot is not None
        self._report.snapshot_address = self._snapshot
        source = PicturesSource(
            self._snapshot,
            self._credentials,
            self._clock,
            camera_id="probe",
            long_side=SNAPSHOT_SIDE,
            timeout=ANSWER_SECONDS,
        )
        frames = source.frames()
        frame = next(frames)
        source.close()
        if self._picture is None:
            self._picture = frame.image
        if source.sends_password_readable:
            self._report.quirks.append("basic-only")

    def _judge(self) -> None:
        report = self._report
        judge_streams(report)
        if report.main is None and report.is_usable:
            if self._picture is None:
                report.tell(
                    Weight.FAULT,
                    "no-video",
                    "No video was found: give its address with cameras add ID --stream.",
                )
            else:
                report.tell(
                    Weight.WARNING,
                    "pictures-only",
                    "There are single pictures only, no video: what happens between two of them is"
                    " not seen.",
                )
        for name in report.quirks:
            known = quirk(name)
            report.tell(Weight.NOTE, name, f"This camera {known.symptom}: {known.cure}.")
