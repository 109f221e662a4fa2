"""What is wrong with a camera, in plain words."""

from dataclasses import replace

import pytest

from litterwatch.camera_adapters.connection import Transport
from litterwatch.service.cameras.findings import (
    ProbeReport,
    StreamReport,
    Weight,
    judge_clock,
    judge_streams,
    judge_transport,
    length,
)
from litterwatch.service.cameras.words import report_text

GOOD = StreamReport("rtsp://c/main", "h264", 1920, 1080, 25.0, 50, 2.0, 1.5)
SUB = replace(GOOD, address="rtsp://c/sub", width=640, height=360)


def found(main: StreamReport | None, sub: StreamReport | None = None) -> ProbeReport:
    report = ProbeReport(main=main, sub=sub)
    judge_streams(report)
    return report


def test_a_good_camera_has_nothing_to_complain_of() -> None:
    report = found(GOOD, SUB)
    judge_clock(report, is_alarming=False)
    assert [one.code for one in report.findings] == ["clock-unknown"]
    report = found(GOOD, SUB)
    report.clock_error = 0.2
    judge_clock(report, is_alarming=False)
    assert report.findings == []
    assert report.is_usable


@pytest.mark.parametrize(
    ("change", "code", "weight"),
    [
        ({"codec": "mjpeg"}, "codec", Weight.FAULT),
        ({"fps": 4.0}, "slow", Weight.WARNING),
        ({"gop_seconds": 10.0}, "key-frames-far", Weight.WARNING),
        ({"gop_seconds": None, "gop": None}, "key-frames-rare", Weight.WARNING),
        ({"first_picture": 11.0}, "slow-start", Weight.WARNING),
    ],
)
def test_each_fault_of_a_stream_is_told_with_its_stream(
    change: dict[str, object], code: str, weight: Weight
) -> None:
    bad = replace(GOOD, **change)  # type: ignore[arg-type]
    (finding,) = found(bad, SUB).findings
    assert (finding.code, finding.weight) == (code, weight)
    assert "main stream" in finding.text
    (finding,) = found(GOOD, replace(bad, address="rtsp://c/sub")).findings
    assert "sub stream" in finding.text
    assert found(bad, SUB).is_usable == (weight is not Weight.FAULT)


@pytest.mark.parametrize(("chosen", "other"), [("udp", "tcp"), ("tcp", "udp")])
def test_a_transport_by_which_nothing_comes_names_the_other(chosen: str, other: str) -> None:
    report = found(GOOD, SUB)
    judge_transport(report, Transport(chosen), is_encrypted=False)
    (finding,) = report.findings
    assert finding.weight is Weight.FAULT
    way, instead = chosen.upper(), other.upper()
    assert finding.text.startswith(f"Over {way} no picture comes, over {instead} it does")
    assert finding.text.endswith(f"--transport {other}")


def test_how_a_stream_came_stands_in_the_report_where_it_is_unusual() -> None:
    assert "over" not in report_text("gate", found(GOOD, SUB))
    told = report_text("gate", found(replace(GOOD, transport=Transport.UDP), SUB))
    assert told.count(", over UDP") == 1


def test_one_stream_is_worth_a_note() -> None:
    assert [one.code for one in found(GOOD).findings] == ["no-sub-stream"]
    assert [one.code for one in found(GOOD, GOOD).findings] == ["no-sub-stream"]
    assert found(None).findings == []


@pytest.mark.parametrize(
    ("error", "words"), [(4020.0, "67 minutes ahead of"), (-7.0, "7.0 s behind")]
)
def test_a_wrong_clock_is_told_with_its_direction(error: float, words: str) -> None:
    report = ProbeReport(clock_error=error)
    judge_clock(report, is_alarming=True)
    assert words in report.findings[0].text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(90, "90.0 s"), (600, "10 minutes"), (7200, "2.0 hours"), (9e6, "104 days")],
)
def test_lengths_are_for_people(seconds: float, words: str) -> None:
    assert length(seconds) == words


def test_the_text_has_faults_first() -> None:
    report = found(replace(GOOD, codec="mjpeg", fps=3.0), SUB)
    report.tell(Weight.NOTE, "x", "A note.")
    lines = report_text("gate", report).splitlines()
    assert lines[0] == "Camera gate cannot be watched (looked at for 0 s)."
    marks = [line[:2] for line in lines if line.startswith(("!!", " !"))]
    assert marks == ["!!", " !"]
    assert lines[-1] == "   A note."
