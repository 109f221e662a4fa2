"""Opens a case for every proposal that is new, large enough and nobody else's (S7: seed)."""

from datetime import timedelta

from litterwatch.detector.change.view import NEW, Code
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import Docket, permits
from litterwatch.detector.deposits.explaining import explain, vehicle_come_to_rest
from litterwatch.detector.deposits.hypothesis import Hypothesis, Source
from litterwatch.detector.deposits.judging import is_beside, long_as_a_body
from litterwatch.detector.deposits.merge import same_thing
from litterwatch.detector.deposits.observing import Look, observe
from litterwatch.detector.deposits.parameters import Ablation
from litterwatch.detector.deposits.rejection import Evidence, too_small
from litterwatch.detector.deposits.rounds import is_round
from litterwatch.detector.deposits.seeding import DIFFERS, Seed, from_change, from_waste, unclaimed
from litterwatch.detector.deposits.sighting import same_edges
from litterwatch.detector.geometry import Box, covered_share, gap

_THINNEST = 7.0
"""Width, px of the analysis picture, below which nothing can be said about a thing."""

_TOLD_BY_PICTURES = 2 * _THINNEST
"""The same for a thing that the small pictures of the last minutes, half as large, must tell of."""

_STANDS_OUT = 1.5
"""Contour over the reference's from which a small thing near the camera is one, not a shadow."""

_UNKNOWN = 0.3
"""Share of a place that may be unknown for the reference to be asked about it."""


_LARGEST_BIN = 2.0
"""H^2; a skip of 3 m by 1.5 m is 1.8."""

_LOOKS_BACK = (0.0, 2.0)
"""Seconds before the last clean look at a thing's place at which one asks what lay beside it."""

_BEFORE = 0.3
"""Seconds before the thing from which a bin must have been seen."""


def propose(docket: Docket, look: Look, rest: float) -> None:
    """Open cases for what has been at rest for that many seconds."""
    now = look.media_time
    proposals: list[Seed] = []
    if Ablation.CHANGE not in docket.parameters.without:
        proposals += from_change(look.view.blobs, rest)
        proposals += _landings(docket, look, {id(seed.blob) for seed in proposals})
        proposals += _long_there(docket, look, {id(seed.blob) for seed in proposals})
    still = docket.memory.spots.spots_at_rest(now, rest, look.people())
    new = [spot for spot in still if _is_new(docket, look, spot.box, now)]
    proposals += from_waste(new, look.view.blobs, docket.parameters.birth_at_end)
    for seed in proposals:
        if _is_free(docket, seed, look):
            _open(docket, seed, look)


def _landings(docket: Docket, look: Look, known: set[int]) -> list[Seed]:
    """Young regions at which a flight from an actor ended: no need to wait for more rest."""
    found = []
    for seed in from_change(look.view.blobs, docket.parameters.birth_at_end):
        if id(seed.blob) in known:
            continue
        height = docket.memory.person_height(seed.box.y2)
        at_once = (seed.first_changed - 1.0, seed.first_changed)
        landing = docket.memory.flights.landing(seed.box, at_once, height)
        if landing is not None and landing[0].strength >= 1.0:
            found.append(
                Seed(
                    Source.LANDING,
                    seed.box,
                    seed.mask,
                    seed.first_changed,
                    seed.last_clean,
                    seed.blob,
                )
            )
    return found


