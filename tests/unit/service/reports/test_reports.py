"""Reports of citizens: taken from anybody, hostile files refused, senders hidden."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from litterwatch.detector.errors import (
    Conflict,
    EvidenceDiskFull,
    EvidenceError,
    InvalidInput,
    NotAllowed,
    NotFound,
)
from litterwatch.service.actor import SYSTEM_ACTOR, Actor, Office
from litterwatch.service.cases.facts import find_case
from litterwatch.service.cases.state import Lane
from litterwatch.service.events.scripted import ScriptedHouse
from litterwatch.service.events.scripted_package import write_small_clip
from litterwatch.service.newest import written
from litterwatch.service.reports import decoder
from litterwatch.service.reports.forgetting import forget_senders
from litterwatch.service.reports.inbox import (
    ReportFilter,
    count_reports,
    page_of_reports,
    place_from,
    visible_report,
)
from litterwatch.service.reports.sandbox import UploadLimits, clean_copy
from litterwatch.service.reports.service import (
    PUBLIC_FORM,
    NewReport,
    read_sender,
    receive_report,
    status_of,
)
from litterwatch.service.reports.settling import (
    accept_report,
    answer_report,
    dismiss_report,
    forward_report,
)
from litterwatch.service.reports.tables import Channel, ReportRow, ReportState, UploadRow
from litterwatch.service.reports.uploads import MOST_FILES, STALE, Uploads
from litterwatch.service.tables import CustodyRow
from litterwatch.service.vault import Vault

UNIT = "01273"
CLERK = Actor("clerk", Office.CLERK, UNIT)
OFFICER = Actor("officer", Office.CASE_OFFICER, UNIT)
WORDS = NewReport(
    Channel.PORTAL,
    UNIT,
    "chân cầu",
    "có người đổ rác",
    occurred_at=datetime(2025, 12, 31, 20, tzinfo=UTC),
    position=(22.66, 106.26),
    contact="Nông Văn A, 0900 000 000",
    wants_reply=True,
)


class Inbox(ScriptedHouse):
    """A data folder that takes reports."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.vault = Vault(root)

    def receive(self, new: NewReport = WORDS, actor: Actor = PUBLIC_FORM) -> tuple[str, str]:
        with self.database.writing() as session:
            return receive_report(session, self.clock, actor, self.vault, new)

    def uploads(self, limits: UploadLimits | None = None, reserve: int = 0) -> Uploads:
        return Uploads(
            self.root, self.database, self.clock, self.vault, limits=limits, reserve_bytes=reserve
        )

    def upload_rows(self) -> list[UploadRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(UploadRow)))


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    inbox = Inbox(tmp_path)
    yield inbox
    inbox.close()


def sender_of(inbox: Inbox, actor: Actor, report: str, reason: str = "hỏi lại") -> str | None:
    return read_sender(inbox.database, inbox.clock, actor, inbox.vault, report, reason=reason)


def photo(width: int = 64, height: int = 48, kind: str = "JPEG") -> bytes:
    """A picture that says where it was taken and by which telephone."""
    exif = Image.Exif()
    exif[0x010F] = "Telephone 12"
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (22.0, 39.0, 57.0)
    pixels = np.full((height, width, 3), (200, 40, 40), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, exif=exif)
    return file.getvalue()


def test_a_report_is_taken_and_its_sender_is_in_no_column(inbox: Inbox) -> None:
    report, code = inbox.receive()
    with inbox.database.reading() as session:
        row = session.get_one(ReportRow, report)
        columns = " ".join(str(value) for value in vars(row).values())
        assert "Nông" not in columns
        assert "0900" not in columns
        assert code not in columns
        assert status_of(session, code) == (ReportState.RECEIVED, None)


def test_a_code_may_be_typed_in_any_way(inbox: Inbox) -> None:
    _, code = inbox.receive()
    with inbox.database.reading() as session:
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert status_of(session, typed)[0] is ReportState.RECEIVED
        with pytest.raises(NotFound):
            status_of(session, "00000-00000-00000")


