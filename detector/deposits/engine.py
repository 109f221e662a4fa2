"""The deposit engine: scenes in, suspected events out (design 1.2 S4-S9).

`update` reads as the stages of one frame: look, watch, propose, judge, merge, close.
"""

from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from litterwatch.detector.change.health import Health, PictureHealth
from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.change.picture import Picture
from litterwatch.detector.change.stabiliser import Motion, Stabiliser
from litterwatch.detector.change.view import Blob
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.hypothesis import Cause, Source, State
from litterwatch.detector.deposits.judging import is_revealed
from litterwatch.detector.deposits.learned import Learned
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.mistaken import is_the_thing
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.parameters import Ablation, DepositParameters
from litterwatch.detector.deposits.proposing import propose, watch
from litterwatch.detector.deposits.ruling import judge, judge_at_end
from litterwatch.detector.deposits.sighting import same_edges
from litterwatch.detector.deposits.speaking import merge_cases
from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import (
    Detections,
    Event,
    Image,
    Label,
    PassedOver,
    Scene,
    Site,
    Track,
)

_STALE = 1.0
"""Seconds for which an actor missed by the detector is still taken to stand where he was."""

_SWITCHES = 2.0
"""Seconds before another kind of light is recognised at which pictures were as always: cameras take
half a second over it, and it is believed after one."""

_REFUSED_KEPT = 2.0
"""Seconds without its region after which a refused place may be proposed again."""