def _long_there(docket: Docket, look: Look, known: set[int]) -> list[Seed]:
    """Distinct young regions that, as the pictures show, have lain there for long enough.

    What was set down behind somebody's legs lies there before he steps aside: the time for which
    it has been seen to lie counts, not only that for which nobody's box hid it.
    """
    parameters, thumbnails, now = docket.parameters, docket.memory.thumbnails, look.media_time
    if Ablation.BACK_TRACE in parameters.without:
        return []
    young = [
        seed
        for seed in from_change(look.view.blobs, parameters.birth_at_end)
        if id(seed.blob) not in known
        and seed.blob is not None
        and seed.blob.edge_ratio >= NEW
        and min(seed.box.width, seed.box.height) >= _TOLD_BY_PICTURES
        and docket.memory.was_behind_somebody(seed.box, seed.first_changed)
        and not _may_be_a_part(docket, seed, look)
        and _is_free(docket, seed, look)
    ]
    if not young:
        return []
    reference, found = docket.change.reference_image(), []
    for seed in young:
        thing = thumbnails.patch(seed.box, now)
        if thing is None:
            continue
        ground = thumbnails.patch_of(reference, seed.box)
        t_from = seed.first_changed - parameters.look_back
        came = thumbnails.trace(seed.box, thing, ground, t_from, now)
        if came is not None and came.t_clear is not None and now - came.t_on >= parameters.birth:
            found.append(seed)
    return found


def _may_be_a_part(docket: Docket, seed: Seed, look: Look) -> bool:
    """Whether it reaches the box of somebody, of whom it may be a part that the box leaves out."""
    reach = docket.parameters.touch * docket.memory.person_height(seed.box.y2)
    return any(gap(seed.box, box) <= reach for _, box in look.actors)


def _is_free(docket: Docket, seed: Seed, look: Look) -> bool:
    """Whether a proposal is large enough and its place nobody else's."""
    live = [case.box for case in docket.cases]
    refused = [case.box for case, _ in docket.refused]
    if not _large_enough(docket, seed, look) or not unclaimed([seed], live, refused):
        return False
    return not any(_would_be_merged(docket, seed, case) for case in docket.cases)


def _would_be_merged(docket: Docket, seed: Seed, case: Case) -> bool:
    """Whether a proposal is round the thing of a live case, which stays: no case is opened for it.

    A vague case gives way to a distinct proposal (`speaking.merge_cases`).
    """
    if case.hypothesis.is_closed:
        return False
    if not same_thing(case.box, seed.box, case.person_height, docket.parameters):
        return False
    distinct = seed.blob is not None and seed.blob.edge_ratio >= NEW
    return not (distinct and case.is_vague and case.hypothesis.is_open)


def _is_new(docket: Docket, look: Look, box: Box, now: float) -> bool:
    """Whether a waste detection is round something that was not there before.

    The clean reference tells it; where that is unknown (somebody stood there from the start), the
    pictures of the last seconds do.
    """
    thumbnails = docket.memory.thumbnails
    thing = thumbnails.patch(box, now)
    if thing is None:
        return False
    if look.view.share(box, Code.STATIC_NEW) >= DIFFERS:
        return True
    if look.view.share(box, Code.COVERED) > 0.5 and look.view.unknown_within(box) <= _UNKNOWN:
        like = docket.change.patch_matches_reference(box, docket.change.current_image())
        return like <= 1 - DIFFERS
    came = thumbnails.came(box, thing, now)
    if came is None or not docket.memory.was_covered(box, came.t_on):
        return False
    # Where the ground was known before, the reference would have told: somebody only passed it.
    return came.t_clear is None or docket.change.known_since(box) > came.t_clear


def _large_enough(docket: Docket, seed: Seed, look: Look) -> bool:
    height = docket.memory.person_height(seed.box.y2)
    if height < docket.parameters.least_person_px:
        return False
    if min(seed.box.width, seed.box.height) < _THINNEST:
        return False
    area = seed.blob.area if seed.blob else seed.box.area
    smallest = docket.zone_of(seed.box, look).min_object
    if seed.blob is not None and seed.blob.edge_ratio >= _STANDS_OUT:
        resolved = docket.parameters.resolved_px / height**2
        smallest = min(smallest, max(resolved, docket.parameters.smallest_resolved))
    evidence = Evidence(
        size=area / height**2,
        smallest=smallest,
        landed=seed.source is Source.LANDING,
        waste=float(seed.source is Source.WASTE),
    )
    return not too_small(evidence, docket.parameters)


