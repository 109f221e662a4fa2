"""The deposit engine: scenes in, suspected events out (design 1.2 S4-S9).

`update` reads as the stages of one frame: look, remember, observe, seed, judge, merge, close.
"""

from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from itertools import count

from litterwatch.detector.change.health import PictureHealth
from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.change.pixels import Bytes
from litterwatch.detector.change.stabiliser import Motion, Stabiliser
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.explaining import (
    explain,
    features_of,
    find_cue,
    suspicion,
)
from litterwatch.detector.deposits.hypothesis import SETTLED, Cause, Hypothesis, Source, State
from litterwatch.detector.deposits.judging import (
    Whereabouts,
    cause_of_owner,
    cause_of_sight,
    confirm_after,
    person_unaccounted,
    touched_lately,
    walked_off,
    whereabouts,
)
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.merge import Release, same_incident, same_thing
from litterwatch.detector.deposits.observing import Look, blob_for, observe
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.rejection import HEALED, Evidence, hold, refusal, too_small
from litterwatch.detector.deposits.reporting import event_of
from litterwatch.detector.deposits.seeding import Seed, from_change, from_waste, unclaimed
from litterwatch.detector.geometry import Box, covered_share
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import (
    Event,
    EventState,
    Frame,
    Image,
    Label,
    Scene,
    Site,
    Zone,
    ZoneKind,
)

_SEEK_EVERY = 1.0
"""Seconds between attempts to explain a case nobody explains yet."""

_STALE = 1.0
"""Seconds for which an actor missed by the detector is still taken to stand where he was."""

_REFUSED_KEPT = 2.0
"""Seconds without its region after which a refused place may be proposed again."""

_THINNEST = 4.0
"""Width, px of the analysis picture, below which nothing can be said about a thing."""

