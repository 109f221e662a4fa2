"""The explanation of a case: when it came, who brought it, how it was let go, how likely it is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.light import LightLikeness, light_likeness
from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.change.view import window_of
from litterwatch.detector.deposits.case import BELIEVED, HIDES, Case
from litterwatch.detector.deposits.history import Chain
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.owner import find_owner, passer_of
from litterwatch.detector.deposits.parameters import Ablation, DepositParameters
from litterwatch.detector.deposits.release import bend, best_cue, separation
from litterwatch.detector.deposits.score import Features, score
from litterwatch.detector.deposits.sighting import Sighting
from litterwatch.detector.deposits.taxonomy import ZONE_PRIOR
from litterwatch.detector.deposits.whereabouts import Whereabouts
from litterwatch.detector.geometry import Box, covered_share, distance, iou
from litterwatch.detector.types import Label

_STEP = 12
"""Grey levels by which a pixel must differ to be asked whether light did it."""

_MOMENTS = 1.5
"""Seconds between the last clean look and the first look at a thing that came suddenly."""

_BOUNCES = 1.0
"""Seconds for which a thing that fell may bounce and roll before its place is as it stays."""

_AS_NEAR = 0.1
"""H by which looks at somebody who stands or passes may differ and be as near."""

_STANDS_AS = 0.7
"""IoU of two boxes of a vehicle that has not moved in between."""

_DISTINCT = 1.3
"""Contour over the reference's from which a thing has an outline of its own."""

_CROWD = 6
"""More people than this within 2 H are a crowd (design 1.6, f10)."""

_SEEN_BY_DETECTOR = 3
"""Waste detections from which their confidence is the evidence (f2)."""


def explain(
    case: Case,
    memory: Memory,
    change: ChangeModel,
    parameters: DepositParameters,
    *,
    now: float,
    size: tuple[int, int],
) -> None:
    """Seek (again) when the thing came, its owner and the cue of its release."""
    case.sought = now
    found = sighting(case, memory, change, now, parameters)
    if found is not None and not _too_late(case, found):
        case.sighting = found
    light = light_at(case.box, case.hypothesis.mask, change)
    gated = Ablation.SHADOW_GATE not in parameters.without
    case.light = likeness_of(light) if gated else 0.0
    case.dim = gated and light.is_dim
    window = case.window(parameters)

    def favour(chain: Chain) -> float:
        """How much more a contact says of one who carried something before, or stooped there."""
        carried = memory.carry.mean(chain, case.t_on - 5.0, case.t_on) or 0.0
        stooped = bend(chain, case.box, window, case.person_height)
        return (0.5 + carried) * (1.0 + (stooped.strength if stooped else 0.0))

    landing = memory.flights.landing(case.box, window, case.person_height)
    case.owner = find_owner(
        memory.history,
        case.box,
        window,
        case.person_height,
        parameters,
        size=size,
        favour=favour,
        throw=None if landing is None else landing[1].thrown(),
        sudden=_came_suddenly(case),
    )
    if case.owner is None and _came_suddenly(case):
        passers = memory.laden.passed(window, case.person_height)
        if case.waste_hits >= BELIEVED:
            passers += memory.passers.passed(window, case.person_height)
        case.owner = passer_of(passers, case.box, window, case.person_height, parameters, size=size)
    find_cue(case, memory, parameters)


def _too_late(case: Case, found: Sighting) -> bool:
    """Whether the pictures date a thing later than it was seen to lie there.

    Who stands before it for a moment, or light that comes and goes, makes its place look clean; he
    who passed then did not bring it. What has grown since is another matter: only a part was there.
    """
    return found.t_on > case.hypothesis.born and not case.has_grown


def _came_suddenly(case: Case) -> bool:
    """Whether a thing with an outline of its own came to a place that was clean moments before."""
    found = case.sighting
    if found is None or found.t_clear is None or case.dim:
        return False
    return found.t_on - found.t_clear <= _MOMENTS and case.edge_ratio >= _DISTINCT


def sighting(
    case: Case, memory: Memory, change: ChangeModel, now: float, parameters: DepositParameters
) -> Sighting | None:
    """Look backwards for the thing's first appearance; None when it cannot be told."""
    thing = memory.thumbnails.patch(case.box, now)
    if thing is None or Ablation.BACK_TRACE in parameters.without:
        return None
    if case.patch is not None:
        came = memory.thumbnails.came(case.box, thing, now)
        if came is not None:
            return came
    ground = memory.thumbnails.patch_of(change.reference_image(), case.box)
    t_from = case.hypothesis.first_changed - parameters.look_back
    return memory.thumbnails.trace(case.box, thing, ground, t_from, now)


