"""A dossier is a draft, says what is known, leaves blank what is not, and shows nobody."""

import io
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from litterwatch.detector.errors import EvidenceIntegrityError, NotAllowed
from litterwatch.detector.types import EventKind
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.actor import Actor, Office
from litterwatch.service.cases.particulars import add_paper, hold_case, release_case, type_identity
from litterwatch.service.cases.service import NewCase, open_case
from litterwatch.service.cases.state import CaseState, Lane, Move
from litterwatch.service.cases.tables import PaperKind
from litterwatch.service.dossier.content import Dossier, Particulars, Parts
from litterwatch.service.dossier.page import dossier_page, print_dossier
from litterwatch.service.dossier.service import Press, make_dossier
from litterwatch.service.dossier.words import DETAILS, DONE, KINDS, MISSING, STATES
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, scripted_event
from litterwatch.service.events.scripted_package import EVENT, OFFICER, PackageHouse
from litterwatch.service.evidence.export import Wish, request_export
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.reports.service import PUBLIC_FORM, NewReport, receive_report
from litterwatch.service.reports.settling import accept_report
from litterwatch.service.reports.tables import Channel
from litterwatch.service.reports.uploads import Uploads
from litterwatch.service.reviews.intake import Intake
from litterwatch.service.sites.service import CameraDraft
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import CameraEntryRow, CustodyRow, SiteRow
from litterwatch.service.vault import Vault

TYPED = Particulars(unit="UBND phường Thục Phán", user="Hoàng Thị B", place="chân cầu")


