"""The device service: what it is, what time it is, what it can."""

from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from litterwatch.camera_adapters.fake_camera.plan import FakePlan
from litterwatch.camera_adapters.fake_camera.soap import PREFIXES, SoapRequest, not_supported

SERVICES = ("tds", "trt", "tr2", "tev", "tptz", "tse", "trp")
LOCAL = timedelta(hours=7)
"""How far the camera's local time is ahead of UTC: Viet Nam."""


def service_address(prefix: str, request: SoapRequest) -> str:
    """Where a service is."""
    name = {"tds": "device_service", "tev": "event_service"}.get(prefix, prefix)
    return f"{request.base}/onvif/{name}"


def information(plan: FakePlan) -> str:
    """Answer to GetDeviceInformation."""
    return (
        "<tds:GetDeviceInformationResponse>"
        f"<tds:Manufacturer>{escape(plan.manufacturer)}</tds:Manufacturer>"
        f"<tds:Model>{escape(plan.model)}</tds:Model>"
        f"<tds:FirmwareVersion>{escape(plan.firmware)}</tds:FirmwareVersion>"
        f"<tds:SerialNumber>{escape(plan.serial)}</tds:SerialNumber>"
        "<tds:HardwareId>fake</tds:HardwareId></tds:GetDeviceInformationResponse>"
    )


def date_and_time(plan: FakePlan, now: datetime) -> str:
    """Answer to GetSystemDateAndTime, whole seconds as the standard has it."""
    utc = "" if plan.has("no-utc-time") else _time("tt:UTCDateTime", now)
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
        "<tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>"
        f"<tt:TimeZone><tt:TZ>ICT-07:00:00</tt:TZ></tt:TimeZone>{utc}"
        f"{_time('tt:LocalDateTime', now + LOCAL)}"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _time(name: str, at: datetime) -> str:
    return (
        f"<{name}><tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute>"
        f"<tt:Second>{at.second}</tt:Second></tt:Time><tt:Date><tt:Year>{at.year}</tt:Year>"
        f"<tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day></tt:Date></{name}>"
    )


def _offered(plan: FakePlan) -> tuple[str, ...]:
    missing = set()
    if plan.has("no-media2"):
        missing.add("tr2")
    if not plan.presets:
        missing.add("tptz")
    if not plan.recordings:
        missing.update(("tse", "trp"))
    return tuple(prefix for prefix in SERVICES if prefix not in missing)


def services(plan: FakePlan, request: SoapRequest) -> str:
    """Answer to GetServices.

    Raises:
        FaultAnswer: it is too old to know the question.
    """
    if plan.has("no-services"):
        raise not_supported("GetServices")
    listed = "".join(
        f"<tds:Service><tds:Namespace>{PREFIXES[prefix]}</tds:Namespace>"
        f"<tds:XAddr>{service_address(prefix, request)}</tds:XAddr>"
        "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
        for prefix in _offered(plan)
    )
    return f"<tds:GetServicesResponse>{listed}</tds:GetServicesResponse>"


def capabilities(plan: FakePlan, request: SoapRequest) -> str:
    """Answer to GetCapabilities; Media2 has no place in it by the standard."""

    def part(name: str, prefix: str, more: str = "") -> str:
        address = f"<tt:XAddr>{service_address(prefix, request)}</tt:XAddr>"
        return f"<tt:{name}>{address}{more}</tt:{name}>"

    denied = "false" if plan.has("pull-point-denied") else "true"
    events = part(
        "Events",
        "tev",
        "<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>"
        f"<tt:WSPullPointSupport>{denied}</tt:WSPullPointSupport>"
        "<tt:WSPausableSubscriptionManagerInterfaceSupport>false"
        "</tt:WSPausableSubscriptionManagerInterfaceSupport>",
    )
    streaming = "<tt:StreamingCapabilities><tt:RTP_TCP>true</tt:RTP_TCP></tt:StreamingCapabilities>"
    offered = _offered(plan)
    parts = [part("Device", "tds")]
    if not plan.has("capabilities-incomplete"):
        parts.append(events)
    parts.append(part("Media", "trt", streaming))
    if "tptz" in offered and not plan.has("capabilities-incomplete"):
        parts.append(part("PTZ", "tptz"))
    if "tse" in offered:
        extension = part("Search", "tse", "<tt:MetadataSearch>false</tt:MetadataSearch>")
        parts.append(f"<tt:Extension>{extension}{part('Replay', 'trp')}</tt:Extension>")
    return (
        "<tds:GetCapabilitiesResponse><tds:Capabilities>"
        f"{''.join(parts)}</tds:Capabilities></tds:GetCapabilitiesResponse>"
    )


def scope_list(plan: FakePlan) -> tuple[str, ...]:
    """What it says of itself when it is looked for."""
    return (
        "onvif://www.onvif.org/type/video_encoder",
        "onvif://www.onvif.org/Profile/Streaming",
        *(("onvif://www.onvif.org/Profile/G",) if plan.recordings else ()),
        f"onvif://www.onvif.org/hardware/{plan.model}",
        f"onvif://www.onvif.org/name/{plan.manufacturer}%20{plan.serial}",
        "onvif://www.onvif.org/location/country/vietnam",
    )


def scopes(plan: FakePlan) -> str:
    """Answer to GetScopes."""
    listed = "".join(
        "<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef>"
        f"<tt:ScopeItem>{escape(scope)}</tt:ScopeItem></tds:Scopes>"
        for scope in scope_list(plan)
    )
    return f"<tds:GetScopesResponse>{listed}</tds:GetScopesResponse>"


def hostname(plan: FakePlan) -> str:
    """Answer to GetHostname."""
    return (
        "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>"
        f"<tt:Name>{escape(plan.serial.lower())}</tt:Name></tds:HostnameInformation>"
        "</tds:GetHostnameResponse>"
    )