def find_cue(case: Case, memory: Memory, parameters: DepositParameters) -> None:
    """The best sign of the release, not long before the thing was first seen."""
    low, high = case.window(parameters)
    window = max(low, case.t_on - HIDES - 1.0), high
    landing = memory.flights.landing(case.box, window, case.person_height)
    cues = [landing[0] if landing else None]
    if case.owner is not None:
        chain = memory.history.chain(case.owner.chain.tracklets[-1])
        cues.append(bend(chain, case.box, window, case.person_height))
        cues.append(separation(chain, case.box, window, case.person_height, parameters))
    case.cue = best_cue(cues)
    case.t_passed = passed_at(case)


def passed_at(case: Case) -> float | None:
    """When the owner, on foot, stood over the thing or passed it: what falls falls beside him.

    Sought until the thing was first seen, and from shortly before its place was last clean: a
    bottle bounces and rolls before it lies as it stays.
    """
    if case.owner is None or case.owner.chain.label is not Label.PERSON:
        return None
    looks = case.owner.chain.between(case.release_window[0] - _BOUNCES, case.t_on)
    apart = [(abs(box.foot[0] - case.box.centre[0]), at) for at, box in looks]
    if not apart:
        return None
    limit = min(apart)[0] + _AS_NEAR * case.person_height
    times = [at for distance_x, at in apart if distance_x <= limit]
    return times[len(times) // 2]


def light_at(box: Box, mask: NDArray[np.bool_], change: ChangeModel) -> LightLikeness:
    """How a region compares with the ground under other light.

    What a camera that was nudged sees may lie beyond the rim of the anchor view: only what lies
    within it can be compared, and of what lies beyond it the nearest pixels are.
    """
    picture, whole = change.current_image(), Box(*(float(round(v)) for v in box))
    window = window_of(whole, (1.0, 1.0), picture.shape)
    now, then = picture[window], change.reference_image()[window]
    if now.shape[:2] != mask.shape:
        mask = cv2.resize(mask.astype(np.uint8), (now.shape[1], now.shape[0])) > 0
    # Only what differs can be light: a waste box is mostly the ground round the thing.
    mask = mask & (np.abs(now.astype(np.int16) - then).max(axis=2) > _STEP)
    return light_likeness(now, then, mask, noise=change.noise_within(box))


def likeness_of(light: LightLikeness) -> float:
    """Likeness to light, 0..1, on the right side of the line that refuses (0.6)."""
    return max(0.7, light.likeness) if light.is_light else min(0.59, light.likeness)


def features_of(
    case: Case, memory: Memory, where: Whereabouts | None, parameters: DepositParameters
) -> Features:
    """The named features of a case as things stand."""
    waste = case.waste if case.waste_hits >= _SEEN_BY_DETECTOR else 0.5 * (1 - case.light)
    owner, t_release = case.owner, case.released[0]
    before = after = None
    if owner is not None:
        before = memory.carry.mean(owner.chain, t_release - 5.0, t_release)
        after = memory.carry.mean(owner.chain, t_release + 1.0, t_release + 4.0)
    separation_share = 0.0
    if where is not None:
        separation_share = 1.0 if not where.in_view else where.nearest / parameters.leaving
    return Features(
        persistence=case.persistence,
        waste=waste,
        touch=owner.contact.touch if owner else 0.0,
        carried_before=before or 0.0,
        carry_gone=0.5 if after is None else 1 - after,
        separation=separation_share,
        zone=ZONE_PRIOR[case.zone.kind],
        release_cue=case.cue.strength if case.cue else 0.0,
        light=max(case.light, min(0.5, 5 * case.flicker)),
        nuisance=crowd_at(case, memory),
        overlap=case.overlap,
    )


def crowd_at(case: Case, memory: Memory) -> float:
    """1 in a crowd when it appeared, 0 with one or two people near."""
    near = sum(
        1
        for tracklet in memory.history.alive(case.t_on - 0.5, case.t_on + 0.5)
        if (box := tracklet.at(case.t_on)) is not None
        and distance(box.foot, case.box.foot) < 2 * case.person_height
    )
    return min(1.0, max(0, near - 2) / (_CROWD - 2))


def suspicion(case: Case, features: Features) -> float:
    """The score of a case, 0..1, four digits."""
    return round(case.factor * score(features, case.weights, case.bar), 4)


def vehicle_come_to_rest(
    case: Case, look: Look, memory: Memory, parameters: DepositParameters
) -> float:
    """Share of a case under a vehicle that drove there and stands (rule 3), 0..1."""
    best = 0.0
    for track, box in look.seen_now():
        share = covered_share(case.box, box) if track.label is not Label.PERSON else 0.0
        if share < parameters.animate_cover:
            continue
        looks = memory.history.looks_of(track.id)
        drove = any(distance(b.foot, box.foot) > 0.5 * case.person_height for _, b in looks)
        if any(at <= case.t_clear and iou(b, box) >= _STANDS_AS for at, b in looks):
            continue  # it stood there as it stands now when the place was still clean
        # What was there before the vehicle came is behind it now, not it.
        came_after = any(
            at > case.t_on + 0.5 and covered_share(case.box, b) < 0.1 for at, b in looks
        )
        if drove and not came_after:
            best = max(best, share)
    return best
