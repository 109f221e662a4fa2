"""The media services: profiles, and where their video and pictures are."""

from xml.sax.saxutils import escape, quoteattr

from litterwatch.camera_adapters.fake_camera.plan import UNREACHABLE, FakePlan, FakeStream
from litterwatch.camera_adapters.fake_camera.soap import FaultAnswer, SoapRequest, not_supported


def _stream(plan: FakePlan, token: str) -> FakeStream:
    for stream in plan.streams:
        if stream.token == token:
            return stream
    raise FaultAnswer(400, "Sender", "ter:NoProfile", "there is no such profile")


def _seen_from(request: SoapRequest, address: str) -> str:
    """An address of video for who reached us as it did, where we listen at all addresses."""
    host = request.base.partition("://")[2].partition(":")[0]
    return address.replace("://0.0.0.0:", f"://{host}:", 1)


def _address(plan: FakePlan, address: str) -> str:
    """An address of video as the camera writes it."""
    if plan.has("addresses-behind-nat") and address:
        scheme, _, rest = address.partition("://")
        host = UNREACHABLE.partition("://")[2]
        address = f"{scheme}://{host}:554/{rest.partition('/')[2]}"
    if plan.has("credentials-in-addresses") and address:
        known = plan.credentials
        joint = "&" if "?" in address else "?"
        login = f"user={known.user}&password={known.password.reveal()}"
        return f"{address}{joint}{login}"
    return address


def _encoder(stream: FakeStream) -> str:
    width, height = stream.size
    h264 = (
        f"<tt:H264><tt:GovLength>{stream.gop}</tt:GovLength>"
        "<tt:H264Profile>Main</tt:H264Profile></tt:H264>"
        if stream.codec == "H264"
        else ""
    )
    return (
        f"<tt:VideoEncoderConfiguration token={quoteattr('enc-' + stream.token)}>"
        f"<tt:Name>{escape(stream.name)}</tt:Name><tt:UseCount>1</tt:UseCount>"
        f"<tt:Encoding>{stream.codec}</tt:Encoding>"
        f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height>"
        "</tt:Resolution><tt:Quality>4</tt:Quality><tt:RateControl>"
        f"<tt:FrameRateLimit>{stream.rate}</tt:FrameRateLimit>"
        "<tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>2048</tt:BitrateLimit>"
        f"</tt:RateControl>{h264}<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type>"
        "<tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port>"
        "<tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
        "<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>"
    )


_SOURCE = (
    '<tt:VideoSourceConfiguration token="vsc"><tt:Name>source</tt:Name><tt:UseCount>2</tt:UseCount>'
    "<tt:SourceToken>vs</tt:SourceToken>"
    '<tt:Bounds x="0" y="0" width="1920" height="1080"/></tt:VideoSourceConfiguration>'
)


def profiles(plan: FakePlan) -> str:
    """Answer to GetProfiles of Media; H.265 has no name in it and is left out."""
    listed = "".join(
        f'<trt:Profiles token={quoteattr(stream.token)} fixed="true">'
        f"<tt:Name>{escape(stream.name)}</tt:Name>{_SOURCE}{_encoder(stream)}</trt:Profiles>"
        for stream in plan.streams
        if stream.codec != "H265"
    )
    return f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>"


def stream_uri(plan: FakePlan, request: SoapRequest) -> str:
    """Answer to GetStreamUri of Media."""
    stream = _stream(plan, request.text("trt:ProfileToken"))
    address = _address(plan, _seen_from(request, stream.address))
    return _media_uri("GetStreamUriResponse", address)


def snapshot_uri(plan: FakePlan, request: SoapRequest) -> str:
    """Answer to GetSnapshotUri of Media."""
    if plan.has("no-snapshot"):
        raise not_supported("GetSnapshotUri")
    stream = _stream(plan, request.text("trt:ProfileToken"))
    address = _address(plan, f"{request.base}/snapshot/{stream.token}")
    return _media_uri("GetSnapshotUriResponse", address)


def _media_uri(name: str, address: str) -> str:
    return (
        f"<trt:{name}><trt:MediaUri><tt:Uri>{escape(address)}</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
        "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
        f"<tt:Timeout>PT60S</tt:Timeout></trt:MediaUri></trt:{name}>"
    )


def profiles2(plan: FakePlan) -> str:
    """Answer to GetProfiles of Media2."""
    if plan.has("no-media2"):
        raise not_supported("GetProfiles of Media2")
    listed = []
    for stream in plan.streams:
        width, height = stream.size
        listed.append(
            f'<tr2:Profiles token={quoteattr(stream.token)} fixed="true">'
            f"<tr2:Name>{escape(stream.name)}</tr2:Name><tr2:Configurations>"
            f"<tr2:VideoEncoder token={quoteattr('enc-' + stream.token)}"
            f' GovLength="{stream.gop}" Profile="Main">'
            f"<tt:Name>{escape(stream.name)}</tt:Name><tt:UseCount>1</tt:UseCount>"
            f"<tt:Encoding>{stream.codec}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>"
            f"<tt:Height>{height}</tt:Height></tt:Resolution>"
            '<tt:RateControl ConstantBitRate="false">'
            f"<tt:FrameRateLimit>{stream.rate}</tt:FrameRateLimit>"
            "<tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl><tt:Quality>4</tt:Quality>"
            "</tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>"
        )
    return f"<tr2:GetProfilesResponse>{''.join(listed)}</tr2:GetProfilesResponse>"


def stream_uri2(plan: FakePlan, request: SoapRequest) -> str:
    """Answer to GetStreamUri of Media2."""
    if plan.has("no-media2"):
        raise not_supported("GetStreamUri of Media2")
    stream = _stream(plan, request.text("tr2:ProfileToken"))
    address = escape(_address(plan, _seen_from(request, stream.address)))
    return f"<tr2:GetStreamUriResponse><tr2:Uri>{address}</tr2:Uri></tr2:GetStreamUriResponse>"


def masks2(masks: tuple[bool, ...]) -> str:
    """Answer to GetMasks of Media2."""
    corners = "".join(f'<tt:Point x="{x}" y="{y}"/>' for x, y in ((-1, 1), (0, 1), (0, 0)))
    listed = "".join(
        f'<tr2:Masks token="mask-{number}">'
        "<tr2:ConfigurationToken>vsc</tr2:ConfigurationToken>"
        f"<tr2:Polygon>{corners}</tr2:Polygon><tr2:Type>Color</tr2:Type>"
        f"<tr2:Enabled>{str(is_on).lower()}</tr2:Enabled></tr2:Masks>"
        for number, is_on in enumerate(masks, start=1)
    )
    return f"<tr2:GetMasksResponse>{listed}</tr2:GetMasksResponse>"


def snapshot_uri2(plan: FakePlan, request: SoapRequest) -> str:
    """Answer to GetSnapshotUri of Media2."""
    if plan.has("no-media2") or plan.has("no-snapshot"):
        raise not_supported("GetSnapshotUri of Media2")
    stream = _stream(plan, request.text("tr2:ProfileToken"))
    address = escape(_address(plan, f"{request.base}/snapshot/{stream.token}"))
    return f"<tr2:GetSnapshotUriResponse><tr2:Uri>{address}</tr2:Uri></tr2:GetSnapshotUriResponse>"
