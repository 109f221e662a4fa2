"""Moves one case through its states, frame by frame and at the end of footage (S7-S9)."""

from litterwatch.detector.deposits.case import BELIEVED, Case
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.explaining import explain, features_of, find_cue, suspicion
from litterwatch.detector.deposits.hypothesis import SETTLED, Cause, Source, State
from litterwatch.detector.deposits.judging import (
    Lost,
    cause_of_owner,
    cause_of_sight,
    confirm_after,
    ends_of,
    long_as_a_body,
    person_unaccounted,
    touched_lately,
    uncovered_ground,
    vehicle_ended,
)
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.passing import pass_over
from litterwatch.detector.deposits.recalling import recall
from litterwatch.detector.deposits.rejection import HEALED, Evidence, hold, refusal
from litterwatch.detector.deposits.rounds import Collecting, collecting
from litterwatch.detector.deposits.seeding import DIFFERS
from litterwatch.detector.deposits.speaking import say
from litterwatch.detector.deposits.whereabouts import Whereabouts, walked_off, whereabouts
from litterwatch.detector.geometry import gap, iou
from litterwatch.detector.types import Event, EventState

_SEEK_EVERY = 1.0
"""Seconds between attempts to explain a case nobody explains yet."""

_GONE_AT_END = 0.25
"""Seconds for which the place of an alert must look clean as the footage ends to take it back."""

_CARRIED = 0.15
"""Mean evidence of carrying over 5 s below which nobody saw a thing in somebody's hands."""

_CAST_FROM = 0.3
"""H; distance from somebody's box within which a dim region may be his shadow."""

_AS_LONG = 0.7
"""IoU with its earlier box from which a thing is as long as it was then."""

_FIRST_LOOKS = 0.5
"""Seconds of a case in which one look at something as long as a body is enough to wait."""

_IN_VIEW = 0.9
"""Uncovered share from which nothing hides a thing."""


def evidence_of(docket: Docket, case: Case, look: Look) -> Evidence:
    """What the rules look at, for one case in one frame."""
    seen = case.observation
    assert seen is not None
    width, height = look.size
    box = case.box
    lost = person_unaccounted(
        case, docket.memory.history, look.media_time, look.size, docket.parameters
    )
    return Evidence(
        zone=case.zone.kind,
        permitted_now=case.permitted_now,
        size=case.size,
        smallest=case.zone.min_object,
        inhibited=look.view.inhibited,
        person_match=case.person_for,
        animate_cover=seen.animate_cover,
        person_ended=lost is Lost.IS_IT,
        person_lost=lost is Lost.MAY_BE_IT,
        person_may_rise=lost is Lost.MAY_RISE,
        body=_brought_by_nobody(docket, case, look.media_time)
        and not _came_in_parts(docket, case, look),
        shadow=_may_be_cast(case, look),
        was_there=_is_old(docket, case),
        vehicle_arrived=case.vehicle_arrived,
        vehicle_ended=vehicle_ended(case, docket.memory.history, look.size),
        light=case.light,
        edge_ratio=case.edge_ratio,
        flicker=case.flicker,
        in_bin=case.in_bin,
        touched=case.owner is not None,
        seeds_a_minute=float(len(docket.seeds)),
        at_border=box.x1 <= 1 or box.y1 <= 1 or box.x2 >= width - 1 or box.y2 >= height - 1,
        infrared=look.infrared,
        indistinct=case.said is None and case.edge_ratio < docket.change.parameters.new_edge,
        waste=case.waste if case.waste_hits >= BELIEVED else 0.0,
        collecting=collecting(
            case.zone,
            docket.site,
            docket.captured_at,
            came_in_round=case.came_in_round,
            after=docket.parameters.round_over,
        ),
    )


def _may_be_cast(case: Case, look: Look) -> bool:
    """Whether it is dim and reaches somebody's feet: a shadow goes with who casts it."""
    reach = _CAST_FROM * case.person_height
    return case.dim and any(gap(case.box, box) <= reach for _, box in look.actors)


