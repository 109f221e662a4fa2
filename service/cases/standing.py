"""To which class of retention an event belongs when there are cases."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.service.cases.state import CaseState
from litterwatch.service.cases.tables import CaseEventRow, CaseRow
from litterwatch.service.evidence.custody_tables import RetentionClass
from litterwatch.service.evidence.retention import Standing, Standings


def with_cases(otherwise: Standings) -> Standings:
    """Events of a case have its class, whatever else is said about them.

    Args:
        otherwise: what has become of events without a case.
    """

    def standings(session: Session, event_ids: Sequence[str]) -> list[Standing]:
        rows = session.execute(
            select(CaseEventRow.event_id, CaseRow.state, CaseRow.opened_at, CaseRow.closed_at)
            .join(CaseRow, CaseRow.id == CaseEventRow.case_id)
            .where(CaseEventRow.event_id.in_(event_ids))
        )
        found: dict[str, Standing] = {}
        for event_id, state, opened_at, closed_at in rows:
            if state is CaseState.CLOSED and closed_at is not None:
                found[event_id] = Standing(event_id, RetentionClass.CASE_CLOSED, closed_at)
            else:
                found[event_id] = Standing(event_id, RetentionClass.CASE_OPEN, opened_at)
        rest = [event_id for event_id in event_ids if event_id not in found]
        return [*found.values(), *(otherwise(session, rest) if rest else ())]

    return standings