NOWHERE = Zone("outside", ZoneKind.EXCLUDE, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
"""The zone of what lies in none: not watched."""

_FIRST = frozenset({ZoneKind.EXCLUDE, ZoneKind.BIN_MOUTH})


class DepositEngine:
    """Finds deposits of one camera; satisfies `EventDetector`.

    Args:
        site: zones and height hints.
        parameters: the numbers it rests on.
        change: the change model, for instance one restored from a saved reference.
    """

    def __init__(
        self,
        site: Site | None = None,
        parameters: DepositParameters | None = None,
        *,
        change: ChangeModel | None = None,
    ) -> None:
        self.site = site or Site()
        self.parameters = parameters or DepositParameters()
        self._zones = sorted(self.site.zones, key=lambda z: z.kind not in _FIRST)
        self._stabiliser = Stabiliser()
        self._health = PictureHealth()
        self._change = change or ChangeModel()
        self._memory = Memory(self.parameters, PersonHeight(self.site.person_height))
        self._cases: list[Case] = []
        self._refused: list[tuple[Case, float]] = []
        self._ordinals = count(1)
        self._tally: Counter[str] = Counter()
        self._seeds: deque[float] = deque()
        self._restarted_at: float | None = None
        self._frame: Frame | None = None
        self._last_look: Look | None = None
        self._codes: Bytes | None = None

    # -- what others may know ------------------------------------------------------------------

    @property
    def tally(self) -> Mapping[str, int]:
        """By reason code, what was no event: taken back, refused, lawful."""
        return dict(sorted(self._tally.items()))

    @property
    def cases(self) -> tuple[Case, ...]:
        """The live cases, for those who explain or draw."""
        return tuple(self._cases)

    @property
    def busy(self) -> bool:
        """Whether a hypothesis is open: the machine is making up its mind."""
        return any(case.hypothesis.is_open for case in self._cases)

    # -- one frame -----------------------------------------------------------------------------

    def update(self, scene: Scene) -> list[Event]:
        """Judge one scene; media time must increase."""
        look = self._look(scene)
        self._observe(look)
        if not look.view.inhibited:
            self._seed(look, self.parameters.birth)
        events = [event for case in list(self._cases) for event in self._judge(case, look)]
        events += self._merge(look)
        self._close(look)
        return events

    def finish(self) -> list[Event]:
        """End of footage: what was let go and left behind is given as provisional."""
        look = self._last_look
        if look is None or look.view.inhibited:
            return []
        self._seed(look, self.parameters.birth_at_end)
        events = [event for case in list(self._cases) for event in self._judge_at_end(case, look)]
        events += self._merge(look)
        self._close(look)
        return events

    # -- look and remember ---------------------------------------------------------------------

    def _look(self, scene: Scene) -> Look:
        frame, now = scene.frame, scene.frame.media_time
        self._frame = frame
        present = [t for t in scene.tracks if now - t.last_seen <= _STALE]
        motion = self._stabiliser.update(frame.image, [t.box for t in present])
        picture = motion.laid_over(frame.image)
        boxes = [motion.box_to_anchor(t.box) for t in present]
        health = self._health.update(picture, now)
        covers = boxes + _outside(motion, frame.size)
        view = self._change.update(picture, now, actors=covers, health=health)
        if motion.restarted or view.restarted_at != self._restarted_at:
            self._lose_view(view.restarted_at)
        waste = scene.detections.labelled(Label.WASTE)
        bins = scene.detections.labelled(Label.BIN)
        look = Look(
            media_time=now,
            view=view,
            actors=tuple(zip(present, boxes, strict=True)),
            waste=tuple(
                (motion.box_to_anchor(box), float(confidence))
                for box, confidence in zip(waste.boxes(), waste.confidence, strict=True)
            ),
            bins=tuple(motion.box_to_anchor(box) for box in bins.boxes()),
            inferred=scene.inferred,
            size=frame.size,
            before=self._codes,
            since_before=now - self._last_look.media_time if self._last_look else 0.0,
        )
        self._codes = view.code
        self._remember(look, picture, motion)
        return look

    def _remember(self, look: Look, picture: Image, motion: Motion) -> None:
        self._memory.height.update([], look.size)
        self._memory.see(look, picture, motion)
        self._last_look = look

    def _lose_view(self, restarted_at: float) -> None:
        """The view was cut, moved or lost: what was open cannot be followed any further."""
        if self._restarted_at is not None:
            self._tally.update({"view_lost": sum(c.hypothesis.is_open for c in self._cases)})
            self._tally += Counter()  # drop zeros
            self._cases.clear()
            self._refused.clear()
            self._memory.lose_view()
        self._restarted_at = restarted_at

    def _observe(self, look: Look) -> None:
        for case in self._cases:
            blob = blob_for(case.box, look.view.blobs, case.person_height, self.parameters)
            seen = observe(case.box, case.hypothesis.mask, blob, look, self.parameters)
            case.note(seen, look.media_time, self.parameters)
            case.vehicle_arrived = self._arrived_vehicle(case, look)
            case.in_bin = max((covered_share(case.box, b) for b in look.bins), default=0.0)

    def _arrived_vehicle(self, case: Case, look: Look) -> float:
        """Share of a case under a vehicle that drove there and stands."""
        best = 0.0
        for track, box in look.seen_now():
            share = covered_share(case.box, box) if track.label is not Label.PERSON else 0.0
            if share < self.parameters.animate_cover:
                continue
            looks = [
                b
                for t in self._memory.history.tracklets
                if t.id == track.id
                for _, b in t.between(t.first, look.media_time)
            ]
            far = max((abs(b.foot[0] - box.foot[0]) for b in looks), default=0.0)
            if far > 0.5 * case.person_height:
                best = max(best, share)
        return best

    # -- seed ----------------------------------------------------------------------------------

    def _seed(self, look: Look, rest: float) -> None:
        memory, now = self._memory, look.media_time
        proposals = from_change(look.view.blobs, rest)
        proposals += self._landings(look, {id(s.blob) for s in proposals})
        new_waste = [s for s in memory.spots.still(look, rest) if self._is_new(s.box, now)]
        proposals += from_waste(new_waste)
        for seed in proposals:
            live = [case.box for case in self._cases]
            refused = [case.box for case, _ in self._refused]
            if self._large_enough(seed, look) and unclaimed([seed], live, refused):
                self._open(seed, look)

    def _large_enough(self, seed: Seed, look: Look) -> bool:
        height = self._memory.person_height(seed.box.y2)
        area = seed.blob.area if seed.blob else seed.box.area
        if (
            height < self.parameters.least_person_px
            or min(seed.box.width, seed.box.height) < _THINNEST
        ):
            return False
        evidence = Evidence(
            size=area / height**2,
            smallest=self.zone_of(seed.box, look.size).min_object,
            landed=seed.source is Source.LANDING,
            waste=float(seed.source is Source.WASTE),
        )
        return not too_small(evidence, self.parameters)

    def _landings(self, look: Look, known: set[int]) -> list[Seed]:
        """Young regions at which a flight from an actor ended: no need to wait for more rest."""
        found = []
        for seed in from_change(look.view.blobs, self.parameters.birth_at_end):
            if id(seed.blob) in known:
                continue
            height = self._memory.person_height(seed.box.y2)
            window = (seed.first_changed, seed.first_changed)
            landing = self._memory.flights.landing(seed.box, window, height)
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

    def _is_new(self, box: Box, now: float) -> bool:
        """Whether a waste detection covers something that the clean reference does not show."""
        window = self._last_look.view.within(box) if self._last_look else None
        if window is None or self._last_look is None:
            return False
        if float(self._last_look.view.unknown[window].mean()) > 0.3:
            return False
        thing = self._memory.thumbnails.patch(box, now)
        ground = self._memory.thumbnails.patch_of(self._change.reference_image(), box)
        return thing is not None and float((abs(thing - ground) > 15).mean()) >= 0.3

    def _open(self, seed: Seed, look: Look) -> None:
        now = look.media_time
        zone = self.zone_of(seed.box, look.size)
        case = Case(
            hypothesis=Hypothesis(
                next(self._ordinals),
                seed.source,
                seed.box,
                seed.mask,
                now,
                seed.first_changed,
                seed.last_clean,
            ),
            zone=zone,
            permitted_now=permits(zone, self._frame.captured_at if self._frame else None),
            person_height=self._memory.person_height(seed.box.y2),
            area=seed.blob.area if seed.blob else seed.box.area * 0.7,
            last_look=now,
        )
        seen = observe(seed.box, seed.mask, seed.blob, look, self.parameters)
        case.note(seen, now, self.parameters)
        case.vehicle_arrived = self._arrived_vehicle(case, look)
        case.in_bin = max((covered_share(case.box, b) for b in look.bins), default=0.0)
        self._seeds.append(now)
        while now - self._seeds[0] > 60:
            self._seeds.popleft()
        explain(case, self._memory, self._change, self.parameters, now=now, size=look.size)
        self._cases.append(case)

    def zone_of(self, box: Box, size: tuple[int, int]) -> Zone:
        """The zone under the foot of a thing; first match, exclusions and bin mouths before all."""
        return next((z for z in self._zones if z.holds(box.foot, size)), NOWHERE)

    # -- judge ---------------------------------------------------------------------------------

    def _evidence(self, case: Case, look: Look) -> Evidence:
        seen = case.observation
        assert seen is not None
        width, height = look.size
        box = case.box
        return Evidence(
            zone=case.zone.kind,
            permitted_now=case.permitted_now,
            size=case.size,
            smallest=case.zone.min_object,
            inhibited=look.view.inhibited,
            person_match=case.person_for,
            animate_cover=seen.animate_cover,
            person_ended=person_unaccounted(case, self._memory.history, look.size, self.parameters),
            vehicle_arrived=case.vehicle_arrived,
            light=case.light,
            edge_ratio=case.edge_ratio,
            flicker=case.flicker,
            in_bin=case.in_bin,
            touched=case.owner is not None,
            seeds_a_minute=float(len(self._seeds)),
            at_border=box.x1 <= 1 or box.y1 <= 1 or box.x2 >= width - 1 or box.y2 >= height - 1,
            waste=case.waste if case.waste_hits >= 3 else 0.0,
        )

    def _judge(self, case: Case, look: Look) -> list[Event]:
        evidence = self._evidence(case, look)
        if case.hypothesis.is_open:
            code = refusal(evidence, self.parameters)
            if code is not None:
                return self._refuse(case, code, look)
        events = self._follow_sight(case, look)
        if case.hypothesis.is_closed or case.hypothesis.state is State.OCCLUDED:
            return events
        if case.hypothesis.state in SETTLED or hold(evidence, self.parameters):
            return events
        return events + self._follow_owner(case, look)

    def _follow_sight(self, case: Case, look: Look) -> list[Event]:
        now = look.media_time
        cause = cause_of_sight(case, now, self.parameters)
        if cause in (Cause.VANISHED, Cause.REMOVED):
            cause = self._who_took_it(case, cause, now)
        if cause is None or not case.hypothesis.may(cause):
            return []
        case.hypothesis.move(cause, now)
        if not case.hypothesis.is_closed:
            return []
        if cause is not Cause.REMOVED:
            self._tally[case.hypothesis.state.value] += 1
        if case.said is EventState.PROVISIONAL and cause is not Cause.LOST:
            return self._say(case, EventState.CANCELLED, look)
        return []

    def _who_took_it(self, case: Case, cause: Cause, now: float) -> Cause:
        since = case.gone_since if case.gone_since is not None else now
        history = self._memory.history
        chains = [history.chain(t) for t in history.alive(since - 3.0, since + 0.5)]
        hands = touched_lately(
            case.box, chains, (since - 3.0, since + 0.5), case.person_height, self.parameters
        )
        if cause is Cause.VANISHED:
            return Cause.TAKEN_BACK if hands else cause
        own = case.owner is not None and set(hands) & {
            i for member in case.owner.group for i in history.chain(member.tracklets[-1]).ids
        }
        return Cause.TAKEN_BACK if own else cause

    def _follow_owner(self, case: Case, look: Look) -> list[Event]:
        now, hypothesis = look.media_time, case.hypothesis
        if hypothesis.state is State.SEED:
            self._seek(case, look)
        if hypothesis.state is State.CANDIDATE and case.owner is None:
            return self._judge_orphan(case, look)
        if hypothesis.state is State.SEED or case.owner is None:
            return []
        where = whereabouts(case, self._memory.history, now, look.size, self.parameters)
        for _ in range(3):
            cause = cause_of_owner(case, where, now, self.parameters)
            if cause is None:
                break
            if hypothesis.state is State.CANDIDATE and case.thrown:
                cause = Cause.LANDED
            self._move(case, cause, now, where)
        return self._alert(case, where, look)

    def _seek(self, case: Case, look: Look) -> None:
        now = look.media_time
        if case.owner is None and now - case.sought >= _SEEK_EVERY:
            explain(case, self._memory, self._change, self.parameters, now=now, size=look.size)
        if case.owner is not None:
            case.hypothesis.move(Cause.TOUCH_FOUND, now)
        elif now - case.hypothesis.born >= self.parameters.orphan:
            case.hypothesis.move(Cause.ORPHAN_WAITED, now)

    def _move(self, case: Case, cause: Cause, now: float, where: Whereabouts) -> None:
        detail = {"nearest": round(where.nearest, 2)} if where.in_view else {}
        case.hypothesis.move(cause, now, **detail)
        if cause is Cause.OWNER_NEAR:
            case.t_released = None
        elif case.hypothesis.state is State.RELEASED:
            case.t_released = now
            if case.said is None:
                find_cue(case, self._memory, self.parameters)
        elif cause is Cause.OWNER_STAYED:
            case.factor = 0.8

    def _alert(self, case: Case, where: Whereabouts, look: Look) -> list[Event]:
        now, state = look.media_time, case.hypothesis.state
        if state not in (State.RELEASED, State.UNATTENDED, State.CONFIRMED):
            return []
        features = features_of(case, self._memory, where, self.parameters)
        suspected = suspicion(case, features)
        if state is State.CONFIRMED:  # the owner stayed
            return self._confirm(case, look) if suspected >= self.parameters.provisional else []
        assert case.t_released is not None
        seen = case.observation
        held = now - case.t_released >= confirm_after(case, self.parameters)
        visible = seen is not None and seen.visible >= self.parameters.confirm_visible
        if held and visible and suspected >= self.parameters.sure:
            case.hypothesis.move(Cause.HELD, now, score=suspected)
            return self._confirm(case, look)
        if case.said is None and suspected < self.parameters.provisional:
            patience = 3 * confirm_after(case, self.parameters)
            if now - case.t_released >= patience:
                return self._refuse(case, "weak_evidence", look)
        if case.said is None and suspected >= self.parameters.provisional:
            return self._say(case, EventState.PROVISIONAL, look, where)
        return []

    def _confirm(self, case: Case, look: Look) -> list[Event]:
        case.t_confirmed = look.media_time
        return self._say(case, EventState.CONFIRMED, look)

    def _judge_orphan(self, case: Case, look: Look) -> list[Event]:
        if case.waste_hits >= 3 and case.waste >= self.parameters.orphan_waste:
            features = features_of(case, self._memory, None, self.parameters)
            if suspicion(case, features) >= self.parameters.provisional:
                case.hypothesis.move(Cause.WASTE_SEEN, look.media_time)
                return self._confirm(case, look)
        return self._refuse(case, "scene_change", look)

    def _refuse(self, case: Case, code: str, look: Look) -> list[Event]:
        case.hypothesis.move(Cause.REFUSED, look.media_time, reason=code)
        self._tally[code] += 1
        if code in HEALED:
            self._change.heal(case.box, case.hypothesis.mask)
        self._refused.append((case, look.media_time))
        if case.said is EventState.PROVISIONAL:
            return self._say(case, EventState.CANCELLED, look)
        return []

    # -- say -----------------------------------------------------------------------------------

    def _say(
        self, case: Case, state: EventState, look: Look, where: Whereabouts | None = None
    ) -> list[Event]:
        """The event of a case, or of the case that speaks for it."""
        now = look.media_time
        if case.said is None and case.t_provisional is None:
            case.t_provisional = now
            case.leader = self._leader(case)
        case.said = state
        if case.leader is not None:
            if state is EventState.PROVISIONAL:
                case.leader.followers += 1
                return [self._event(case.leader, look)]
            return []
        return [self._event(case, look, where)]

    def _event(self, case: Case, look: Look, where: Whereabouts | None = None) -> Event:
        assert self._frame is not None
        assert case.said is not None
        now = look.media_time
        if where is None and case.owner is not None:
            where = whereabouts(case, self._memory.history, now, look.size, self.parameters)
        beside = any(
            other is not case
            and other.hypothesis.state is State.PERSISTING
            and same_thing(
                other.box.grown(0.5 * case.person_height, 0.5 * case.person_height),
                case.box,
                case.person_height,
                self.parameters,
            )
            for other in self._cases
        )
        features = features_of(case, self._memory, where, self.parameters)
        return event_of(
            case,
            case.said,
            features,
            self._frame,
            self._memory,
            parameters=self.parameters,
            beside_waste=beside,
            now=now,
        )

    def _leader(self, case: Case) -> Case | None:
        """An earlier case of the same act whose event stands."""
        mine = self._release(case)
        for other in self._cases:
            if other is case or other.leader is not None:
                continue
            if other.said not in (EventState.PROVISIONAL, EventState.CONFIRMED):
                continue
            if same_incident(mine, self._release(other), self.parameters):
                return other
        return None

    def _release(self, case: Case) -> Release:
        history = self._memory.history
        ids: frozenset[int] = frozenset()
        if case.owner is not None:
            ids = frozenset(history.chain(case.owner.chain.tracklets[-1]).ids)
        return Release(str(case.hypothesis.ordinal), ids, case.t_on)

    # -- merge and close -----------------------------------------------------------------------

    def _merge(self, look: Look) -> list[Event]:
        """Live hypotheses round one thing become one: the older stays."""
        events: list[Event] = []
        for young in sorted(self._cases, key=lambda c: -c.hypothesis.ordinal):
            for old in self._cases:
                if old.hypothesis.ordinal >= young.hypothesis.ordinal:
                    continue
                if young.hypothesis.is_closed or old.hypothesis.is_closed:
                    continue
                if same_thing(old.box, young.box, old.person_height, self.parameters):
                    young.hypothesis.move(
                        Cause.SAME_AS, look.media_time, into=float(old.hypothesis.ordinal)
                    )
                    self._tally["merged"] += 1
                    if young.said is EventState.PROVISIONAL and young.leader is None:
                        events += self._say(young, EventState.CANCELLED, look)
                    break
        return events

    def _close(self, look: Look) -> None:
        """Put closed cases away; refused ones stand guard while their region is to be seen."""
        self._cases = [c for c in self._cases if not c.hypothesis.is_closed]
        now = look.media_time
        kept = []
        for case, seen_at in self._refused:
            blob = blob_for(case.box, look.view.blobs, case.person_height, self.parameters)
            seen = now if blob is not None else seen_at
            if now - seen <= _REFUSED_KEPT:
                kept.append((case, seen))
        self._refused = kept
        for case in self._cases:
            recheck = now - case.hypothesis.since >= self.parameters.recheck
            if case.hypothesis.state is State.CONFIRMED and recheck:
                case.hypothesis.move(Cause.STILL_THERE, now)

    # -- the end -------------------------------------------------------------------------------

    def _judge_at_end(self, case: Case, look: Look) -> list[Event]:
        """Released and left when the footage ends: the full wait cannot be asked for."""
        now, hypothesis = look.media_time, case.hypothesis
        if not hypothesis.is_open or hypothesis.state is State.OCCLUDED or case.said is not None:
            return []
        evidence = self._evidence(case, look)
        code = refusal(evidence, self.parameters)
        if code is not None:
            return self._refuse(case, code, look)
        explain(case, self._memory, self._change, self.parameters, now=now, size=look.size)
        seen = case.observation
        there = seen is not None and seen.changed >= self.parameters.present
        if case.owner is None or hold(evidence, self.parameters) or not there:
            return []
        if hypothesis.state is State.SEED:
            hypothesis.move(Cause.TOUCH_FOUND, now)
        where = whereabouts(case, self._memory.history, now, look.size, self.parameters)
        left = where.away_for >= self.parameters.separated_for or walked_off(
            case, case.owner, self._memory.history, now, self.parameters
        )
        if not left:
            return []
        if hypothesis.state in (State.CANDIDATE, State.ATTENDED):
            self._move(case, Cause.OWNER_AWAY, now, where)
        return self._alert(case, where, look)


def permits(zone: Zone, captured_at: datetime | None) -> bool:
    """Whether a zone permits deposits at that time of day.

    A collection point without hours is always open; without a clock its hours are not held against
    anybody.
    """
    if zone.kind is not ZoneKind.COLLECTION_POINT:
        return False
    if not zone.permitted or captured_at is None:
        return True
    minute = captured_at.hour * 60 + captured_at.minute
    return any(
        start <= minute < end if start <= end else minute >= start or minute < end
        for start, end in zone.permitted
    )


def _outside(motion: Motion, size: tuple[int, int]) -> list[Box]:
    """The rims of the anchor view that this picture does not show, as boxes to leave out."""
    if motion.still:
        return []
    width, height = size
    seen = motion.box_to_anchor(Box(0, 0, width, height)).grown(-2, -2)
    rims = (
        Box(0, 0, seen.x1, height),
        Box(seen.x2, 0, width, height),
        Box(0, 0, width, seen.y1),
        Box(0, seen.y2, width, height),
    )
    return [rim for rim in rims if rim.width > 0 and rim.height > 0]
