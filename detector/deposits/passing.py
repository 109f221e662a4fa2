"""What became no event is counted by reason, and kept for who asks what was missed."""

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.explaining import features_of, suspicion
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.reporting import to_source
from litterwatch.detector.types import PassedOver


def pass_over(docket: Docket, case: Case, code: str, look: Look) -> None:
    """Count a case that is no event; one that was never given as an event is remembered as well."""
    docket.tally[code] += 1
    if case.said is not None:
        return
    assert docket.frame is not None
    now, owner = look.media_time, case.owner
    docket.passed.append(
        PassedOver(
            code=code,
            media_time=now,
            box=to_source(case.box, now, docket.frame, docket.memory),
            score=suspicion(case, features_of(case, docket.memory, None, docket.parameters)),
            label=owner.chain.label if owner is not None else None,
        )
    )
