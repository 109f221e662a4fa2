"""Lists of cases and reports in pages, on every kind of database."""

from datetime import date
from pathlib import Path

from sqlalchemy import select

from litterwatch.service.actor import Actor, Office
from litterwatch.service.cases.reading import CaseFilter, Due, count_due, page_of_cases
from litterwatch.service.cases.service import NewCase, open_case
from litterwatch.service.cases.state import Lane
from litterwatch.service.db import Database
from litterwatch.service.reports.inbox import ReportFilter, page_of_reports
from litterwatch.service.reports.matching import candidates, link
from litterwatch.service.reports.service import PUBLIC_FORM, NewReport, receive_report
from litterwatch.service.reports.tables import Channel, ReportRow
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.tables import ReviewRow
from litterwatch.service.vault import Vault

UNIT = "01273"
OFFICER = Actor("officer", Office.CASE_OFFICER, UNIT)
TODAY = date(2026, 1, 1)


def test_every_case_and_report_is_on_exactly_one_page(
    any_database: Database, tmp_path: Path
) -> None:
    house = ScriptedReviews(tmp_path, ["e1"], database=any_database)
    vault = Vault(tmp_path)
    known, sent = set(), set()
    for day in (date(2025, 12, 1), date(2024, 1, 2), None, None):
        with any_database.writing() as session:
            new = NewCase(UNIT, Lane.PROVIDED, occurred_on=day)
            known.add(open_case(session, house.clock, OFFICER, new).id)
            told = NewReport(Channel.PORTAL, UNIT, "chợ", "rác")
            sent.add(receive_report(session, house.clock, PUBLIC_FORM, vault, told)[0])
    cases: list[str] = []
    reports: list[str] = []
    behind, after = None, None
    for _ in range(4):
        with any_database.reading() as session:
            page = page_of_cases(session, None, CaseFilter(), TODAY, behind=behind, limit=1)
            inbox = page_of_reports(session, None, ReportFilter(), after, limit=1)
        cases += [each.row.id for each in page.cases]
        reports += [row.id for row in inbox.reports]
        behind, after = page.following, inbox.following
    assert (len(cases), len(reports)) == (4, 4)
    assert (set(cases), set(reports)) == (known, sent)
    assert (behind, after) == (None, None)
    with any_database.reading() as session:
        assert count_due(session, None, CaseFilter(), TODAY) == {Due.SOON: 1, Due.OVERDUE: 0}
        soonest = page_of_cases(session, None, CaseFilter(), TODAY).cases[0]
    assert soonest.row.occurred_on == date(2024, 1, 2)


def test_events_are_offered_and_linked(any_database: Database, tmp_path: Path) -> None:
    house = ScriptedReviews(tmp_path, ["e1"], database=any_database)
    with any_database.writing() as session:
        told = NewReport(Channel.PORTAL, UNIT, "chợ", "rác")
        report, _ = receive_report(session, house.clock, PUBLIC_FORM, Vault(tmp_path), told)
        event = session.scalars(select(ReviewRow.event_id)).one()
        link(session, house.clock, OFFICER, report, event)
    with any_database.reading() as session:
        (found,) = candidates(session, session.get_one(ReportRow, report), None)
    assert (found.review.event_id, found.is_linked) == (event, True)