def test_an_anonymous_report_is_taken(inbox: Inbox) -> None:
    report, _ = inbox.receive(NewReport(Channel.HOTLINE, UNIT, "chợ", "rác"), CLERK)
    assert sender_of(inbox, CLERK, report) is None


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"unit": ""}, "a unit, a place and words"),
        ({"text": " "}, "a unit, a place and words"),
        ({"text": "x" * 5001}, "longer than"),
        ({"occurred_at": datetime(2026, 1, 2, tzinfo=UTC)}, "not come yet"),
        ({"occurred_at": datetime(2025, 1, 2)}, "no time zone"),  # noqa: DTZ001 - that is the point
        ({"position": (91.0, 0.0)}, "no position"),
        ({"position": (float("nan"), 0.0)}, "no position"),
    ],
)
def test_what_cannot_be_is_refused(inbox: Inbox, changes: dict[str, Any], advice: str) -> None:
    new = replace(NewReport(Channel.POST, UNIT, "chợ", "rác"), **changes)
    with pytest.raises(InvalidInput, match=advice):
        inbox.receive(new, CLERK)


def test_people_see_the_reports_of_their_units_the_newest_first(inbox: Inbox) -> None:
    report, _ = inbox.receive()
    inbox.clock.advance(60)
    other, _ = inbox.receive(NewReport(Channel.POST, "01279", "chợ", "rác"))
    here, everything = frozenset({UNIT}), ReportFilter(None)
    with inbox.database.reading() as session:
        first = page_of_reports(session, None, everything, limit=1)
        rest = page_of_reports(session, None, everything, first.following, limit=1)
        assert [row.id for row in (*first.reports, *rest.reports)] == [other, report]
        assert rest.following is None
        assert [row.id for row in page_of_reports(session, here, everything).reports] == [report]
        only = ReportFilter(ReportState.RECEIVED, "01279")
        assert [row.id for row in page_of_reports(session, None, only).reports] == [other]
        dismissed = ReportFilter(ReportState.DISMISSED)
        assert page_of_reports(session, None, dismissed).reports == []
        assert count_reports(session, here, everything)[ReportState.RECEIVED] == 1
        assert visible_report(session, here, report).id == report
        with pytest.raises(NotFound):
            visible_report(session, here, other)
        place = first.following
        assert place is not None
        assert place_from(written(place) or "") == place
        with pytest.raises(NotFound):
            place_from("nonsense~x")


