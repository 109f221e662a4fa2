"""What a probe found, and what is wrong about it in plain words."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from litterwatch.camera_adapters.certificates import Trust
from litterwatch.camera_adapters.connection import Transport

SLOW_FPS: Final = 6.0
"""Below the rate of analysis things are missed."""
LONG_GOP: Final = 5.0
"""Evidence begins at a key frame and a lost picture lasts until the next one, s."""
SLOW_PICTURE: Final = 8.0
"""Longer until the first picture, s, and a reconnect misses too much."""


class Weight(StrEnum):
    """How much a finding matters."""

    FAULT = "fault"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence for the operator; `code` for programs."""

    weight: Weight
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One stream, as measured over a transport; see `StreamFindings`."""

    address: str
    codec: str
    width: int
    height: int
    fps: float
    gop: int | None
    gop_seconds: float | None
    first_picture: float
    transport: Transport = Transport.TCP


@dataclass(slots=True)
class ProbeReport:
    """All that a probe found; empty or None where it found nothing.

    Attributes:
        device: manufacturer, model, firmware, serial.
        clock_error: seconds the camera is ahead; negative: behind.
        clock_uncertainty: s.
        answer_seconds: how long it takes to answer a question, s.
        main, sub: the stream that is kept and the one that is analysed.
        certificate: which one is believed, where it encrypts; empty where it does not.
        snapshot_address: HTTP.
        has_events, has_recordings: whether it offers them.
        masks: privacy masks that are switched on in the camera; None if it does not tell.
        ptz_profile: token of the profile whose head is asked; empty for a camera that stands.
        presets: PTZ presets by token.
        standing: token of the preset it stands at.
        quirks: faults of the vendor that were met, by name.
        seconds: how long the probe took.
        findings: what is wrong or worth knowing.
    """

    device: dict[str, str] = field(default_factory=dict)
    clock_error: float | None = None
    clock_uncertainty: float | None = None
    answer_seconds: float | None = None
    main: StreamReport | None = None
    sub: StreamReport | None = None
    certificate: str = ""
    snapshot_address: str = ""
    has_events: bool = False
    has_recordings: bool = False
    masks: int | None = None
    ptz_profile: str = ""
    presets: dict[str, str] = field(default_factory=dict)
    standing: str | None = None
    quirks: list[str] = field(default_factory=list)
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def tell(self, weight: Weight, code: str, text: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(weight, code, text))

    @property
    def is_usable(self) -> bool:
        """Whether the camera can be watched."""
        return not any(finding.weight is Weight.FAULT for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """For the database and for programs."""
        return {"is_usable": self.is_usable, **asdict(self)}


def judge_clock(report: ProbeReport, *, is_alarming: bool) -> None:
    """Say what the camera's clock means for evidence."""
    error = report.clock_error
    if error is None:
        report.tell(
            Weight.WARNING,
            "clock-unknown",
            "The camera does not tell its time: set its clock and time zone.",
        )
    elif is_alarming:
        way = "ahead of" if error > 0 else "behind"
        report.tell(
            Weight.WARNING,
            "clock-wrong",
            f"The camera's clock is {length(abs(error))} {way} this machine's: set it, and let it"
            " take its time from a time server (NTP). Times burnt into its picture are wrong.",
        )


def judge_certificate(report: ProbeReport, trust: Trust, *, is_new: bool) -> None:
    """Say which certificate is believed, and what that is worth.

    Args:
        report: where to say it.
        trust: what was given, or agreed on just now.
        is_new: whether it was agreed on just now.
    """
    report.certificate = str(trust)
    if trust.is_unchecked:
        report.tell(
            Weight.WARNING,
            "certificate-unchecked",
            "The camera's certificate is not checked: whoever stands between may watch along, and"
            " show other pictures. Agree on one: cameras add ID --replace --certificate sha256:...",
        )
    elif is_new:
        report.tell(
            Weight.WARNING,
            "certificate-agreed",
            "Nobody who is trusted here has signed the camera's certificate. The one that it shows"
            f" now is believed from now on, and no other: {trust}. Compare it with what the camera"
            " shows in its own menu: if it is another one, somebody stands between.",
        )


def judge_transport(report: ProbeReport, chosen: Transport, *, is_encrypted: bool) -> None:
    """Say that pictures come the other way only than the one that was chosen.

    Args:
        report: where to say it.
        chosen: over which none come, or none may.
        is_encrypted: UDP was chosen for what must not go readable; it was not tried.
    """
    name, other = chosen.upper(), chosen.other.upper()
    what = (
        f"What the camera encrypts cannot go over {name}"
        if is_encrypted
        else f"Over {name} no picture comes, over {other} it does: the camera does not offer"
        f" {name}, or something between lets it not through"
    )
    report.tell(
        Weight.FAULT,
        "transport",
        f"{what}. Choose the other: cameras add ID --replace --transport {chosen.other}",
    )


def judge_streams(report: ProbeReport) -> None:
    """Say what the streams mean for watching."""
    main, sub = report.main, report.sub
    if main is None:
        return
    if sub is None or sub.address == main.address:
        report.tell(
            Weight.NOTE,
            "no-sub-stream",
            "There is one stream for keeping and for analysing: switch on a second, smaller one"
            " (about 640 wide), it costs less to analyse.",
        )
    for name, stream in (("main", main), ("sub", sub)):
        if stream is not None and (name == "main" or stream.address != main.address):
            _judge_stream(report, name, stream)


def _judge_stream(report: ProbeReport, name: str, stream: StreamReport) -> None:
    if stream.codec not in {"h264", "hevc"}:
        report.tell(
            Weight.FAULT,
            "codec",
            f"The {name} stream is {stream.codec}: set the camera to H.264 or H.265.",
        )
    if 0 < stream.fps < SLOW_FPS:
        report.tell(
            Weight.WARNING,
            "slow",
            f"The {name} stream has {stream.fps:.1f} pictures a second: set 10 or more, below"
            f" {SLOW_FPS:.0f} things are missed.",
        )
    if stream.gop_seconds is None:
        report.tell(
            Weight.WARNING,
            "key-frames-rare",
            f"In the {name} stream fewer than two key frames came: set the key frame interval"
            " (GOP, I-frame interval) to 2 seconds.",
        )
    elif stream.gop_seconds > LONG_GOP:
        report.tell(
            Weight.WARNING,
            "key-frames-far",
            f"In the {name} stream key frames are {stream.gop_seconds:.1f} s apart: set the key"
            " frame interval (GOP, I-frame interval) to 2 seconds.",
        )
    if stream.first_picture > SLOW_PICTURE:
        report.tell(
            Weight.WARNING,
            "slow-start",
            f"The {name} stream takes {stream.first_picture:.1f} s until its first picture: check"
            " the network and the key frame interval.",
        )


def length(seconds: float) -> str:
    """A length of time for people."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 120 * 60:
        return f"{seconds / 60:.0f} minutes"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 86_400:.0f} days"
