"""Every number the judgement of deposits rests on, in seconds, person heights (H) and shares.

One configuration serves every camera. Sources: docs/design/rules.md; where a value was measured
or moved away from the design's first choice, an ADR says so (docs/decisions/0012 and following).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from litterwatch.detector.types import ZoneKind


class Ablation(StrEnum):
    """What can be switched off to measure what it is worth; never in service."""

    CHANGE = "change"
    """Change at rest, and the landings it shows, propose nothing: waste detections alone do."""
    WASTE = "waste"
    """The detector's waste is not heard of: neither as a proposal nor as evidence."""
    BACK_TRACE = "back_trace"
    """Pictures of before are not asked when a thing came: the change itself tells."""
    CARRY = "carry"
    """Nobody is known to have carried anything, nor to carry nothing."""
    SHADOW_GATE = "shadow_gate"
    """Nothing is taken for light, and nothing may be a shadow."""


@dataclass(frozen=True, slots=True)
class DepositParameters:
    """Frozen settings of the deposit engine.

    Attributes:
        birth: static age, s, at which a change becomes a hypothesis.
        birth_at_end: the same when the footage ends; a release cue is then demanded.
        separated_for: s an owner must be away before the deposit counts as released.
        attending: H; an actor of the owner's group this near attends the thing.
        separating: H; farther than this (for `separated_for`) he has let it go.
        leaving: H; farther than this he has left it.
        group_near: H within which people who arrive together form a group.
        group_together: s they must move together to be one.
        confirm: s a thing must lie left alone before the machine is sure, by kind of zone.
        stay: s after which a thing beside a lingering owner is suspected all the same.
        throw_confirm: s a thrown thing must lie.
        orphan: s without an explaining actor before an orphan is looked at.
        orphan_waste: waste evidence an orphan needs.
        occluded: s behind something before the trail is lost.
        look_back: s before the first sign of the thing in which its actor is sought.
        remember: s of actor history kept.
        touch: H round a person's box (lower 70 %) that his hands and feet reach.
        touch_vehicle: H round a vehicle that its tail gate reaches.
        touch_near: H within which a weak touch is granted.
        provisional, sure: score thresholds of a provisional alert and of a confirmation.
        hidden: visible share below which a region counts as occluded.
        confirm_visible: visible share a confirmation needs.
        present: changed share of the visible part above which the thing is there.
        gone_for: s a region must look like the reference before the thing is gone.
        collected_for: the same once confirmed.
        recheck: s between looks at a persisting thing.
        animate_cover: share of a blob that a person or vehicle must cover to stand in its way.
        flicker: share of the blob's pixels that change per second, above it is no thing.
        flicker_over: s over which flicker is measured.
        smallest: H^2, smallest area of a hypothesis seen falling or known as waste; zones ask for
            more of mere change.
        resolved_px: px^2 of the analysis picture from which a thing near the camera, where people
            are tall, may be smaller than zones ask for: it shows its outline;
            `smallest_resolved`, H^2, is the least even there.
        largest: H^2, larger changes are no deposits (a scene that changed).
        least_person_px: px; where people are smaller nobody can be seen to leave a thing.
        seeds_a_minute: with more seeds than this a seed needs a touching actor (weather).
        merge_iou, merge_containment, merge_distance: when two hypotheses are one (1.7).
        incident_gap: s between releases of one actor that belong to one incident.
        ambiguous: ratio of the second-best explanation to the best that makes it ambiguous.
        stitch_gap, stitch_distance, stitch_size: how a broken track is continued (1.9).
        present_floor: waste confidence below which a detection is no evidence.
        small: H^2 below which a deposit is small litter; `bulky` H^2 above which it is bulky.
        vehicle_stop: s a vehicle must stand for a deposit in its footprint to be its own.
        passing: H/s; who passes faster than this explains only what was seen to fly from him.
        round_over: s after the time of a collection round for which it still counts.
        kept: s a closed hypothesis is kept for statistics and against double seeds.
        without: parts that are switched off, to measure what they are worth.
    """

    birth: float = 1.5
    birth_at_end: float = 0.5
    separated_for: float = 0.8
    attending: float = 0.6
    separating: float = 0.8
    leaving: float = 1.5
    group_near: float = 1.0
    group_together: float = 3.0
    confirm: dict[ZoneKind, float] = field(
        default_factory=lambda: {
            ZoneKind.NO_DUMP: 8.0,
            ZoneKind.ROAD: 8.0,
            ZoneKind.COLLECTION_POINT: 15.0,
            ZoneKind.STAND: 600.0,
        }
    )
    stay: float = 60.0
    throw_confirm: float = 3.0
    orphan: float = 30.0
    orphan_waste: float = 0.5
    occluded: float = 120.0
    look_back: float = 20.0
    remember: float = 300.0
    touch: float = 0.15
    touch_vehicle: float = 0.5
    touch_near: float = 0.5
    provisional: float = 0.55
    sure: float = 0.70
    hidden: float = 0.3
    confirm_visible: float = 0.6
    present: float = 0.5
    gone_for: float = 1.0
    collected_for: float = 10.0
    recheck: float = 30.0
    animate_cover: float = 0.4
    flicker: float = 0.05
    flicker_over: float = 5.0
    smallest: float = 0.0015
    resolved_px: float = 200.0
    smallest_resolved: float = 0.001
    largest: float = 1.5
    least_person_px: float = 24.0
    seeds_a_minute: float = 30.0
    merge_iou: float = 0.3
    merge_containment: float = 0.6
    merge_distance: float = 0.25
    incident_gap: float = 120.0
    ambiguous: float = 0.85
    stitch_gap: float = 3.0
    stitch_distance: float = 0.5
    stitch_size: tuple[float, float] = (0.7, 1.4)
    present_floor: float = 0.15
    small: float = 0.05
    bulky: float = 0.5
    vehicle_stop: float = 3.0
    passing: float = 2.5
    round_over: float = 60.0
    kept: float = 3600.0
    without: tuple[Ablation, ...] = ()
