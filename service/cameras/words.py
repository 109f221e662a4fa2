"""Reports about cameras as text."""

from collections.abc import Sequence
from typing import Final

from litterwatch.camera_adapters.connection import Transport
from litterwatch.service.cameras.findings import ProbeReport, StreamReport, Weight, length
from litterwatch.service.cameras.service import KnownCamera
from litterwatch.service.cameras.tables import CameraRow

_MARKS: Final = {Weight.FAULT: "!!", Weight.WARNING: " !", Weight.NOTE: "  "}


def report_text(camera_id: str, report: ProbeReport) -> str:
    """What a probe found, faults first."""
    verdict = "can be watched" if report.is_usable else "cannot be watched"
    lines = [f"Camera {camera_id} {verdict} (looked at for {report.seconds:.0f} s)."]
    device = report.device
    if device:
        about = f"{device['manufacturer']} {device['model']}, firmware {device['firmware']}"
        lines.append(f"   camera      {about}")
    if report.clock_error is not None and report.clock_uncertainty is not None:
        way = "ahead" if report.clock_error >= 0 else "behind"
        error = length(abs(report.clock_error))
        lines.append(f"   clock       {error} {way}, known to {report.clock_uncertainty:.2f} s")
    if report.answer_seconds is not None:
        lines.append(f"   answers in  {report.answer_seconds * 1000:.0f} ms")
    lines += _stream("main", report.main) + _stream("sub", report.sub)
    if report.certificate:
        lines.append(f"   certificate {report.certificate}")
    if report.snapshot_address:
        lines.append(f"   picture     {report.snapshot_address}")
    if report.masks is not None:
        lines.append(f"   masks       {report.masks} privacy masks on in the camera")
    offered = [
        name
        for name, has in (("events", report.has_events), ("recordings", report.has_recordings))
        if has
    ]
    if report.presets:
        offered.append("presets " + ", ".join(report.presets.values()))
    if offered:
        lines.append(f"   offers      {'; '.join(offered)}")
    order = list(Weight)
    for finding in sorted(report.findings, key=lambda one: order.index(one.weight)):
        lines.append(f"{_MARKS[finding.weight]} {finding.text}")
    return "\n".join(lines)


def _stream(name: str, stream: StreamReport | None) -> list[str]:
    if stream is None:
        return []
    gop = "key frames unknown"
    if stream.gop is not None and stream.gop_seconds is not None:
        gop = f"a key frame each {stream.gop} frames ({stream.gop_seconds:.1f} s)"
    size = f"{stream.width}x{stream.height}"
    start = f"first picture after {stream.first_picture:.1f} s"
    if stream.transport is not Transport.TCP:
        start += f", over {stream.transport.upper()}"
    return [
        f"   {name + ' stream':<11} {stream.address}",
        f"               {stream.codec} {size}, {stream.fps:.1f} pictures/s, {gop}, {start}",
    ]


def list_text(cameras: Sequence[KnownCamera]) -> str:
    """Cameras, a line each."""
    if not cameras:
        return "There are no cameras yet: litterwatch cameras discover, then cameras add."
    width = max(len(known.entry.id) for known in cameras)
    return "\n".join(
        f"{known.entry.id:<{width}}  {_state(known.row):<14}  {_place(known)}" for known in cameras
    )


def _state(row: CameraRow | None) -> str:
    if row is None:
        return "no address"
    if row.probe is None:
        return "not probed"
    return "usable" if row.probe.get("is_usable") else "not usable"


def _place(known: KnownCamera) -> str:
    entry, row = known.entry, known.row or CameraRow()
    address = row.main_address or row.onvif_address or row.snapshot_address or ""
    way = " over UDP" if row.transport is Transport.UDP else ""
    name = "" if entry.name == entry.id else f"  ({entry.name})"
    return f"{address}{way}{name}"
