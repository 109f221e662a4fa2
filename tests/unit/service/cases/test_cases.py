"""A case from its opening to its closing: who may what, when, and what is written down."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from litterwatch.detector.errors import (
    ConfigError,
    Conflict,
    EvidenceError,
    EvidenceIntegrityError,
    NotAllowed,
    NotFound,
)
from litterwatch.service.actor import SYSTEM_ACTOR, Actor, Office
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.cleaning import move_place, report_place
from litterwatch.service.cases.deadlines import Urgency
from litterwatch.service.cases.facts import find_case, missing_papers, work_calendar
from litterwatch.service.cases.history import case_history, history_faults, site_history
from litterwatch.service.cases.holidays import (
    complete_year,
    forget_holiday,
    holidays_of,
    set_holiday,
)
from litterwatch.service.cases.law import LimitKind, VehicleClass, ZoneClass
from litterwatch.service.cases.particulars import (
    add_paper,
    hold_case,
    read_identity,
    release_case,
    set_circumstances,
    type_identity,
)
from litterwatch.service.cases.reading import (
    CaseFilter,
    CasePlace,
    Due,
    Some,
    Units,
    count_cases,
    count_due,
    offer_acts,
    page_of_cases,
    visible_case,
)
from litterwatch.service.cases.service import (
    NewCase,
    case_deadlines,
    expire_due,
    move_case,
    open_case,
    possible_moves,
)
from litterwatch.service.cases.site_track import SiteMove, SiteState
from litterwatch.service.cases.standing import with_cases
from litterwatch.service.cases.state import TABLE, CaseState, Facts, Lane, Move, objection
from litterwatch.service.cases.tables import CaseEntryRow, IdentityRow, PaperKind
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.events.service import as_unreviewed
from litterwatch.service.evidence.custody import verify_chain
from litterwatch.service.evidence.custody_tables import RetentionClass
from litterwatch.service.evidence.holds import holds_on
from litterwatch.service.tables import CustodyRow
from litterwatch.service.vault import Vault

UNIT, OTHER = "01273", "01279"
REVIEWER = Actor("reviewer", Office.REVIEWER, UNIT)
OFFICER = Actor("officer", Office.CASE_OFFICER, UNIT)
ELSEWHERE = Actor("elsewhere", Office.CASE_OFFICER, OTHER)
AUTHORITY = Actor("authority", Office.AUTHORITY, UNIT)
EVENT = SCRIPTED_FOOTAGE.event_id("e1")
TODAY = "2026-01-01"
JPEG = b"\xff\xd8\xff" + b"photo"


class Desk(ScriptedHouse):
    """A data folder with an event and a case on it."""

    def __init__(self, root: Path, lane: Lane = Lane.PROFESSIONAL) -> None:
        super().__init__(root)
        self.vault = Vault(root)
        with self.store().opened() as store:
            self.sink(store).accept(scripted_event())
        new = NewCase(UNIT, lane, (EVENT,), occurred_on=date(2026, 1, 1))
        with self.database.writing() as session:
            self.case = open_case(session, self.clock, REVIEWER, new).id

    def move(self, actor: Actor, move: Move, **fields: JsonValue) -> CaseState:
        with self.database.reading() as session:
            version = find_case(session, self.case).version
        return move_case(
            self.database, self.clock, actor, self.case, move, version=version, fields=fields
        )

    def state(self) -> CaseState:
        with self.database.reading() as session:
            return find_case(session, self.case).state

    def paper(self, kind: PaperKind) -> int:
        with self.database.writing() as session:
            return add_paper(
                session,
                self.clock,
                OFFICER,
                case_id=self.case,
                kind=kind,
                title="Biên bản",
                sheets=2,
            )

    def identify(self) -> None:
        with self.database.writing() as session:
            type_identity(
                session, self.clock, OFFICER, self.vault, case_id=self.case, text="Nông Văn A"
            )

    def to_record(self, act_id: str = "ND45-25-2d") -> CaseState:
        self.move(OFFICER, Move.IDENTIFY, identified_on=TODAY, how="đăng ký xe")
        return self.move(
            OFFICER,
            Move.MAKE_RECORD,
            act_id=act_id,
            number="01/BB-VPHC",
            record_on=TODAY,
            signer="Hoàng Văn B",
        )

    def decide(self, actor: Actor = AUTHORITY, amount: JsonValue = 1_500_000) -> CaseState:
        fields = {"number": "01/QĐ", "decided_on": TODAY, "signer": "Lý C", "amount": amount}
        return self.move(actor, Move.DECIDE, **fields)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_a_case_goes_from_opening_to_closing(desk: Desk) -> None:
    assert desk.to_record() is CaseState.RECORD_MADE
    assert desk.decide() is CaseState.DECIDED
    assert desk.move(OFFICER, Move.EXECUTE, executed_on=TODAY) is CaseState.EXECUTED
    with pytest.raises(NotAllowed, match="index"):
        desk.move(OFFICER, Move.PROPOSE_CLOSE)
    desk.identify()
    for kind in (PaperKind.RESULT_RECORD, PaperKind.RECORD, PaperKind.DECISION):
        desk.paper(kind)
    assert desk.move(OFFICER, Move.PROPOSE_CLOSE) is CaseState.CLOSING
    assert desk.move(REVIEWER, Move.DECLINE_CLOSE, reason="thiếu ảnh") is CaseState.EXECUTED
    desk.move(OFFICER, Move.PROPOSE_CLOSE)
    assert desk.move(REVIEWER, Move.CLOSE) is CaseState.CLOSED
    with desk.database.reading() as session:
        history = case_history(session, desk.case)
        assert history_faults(history) == []
        assert [entry.move for entry in history[:4]] == [
            "open",
            "identify",
            "make_record",
            "decide",
        ]
        assert history[3].detail["amount"] == 1_500_000
        assert verify_chain(session)[1] == []
        assert find_case(session, desk.case).closed_at == desk.clock.now()
    with pytest.raises(Conflict, match="closed case"):
        desk.paper(PaperKind.OTHER)


def every_facts() -> Iterator[Facts]:
    for state, lane in itertools.product(CaseState, Lane):
        yield Facts(
            state,
            UNIT,
            lane,
            date(2026, 1, 1),
            previous=CaseState.VERIFYING,
            target_unit=UNIT,
            limitation=date(2025, 1, 1),
            is_indexed=True,
        )


NEEDED = {name for rule in TABLE.values() for name in rule.needs}
FULL: dict[str, JsonValue] = {**dict.fromkeys(NEEDED, "x"), "amount": 0, "reason": "x"}


def test_the_machine_does_nothing_to_a_person() -> None:
    """Every state, every move: it only notes that limitation passed or an explanation begins."""
    done = {
        move
        for facts, move in itertools.product(every_facts(), Move)
        if objection(move, facts, SYSTEM_ACTOR, FULL) is None
    }
    assert done <= {Move.EXPIRE, Move.BEGIN_EXPLANATION}
    assert Move.EXPIRE in done


@pytest.mark.parametrize("move", Move)
def test_a_move_is_made_from_its_states_by_its_offices_only(move: Move) -> None:
    rule = TABLE[move]
    for facts, office in itertools.product(every_facts(), Office):
        why_not = objection(move, facts, Actor("x", office, UNIT), FULL)
        if facts.state not in rule.sources or office not in rule.offices:
            assert why_not is not None


def test_every_state_can_be_reached_and_left_or_is_an_end() -> None:
    reached = {rule.target for rule in TABLE.values()} | {CaseState.OPENED}
    assert set(CaseState) <= reached
    left = {state for rule in TABLE.values() for state in rule.sources}
    assert set(CaseState) - left == {CaseState.CLOSED, CaseState.CRIMINAL_REFERRAL}


@pytest.mark.parametrize(
    "actor",
    [
        SYSTEM_ACTOR,
        Actor("x", Office.SCREENER, UNIT),
        Actor("x", Office.ADMINISTRATOR),
        Actor("x", Office.REVIEWER, OTHER),
    ],
)
def test_only_people_of_the_unit_open_a_case(desk: Desk, actor: Actor) -> None:
    with pytest.raises(NotAllowed), desk.database.writing() as session:
        open_case(session, desk.clock, actor, NewCase(UNIT, Lane.PROVIDED))


def test_an_event_has_one_case_and_must_be_there(desk: Desk) -> None:
    with pytest.raises(Conflict), desk.database.writing() as session:
        open_case(session, desk.clock, OFFICER, NewCase(UNIT, Lane.PROVIDED, (EVENT,)))
    with pytest.raises(NotFound), desk.database.writing() as session:
        open_case(session, desk.clock, OFFICER, NewCase(UNIT, Lane.PROVIDED, ("f" * 32,)))
    later = NewCase(UNIT, Lane.PROVIDED, (), date(2026, 1, 2))
    with pytest.raises(NotAllowed), desk.database.writing() as session:
        open_case(session, desk.clock, OFFICER, later)


def test_what_others_provided_is_verified_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Lane.PROVIDED)
    with pytest.raises(NotAllowed, match="verified first"):
        desk.to_record()
    desk.move(OFFICER, Move.VERIFY, taken_on=TODAY)
    desk.move(OFFICER, Move.EXTEND, reason="phức tạp")
    with pytest.raises(NotAllowed, match="once"):
        desk.move(OFFICER, Move.EXTEND, reason="phức tạp")
    assert desk.to_record() is CaseState.RECORD_MADE
    desk.close()


def test_a_refusal_is_in_the_chain_and_changes_nothing(desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="office"):
        desk.move(Actor("admin", Office.ADMINISTRATOR), Move.VERIFY, taken_on=TODAY)
    assert desk.state() is CaseState.OPENED
    with desk.database.reading() as session:
        rows = select(CustodyRow).where(CustodyRow.action == "evidence.refused")
        refusal = session.scalars(rows).one()
    assert (refusal.actor, refusal.subject) == ("admin", desk.case)
    assert refusal.detail["move"] == "verify"


def test_who_was_overtaken_is_told(desk: Desk) -> None:
    with pytest.raises(Conflict, match="look again"):
        move_case(desk.database, desk.clock, OFFICER, desk.case, Move.VERIFY, version=0, fields={})
    with pytest.raises(NotFound):
        move_case(desk.database, desk.clock, OFFICER, "none", Move.VERIFY, version=0)


def test_a_case_is_handed_over_and_answered(desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="already"):
        desk.move(OFFICER, Move.TRANSFER, target_unit=UNIT, reason="x")
    desk.move(OFFICER, Move.TRANSFER, target_unit=OTHER, reason="ngoài địa bàn")
    with pytest.raises(NotAllowed, match="receiving unit"):
        desk.move(OFFICER, Move.ACCEPT)
    assert desk.move(ELSEWHERE, Move.RETURN, reason="không đúng") is CaseState.OPENED
    desk.move(OFFICER, Move.TRANSFER, target_unit=OTHER, reason="đã kiểm tra lại")
    assert desk.move(ELSEWHERE, Move.ACCEPT) is CaseState.OPENED
    with pytest.raises(NotAllowed, match="another unit"):
        desk.move(OFFICER, Move.VERIFY, taken_on=TODAY)
    desk.move(ELSEWHERE, Move.VERIFY, taken_on=TODAY)


def test_no_sanction_takes_two(desk: Desk) -> None:
    desk.move(OFFICER, Move.VERIFY, taken_on=TODAY)
    desk.move(OFFICER, Move.PROPOSE_NO_SANCTION, ground="minor", reason="nhắc nhở")
    both = Actor("officer", Office.AUTHORITY, UNIT)
    with pytest.raises(NotAllowed, match="second person"):
        desk.move(both, Move.APPROVE_NO_SANCTION)
    declined = desk.move(AUTHORITY, Move.DECLINE_NO_SANCTION, reason="đủ căn cứ")
    assert declined is CaseState.VERIFYING
    desk.move(OFFICER, Move.PROPOSE_NO_SANCTION, ground="minor", reason="nhắc nhở")
    assert desk.move(AUTHORITY, Move.APPROVE_NO_SANCTION) is CaseState.NO_SANCTION


def test_a_decision_lies_in_the_band_or_says_why(desk: Desk) -> None:
    desk.to_record()
    for amount in (999_999, 2_000_001):
        with pytest.raises(NotAllowed, match="outside the band"):
            desk.decide(amount=amount)
    for nonsense in ("much", -1, True, 1.5):
        with pytest.raises(NotAllowed, match="whole number"):
            desk.decide(amount=nonsense)
    with pytest.raises(NotAllowed, match="made the record"):
        desk.decide(Actor("officer", Office.AUTHORITY, UNIT))
    moved = desk.move(
        AUTHORITY,
        Move.DECIDE,
        number="1",
        decided_on=TODAY,
        signer="x",
        amount=500_000,
        reason="tình tiết giảm nhẹ",
    )
    assert moved is CaseState.DECIDED


def test_an_organisation_has_its_own_band(desk: Desk) -> None:
    with desk.database.writing() as session:
        set_circumstances(
            session,
            desk.clock,
            OFFICER,
            case_id=desk.case,
            reason="công ty",
            is_organisation=True,
        )
    desk.to_record()
    assert desk.decide(amount=4_000_000) is CaseState.DECIDED


def test_the_right_to_explain_begins_by_rule(desk: Desk) -> None:
    assert desk.to_record("ND168-17-4") is CaseState.EXPLANATION
    with desk.database.reading() as session:
        last = case_history(session, desk.case)[-1]
        kinds = {deadline.kind for deadline in case_deadlines(session, desk.case)}
    assert (last.actor, last.move) == ("system", "begin_explanation")
    assert {LimitKind.EXPLANATION, LimitKind.DECISION_EXPLANATION} <= kinds
    assert desk.decide(amount=12_000_000) is CaseState.DECIDED


def test_an_act_that_was_not_in_force_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with desk.database.writing() as session:
        find_case(session, desk.case).occurred_on = date(2024, 12, 31)
    with pytest.raises(NotAllowed, match="not in force"):
        desk.to_record("ND168-17-4")
    with pytest.raises(NotAllowed, match="no such act"):
        desk.move(OFFICER, Move.MAKE_RECORD, act_id="none")
    desk.close()


def test_days_that_are_none_or_have_not_come_are_refused(desk: Desk) -> None:
    for day, advice in (("soon", "must be a day"), ("2026-01-02", "not come yet")):
        with pytest.raises(NotAllowed, match=advice):
            desk.move(OFFICER, Move.VERIFY, taken_on=day)
    with pytest.raises(NotAllowed, match="Missing: taken_on"):
        desk.move(OFFICER, Move.VERIFY)


def test_limitation_ends_what_is_not_decided(desk: Desk) -> None:
    desk.to_record()
    desk.clock.advance(2 * 365 * 86400)
    assert expire_due(desk.database, desk.clock) == []  # the last day, 1 January 2028
    desk.clock.advance(86400)
    with pytest.raises(NotAllowed, match="Limitation has passed"):
        desk.decide()
    assert expire_due(desk.database, desk.clock) == [desk.case]
    assert expire_due(desk.database, desk.clock) == []
    assert desk.state() is CaseState.EXPIRED


def test_what_can_be_done_next_is_told(desk: Desk) -> None:
    with desk.database.reading() as session:
        moves = possible_moves(session, desk.clock, OFFICER, desk.case)
        assert possible_moves(session, desk.clock, REVIEWER, desk.case) == []
    assert moves == [Move.VERIFY, Move.TRANSFER, Move.IDENTIFY]


def test_an_identity_is_encrypted_typed_by_an_officer_and_read_by_few(desk: Desk) -> None:
    desk.identify()
    with desk.database.reading() as session:
        row = session.scalars(select(IdentityRow)).one()
    assert "Nông" not in row.sealed
    read = read_identity(desk.database, desk.clock, AUTHORITY, desk.vault, desk.case)
    assert read == "Nông Văn A"
    for actor in (REVIEWER, ELSEWHERE, Actor("x", Office.ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            read_identity(desk.database, desk.clock, actor, desk.vault, desk.case)
    with desk.database.reading() as session:
        rows = select(CustodyRow.action).where(CustodyRow.subject == desk.case)
        actions = list(session.scalars(rows.order_by(CustodyRow.seq)))
        assert not [
            row for row in session.scalars(select(CaseEntryRow)) if "Nông" in str(row.detail)
        ]
    assert actions[-4:] == ["identity.read", *["evidence.refused"] * 3]


def test_a_vault_keeps_what_earlier_keys_sealed(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed = vault.seal("Nông Văn A")
    vault.rotate()
    assert vault.open(sealed) == "Nông Văn A"
    assert (tmp_path / "keys" / "identities.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "keys" / "identities.key").unlink()
    with pytest.raises(EvidenceIntegrityError, match="not in"):
        vault.open(sealed)


def test_a_changed_history_is_found(desk: Desk) -> None:
    desk.to_record()
    with desk.database.writing() as session:
        session.connection().execute(text("UPDATE case_entries SET actor = 'x' WHERE number = 2"))
    with desk.database.reading() as session:
        (fault,) = history_faults(case_history(session, desk.case))
    assert fault == "entry 2 was changed after it was written"
    with desk.database.writing() as session:
        session.connection().execute(text("DELETE FROM case_entries WHERE number = 2"))
    with desk.database.reading() as session:
        assert history_faults(case_history(session, desk.case))
    with pytest.raises(NotAllowed), desk.database.writing() as session:
        session.get_one(CaseEntryRow, (desk.case, 1)).actor = "y"


def test_a_case_keeps_its_evidence_and_a_hold_too(desk: Desk) -> None:
    standings = with_cases(as_unreviewed)
    with desk.database.writing() as session:
        (standing,) = standings(session, [EVENT])
        assert standing.kind is RetentionClass.CASE_OPEN
        hold_case(session, desk.clock, OFFICER, desk.case, "khiếu nại")
        assert len(holds_on(session, [EVENT])) == 1
    second = Actor("inspector", Office.INSPECTOR)
    with pytest.raises(Conflict), desk.database.writing() as session:
        hold_case(session, desk.clock, OFFICER, desk.case, "khiếu nại")
    with pytest.raises(NotAllowed, match="second person"), desk.database.writing() as session:
        release_case(session, desk.clock, OFFICER, desk.case, "xong")
    for actor, reason in (
        (second, " "),
        (Actor("x", Office.INSPECTOR, "01279"), "xong"),
        (Actor("x", Office.REVIEWER), "xong"),
    ):
        with pytest.raises(NotAllowed), desk.database.writing() as session:
            release_case(session, desk.clock, actor, desk.case, reason)
    with desk.database.writing() as session:
        release_case(session, desk.clock, second, desk.case, "xong")
        moves = [entry.move for entry in case_history(session, desk.case)]
        assert moves[-2:] == ["hold_evidence", "release_evidence"]
        assert holds_on(session, [EVENT]) == []
        row = find_case(session, desk.case)
        row.state, row.closed_at = CaseState.CLOSED, desk.clock.now()
        session.flush()
        assert [each.kind for each in standings(session, [EVENT])] == [RetentionClass.CASE_CLOSED]
    with pytest.raises(Conflict), desk.database.writing() as session:
        release_case(session, desk.clock, second, desk.case, "xong")
    with desk.database.writing() as session:  # a closed case is what holds are for
        hold_case(session, desk.clock, second, desk.case, "khiếu nại")
        assert len(holds_on(session, [EVENT])) == 1


def test_a_dossier_says_what_it_lacks(desk: Desk) -> None:
    desk.to_record()
    with desk.database.reading() as session:
        row = find_case(session, desk.case)
        assert missing_papers(session, row) == ["identity", "record", "result_record"]
    with pytest.raises(NotAllowed, match="a sheet or more"), desk.database.writing() as session:
        add_paper(
            session,
            desk.clock,
            OFFICER,
            case_id=desk.case,
            kind=PaperKind.OTHER,
            title="x",
            sheets=0,
        )


def test_days_off_are_set_by_the_office_and_move_limits(desk: Desk) -> None:
    inspector = Actor("inspector", Office.INSPECTOR)
    with desk.database.writing() as session:
        day = date(2027, 2, 8)
        set_holiday(
            session, desk.clock, inspector, day=day, name="Tết Nguyên đán", is_workday=False
        )
        complete_year(session, desk.clock, inspector, 2027)
    with desk.database.reading() as session:
        calendar = work_calendar(session)
    assert not calendar.is_working(day)
    assert calendar.covers(day, day + timedelta(days=300))
    with pytest.raises(NotAllowed), desk.database.writing() as session:
        set_holiday(session, desk.clock, OFFICER, day=day, name="x", is_workday=False)


def clean(desk: Desk, track: str, actor: Actor, move: SiteMove, **rest: object) -> SiteState:
    with desk.database.reading() as session:
        version = len(site_history(session, track))
    photo = rest.pop("photo", None)
    assert photo is None or isinstance(photo, bytes)
    fields: dict[str, JsonValue] = {name: str(value) for name, value in rest.items()}
    return move_place(
        desk.database,
        desk.clock,
        actor,
        track,
        move,
        version=version,
        fields=fields,
        photo=photo,
    )


def test_a_place_is_cleaned_watched_and_closed_whatever_the_case_does(desk: Desk) -> None:
    with desk.database.writing() as session:
        track = report_place(
            session, desk.clock, REVIEWER, unit=UNIT, place="chân cầu", case_id=desk.case
        )
    clean(desk, track, OFFICER, SiteMove.ORDER, to_whom="đội vệ sinh")
    with pytest.raises(NotAllowed, match="Missing: photo"):
        clean(desk, track, OFFICER, SiteMove.CLEAN, cleaned_on=TODAY)
    with pytest.raises(NotAllowed, match="Missing: photo"):
        clean(desk, track, OFFICER, SiteMove.CLEAN, cleaned_on=TODAY, photo=b"no picture")
    clean(desk, track, OFFICER, SiteMove.CLEAN, cleaned_on=TODAY, photo=JPEG)
    clean(desk, track, OFFICER, SiteMove.MONITOR)
    with pytest.raises(NotAllowed, match="still being watched"):
        clean(desk, track, OFFICER, SiteMove.CLOSE, photo=JPEG)
    desk.clock.advance(90 * 86400)
    assert clean(desk, track, OFFICER, SiteMove.CLOSE, photo=JPEG) is SiteState.CLOSED
    relapsed = clean(desk, track, REVIEWER, SiteMove.RELAPSE, reason="lại có rác")
    assert relapsed is SiteState.RELAPSED
    assert desk.state() is CaseState.OPENED
    with desk.database.reading() as session:
        history = site_history(session, track)
        assert history_faults(history) == []
        assert history[2].photo == JPEG
        assert len(str(history[2].detail["photo"])) == 64


def test_a_place_is_moved_by_its_unit_in_order(desk: Desk) -> None:
    with desk.database.writing() as session:
        track = report_place(session, desk.clock, OFFICER, unit=UNIT, place="chân cầu")
    for actor, move, advice in (
        (OFFICER, SiteMove.CLEAN, "does not allow"),
        (REVIEWER, SiteMove.ORDER, "office"),
        (ELSEWHERE, SiteMove.ORDER, "another unit"),
        (OFFICER, SiteMove.ORDER, "Missing: to_whom"),
    ):
        with pytest.raises(NotAllowed, match=advice):
            clean(desk, track, actor, move)
    with pytest.raises(NotFound):
        clean(desk, "none", OFFICER, SiteMove.ORDER)
    with pytest.raises(NotAllowed), desk.database.writing() as session:
        report_place(session, desk.clock, SYSTEM_ACTOR, unit=UNIT, place="x")


def test_a_place_that_was_moved_meanwhile_or_has_a_wrong_day_is_refused(desk: Desk) -> None:
    with desk.database.writing() as session:
        track = report_place(session, desk.clock, OFFICER, unit=UNIT, place="chân cầu")
    clean(desk, track, OFFICER, SiteMove.ORDER, to_whom="đội vệ sinh")
    with pytest.raises(Conflict, match="look again"):
        move_place(desk.database, desk.clock, OFFICER, track, SiteMove.CLEAN, version=1)
    with pytest.raises(NotAllowed, match="must be a day"):
        clean(desk, track, OFFICER, SiteMove.CLEAN, cleaned_on="hôm qua", photo=JPEG)
    huge = JPEG + bytes(9 << 20)
    with pytest.raises(NotAllowed, match="too large"):
        clean(desk, track, OFFICER, SiteMove.CLEAN, cleaned_on=TODAY, photo=huge)


def test_particulars_need_an_officer_of_the_unit_and_words(desk: Desk) -> None:
    for actor, case, error in (
        (OFFICER, "none", NotFound),
        (REVIEWER, desk.case, NotAllowed),
        (ELSEWHERE, desk.case, NotAllowed),
        (OFFICER, desk.case, NotAllowed),
    ):
        with pytest.raises(error), desk.database.writing() as session:
            type_identity(session, desk.clock, actor, desk.vault, case_id=case, text=" ")
        with pytest.raises(error), desk.database.writing() as session:
            set_circumstances(session, desk.clock, actor, case_id=case, reason=" ")


def test_a_vault_that_others_can_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.seal("x")
    key = tmp_path / "keys" / "identities.key"
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        vault.seal("x")
    key.chmod(0o600)
    key.write_text("a letter")
    with pytest.raises(ConfigError, match="holds no keys"):
        vault.seal("x")
    (tmp_path / "in the way").write_text("x")
    with pytest.raises(EvidenceError, match="folder of keys"):
        Vault(tmp_path / "in the way").seal("x")


def test_an_actor_has_an_id() -> None:
    with pytest.raises(ValueError, match="has an id"):
        Actor(" ", Office.CLERK)


HERE, THERE = frozenset({UNIT}), frozenset({OTHER})


def listed(
    desk: Desk,
    units: Units,
    wanted: CaseFilter | None = None,
    today: date = date(2026, 1, 8),
    **page: Any,
) -> list[str]:
    with desk.database.reading() as session:
        found = page_of_cases(session, units, wanted or CaseFilter(), today, **page)
        return [each.row.id for each in found.cases]


def test_people_see_the_cases_of_their_units_what_is_due_first(desk: Desk) -> None:
    desk.move(OFFICER, Move.IDENTIFY, identified_on=TODAY, how="đăng ký xe")
    with desk.database.writing() as session:
        new = NewCase(OTHER, Lane.PROVIDED)
        other = open_case(session, desk.clock, ELSEWHERE, new).id
    today = date(2026, 1, 8)
    with desk.database.reading() as session:
        (mine,) = page_of_cases(session, HERE, CaseFilter(), today).cases
        assert (mine.row.id, mine.urgency) == (desk.case, Urgency.WARNING)
        assert mine.next_due is not None
        assert mine.next_due.kind is LimitKind.RECORD
        assert mine.row.due_on == mine.next_due.due
        first = page_of_cases(session, None, CaseFilter(), today, limit=1)
        assert first.following == CasePlace(mine.next_due.due, desk.case)
        counted = count_cases(session, None, CaseFilter(), today)
        assert (counted[CaseState.IDENTIFIED], counted[CaseState.OPENED]) == (1, 1)
        assert count_due(session, None, CaseFilter(), today) == {Due.SOON: 1, Due.OVERDUE: 0}
        assert visible_case(session, HERE, desk.case).id == desk.case
        with pytest.raises(NotFound):
            visible_case(session, HERE, other)
    assert listed(desk, None) == [desk.case, other]
    assert listed(desk, None, behind=first.following) == [other]
    assert listed(desk, THERE) == [other]
    assert listed(desk, None, CaseFilter(unit=OTHER)) == [other]
    assert listed(desk, None, CaseFilter(CaseState.IDENTIFIED)) == [desk.case]
    assert listed(desk, None, CaseFilter(CaseState.CLOSED)) == []
    assert listed(desk, None, CaseFilter(Some.ALL)) == [desk.case, other]
    assert listed(desk, None, CaseFilter(due=Due.SOON)) == [desk.case]
    assert listed(desk, None, CaseFilter(due=Due.OVERDUE)) == []
    late = date(2026, 3, 1)
    assert listed(desk, None, CaseFilter(due=Due.OVERDUE), today=late) == [desk.case]


def test_a_day_off_that_is_set_moves_what_is_due(desk: Desk) -> None:
    desk.move(OFFICER, Move.IDENTIFY, identified_on=TODAY, how="đăng ký xe")
    with desk.database.writing() as session:
        before = find_case(session, desk.case).due_on
        admin = Actor("admin", Office.ADMINISTRATOR)
        for day in (date(2026, 1, 5), date(2026, 1, 6)):
            set_holiday(session, desk.clock, admin, day=day, name="nghỉ", is_workday=False)
        after = find_case(session, desk.case).due_on
        assert before is not None
        assert after is not None
        assert (after - before).days >= 2
        shown = holidays_of(session, 2026)
        assert date(2026, 1, 5) in shown.own
        forget_holiday(session, desk.clock, admin, date(2026, 1, 5))
        forget_holiday(session, desk.clock, admin, date(2026, 1, 6))
        assert find_case(session, desk.case).due_on == before
        with pytest.raises(NotFound):
            forget_holiday(session, desk.clock, admin, date(2026, 1, 5))


def test_a_case_that_is_handed_over_is_seen_by_both(desk: Desk) -> None:
    desk.move(OFFICER, Move.TRANSFER, target_unit=OTHER, reason="ngoài địa bàn")
    assert listed(desk, HERE) == listed(desk, THERE) == [desk.case]


def test_the_band_of_a_minor_is_not_shown(desk: Desk) -> None:
    today, place, alone = date(2026, 1, 1), ZoneClass.PAVEMENT, VehicleClass.NONE
    with desk.database.writing() as session:
        (offer,) = offer_acts(session, desk.case, place, alone, today)
        assert offer.band == (1_000_000, 2_000_000)
        set_circumstances(
            session,
            desk.clock,
            OFFICER,
            case_id=desk.case,
            reason="có thể chưa đủ tuổi",
            may_be_minor=True,
        )
        (offer,) = offer_acts(session, desk.case, place, alone, today)
        assert (offer.act.id, offer.band) == ("ND45-25-2d", None)