class DepositEngine:
    """Finds deposits of one camera; satisfies `EventDetector`.

    Args:
        site: zones and height hints.
        parameters: the numbers it rests on.
        change: the change model, for instance one restored from a saved reference.
        learned: what verdicts taught about this camera; nothing by default.
    """

    def __init__(
        self,
        site: Site | None = None,
        parameters: DepositParameters | None = None,
        *,
        change: ChangeModel | None = None,
        learned: Learned | None = None,
    ) -> None:
        site, parameters = site or Site(), parameters or DepositParameters()
        memory = Memory(parameters, PersonHeight(site.person_height))
        self._docket = Docket(site, parameters, change or ChangeModel(), memory)
        self._docket.learned = learned or Learned()
        self._stabiliser = Stabiliser()
        self._health = PictureHealth()
        self._state = Health()
        self._restarted_at: float | None = None
        self._canvas: Image | None = None
        self._last: Look | None = None

    # -- what others may know ------------------------------------------------------------------

    @property
    def tally(self) -> Mapping[str, int]:
        """By reason code, what was no event: taken back, refused, lawful."""
        return dict(sorted(self._docket.tally.items()))

    def passed_over(self) -> list[PassedOver]:
        """What became no event since this was last asked; of very many the latest."""
        passed = list(self._docket.passed)
        self._docket.passed.clear()
        return passed

    @property
    def cases(self) -> tuple[Case, ...]:
        """The live cases, for those who explain or draw."""
        return tuple(self._docket.cases)

    @property
    def learned(self) -> Learned:
        """What verdicts taught about this camera."""
        return self._docket.learned

    @property
    def last_look(self) -> Look | None:
        """What the last frame showed, for those who explain or draw."""
        return self._last

    @property
    def health(self) -> Health:
        """State of the picture at the last frame, for those who tell the operator."""
        return self._state

    @property
    def memory(self) -> Memory:
        """What is remembered of the last minutes, for those who explain or draw."""
        return self._docket.memory

    @property
    def docket(self) -> Docket:
        """Everything open, for those who explain or draw; they must not change it."""
        return self._docket

    @property
    def busy(self) -> bool:
        """Whether a hypothesis is open: the machine is making up its mind."""
        return any(case.hypothesis.is_open for case in self._docket.cases)

    # -- one frame -----------------------------------------------------------------------------

    def update(self, scene: Scene) -> list[Event]:
        """Judge one scene; media time must increase."""
        docket = self._docket
        look = self._look(scene)
        for case in docket.cases:
            watch(docket, case, None, look)
        if not look.view.inhibited:
            propose(docket, look, docket.parameters.birth)
        events = [event for case in list(docket.cases) for event in judge(docket, case, look)]
        events += merge_cases(docket, look)
        self._close(look)
        return events

    def finish(self) -> list[Event]:
        """End of footage: what was let go and left behind is given as provisional."""
        docket, look = self._docket, self._last
        if look is None or look.view.inhibited:
            return []
        propose(docket, look, docket.parameters.birth_at_end)
        # What clearly is a thing speaks for the act, not a patch of floor that was seen before it.
        ordered = sorted(docket.cases, key=lambda case: case.is_vague)
        events = [event for case in ordered for event in judge_at_end(docket, case, look)]
        events += merge_cases(docket, look)
        self._close(look)
        return events

    # -- look ----------------------------------------------------------------------------------

    def _look(self, scene: Scene) -> Look:
        """Lay the picture over the anchor view, judge its health and its change, remember it."""
        frame, now, docket = scene.frame, scene.frame.media_time, self._docket
        docket.frame = frame
        docket.memory.height.update([], frame.size)
        present = [t for t in scene.tracks if now - t.last_seen <= _STALE]
        taken = Picture(frame.image)
        motion = self._stabiliser.update(frame.image, [t.box for t in present])
        picture = self._laid(taken, motion)
        actors = self._bodies((track, motion.box_to_anchor(track.box)) for track in present)
        health = self._state = self._health.update(picture.image, now)
        covers = [box for _, box in actors] + _outside(motion, frame.size)
        view = docket.change.update(picture, now, actors=covers, health=health)
        restarted = view.restarted_at != self._restarted_at
        if restarted and view.restart_reason == "mode" and not motion.restarted:
            self._cross_over(view.restarted_at, picture)
        elif motion.restarted or restarted:
            self._lose_view(view.restarted_at)
        before = self._last
        look = Look(
            media_time=now,
            view=view,
            actors=actors,
            waste=()
            if Ablation.WASTE in docket.parameters.without
            else _laid_boxes(scene.detections, Label.WASTE, motion),
            bins=_laid_boxes(scene.detections, Label.BIN, motion),
            inferred=scene.inferred,
            size=frame.size,
            infrared=health.mode == "infrared",
            parameters=docket.parameters,
            before=before.view.code if before else None,
            since_before=now - before.media_time if before else 0.0,
        )
        docket.memory.see(look, picture, motion)
        self._last = look
        return look

    def _bodies(self, actors: Iterable[tuple[Track, Box]]) -> tuple[tuple[Track, Box], ...]:
        """The actors without what is a thing known to lie there."""
        docket = self._docket
        if not docket.memory.height.measured:
            return tuple(actors)
        return tuple(
            (track, box)
            for track, box in actors
            if not is_the_thing(track, box, docket.cases, docket.memory.person_height(box.y2))
        )

    def _laid(self, taken: Picture, motion: Motion) -> Picture:
        """The picture in anchor coordinates; what it does not show is kept as last seen."""
        if motion.still:
            self._canvas = taken.image
            return taken
        laid = motion.laid_over(taken.image)
        if self._canvas is not None and self._canvas.shape == laid.shape:
            cv2.copyTo(self._canvas, motion.unseen(taken.size).view(np.uint8), laid)
        self._canvas = laid
        return Picture(laid)

    def _cross_over(self, restarted_at: float, picture: Picture) -> None:
        """Day turned to infrared light or back: the view is the same, its looks are not.

        What has its edges where it had them before still lies there; of all else nothing is known.
        """
        docket, thumbnails = self._docket, self._docket.memory.thumbnails
        kept = []
        for case in docket.cases:
            before = thumbnails.patch(case.box, restarted_at - _SWITCHES)
            now = thumbnails.patch_of(picture.image, case.box)
            if before is not None and same_edges(before, now):
                case.patch, case.by_look, case.gone_since = now, case.box, None
                kept.append(case)
            elif case.hypothesis.is_open:
                docket.tally.update({"view_lost": 1})
        docket.cases = kept
        docket.refused.clear()
        thumbnails.forget()
        self._restarted_at = restarted_at

    def _lose_view(self, restarted_at: float) -> None:
        """The view was cut, moved or lost: what was open cannot be followed any further."""
        if self._restarted_at is not None:
            docket = self._docket
            lost = sum(case.hypothesis.is_open for case in docket.cases)
            if lost:
                docket.tally.update({"view_lost": lost})
            docket.cases.clear()
            docket.refused.clear()
            docket.memory.lose_view()
        self._restarted_at = restarted_at

    # -- close ---------------------------------------------------------------------------------

    def _close(self, look: Look) -> None:
        """Put closed cases away; refused ones stand guard while their region is to be seen."""
        docket, now = self._docket, look.media_time
        docket.cases = [c for c in docket.cases if not c.hypothesis.is_closed]
        kept = []
        for case, seen_at in docket.refused:
            blob = look.blob_for(case.box, case.person_height)
            seen = now if blob is not None else seen_at
            if now - seen <= _REFUSED_KEPT and not self._hides_a_ghost(case, blob):
                kept.append((case, seen))
        docket.refused = kept
        for case in docket.cases:
            settled = now - case.hypothesis.since >= docket.parameters.recheck
            if case.hypothesis.state is State.CONFIRMED and settled:
                case.hypothesis.move(Cause.STILL_THERE, now)

    def _hides_a_ghost(self, case: Case, blob: Blob | None) -> bool:
        """Whether what was waste has been taken away, and the ground behind it waits to be known.

        A place that a waste box proposed is not healed when it is refused: its box is not the
        region. Were it guarded as long as the region is to be seen, the region would never be
        proposed, refused and healed, and the next thing put there would look as the place always
        did.
        """
        return (
            blob is not None
            and case.hypothesis.source is Source.WASTE
            and is_revealed(blob, self._docket.parameters)
        )


def _laid_boxes(
    detections: Detections, label: Label, motion: Motion
) -> tuple[tuple[Box, float], ...]:
    """(box, confidence) of the detections of one label, in anchor coordinates."""
    found = detections.labelled(label)
    return tuple(
        (motion.box_to_anchor(box), float(confidence))
        for box, confidence in zip(found.boxes(), found.confidence, strict=True)
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
    return [rim.clipped(width, height) for rim in rims if rim.width > 0 and rim.height > 0]
