"""How a thing was let go: cues with a time, a place and a strength (design S6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.pixels import components
from litterwatch.detector.change.view import ChangeView, Code
from litterwatch.detector.deposits.history import Chain
from litterwatch.detector.deposits.owner import Throw, away_distance, reach_distance
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box, Point, distance, gap

_SEPARATE_FROM, _SEPARATE_TO, _SEPARATE_FOR = 0.15, 0.4, 0.6
_BEND_TIME, _BEND_NEAR = (0.3, 4.0), 0.4
_BENDS = ((0.8, 0.8), (0.87, 0.5))  # share of the height he stooped to, strength
_ROSE = 0.9  # of the height before: who sat down has not risen
_FLYING = (0.002, 0.15)
_FLIGHT_SPEED = 1.0
_FLIGHT_GAP = 0.4
_FLIGHT_NEAR = 0.35
_PATH_ERROR = 0.1
_LANDS_NEAR = 0.25
_LEAVES_NEAR = 0.3
_PARTS = 0.25  # H that it gains on its actor; his mirror image on wet ground gains none
_EARLY = 0.5  # windows begin 1 s before the last clean look; a release can but little
_KEPT = 20.0


@dataclass(frozen=True, slots=True)
class Cue:
    """One sign that something was let go.

    Attributes:
        kind: "throw", "bend" or "separate".
        media_time: when, s.
        strength: 0..1.
    """

    kind: str
    media_time: float
    strength: float


def separation(
    chain: Chain,
    place: Box,
    window: tuple[float, float],
    person_height: float,
    parameters: DepositParameters,
) -> Cue | None:
    """He was in touch with the place and then stayed more than 0.4 H away for 0.6 s.

    The time is that of the last touch.
    """
    touched: float | None = None
    apart_since: float | None = None
    strength = 0.0
    for media_time, box in chain.between(window[0], window[1] + 10.0):
        reach = reach_distance(place, box, chain.label, person_height, parameters)
        if reach <= _SEPARATE_FROM and media_time <= window[1]:
            touched, apart_since, strength = media_time, None, 0.0
        elif away_distance(place, box, person_height) > _SEPARATE_TO and touched is not None:
            apart_since = media_time if apart_since is None else apart_since
            strength = min(1.0, (media_time - apart_since) / _SEPARATE_FOR)
        else:
            apart_since = None
    if touched is None or strength < 1.0:
        return None
    return Cue("separate", touched, strength)


def bend(chain: Chain, place: Box, window: tuple[float, float], person_height: float) -> Cue | None:
    """He stooped beside the place: his box lost an eighth of its height for 0.3-4 s, then rose.

    Compared are only looks with the feet in the same row, so that walking into the distance is no
    stooping. The time is that of rising: the hands are off. Strength 0.8 where the box lost a
    fifth, 0.5 below: a swinging gait loses a twentieth.
    """
    looks = chain.between(window[0] - 3.0, window[1] + 3.0)
    measured = [(at, box, _upright(looks, at, box, person_height)) for at, box in looks]
    for share, strength in _BENDS:
        risen = _risen(measured, share, place, window, person_height)
        if risen is not None:
            return Cue("bend", risen, strength)
    return None


def _upright(
    looks: Sequence[tuple[float, Box]], media_time: float, box: Box, person_height: float
) -> float:
    """His full height, px, about then: the tallest box with its feet in the same row."""
    return max(
        (
            other.height
            for at, other in looks
            if abs(at - media_time) <= _BEND_TIME[1]
            and abs(other.y2 - box.y2) <= 0.15 * person_height
        ),
        default=box.height,
    )


def _risen(
    looks: Sequence[tuple[float, Box, float]],
    share: float,
    place: Box,
    window: tuple[float, float],
    person_height: float,
) -> float | None:
    """When he had last risen, in the window, from below that share of his height; None if never."""
    down: float | None = None
    stood = 0.0
    risen: float | None = None
    for media_time, box, upright in looks:
        stooped = box.height <= share * upright
        if stooped and gap(place, box) <= _BEND_NEAR * person_height:
            down = media_time if down is None else down
            stood = max(stood, upright)
        elif not stooped and down is not None:
            rose = box.height >= _ROSE * stood
            in_time = _BEND_TIME[0] <= media_time - down <= _BEND_TIME[1]
            if rose and in_time and window[0] + _EARLY <= media_time <= window[1] + 1.0:
                risen = media_time  # the last one before the thing is seen
            down, stood = None, 0.0
    return risen


@dataclass(slots=True)
class Flight:
    """A small moving thing, followed while it flies.

    Attributes:
        times, points, boxes: of each look; s, centre and box in px.
        from_actor: id of the actor beside whom it began; None beside nobody.
        beside: that actor's foot, px, at each look at which both were seen.
    """

    times: list[float]
    points: list[Point]
    boxes: list[Box]
    from_actor: int | None
    beside: list[Point] = field(default_factory=list)
    area: float = field(init=False)

    def __post_init__(self) -> None:
        self.area = self.boxes[-1].area

    def see(self, media_time: float, box: Box) -> None:
        """It was seen again."""
        self.times.append(media_time)
        self.points.append(box.centre)
        self.boxes.append(box)
        self.area = box.area

    @property
    def last(self) -> float:
        return self.times[-1]

    def thrown(self) -> Throw | None:
        """When it left whom; None where it began beside nobody."""
        if self.from_actor is None:
            return None
        return Throw(self.from_actor, self.times[0])

    def predicted(self, media_time: float) -> Point:
        """Where it should be, by its last step."""
        if len(self.times) < 2:
            return self.points[-1]
        step = (media_time - self.times[-1]) / (self.times[-1] - self.times[-2])
        (ax, ay), (bx, by) = self.points[-2], self.points[-1]
        return bx + (bx - ax) * step, by + (by - ay) * step

    def speed(self, person_height: float) -> float:
        """Mean speed from first to last point, H/s."""
        took = self.times[-1] - self.times[0]
        if took <= 0:
            return 0.0
        return distance(self.points[0], self.points[-1]) / person_height / took

    def parted(self, person_height: float) -> float:
        """How much farther it went than the actor whom it left, H; 0 while he was not seen."""
        if not self.beside:
            return 0.0
        (ax, ay), (bx, by) = self.beside[0], self.beside[-1]
        (px, py), (qx, qy) = self.points[0], self.points[-1]
        return distance((px - ax, py - ay), (qx - bx, qy - by)) / person_height

    def path_error(self, person_height: float) -> float:
        """Residual, H, of a straight line in x and a parabola in y over time."""
        if len(self.times) < 4:
            return 0.0
        return path_error(np.array(self.times), self.points) / person_height


def path_error(times: NDArray[np.float64], points: Sequence[Point]) -> float:
    """Residual, px, of a straight line in x and a parabola in y over (n,) times; n >= 3."""
    t = times - times[0]
    x, y = np.array(points).T
    error_x = x - np.polyval(np.polyfit(t, x, 1), t)
    error_y = y - np.polyval(np.polyfit(t, y, 2), t)
    return float(np.sqrt(np.mean(error_x**2 + error_y**2)))


@dataclass(slots=True)
class Flights:
    """Follows small moving things that leave an actor; feeds the cue `throw`."""

    _flying: list[Flight] = field(default_factory=list)
    _landed: list[Flight] = field(default_factory=list)

    def see(
        self,
        view: ChangeView,
        actors: Sequence[tuple[int, Box]],
        media_time: float,
        person_height: float,
    ) -> None:
        """Take the change of one frame.

        Args:
            view: the change.
            actors: (track id, box) of the actors seen now.
            media_time: s.
            person_height: px, in the middle of the scene.
        """
        for box in moving_things(view, person_height):
            self._follow(box, actors, media_time, person_height)
        feet = {number: box.foot for number, box in actors}
        for flight in self._flying:
            if flight.last == media_time and flight.from_actor in feet:
                flight.beside.append(feet[flight.from_actor])
        ended = [f for f in self._flying if media_time - f.last > _FLIGHT_GAP]
        self._landed += [f for f in ended if f.from_actor is not None and len(f.times) >= 2]
        self._flying = [f for f in self._flying if media_time - f.last <= _FLIGHT_GAP]
        self._landed = [f for f in self._landed if media_time - f.last <= _KEPT]

    def _follow(
        self,
        box: Box,
        actors: Sequence[tuple[int, Box]],
        media_time: float,
        person_height: float,
    ) -> None:
        area, centre = box.area, box.centre
        near = [
            (distance(flight.predicted(media_time), centre), index)
            for index, flight in enumerate(self._flying)
            if flight.times[-1] < media_time and alike_in_area(flight.area, area)
        ]
        reach, index = min(near, default=(np.inf, -1))
        if reach <= _FLIGHT_NEAR * person_height:
            self._flying[index].see(media_time, box)
            return
        origin = min(((gap(box, actor), number) for number, actor in actors), default=(np.inf, 0))
        source = origin[1] if origin[0] <= _LEAVES_NEAR * person_height else None
        self._flying.append(Flight([media_time], [box.centre], [box], source))

    def landing(
        self, place: Box, window: tuple[float, float], person_height: float
    ) -> tuple[Cue, Flight] | None:
        """The flight that ended at a place within a window of time, with its cue.

        It left an actor, was fast and straight, ended there lower than it began, looked alike, and
        did not go where he went.
        Strength 1 from three looks on, 0.6 with two: at 6 looks a second a bag dropped from the
        hand is seen twice in the air.
        """
        found: tuple[Cue, Flight] | None = None
        for flight in (*self._landed, *self._flying):
            if not window[0] + _EARLY <= flight.last <= window[1] + 0.5:
                continue
            if not _landed_at(flight, place, person_height):
                continue
            strength = 1.0 if len(flight.times) >= 3 else 0.6
            if found is None or strength > found[0].strength:
                found = Cue("throw", flight.times[0], strength), flight
        return found


def _landed_at(flight: Flight, place: Box, person_height: float) -> bool:
    if flight.from_actor is None or len(flight.times) < 2:
        return False
    return (
        gap(place, flight.boxes[-1]) <= _LANDS_NEAR * person_height
        and alike(place, flight.boxes[-1])
        and flight.points[-1][1] > flight.points[0][1]
        and flight.speed(person_height) >= _FLIGHT_SPEED
        and flight.path_error(person_height) <= _PATH_ERROR
        and flight.parted(person_height) >= _PARTS
    )


def alike(a: Box, b: Box) -> bool:
    """Whether two moving things can be one: areas within a factor of four."""
    return alike_in_area(a.area, b.area)


def alike_in_area(a: float, b: float) -> bool:
    """The same of two areas, px^2."""
    return 0.25 <= (b + 1) / (a + 1) <= 4.0


def moving_things(view: ChangeView, person_height: float) -> list[Box]:
    """Compact moving regions outside actors, of a size that can be thrown, analysis px."""
    least, most = (limit * person_height**2 for limit in _FLYING)
    return [box for box, area in moving_regions(view) if least <= area <= most]


def moving_regions(view: ChangeView) -> list[tuple[Box, float]]:
    """Compact moving regions outside actors: (box, area), analysis px and px^2."""
    moving = (view.code == Code.MOVING).view(np.uint8)
    if not cv2.countNonZero(moving):
        return []
    _, stats, _ = components(moving)
    if len(stats) > 200:
        return []  # weather or a moved camera: nothing in it can be followed
    scale_x, scale_y = view.scale
    _, _, widths, heights, areas = stats.T
    compact = areas >= 0.3 * widths * heights
    return [
        (Box(x, y, x + width, y + height).scaled(scale_x, scale_y), area * scale_x * scale_y)
        for x, y, width, height, area in stats[1:][compact[1:]].tolist()
    ]


def best_cue(cues: Sequence[Cue | None]) -> Cue | None:
    """The strongest cue; of equals the most telling kind, then the earliest."""
    order = {"throw": 0, "bend": 1, "separate": 2}
    real = [cue for cue in cues if cue is not None]
    if not real:
        return None
    return min(real, key=lambda c: (order[c.kind], -c.strength, c.media_time))