def _is_old(docket: Docket, case: Case) -> bool:
    """Whether what a waste detection proposed is, in full view, what has always been there."""
    seen = case.observation
    if case.hypothesis.source is not Source.WASTE or seen is None or seen.blob is not None:
        return False
    as_ever = seen.uncovered >= _IN_VIEW and seen.at_rest < DIFFERS
    return as_ever and docket.change.known_since(case.box) <= case.t_on


def _brought_by_nobody(docket: Docket, case: Case, now: float) -> bool:
    """Whether it is as long as somebody lying, and its owner, on foot, was not seen carrying it.

    Whoever leaves a thing of that length has to bring it; who falls or is struck down is there.
    """
    owner, memory = case.owner, docket.memory
    if owner is None or owner.vehicle is not None:
        return False
    carried = memory.carry.mean(owner.chain, case.t_on - 5.0, case.t_on) or 0.0
    early = now - case.hypothesis.born < _FIRST_LOOKS  # a case may have an alert to give at once
    return carried < _CARRIED and case.long_looks >= (1 if early else BELIEVED)


def _came_in_parts(docket: Docket, case: Case, look: Look) -> bool:
    """Whether one of its ends lay there alone before the other came: who falls comes whole.

    Only what is as long as a body in itself can be two things: where merely the waste box round it
    is, the region may be the part of a body that differs from the ground.
    """
    now = look.media_time
    if case.in_parts is not None and iou(case.in_parts, case.box) >= _AS_LONG:
        return True
    if now - case.parts_sought < _SEEK_EVERY or not long_as_a_body(case, []):
        return False
    case.parts_sought = now
    ground = docket.change.reference_image()
    parts = docket.memory.thumbnails.came_in_turn(ends_of(case.box), ground, now)
    case.in_parts = case.box if parts else None
    return parts


def judge(docket: Docket, case: Case, look: Look) -> list[Event]:
    """One frame: refused? hidden, gone? held back? else where is the owner?"""
    evidence = evidence_of(docket, case, look)
    if case.hypothesis.is_open:
        code = refusal(evidence, docket.parameters)
        if code is not None:
            return refuse(docket, case, code, look)
    events = _follow_sight(docket, case, look)
    if case.hypothesis.is_closed or case.hypothesis.state is State.OCCLUDED:
        return events
    if case.hypothesis.state in SETTLED:
        return events
    if hold(evidence, docket.parameters):
        if case.t_released is not None:
            case.t_released += look.since_before  # the wait for certainty stands still
        return events
    return events + _follow_owner(docket, case, look)


def judge_at_end(docket: Docket, case: Case, look: Look) -> list[Event]:
    """Released and left when the footage ends: the full wait cannot be asked for."""
    now, hypothesis = look.media_time, case.hypothesis
    if not hypothesis.is_open or hypothesis.state is State.OCCLUDED:
        return []
    if case.said is not None:
        gone = case.said is EventState.PROVISIONAL and case.gone_for(now) >= _GONE_AT_END
        return refuse(docket, case, "gone_at_end", look) if gone else []
    evidence = evidence_of(docket, case, look)
    code = refusal(evidence, docket.parameters)
    if code is None and evidence.collecting is Collecting.GOING_ON:
        code = "collection_round"  # nobody will see what the round leaves behind
    if code is not None:
        return refuse(docket, case, code, look)
    explain(case, docket.memory, docket.change, docket.parameters, now=now, size=look.size)
    there = case.gone_since is None
    if case.owner is None or hold(evidence, docket.parameters) or not there:
        return []
    if hypothesis.state is State.SEED:
        hypothesis.move(Cause.TOUCH_FOUND, now)
    history = docket.memory.history
    where = whereabouts(case, history, now, look.size, docket.parameters)
    away = where.away_for >= docket.parameters.separated_for
    if not away and not walked_off(case, history, now, look.size, docket.parameters):
        return []
    if hypothesis.may(Cause.OWNER_AWAY):
        _move(docket, case, Cause.OWNER_AWAY, now, where)
    return _alert(docket, case, where, look, is_hasty=hypothesis.born == now)


