"""One ONVIF camera: its clock, its services, and asking them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self

from lxml import etree
from zeep import Client

from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.onvif.addresses import device_address, host_port, reachable
from litterwatch.camera_adapters.onvif.clock import (
    ALARM,
    ClockReading,
    read_clock,
    told_time,
)
from litterwatch.camera_adapters.onvif.descriptions import SETTINGS, Service, described
from litterwatch.camera_adapters.onvif.errors import translated
from litterwatch.camera_adapters.onvif.login import ClockedToken
from litterwatch.camera_adapters.onvif.transport import CameraTransport
from litterwatch.camera_adapters.quirks import QuirkNotes
from litterwatch.detector.errors import SourceAuthFailed, SourceUnreadable, SourceUnsupported
from litterwatch.detector.protocols import Clock

_XADDR: Final = "{http://www.onvif.org/ver10/schema}XAddr"
TIMEOUT: Final = 10.0
"""How long one answer may take, s."""
_CAPABILITIES: Final = {
    "Device": Service.DEVICE,
    "Media": Service.MEDIA,
    "Events": Service.EVENTS,
    "PTZ": Service.PTZ,
    "Search": Service.SEARCH,
    "Replay": Service.REPLAY,
}
"""How services are called in the older list."""


class OnvifCamera:
    """Speaks to one camera; nothing is asked before `connect`.

    Args:
        address: of its device service, or its host; without credentials.
        credentials: None asks what anybody may ask.
        clock: the host's.
        timeout: how long one answer may take, s.

    Attributes:
        address: of its device service.
        where: `host:port`, for people.
        notes: faults of the vendor that were met.
        reading: its clock against ours, None before `connect` or where it does not tell.
        services: addresses of what it offers.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        clock: Clock,
        *,
        timeout: float = TIMEOUT,
    ) -> None:
        self.address = device_address(address)
        self.where = host_port(self.address)
        self.notes = QuirkNotes()
        self.reading: ClockReading | None = None
        self.services: dict[Service, str] = {Service.DEVICE: self.address}
        self.clock = clock
        self.timeout = timeout
        self._credentials = credentials
        self._is_clock_of_web_server = False
        self._transport = CameraTransport(credentials, clock, timeout, self.notes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release connections; may be called twice."""
        self._transport.close()

    def connect(self) -> None:
        """Read its clock, then what it offers.

        Raises:
            SourceError: it cannot be reached, refuses the login or is no ONVIF camera.
        """
        self.read_clock()
        with translated(self.where):
            self._find_services()

    def read_clock(self) -> None:
        """Read its clock again; what it was before is forgotten.

        Raises:
            SourceError: it cannot be reached or refuses the login.
        """
        try:
            self.reading = read_clock(self._asked_time, self.clock)
        except (SourceUnreadable, SourceUnsupported):
            # What tells no time is tried with ours; if it answers other questions it is a camera.
            self.reading = None

    def now(self) -> datetime:
        """The camera's time as far as we know it, UTC."""
        ahead = timedelta() if self.reading is None else self.reading.difference
        return self.clock.now().astimezone(UTC) + ahead

    def offers(self, service: Service) -> bool:
        """Whether it named such a service."""
        return service in self.services

    def call(self, service: Service, operation: str, **arguments: Any) -> Any:
        """Ask; zeep's answer.

        Raises:
            SourceUnsupported: it does not offer the service or the operation.
            SourceAuthFailed: it refused the login.
            SourceError: anything else.
        """
        if service not in self.services:
            raise SourceUnsupported(
                f"The camera at {self.where} has no {service.name.lower()} service: do without."
            )
        return self.call_at(self.services[service], service, operation, **arguments)

    def call_at(
        self,
        address: str,
        service: Service,
        operation: str,
        *,
        plugins: tuple[Any, ...] = (),
        is_signed: bool = True,
        seconds: float | None = None,
        **arguments: Any,
    ) -> Any:
        """As `call`, at an address of its own.

        Args:
            address: where to ask.
            service: whose description is used.
            operation: its name there.
            plugins: of zeep, for headers.
            is_signed: whether the login is sent.
            seconds: how long the answer may take, where that is more than usual.
            **arguments: of the operation.
        """
        token = None
        if is_signed and self._credentials is not None:
            token = ClockedToken(self._credentials, self.now)
        transport = self._transport
        if seconds is not None:
            transport = CameraTransport(self._credentials, self.clock, seconds, self.notes)
        try:
            with translated(self.where):
                client = Client(
                    described(service.file),
                    wsse=token,
                    transport=transport,
                    plugins=list(plugins),
                    settings=SETTINGS,
                )
                proxy = client.create_service(service.binding, address)
                return getattr(proxy, operation)(**arguments)
        finally:
            if transport is not self._transport:
                transport.close()

    def _asked_time(self) -> datetime:
        try:
            answer = self.call_at(
                self.address, Service.DEVICE, "GetSystemDateAndTime", is_signed=False
            )
        except SourceAuthFailed:
            self.notes.note("clock-needs-login")
            if self._is_clock_of_web_server:
                return self._web_time()
            try:
                answer = self.call(Service.DEVICE, "GetSystemDateAndTime")
            except SourceAuthFailed:
                # One login was refused. If the clocks agree it was the password; else the time.
                if abs(self._web_time() - self.now()) <= ALARM:
                    raise
                self._is_clock_of_web_server = True
                return self._web_time()
        with translated(self.where):
            at, is_utc = told_time(answer)
        if not is_utc:
            self.notes.note("no-utc-time")
        return at

    def _web_time(self) -> datetime:
        """The time its web server writes on every answer; ours where it writes none."""
        return self._transport.told_date or self.now()

    def _find_services(self) -> None:
        """Lay both lists of services together: each of them is incomplete in some camera."""
        newer = self._listed()
        older = self._capabilities()
        if not newer and not older:
            raise SourceUnreadable(
                f"The camera at {self.where} names no services: check address and port."
            )
        if newer and Service.EVENTS in newer and Service.EVENTS not in older:
            self.notes.note("capabilities-incomplete")
        if Service.MEDIA2 not in newer:
            self.notes.note("no-media2")
        for service, address in {**older, **newer}.items():
            if service is not Service.DEVICE:
                self.services[service] = reachable(address, self.address, self.notes)

    def _listed(self) -> dict[Service, str]:
        known = {one.namespace: one for one in _CAPABILITIES.values()}
        known[Service.MEDIA2.namespace] = Service.MEDIA2
        try:
            answer = self.call(Service.DEVICE, "GetServices", IncludeCapability=False)
        except SourceUnsupported:
            self.notes.note("no-services")
            return {}
        return {
            known[one.Namespace]: str(one.XAddr)
            for one in answer or ()
            if one.Namespace in known and one.XAddr
        }

    def _capabilities(self) -> dict[Service, str]:
        try:
            answer = self.call(Service.DEVICE, "GetCapabilities", Category=["All"])
        except SourceUnsupported:
            return {}
        found = dict(_extended(getattr(answer, "Extension", None)))
        for name, service in _CAPABILITIES.items():
            address = getattr(getattr(answer, name, None), "XAddr", None)
            if address:
                found[service] = str(address)
        return found


def _extended(extension: Any) -> Iterator[tuple[Service, str]]:
    """Services in the extension, whose elements zeep hands on as they came."""
    for element in getattr(extension, "_value_1", None) or ():
        service = _CAPABILITIES.get(etree.QName(element).localname)
        address = element.findtext(_XADDR)
        if service is not None and address:
            yield service, address.strip()
