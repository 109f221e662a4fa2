"""From a case to the event that leaves the detector: identity, times, boxes, reasons."""

from hashlib import sha256

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.score import Features, rescored, scoring
from litterwatch.detector.deposits.taxonomy import Act, kind_of
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Event, EventState, Frame, Label, Reason


def event_id(camera_id: str, ordinal: int, t_release: float) -> str:
    """The same for the same footage and settings: 16 hex digits."""
    return sha256(f"{camera_id}:{ordinal}:{t_release:.3f}".encode()).hexdigest()[:16]


def event_of(
    case: Case,
    state: EventState,
    features: Features,
    frame: Frame,
    memory: Memory,
    *,
    parameters: DepositParameters,
    beside_waste: bool,
    now: float,
) -> Event:
    """The event of a case as things stand; boxes in pixels of the full picture."""
    if case.t_released_at is None:
        case.t_released_at, case.box_first_said = case.released, case.box
    t_release, uncertainty = case.t_released_at
    case.t_first_said = t_release if case.t_first_said is None else case.t_first_said
    owner = case.owner
    named, scored_by = features.named(), scoring(case.factor, case.weights, case.bar)
    actor_box = t_left = None
    if owner is not None:
        chain = memory.history.chain(owner.chain.tracklets[-1])
        at = chain.at(t_release) or chain.at(case.t_on)
        actor_box = None if at is None else to_source(at, t_release, frame, memory)
        t_left = chain.last if now - chain.last > 1.0 else None
    return Event(
        id=event_id(frame.camera_id, case.hypothesis.ordinal, case.t_first_said),
        camera_id=frame.camera_id,
        kind=kind_of(act_of(case, beside_waste=beside_waste), parameters),
        state=state,
        score=rescored(named, scored_by),
        t_enter=owner.first_seen if owner else None,
        t_release=t_release,
        t_release_uncertainty=uncertainty,
        t_provisional=case.t_provisional if case.t_provisional is not None else now,
        t_confirmed=case.t_confirmed,
        t_actor_left=t_left,
        box=to_source(case.box_first_said or case.box, case.lay_at, frame, memory),
        actor_box=actor_box,
        actor_label=owner.chain.label if owner else None,
        actor_ambiguous=owner.ambiguous if owner else False,
        zone=case.zone.id,
        n_items=1 + case.followers,
        features=named,
        reasons=reasons_of(case),
        scoring=scored_by,
    )


def to_source(box: Box, media_time: float, frame: Frame, memory: Memory) -> Box:
    """A box of the anchor view in the full picture as it lay at a time."""
    motion = memory.motion_at(media_time)
    if motion is not None:
        box = motion.box_to_picture(box)
    width, height = frame.source_size
    return frame.to_source(box).clipped(width, height)


def act_of(case: Case, *, beside_waste: bool) -> Act:
    """What the kind depends on."""
    owner = case.owner
    vehicle = owner.vehicle if owner else None
    label = owner.chain.label if owner else None
    if vehicle is not None and case.thrown:
        label = vehicle.label
    footprint = False
    if vehicle is not None and vehicle.label is Label.VEHICLE:
        at = vehicle.at(case.t_on)
        near = None if at is None else at.grown(0.5 * case.person_height, 0.5 * case.person_height)
        x, y = case.box.foot
        footprint = near is not None and near.x1 <= x <= near.x2 and near.y1 <= y <= near.y2
        label = Label.VEHICLE if footprint else label
    return Act(
        size=case.size,
        zone=case.zone.kind,
        thrown=case.thrown,
        actor=label,
        in_footprint=footprint,
        permitted_now=case.permitted_now,
        beside_waste=beside_waste,
    )


def reasons_of(case: Case) -> tuple[Reason, ...]:
    """The state path, then what the explanation rests on."""
    steps = list(case.hypothesis.record)
    if case.cue is not None:
        detail: dict[str, float | str] = {"strength": round(case.cue.strength, 3)}
        steps.append(Reason(f"cue:{case.cue.kind}", case.cue.media_time, detail))
    if case.owner is not None:
        contact = case.owner.contact
        detail = {
            "label": contact.chain.label.value,
            "tracks": " ".join(map(str, contact.chain.ids)),
            "seconds": round(contact.seconds, 2),
            "nearest": round(contact.nearest, 3),
            "group": len(case.owner.group),
        }
        code = "owner:ambiguous" if case.owner.ambiguous else "owner"
        if not case.owner.recognised:
            code = "owner:not_recognised"
        steps.append(Reason(code, contact.first, detail))
    if case.sighting is not None and case.sighting.t_clear is not None:
        steps.append(Reason("place:last_clean", case.sighting.t_clear))
    if case.in_parts is not None:
        steps.append(Reason("thing:came_in_parts", case.t_on))
    if case.bar > 0:
        bar: dict[str, float | str] = {"bar": round(case.bar, 3)}
        steps.append(Reason("place:often_refused", case.t_on, bar))
    if case.came_in_round:
        steps.append(Reason("round:left_behind", case.t_on))
    if case.learned_from:
        steps.append(Reason("learned", case.t_on, dict(case.learned_from)))
    steps.append(Reason("thing:first_seen", case.t_on))
    return tuple(sorted(steps, key=lambda r: r.media_time))
