"""What a scenario says: camera, street, light, weather, who moves, what is carried and left.

World: X to the right, Z away from the camera along the ground, both m; times are s of media time;
colours are blue, green, red 0..255. A scenario is plain data; scenario_file.py writes it as TOML
and reads it back unchanged.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import ConfigDict

Split = Literal["dev", "test"]
"""Which identities (people's clothes, bags) appear; the two have none in common."""
Bgr = tuple[float, float, float]
Way = tuple[tuple[float, float, float], ...]
"""(t, x, z) of feet or wheels."""
How = Literal["carry", "put", "drop", "throw", "lift", "vanish", "appear"]


class _Strict:
    """Unknown keys of a file are errors."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Camera(_Strict):
    """A level camera whose picture is shifted down, so that upright things stay upright.

    Attributes:
        width, height: of the picture, px, even.
        fps: pictures a second.
        lens_height: above the ground, m.
        focal: focal length in picture widths.
        horizon: row of the horizon in picture heights.
        crf: how hard the film is compressed (x264's constant rate factor).
        gop: s between key frames.
        noise: deviation of the sensor noise, grey levels.
        shake: deviation of the shake, px.
        nudges: (t, dx, dy): from then on the picture is shifted by so many px in all.
    """

    width: int = 640
    height: int = 360
    fps: int = 10
    lens_height: float = 4.0
    focal: float = 0.70
    horizon: float = 0.14
    crf: int = 29
    gop: float = 2.0
    noise: float = 1.9
    shake: float = 0.0
    nudges: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Street(_Strict):
    """How the empty street looks.

    Attributes:
        seed: of its texture.
        pavement, road, wall: colours.
        tile: side of the paving slabs, m.
        kerb: from the lower edge of the picture to the kerb, m.
        bins: how many wheelie bins stand at the kerb.
        bollards: whether posts stand there.
        mirrored: left and right exchanged, the fall of the furniture's shadows as well.
        tree: whether foliage hangs into the picture.
    """

    seed: int
    pavement: Bgr = (166, 172, 176)
    road: Bgr = (98, 97, 96)
    wall: Bgr = (148, 186, 206)
    tile: float = 0.5
    kerb: float = 4.6
    bins: int = 2
    bollards: bool = True
    mirrored: bool = False
    tree: bool = False


@dataclass(frozen=True, slots=True)
class LightChange(_Strict):
    """The light, or what the camera makes of it, changes.

    Attributes:
        at: when it begins.
        kind: `gain` multiplies the light; `infrared` turns to grey under the camera's lamp.
        seconds: how long the change takes.
        gain: what the light is multiplied with from then on.
    """

    at: float
    kind: Literal["gain", "infrared"] = "gain"
    seconds: float = 0.1
    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class MovingShade(_Strict):
    """The shadow of something out of the picture that moves and stays.

    Attributes:
        at, seconds: when it moves.
        x_from, x_to, z: of its middle, m.
        width, depth: m.
        strength: share of the light it takes.
    """

    at: float
    seconds: float
    x_from: float
    x_to: float
    z: float
    width: float
    depth: float
    strength: float = 0.42


@dataclass(frozen=True, slots=True)
class Weather(_Strict):
    """Light and weather.

    Attributes:
        sun: shift of a shadow for each px of height, (sideways, forward).
        shadow: how dark shadows are, 0..1.
        clouds: how much darker the deepest passing shade is.
        rain: streaks per 1000 px; 0 is dry.
        rain_from: when the rain begins.
        wind: how far foliage sways, px.
        changes: of the light, in order of time.
        shades: moving shadows.
    """

    sun: tuple[float, float] = (-0.6, 0.1)
    shadow: float = 0.42
    clouds: float = 0.10
    rain: float = 0.0
    rain_from: float = 0.0
    wind: float = 0.0
    changes: tuple[LightChange, ...] = ()
    shades: tuple[MovingShade, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor(_Strict):
    """Somebody or something that moves by itself.

    Attributes:
        name: unique in the scenario.
        look: of the catalogue: a person, car, van, scooter or dog.
        path: (t, x, z) of the feet; outside these times it is not there.
        height: m.
        stoops: moments of being bent to the ground.
    """

    name: str
    look: str
    path: Way
    height: float = 1.74
    stoops: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Move(_Strict):
    """What happens to a thing.

    Attributes:
        at: when it begins.
        how: `carry`: is in the actor's hand from now on; `put`, `drop`, `throw`: goes to the ground
            at (x, z), from where it was or, if `actor` is said, out of that hand or vehicle;
            `lift`: goes into the actor's hand; `vanish`: is gone; `appear`: stands at (x, z).
        actor: whose hand.
        x, z: where on the ground, m.
        seconds: how long the movement takes.
    """

    at: float
    how: How
    actor: str = ""
    x: float = 0.0
    z: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Thing(_Strict):
    """A bag, a carton, a door: what is moved.

    Attributes:
        name: unique in the scenario.
        look: of the catalogue.
        height: m.
        moves: in order of time; before the first it is not there.
    """

    name: str
    look: str
    height: float
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Act(_Strict):
    """What somebody is held to have done; times and boxes follow from the scenario.

    Attributes:
        kind: as in the annotations, `none` where nothing was done.
        alarm_expected: whether an event is due.
        actor: who.
        things: what was left; several make one event.
        note: in words.
    """

    kind: str
    alarm_expected: bool
    actor: str = ""
    things: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scenario(_Strict):
    """All there is to film.

    Attributes:
        kind: of scenario, such as `dump_leave`.
        seed: of everything random in the film.
        split: whose identities appear.
        seconds: length.
        camera, street, weather: see there.
        actors, things, acts: see there.
    """

    kind: str
    seed: int
    split: Split
    seconds: float
    street: Street
    camera: Camera = field(default_factory=Camera)
    weather: Weather = field(default_factory=Weather)
    actors: tuple[Actor, ...] = ()
    things: tuple[Thing, ...] = ()
    acts: tuple[Act, ...] = ()

    @property
    def name(self) -> str:
        """File name without ending: kind, split and seed."""
        return f"{self.kind}-{self.split}-{self.seed:04d}"

    def actor(self, name: str) -> Actor:
        """The actor of that name."""
        return next(actor for actor in self.actors if actor.name == name)

    def thing(self, name: str) -> Thing:
        """The thing of that name."""
        return next(thing for thing in self.things if thing.name == name)