class House(PackageHouse):
    """With a case on its event, and a press."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        new = NewCase("01273", Lane.PROFESSIONAL, (EVENT,), date(2026, 1, 1))
        with self.database.writing() as session:
            self.case = open_case(session, self.clock, OFFICER, new).id
            for title, sheets in (("Phiếu ghi nhận kết quả", 2), ("Biên bản", 3)):
                add_paper(
                    session,
                    self.clock,
                    OFFICER,
                    case_id=self.case,
                    kind=PaperKind.RESULT_RECORD,
                    title=title,
                    sheets=sheets,
                )
        self.press = Press(root, self.database, self.clock, ScriptedDetector())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Dossier]:
    """What was given to the press."""
    seen: list[Dossier] = []

    def note(dossier: Dossier) -> bytes:
        seen.append(dossier)
        return print_dossier(dossier)

    monkeypatch.setattr("litterwatch.service.dossier.service.print_dossier", note)
    return seen


def test_a_dossier_is_a_pdf_that_is_noted(house: House) -> None:
    pdf = make_dossier(house.press, OFFICER, house.case, TYPED)
    assert pdf.startswith(b"%PDF-")
    with house.database.reading() as session:
        rows = select(CustodyRow.subject).where(CustodyRow.action == "dossier.printed")
        assert set(session.scalars(rows)) == {house.case, EVENT}


def test_it_says_what_is_known_and_leaves_blank_what_is_not(
    house: House, printed: list[Dossier]
) -> None:
    make_dossier(house.press, OFFICER, house.case, TYPED)
    page = dossier_page(printed[0])
    for words in (
        "DỰ THẢO",
        "Phiếu ghi nhận kết quả",
        "Hoàng Thị B",
        "chân cầu",
        "không biết giờ trong ngày",
        "Không có số liệu đo",
        EVENT,
        "<td>1–2</td>",
        "<td>3–5</td>",
        "máy ghi nhận",
        printed[0].head[1],
    ):
        assert words in page
    for letter in ("a)", "b)", "c)", "d)", "đ)", "e)", "g)"):
        assert f"<dt>{letter}" in page
    assert "…" * 24 in page
    assert "người vi phạm" not in page.lower()
    assert all(file.sha256 in page for file in printed[0].events[0].files)


def test_it_says_that_pictures_were_masked(house: House, printed: list[Dossier]) -> None:
    footage = ScriptedClips(content=(house.root / "film.mp4").read_bytes(), masked=True)
    with house.store().opened() as store:
        house.sink(store, footage).accept(scripted_event("behind a mask"))
    event = SCRIPTED_FOOTAGE.event_id("behind a mask")
    new = NewCase("01273", Lane.PROFESSIONAL, (event,), date(2026, 1, 1))
    with house.database.writing() as session:
        masked = open_case(session, house.clock, OFFICER, new).id
    for case in (house.case, masked):
        make_dossier(house.press, OFFICER, case, TYPED)
    plain, told = (" ".join(dossier_page(each).split()) for each in printed)
    words = "Vùng riêng tư trong hình đã được phần mềm che đen"
    assert words in told
    assert words not in plain


def test_the_same_dossier_gives_the_same_bytes(house: House, printed: list[Dossier]) -> None:
    pdf = make_dossier(house.press, OFFICER, house.case, TYPED)
    assert print_dossier(printed[0]) == pdf
    other = replace(printed[0], state="khác")
    assert print_dossier(other) != pdf


def test_what_is_typed_in_cannot_become_markup_or_fetch_anything(
    house: House, printed: list[Dossier]
) -> None:
    hostile = replace(TYPED, other='<img src="file:///etc/passwd"><script>', act="</style>")
    make_dossier(house.press, OFFICER, house.case, hostile)
    page = dossier_page(printed[0])
    assert "file:///etc/passwd&#34;" in page
    assert '<img src="file' not in page


def test_stills_are_blurred_unless_a_second_person_agreed(
    house: House, printed: list[Dossier], tmp_path: Path
) -> None:
    originals = {path.read_bytes() for path in (house.root / "evidence").rglob("*.jpg")}
    make_dossier(house.press, OFFICER, house.case, TYPED)
    assert originals.isdisjoint(picture.jpeg for picture in printed[0].events[0].pictures)
    with pytest.raises(NotAllowed, match="second person"):
        make_dossier(house.press, OFFICER, house.case, TYPED, unblurred=True)
    house.exported(tmp_path / "package.zip", unblurred=True)
    make_dossier(house.press, OFFICER, house.case, TYPED, unblurred=True)
    assert {picture.jpeg for picture in printed[1].events[0].pictures} <= originals


@pytest.mark.parametrize(
    "actor",
    [
        Actor("x", Office.SCREENER, "01273"),
        Actor("x", Office.ADMINISTRATOR),
        Actor("x", Office.CASE_OFFICER, "01279"),
    ],
)
def test_others_print_nothing(house: House, actor: Actor) -> None:
    with pytest.raises(NotAllowed, match="prints no dossier"):
        make_dossier(house.press, actor, house.case, TYPED)


def test_a_still_that_was_changed_is_not_printed(house: House) -> None:
    for path in (house.root / "evidence").rglob("act.jpg"):
        path.write_bytes(b"changed")
    with pytest.raises(EvidenceIntegrityError):
        make_dossier(house.press, OFFICER, house.case, TYPED)


def test_there_are_words_for_everything() -> None:
    assert set(KINDS) == set(EventKind)
    assert set(STATES) == set(CaseState)
    assert set(Move) <= set(DONE)
    assert {kind.value for kind in PaperKind} - {"other"} <= set(MISSING)


def test_the_result_record_can_be_printed_alone(house: House, printed: list[Dossier]) -> None:
    make_dossier(house.press, OFFICER, house.case, TYPED, parts=Parts.RESULT_RECORD)
    page = dossier_page(printed[0])
    assert "Phiếu ghi nhận kết quả" in page
    assert "Bản ảnh và bản kê tệp" in page
    for words in ("Phiếu chuyển hồ sơ", "Biên bản vi phạm hành chính", "Nhật ký lưu giữ"):
        assert words not in page


def test_logs_say_who_in_which_office_and_no_name_of_a_person(
    house: House, printed: list[Dossier]
) -> None:
    with house.database.writing() as session:
        vault, clock = Vault(house.root), house.clock
        text = "Nông Văn A, 1980"
        type_identity(session, clock, OFFICER, vault, case_id=house.case, text=text)
    make_dossier(house.press, OFFICER, house.case, TYPED)
    page = dossier_page(printed[0])
    assert "officer (thụ lý)" in page
    assert "hệ thống" in page
    assert "Nông Văn A" not in page


def test_logs_of_holds_exports_and_refusals_are_in_vietnamese(
    house: House, printed: list[Dossier], tmp_path: Path
) -> None:
    house.exported(tmp_path / "package.zip")
    with house.database.writing() as session:
        hold_case(session, house.clock, OFFICER, house.case, "close")
    second = Actor("second", Office.INSPECTOR)
    with house.database.writing() as session:
        release_case(session, house.clock, second, house.case, "hết cần")
    wish = Wish(EVENT, "", "Công an xã", is_unblurred=False)
    with pytest.raises(NotAllowed):
        request_export(house.database, house.clock, OFFICER, wish)
    make_dossier(house.press, OFFICER, house.case, TYPED)
    (dossier,) = printed
    lines = [*dossier.history, *dossier.custody]
    assert {"đặt lệnh giữ chứng cứ", "bỏ lệnh giữ chứng cứ", "bị từ chối"} <= {
        line.what for line in lines
    }
    told = [part.partition(": ")[0] for line in lines for part in line.detail.split("; ") if part]
    assert set(told) <= set(DETAILS.values())
    said = " ".join(line.detail for line in lines)
    assert "nơi nhận: Công an xã" in said
    assert "việc bị từ chối: trích xuất chứng cứ" in said
    assert "vì: Trích xuất phải có lý do" in said
    assert "lý do: close" in said, "what somebody typed stays"


def test_the_place_is_sketched_from_the_register_of_cameras(
    house: House, printed: list[Dossier]
) -> None:
    make_dossier(house.press, OFFICER, house.case, TYPED)
    assert printed[0].sketch is None
    assert "<svg" not in dossier_page(printed[0])
    now = house.clock.now()
    facts = {"created_at": now, "updated_at": now}
    with house.database.writing() as session:
        session.add(
            SiteRow(
                id="s",
                name="Chân cầu <Bằng Giang>",
                kind=SiteKind.STREET,
                unit="01273",
                latitude=22.6657,
                longitude=106.2579,
                **facts,
            )
        )
        session.flush()
        draft = asdict(CameraDraft("c", "street"))
        session.add(CameraEntryRow(id="c", site_id="s", **draft, **facts))
    Intake(house.database, house.clock).run()
    make_dossier(house.press, OFFICER, house.case, TYPED)
    page = dossier_page(printed[1])
    assert "Sơ đồ vị trí" in page
    assert "Chân cầu &lt;Bằng Giang&gt;" in page
    assert "Phường Thục Phán" in page
    assert print_dossier(printed[1]).startswith(b"%PDF-")


def test_a_report_is_printed_without_who_sent_it(house: House, printed: list[Dossier]) -> None:
    told = NewReport(
        Channel.PORTAL, "01273", "sau chợ", "đống rác", position=(22.66, 106.26), contact="Lý B"
    )
    vault = Vault(house.root)
    with house.database.writing() as session:
        report, _ = receive_report(session, house.clock, PUBLIC_FORM, vault, told)
        case = accept_report(session, house.clock, OFFICER, report)
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    Uploads(house.root, house.database, house.clock, vault).receive(
        PUBLIC_FORM, report, [file.getvalue()]
    )
    make_dossier(house.press, OFFICER, case, TYPED)
    page = dossier_page(printed[0])
    assert "Phản ánh của người dân" in page
    assert "đống rác" in page
    assert sha256(file.getvalue()).hexdigest() in page
    assert "Lý B" not in page
    assert printed[0].sketch is not None
    assert printed[0].sketch.name == "sau chợ"