def _open(docket: Docket, seed: Seed, look: Look) -> None:
    now, memory = look.media_time, docket.memory
    zone = docket.zone_of(seed.box, look)
    hypothesis = Hypothesis(
        next(docket.ordinals),
        seed.source,
        seed.box,
        seed.mask,
        now,
        seed.first_changed,
        seed.last_clean,
    )
    area = seed.blob.area if seed.blob else 0.7 * seed.box.area
    case = Case(
        hypothesis=hypothesis,
        zone=zone,
        permitted_now=permits(zone, docket.captured_at),
        person_height=memory.person_height(seed.box.y2),
        area=area,
        area_born=area,
        last_look=now,
        weights=docket.learned.weights,
        learned_from=docket.learned.sha256,
    )
    if docket.captured_at is not None:
        came_at = docket.captured_at - timedelta(seconds=max(0.0, now - seed.first_changed))
        case.came_in_round = is_round(zone, docket.site, came_at)
    case.bar = docket.learned.nuisance.bar(seed.box.foot, look.size, case.person_height)
    if seed.source is Source.WASTE:
        case.patch = memory.thumbnails.patch(seed.box, now)
    watch(docket, case, seed, look)
    docket.count_seed(now)
    explain(case, memory, docket.change, docket.parameters, now=now, size=look.size)
    docket.cases.append(case)


def watch(docket: Docket, case: Case, seed: Seed | None, look: Look) -> None:
    """Take one frame's observation into a case; `seed` only when it is opened."""
    blob = seed.blob if seed is not None else look.blob_for(case.box, case.person_height)
    resembles = _looks_as_before(docket, case, look.media_time)
    seen = observe(
        case.box,
        case.hypothesis.mask,
        blob,
        look,
        docket.parameters,
        resembles=resembles,
        by_look=case.by_look is not None,
    )
    case.note(seen, look.media_time, docket.parameters)
    floor = docket.parameters.present_floor
    waste = [box for box, sure in look.waste if sure >= floor]
    came_with = [
        box for box in waste if is_beside(case, box) and _is_other(docket, case, box, look)
    ]
    case.long_looks += long_as_a_body(case, waste, came_with)
    case.vehicle_arrived = vehicle_come_to_rest(case, look, docket.memory, docket.parameters)
    # A bin stood there before; what is called a bin and came just now is the thing.
    bins = docket.memory.bins.standing_since(case.t_on - _BEFORE)
    case.in_bin = max((_inside(case, b) for b in bins), default=0.0)


def _looks_as_before(docket: Docket, case: Case, now: float) -> bool:
    """Whether its place looks as when a waste detection proposed it or the light changed."""
    thumbnails, box = docket.memory.thumbnails, case.box
    if case.patch is None:
        return False
    if case.by_look is None:
        return thumbnails.resembles(box, case.patch, now)
    patch = thumbnails.patch(case.by_look, now)
    return patch is not None and same_edges(case.patch, patch)


def _is_other(docket: Docket, case: Case, box: Box, look: Look) -> bool:
    """Whether a place looks otherwise now than at any look back from when the thing's was clean.

    Several looks are asked, because somebody may have stood before an old heap at one of them.
    """
    thumbnails = docket.memory.thumbnails
    now = thumbnails.patch(box, look.media_time)
    if now is None:
        return False
    before = [case.t_clear - back for back in _LOOKS_BACK]
    asked = [at for at in before if thumbnails.patch(box, at) is not None]
    return bool(asked) and not any(thumbnails.resembles(box, now, at) for at in asked)


def _inside(case: Case, bin_box: Box) -> float:
    """Share of a thing inside a bin; 0 for what stands before it on the ground."""
    on_ground = case.box.y2 > bin_box.y2 - 0.1 * bin_box.height
    huge = bin_box.area > _LARGEST_BIN * case.person_height**2
    return 0.0 if on_ground or huge else covered_share(case.box, bin_box)