def test_only_those_who_answer_read_who_sent_it(inbox: Inbox) -> None:
    report, _ = inbox.receive()
    assert sender_of(inbox, CLERK, report) == WORDS.contact
    with pytest.raises(InvalidInput, match="Say why"):
        sender_of(inbox, CLERK, report, reason=" ")
    for office in (Office.SCREENER, Office.REVIEWER, Office.CASE_OFFICER, Office.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            sender_of(inbox, Actor("x", office, UNIT), report)
    with inbox.database.reading() as session:
        rows = select(CustodyRow.action).where(CustodyRow.subject == report)
        actions = list(session.scalars(rows.order_by(CustodyRow.seq)))
    assert actions == ["report.received", "sender.read", *["evidence.refused"] * 4]


def test_a_report_becomes_a_case_that_is_verified_first(inbox: Inbox) -> None:
    report, code = inbox.receive()
    with inbox.database.writing() as session:
        case = accept_report(session, inbox.clock, OFFICER, report)
        row = find_case(session, case)
        assert (row.lane, row.unit) == (Lane.PROVIDED, UNIT)
        assert row.occurred_on is not None
        assert row.occurred_on.isoformat() == "2026-01-01"  # 3 o'clock in the morning there
    with pytest.raises(Conflict), inbox.database.writing() as session:
        accept_report(session, inbox.clock, OFFICER, report)
    with inbox.database.writing() as session:
        answer_report(session, inbox.clock, CLERK, report, "Đã lập hồ sơ xử lý.")
        assert status_of(session, code) == (ReportState.ANSWERED, "Đã lập hồ sơ xử lý.")


@pytest.mark.parametrize("settle", [dismiss_report, forward_report])
def test_a_report_is_settled_with_a_reason(inbox: Inbox, settle: object) -> None:
    assert settle in (dismiss_report, forward_report)
    do = dismiss_report if settle is dismiss_report else forward_report
    report, _ = inbox.receive()
    for actor, reason, error in (
        (OFFICER, " ", InvalidInput),
        (CLERK, "x", NotAllowed),
        (Actor("x", Office.CASE_OFFICER, "0"), "x", NotAllowed),
    ):
        with pytest.raises(error), inbox.database.writing() as session:
            do(session, inbox.clock, actor, report, reason)
    with pytest.raises(Conflict), inbox.database.writing() as session:
        answer_report(session, inbox.clock, CLERK, report, "x")
    with inbox.database.writing() as session:
        do(session, inbox.clock, OFFICER, report, "không thuộc thẩm quyền")
    for actor, reply, error in (
        (OFFICER, "x", NotAllowed),
        (Actor("x", Office.CLERK, "0"), "x", NotAllowed),
        (CLERK, " ", InvalidInput),
    ):
        with pytest.raises(error), inbox.database.writing() as session:
            answer_report(session, inbox.clock, actor, report, reply)


def test_an_upload_is_kept_as_it_came_and_shown_clean(inbox: Inbox) -> None:
    report, _ = inbox.receive()
    content = photo()
    inbox.uploads().receive(PUBLIC_FORM, report, [content[:100], content[100:]])
    (row,) = inbox.upload_rows()
    assert (inbox.root / row.original_path).read_bytes() == content
    copy = inbox.root / str(row.copy_path)
    assert copy.stat().st_mode & 0o777 == 0o600
    with Image.open(copy) as opened:
        assert opened.size == (48, 64)  # upright
        assert dict(opened.getexif()) == {}
    assert b"Telephone" not in copy.read_bytes()
    assert row.metadata_sealed is not None
    told = json.loads(inbox.vault.open(row.metadata_sealed))
    assert told["271"] == "Telephone 12"
    assert "gps" in told
    assert inbox.uploads().faults() == []
    copy.write_bytes(b"changed")
    assert len(inbox.uploads().faults()) == 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_pictures_become_jpeg(inbox: Inbox, kind: str) -> None:
    report, _ = inbox.receive()
    inbox.uploads().receive(PUBLIC_FORM, report, [photo(kind=kind)])
    assert inbox.upload_rows()[0].media_type == "image/jpeg"


def test_a_video_is_encoded_anew_without_sound_and_metadata(inbox: Inbox, tmp_path: Path) -> None:
    clip = write_small_clip(tmp_path / "clip.mp4")
    report, _ = inbox.receive()
    inbox.uploads().receive(PUBLIC_FORM, report, [clip.read_bytes()])
    (row,) = inbox.upload_rows()
    assert row.media_type == "video/mp4"
    with av.open(str(inbox.root / str(row.copy_path))) as opened:
        assert [stream.type for stream in opened.streams] == ["video"]
        assert len(list(opened.decode(video=0))) == 12


def test_a_sender_is_forgotten_ninety_days_after_the_answer(inbox: Inbox) -> None:
    report, _ = inbox.receive()
    inbox.uploads().receive(PUBLIC_FORM, report, [photo()])
    anonymous, _ = inbox.receive(NewReport(Channel.POST, UNIT, "chợ", "rác"), CLERK)
    system = SYSTEM_ACTOR
    with inbox.database.writing() as session:
        dismiss_report(session, inbox.clock, OFFICER, report, "không đủ căn cứ")
        dismiss_report(session, inbox.clock, OFFICER, anonymous, "không đủ căn cứ")
    inbox.clock.advance(100 * 86400)
    with inbox.database.writing() as session:
        assert forget_senders(session, inbox.clock, system) == []  # the answer is still to come
        answer_report(session, inbox.clock, CLERK, report, "Không đủ căn cứ.")
    inbox.clock.advance(89 * 86400)
    with inbox.database.writing() as session:
        assert forget_senders(session, inbox.clock, system) == []
    inbox.clock.advance(86400)
    with inbox.database.writing() as session:
        assert forget_senders(session, inbox.clock, system) == [report]
        assert forget_senders(session, inbox.clock, system) == []
        assert session.get_one(ReportRow, report).contact is None
    assert inbox.upload_rows()[0].metadata_sealed is None
    with pytest.raises(NotAllowed), inbox.database.writing() as session:
        forget_senders(session, inbox.clock, OFFICER)


def hostile() -> dict[str, bytes]:
    whole = photo()
    return {
        "empty": b"",
        "text": b"a letter",
        "page": b"<html><script>alert(1)</script>",
        "program": b"\x7fELF" + b"\0" * 100,
        "zip": b"PK\x03\x04" + b"\0" * 100,
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "cut off": whole[: len(whole) // 2],
        "only a beginning": b"\xff\xd8\xff" + b"\0" * 1000,
        "no video": b"\0\0\0\x18ftypmp42" + b"\0" * 1000,
        "playlist": b"#EXTM3U\nhttp://127.0.0.1/x.ts\n",
    }


@pytest.mark.parametrize("name", hostile())
def test_what_is_no_picture_or_video_leaves_nothing(inbox: Inbox, name: str) -> None:
    report, _ = inbox.receive()
    with pytest.raises(NotAllowed, match="not accepted"):
        inbox.uploads().receive(PUBLIC_FORM, report, [hostile()[name]])
    assert inbox.upload_rows() == []
    assert list((inbox.root / "uploads").iterdir()) == []


def test_too_large_too_many_pixels_too_long_too_many_files(inbox: Inbox, tmp_path: Path) -> None:
    report, _ = inbox.receive()
    clip = write_small_clip(tmp_path / "clip.mp4").read_bytes()
    for limits, content, advice in (
        (UploadLimits(size=100), photo(), "at most"),
        (UploadLimits(pixels=100), photo(), "too many pixels"),
        (UploadLimits(pixels=100), clip, "too many pixels"),
        (UploadLimits(seconds=1), clip, "longer"),
        (UploadLimits(output=100), clip, "cannot be decoded"),
    ):
        with pytest.raises(NotAllowed, match=advice):
            inbox.uploads(limits).receive(PUBLIC_FORM, report, [content])
    assert inbox.upload_rows() == []
    for _ in range(MOST_FILES):
        inbox.uploads().receive(PUBLIC_FORM, report, [photo()])
    with pytest.raises(NotAllowed, match=f"{MOST_FILES} files"):
        inbox.uploads().receive(PUBLIC_FORM, report, [photo()])
    with pytest.raises(NotFound):
        inbox.uploads().receive(PUBLIC_FORM, "none", [photo()])


def test_a_full_disk_leaves_nothing(inbox: Inbox) -> None:
    report, _ = inbox.receive()
    with pytest.raises(EvidenceDiskFull):
        inbox.uploads(reserve=1 << 60).receive(PUBLIC_FORM, report, [photo()])
    assert inbox.upload_rows() == []


def test_a_folder_that_cannot_be_used_is_told(inbox: Inbox) -> None:
    report, _ = inbox.receive()
    (inbox.root / "uploads").write_text("in the way")
    with pytest.raises(EvidenceError, match="cannot be stored"):
        inbox.uploads().receive(PUBLIC_FORM, report, [photo()])
    assert inbox.upload_rows() == []


def test_what_was_cut_off_is_swept_later(inbox: Inbox) -> None:
    report, _ = inbox.receive()

    def breaks_off() -> Iterator[bytes]:
        yield b"\xff\xd8\xff"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inbox.uploads().receive(PUBLIC_FORM, report, breaks_off())
    assert len(inbox.upload_rows()) == 1
    assert inbox.uploads().sweep() == 0  # it might still be coming
    inbox.clock.advance(STALE.total_seconds() + 1)
    assert inbox.uploads().sweep() == 1
    assert inbox.upload_rows() == []
    assert list((inbox.root / "uploads").iterdir()) == []


NUMBERS = {"pixels": 10_000, "side": 32, "seconds": 10}


def test_the_decoder_makes_clean_copies(tmp_path: Path) -> None:
    """In this process, unconfined: what it does with files that are no danger."""
    told = decoder.clean_picture(photo(), tmp_path / "copy.jpg", NUMBERS)
    assert (told["width"], told["height"]) == (24, 32)
    clip = write_small_clip(tmp_path / "clip.mp4", frames=3)
    told = decoder.clean_video(clip, tmp_path / "copy.mp4", {**NUMBERS, "pixels": 1 << 20})
    assert told["frames"] == 3
    with av.open(str(tmp_path / "copy.mp4")) as opened:
        assert opened.streams.video[0].width == 32


def test_the_decoder_gives_up_with_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_small_clip(tmp_path / "clip.mp4")
    with pytest.raises(SystemExit):
        decoder.clean_video(clip, tmp_path / "copy.mp4", {**NUMBERS, "seconds": 0})
    with pytest.raises(SystemExit):
        decoder.clean_picture(photo(200, 200), tmp_path / "copy.jpg", NUMBERS)
    out = capsys.readouterr().out
    assert out == '{"refused": "too many pixels"}' * 2


@pytest.mark.parametrize(
    ("program", "error", "advice"),
    [
        ("import sys; sys.exit(1)", NotAllowed, "broke the decoder"),
        ("print('no answer')", NotAllowed, "broke the decoder"),
        ("print('[]')", NotAllowed, "broke the decoder"),
        ("print('{}')", NotAllowed, "nothing can be shown"),
        ('print(\'{"refused": "full"}\')', EvidenceDiskFull, "No room"),
    ],
)
def test_no_answer_of_the_decoder_is_believed_that_makes_no_sense(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    error: type[Exception],
    advice: str,
) -> None:
    (tmp_path / "decoder.py").write_text(program)
    monkeypatch.setattr("litterwatch.service.reports.sandbox._DECODER", tmp_path / "decoder.py")
    with pytest.raises(error, match=advice):
        clean_copy(tmp_path / "upload", tmp_path / "copy", UploadLimits())


CONFINED = """
import json, sys
sys.argv = ["x"]
namespace = {"__name__": "decoder"}
exec(compile(open(%r).read(), "decoder.py", "exec"), namespace)
namespace["confine"]({"cpu": 60, "memory": 3 << 30, "output": 1000})
tries = {
    "socket": "import socket; socket.socket().connect(('127.0.0.1', 1))",
    "program": "import subprocess; subprocess.run(['true'])",
    "fork": "import os; os.fork()",
    "much": "open('/dev/null'); bytearray(4 << 30)",
}
for name, code in tries.items():
    try:
        exec(code)
        print(name, "done")
    except BaseException as error:
        print(name, type(error).__name__)
"""


def test_the_decoder_can_do_nothing_else() -> None:
    script = CONFINED % decoder.__file__
    ended = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, env={}
    )
    assert ended.stdout.splitlines() == [
        "socket PermissionError",
        "program PermissionError",
        "fork PermissionError",
        "much MemoryError",
    ]


def test_a_decoder_that_hangs_is_stopped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # nobody ever writes to it
    limits = UploadLimits(cpu=1)
    before = datetime.now(UTC)  # noqa: TID251 - real seconds are what is limited here
    with pytest.raises(NotAllowed, match="too long"):
        clean_copy(tmp_path / "pipe", tmp_path / "copy", limits)
    assert datetime.now(UTC) - before < timedelta(seconds=20)  # noqa: TID251