def refuse(docket: Docket, case: Case, code: str, look: Look) -> list[Event]:
    """Close a case for a reason; an alert that was given is taken back."""
    case.hypothesis.move(Cause.REFUSED, look.media_time, reason=code)
    pass_over(docket, case, code, look)
    if code in HEALED and case.hypothesis.source is not Source.WASTE:
        docket.change.heal(case.box, case.hypothesis.mask)
    docket.refused.append((case, look.media_time))
    if case.said is EventState.PROVISIONAL:
        return say(docket, case, EventState.CANCELLED, look)
    return []


def _follow_sight(docket: Docket, case: Case, look: Look) -> list[Event]:
    now = look.media_time
    cause = cause_of_sight(case, now, docket.parameters)
    if cause in (Cause.VANISHED, Cause.REMOVED):
        cause = _who_took_it(docket, case, cause, now)
    if cause is None:
        return []
    ground = uncovered_ground(case, docket.parameters)
    if ground is not None and case.hypothesis.state in SETTLED:
        docket.change.heal(ground.box, ground.mask)
    case.hypothesis.move(cause, now)
    if not case.hypothesis.is_closed:
        return []
    if cause is not Cause.REMOVED:
        pass_over(docket, case, case.hypothesis.state.value, look)
    if case.said is EventState.PROVISIONAL and cause is not Cause.LOST:
        return say(docket, case, EventState.CANCELLED, look)
    return []


def _who_took_it(docket: Docket, case: Case, cause: Cause, now: float) -> Cause:
    """Whether hands took it: anybody's before the machine was sure, the owner's own after."""
    ground = uncovered_ground(case, docket.parameters)
    since = case.gone_since if case.gone_since is not None else now
    since = min(since, ground.first_changed) if ground is not None else since
    interval = (since - 3.0, since + 0.5)
    history = docket.memory.history
    chains = [history.chain(tracklet) for tracklet in history.alive(*interval)]
    hands = touched_lately(case.box, chains, interval, case.person_height, docket.parameters)
    if cause is Cause.VANISHED:
        return Cause.TAKEN_BACK if hands else cause
    group = case.owner.group if case.owner is not None else ()
    own = {i for member in group for i in history.chain(member.tracklets[-1]).ids}
    return Cause.TAKEN_BACK if own & set(hands) else cause


def _follow_owner(docket: Docket, case: Case, look: Look) -> list[Event]:
    now, hypothesis = look.media_time, case.hypothesis
    if hypothesis.state is State.SEED:
        _seek(docket, case, look)
    if hypothesis.state is State.CANDIDATE and case.owner is None:
        return _judge_orphan(docket, case, look)
    if hypothesis.state is State.SEED or case.owner is None:
        return []
    _seek_again(docket, case, look)
    where = whereabouts(case, docket.memory.history, now, look.size, docket.parameters)
    while (cause := cause_of_owner(case, where, now, docket.parameters)) is not None:
        _move(docket, case, cause, now, where)
    return _alert(docket, case, where, look)


def _seek(docket: Docket, case: Case, look: Look) -> None:
    now = look.media_time
    if case.owner is None and now - case.sought >= _SEEK_EVERY:
        # A large load hides its bearer up to the hips; without it he tells how tall people are.
        case.person_height = docket.memory.person_height(case.box.y2)
        explain(case, docket.memory, docket.change, docket.parameters, now=now, size=look.size)
    if case.owner is not None:
        case.hypothesis.move(Cause.TOUCH_FOUND, now)
    elif now - case.hypothesis.born >= docket.parameters.orphan:
        case.hypothesis.move(Cause.ORPHAN_WAITED, now)


