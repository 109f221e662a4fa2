"""What the engine thinks of each case after a frame, for those who explain or draw. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.engine import DepositEngine
from litterwatch.detector.deposits.explaining import features_of, suspicion
from litterwatch.detector.deposits.hypothesis import State
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.rejection import hold
from litterwatch.detector.deposits.reporting import event_id
from litterwatch.detector.deposits.ruling import evidence_of
from litterwatch.detector.deposits.whereabouts import whereabouts
from litterwatch.detector.geometry import Box


@dataclass(frozen=True, slots=True)
class Insight:
    """One case at one moment.

    Attributes:
        ordinal: its number.
        state: where it stands.
        reason: the rule that refused it, or what holds it back now; empty without one.
        score: suspicion as things stand, 0..1.
        features: by name, 0..1.
        box: anchor coordinates, analysis px.
        owner: ids of the tracklets of who explains it; empty where nobody does.
        event_id: of its event, once one was given out.
    """

    ordinal: int
    state: State
    reason: str
    score: float
    features: Mapping[str, float]
    box: Box
    owner: tuple[int, ...]
    event_id: str | None


def insights(engine: DepositEngine) -> list[Insight]:
    """Every live case, then those that were refused and still stand guard, as of the last frame."""
    docket, look = engine.docket, engine.last_look
    if look is None:
        return []
    live = [_live(docket, case, look) for case in docket.cases]
    return [*live, *(_refused(docket, case, look) for case, _ in docket.refused)]


def _live(docket: Docket, case: Case, look: Look) -> Insight:
    held = None
    if case.hypothesis.is_open and case.observation is not None:
        held = hold(evidence_of(docket, case, look), docket.parameters)
    return _insight(docket, case, look, held or "")


def _refused(docket: Docket, case: Case, look: Look) -> Insight:
    return _insight(docket, case, look, str(case.hypothesis.record[-1].detail.get("reason", "")))


def _insight(docket: Docket, case: Case, look: Look, reason: str) -> Insight:
    where, owner = None, case.owner
    if owner is not None:
        history = docket.memory.history
        where = whereabouts(case, history, look.media_time, look.size, docket.parameters)
    features = features_of(case, docket.memory, where, docket.parameters)
    said = None
    if case.t_released_at is not None and docket.frame is not None:
        ordinal, t_release = case.hypothesis.ordinal, case.t_released_at[0]
        said = event_id(docket.frame.camera_id, ordinal, t_release)
    return Insight(
        ordinal=case.hypothesis.ordinal,
        state=case.hypothesis.state,
        reason=reason,
        score=suspicion(case, features),
        features=features.named(),
        box=case.box,
        owner=owner.chain.ids if owner is not None else (),
        event_id=said,
    )
