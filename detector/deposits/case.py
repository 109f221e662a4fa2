"""One hypothesis with everything gathered about it: what the judgement remembers between frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp

from litterwatch.detector.change.view import NEW, REVEALED
from litterwatch.detector.deposits.hypothesis import Hypothesis
from litterwatch.detector.deposits.observing import Observation
from litterwatch.detector.deposits.owner import Owner
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.release import Cue
from litterwatch.detector.deposits.score import BY_HAND, ScoreWeights
from litterwatch.detector.deposits.sighting import Sighting
from litterwatch.detector.geometry import Box, FloatArray
from litterwatch.detector.types import EventState, Zone

_FALLS = 0.4
"""Seconds in which a thing falls from the hand: 0.8 m (sqrt(2 h / g))."""

HIDES = 3.0
"""Seconds for which somebody usually hides what he has put down."""

_SETTLE = 2.0
"""Time constant of the smoothed overlap with people and vehicles, s."""

_WHOLE = 1.5
"""Areas of the part that was first seen from which a region is more than the part."""

_UNCOVERED = 0.9
"""Visible share above which nothing hides the thing."""

_SHRINKS = 2.0
"""Seconds after which a region smaller than the thing, in full view, is the thing: one that comes
out from behind somebody comes to rest piece by piece."""

BELIEVED = 3
"""Waste detections from which their confidence counts."""

_AT_ONCE = 2.0
"""Seconds between the first changes of two regions that make them one thing coming to light."""


@dataclass(slots=True)
class Case:
    """The file on one hypothesis.

    Attributes:
        hypothesis: its life.
        zone: where it lies; `permitted_now` whether deposits are allowed there at this hour.
        person_height: px at its place.
        owner, sighting, cue: the explanation, once sought.
        t_passed: when the owner stood over it or passed it, s.
        sought: when the owner was last sought, s.
        seen_whole: whether the owner was sought again with the whole thing in view.
        patch: grey look of a place that a waste detection proposed, or of `by_look`; None for other
            cases.
        by_look: its place as the light changed its kind (day, infrared): from then on only its look
            tells whether it is there, for the reference of that light may hold it.
        area: px^2 that really changed; `area_born` as it was proposed.
        visible_for, present_for: s it was visible, and there, since birth.
        gone_since, hidden_since: since when it looks clean, or cannot be seen.
        smaller_since: since when its region, in full view, has been smaller than it.
        person_for: s a person's box fitted it.
        overlap: smoothed share of it under people and vehicles.
        waste, waste_hits: smoothed confidence and number of waste detections there.
        long_looks: looks at which it, or the waste boxed as one with it, was as long as a body.
        in_parts: its box when it was found to have come piece by piece, None until then;
            `parts_sought` when that was last asked, s.
        light: likeness to light.
        dim: whether it may be a shadow with soft edges.
        flicker: smoothed share of its pixels that turn per second, since birth.
        edge_ratio: of its region, last seen.
        vehicle_arrived: share under a vehicle that came to rest there.
        t_provisional, t_confirmed, t_released: when the states were reached, s, None until then.
        t_released_at: (t_release, uncertainty) as given out.
        box_first_said: its box then; it may topple or be pushed later.
        t_first_said: the release as first given out, of which the event's id is made, s.
        said: the last state given out as an event.
        leader: the case whose event stands for this one (same act), None when its own does.
        followers: things of the same act.
        factor: what the score is multiplied by (owner stays: 0.8).
        last_look: s.
        weights: of its score.
        bar: taken off the log odds, because alarms at its place kept being refused.
        looks: what it looks like once its owner has gone; None until then, and where no map asks.
        learned_from: hashes of the files that weights and bar come from.
        came_in_round: whether a collection round was under way when it was first seen.
    """

    hypothesis: Hypothesis
    zone: Zone
    permitted_now: bool
    person_height: float
    owner: Owner | None = None
    sighting: Sighting | None = None
    cue: Cue | None = None
    t_passed: float | None = None
    sought: float = float("-inf")
    seen_whole: bool = False
    patch: FloatArray | None = None
    by_look: Box | None = None
    area: float = 0.0
    area_born: float = 0.0
    visible_for: float = 0.0
    present_for: float = 0.0
    gone_since: float | None = None
    hidden_since: float | None = None
    smaller_since: float | None = None
    person_for: float = 0.0
    overlap: float = 0.0
    waste: float = 0.0
    waste_hits: int = 0
    long_looks: int = 0
    in_parts: Box | None = None
    parts_sought: float = float("-inf")
    light: float = 0.0
    dim: bool = False
    flicker: float = 0.0
    edge_ratio: float = 2.0
    in_bin: float = 0.0
    vehicle_arrived: float = 0.0
    t_provisional: float | None = None
    t_confirmed: float | None = None
    t_released: float | None = None
    t_released_at: tuple[float, float] | None = None
    box_first_said: Box | None = None
    t_first_said: float | None = None
    said: EventState | None = None
    leader: "Case | None" = None
    followers: int = 0
    factor: float = 1.0
    last_look: float = 0.0
    observation: Observation | None = None
    weights: ScoreWeights = BY_HAND
    bar: float = 0.0
    looks: FloatArray | None = None
    learned_from: Mapping[str, str] = field(default_factory=dict)
    came_in_round: bool = False

    @property
    def box(self) -> Box:
        return self.hypothesis.box

    @property
    def thrown(self) -> bool:
        """Whether it was seen flying."""
        return self.cue is not None and self.cue.kind == "throw"

    @property
    def size(self) -> float:
        """Area of the thing, H^2."""
        return self.area / self.person_height**2

    @property
    def t_on(self) -> float:
        """First sight of the thing, s."""
        return self.sighting.t_on if self.sighting else self.hypothesis.first_changed

    @property
    def t_clear(self) -> float:
        """Last time its place was clean, s, as well as is known."""
        if self.sighting is not None and self.sighting.t_clear is not None:
            return self.sighting.t_clear
        known = self.hypothesis.last_clean
        return min(known, self.t_on) if known is not None else self.t_on

    @property
    def was_a_part(self) -> bool:
        """Whether what was first given out was only a part of the thing that lies there now.

        A thing that topples or is pushed stays as large as it was.
        """
        first = self.box_first_said
        return first is not None and self.box.area >= _WHOLE * first.area

    @property
    def has_grown(self) -> bool:
        """Whether much more lies there than what was proposed."""
        return self.area >= _WHOLE * self.area_born

    @property
    def is_distinct(self) -> bool:
        """Whether it clearly has an outline of its own, or is known as waste."""
        return self.edge_ratio >= NEW or self.waste_hits >= BELIEVED

    @property
    def is_vague(self) -> bool:
        """Whether its outline was in the reference as well, and nothing else speaks for it."""
        return self.edge_ratio <= REVEALED and self.waste_hits < BELIEVED

    @property
    def release_window(self) -> tuple[float, float]:
        """From the last clean look at its place to the first look at the thing, s."""
        return min(self.t_clear, self.t_on), self.t_on

    @property
    def released(self) -> tuple[float, float]:
        """(when it was let go, half width of the uncertainty), s."""
        if self.cue is not None:
            return self.cue.media_time, 0.5
        low, high = self.release_window
        middle = (max(low, high - HIDES) + high) / 2
        uncertainty = max((high - low) / 2, 0.25)
        if self.t_passed is None:
            return middle, uncertainty
        return self.t_passed, max(uncertainty, abs(middle - self.t_passed))

    @property
    def lay_at(self) -> float:
        """When it first lay on the ground, s: as it was let go, or fallen a moment later."""
        t_release = self.released[0] if self.t_released_at is None else self.t_released_at[0]
        if self.cue is not None and self.cue.kind != "throw":
            return t_release  # the hands are off what stands already
        return max(t_release, min(t_release + _FALLS, self.t_on))

    def window(self, parameters: DepositParameters) -> tuple[float, float]:
        """When it was let go: from the last clean look to the first look at the thing, s."""
        return max(self.t_clear, self.t_on - parameters.look_back) - 1.0, self.t_on + 1.0

    @property
    def persistence(self) -> float:
        """Share of the visible time in which the thing was there."""
        return self.present_for / self.visible_for if self.visible_for > 0 else 1.0

    def note(self, seen: Observation, media_time: float, parameters: DepositParameters) -> None:
        """Take one observation."""
        dt = min(media_time - self.last_look, 1.0)
        self.last_look = media_time
        self.observation = seen
        keep = exp(-dt / _SETTLE)
        calm = exp(-dt / parameters.flicker_over)
        # Capped: a thing that topples once turns many pixels and rests again; leaves never rest.
        turning = min(seen.flicker, 2 * parameters.flicker)
        self.flicker = calm * self.flicker + (1 - calm) * turning
        self.overlap = keep * self.overlap + (1 - keep) * seen.animate_cover
        self.person_for = self.person_for + dt if seen.person_fits else 0.0
        if seen.waste > 0:
            self.waste_hits += 1
            self.waste += 0.3 * (seen.waste - self.waste) if self.waste_hits > 1 else seen.waste
        if seen.visible < parameters.hidden:
            self.hidden_since = media_time if self.hidden_since is None else self.hidden_since
            return
        self.hidden_since = None
        there = seen.changed >= parameters.present
        self.visible_for += dt
        self.present_for += dt if there else 0.0
        if there:
            self.gone_since = None
        elif self.gone_since is None:
            self.gone_since = media_time
        self._follow(seen, media_time)

    def _follow(self, seen: Observation, media_time: float) -> None:
        """Take over the shape of its region of this frame, unless that has run into another."""
        blob = seen.blob
        if blob is None:
            return
        self.edge_ratio = blob.edge_ratio
        small = blob.area < 0.8 * self.area
        if not small or seen.uncovered < _UNCOVERED:
            self.smaller_since = None
        elif self.smaller_since is None:
            self.smaller_since = media_time
        settled = self.smaller_since is not None and media_time - self.smaller_since >= _SHRINKS
        most = 2.5 * max(self.area, 1.0)
        if abs(blob.first_changed - self.hypothesis.first_changed) <= _AT_ONCE:
            most = float("inf")  # it came in one piece and comes to light piece by piece
        if blob.visible >= 0.6 and (settled or not small) and blob.area <= most:
            self.hypothesis.box, self.hypothesis.mask = blob.box, blob.mask
            self.area = blob.area

    def gone_for(self, media_time: float) -> float:
        """Seconds its place has looked clean."""
        return media_time - self.gone_since if self.gone_since is not None else 0.0