def _seek_again(docket: Docket, case: Case, look: Look) -> None:
    """Once, when nothing hides the thing any more: now its look tells better when it came."""
    seen = case.observation
    if case.seen_whole or case.said is not None or seen is None or seen.uncovered < _IN_VIEW:
        return
    case.seen_whole = True
    found = case.owner, case.sighting
    now = look.media_time
    explain(case, docket.memory, docket.change, docket.parameters, now=now, size=look.size)
    if case.owner is None:
        case.owner, case.sighting = found
        find_cue(case, docket.memory, docket.parameters)


def _judge_orphan(docket: Docket, case: Case, look: Look) -> list[Event]:
    """Nobody was seen to bring it: only strong waste evidence makes it an event."""
    if case.waste_hits >= BELIEVED and case.waste >= docket.parameters.orphan_waste:
        case.hypothesis.move(Cause.WASTE_SEEN, look.media_time)
        return _confirm(docket, case, look)
    return refuse(docket, case, "scene_change", look)


def _move(docket: Docket, case: Case, cause: Cause, now: float, where: Whereabouts) -> None:
    detail = {"nearest": round(where.nearest, 2)} if where.in_view else {}
    case.hypothesis.move(cause, now, **detail)
    if cause is Cause.OWNER_NEAR:
        case.t_released = None
    elif case.hypothesis.state is State.RELEASED:
        case.t_released = now
        if case.said is None:
            find_cue(case, docket.memory, docket.parameters)
    elif cause is Cause.OWNER_STAYED:
        case.factor = 0.8


def _alert(
    docket: Docket, case: Case, where: Whereabouts, look: Look, *, is_hasty: bool = False
) -> list[Event]:
    """What the state now reached has to say; of what was hardly seen to rest only what is sure."""
    state, parameters = case.hypothesis.state, docket.parameters
    if state not in (State.RELEASED, State.UNATTENDED, State.CONFIRMED):
        return []
    if case.gone_since is not None:
        return []  # its place looks clean: whatever it was, it does not lie there now
    recall(docket, case, look)
    suspected = suspicion(case, features_of(case, docket.memory, where, parameters))
    enough = suspected >= (parameters.sure if is_hasty else parameters.provisional)
    if state is State.CONFIRMED:  # the owner stayed
        return _confirm(docket, case, look) if enough else []
    assert case.t_released is not None
    waited, patience = look.media_time - case.t_released, confirm_after(case, parameters)
    seen = case.observation
    visible = seen is not None and seen.visible >= parameters.confirm_visible
    events: list[Event] = []
    if visible and waited >= patience and suspected >= parameters.sure:
        case.hypothesis.move(Cause.HELD, look.media_time, score=suspected)
        events = _confirm(docket, case, look)
    elif case.said is None and enough and waited < patience:  # later, only to be sure counts
        events = say(docket, case, EventState.PROVISIONAL, look, where)
    elif case.said is EventState.PROVISIONAL and visible and case.was_a_part:
        _tell_anew(docket, case, look)
        events = say(docket, case, EventState.PROVISIONAL, look, where)
    elif waited >= 3 * patience and suspected < parameters.sure:
        events = refuse(docket, case, "weak_evidence", look)
    return events


def _confirm(docket: Docket, case: Case, look: Look) -> list[Event]:
    case.t_confirmed = look.media_time
    if case.was_a_part:
        _tell_anew(docket, case, look)
    return say(docket, case, EventState.CONFIRMED, look)


def _tell_anew(docket: Docket, case: Case, look: Look) -> None:
    """The alert was given for a corner of the thing, perhaps before it was let go: ask again."""
    found, now = case.owner, look.media_time
    explain(case, docket.memory, docket.change, docket.parameters, now=now, size=look.size)
    case.owner = case.owner or found
    case.t_released_at = case.box_first_said = case.looks = None
    recall(docket, case, look)  # what was described was a corner of it
