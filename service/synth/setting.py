"""What the twins of one seed share: place, light, camera, people, bags, passers-by."""

from dataclasses import dataclass, replace

import numpy as np

from litterwatch.service.synth.catalogue import BAGS, PEOPLE
from litterwatch.service.synth.place import kerb_depth
from litterwatch.service.synth.scenario import (
    Act,
    Actor,
    Camera,
    Move,
    Scenario,
    Split,
    Street,
    Thing,
    Way,
    Weather,
)
from litterwatch.service.synth.view import View

QUIET: float = 4.0
"""How long the street is empty at the beginning, s."""
AFTER: float = 15.0
"""How long the film goes on after the main act, s."""
REACH: float = 0.32
"""How far from the feet a bag is set down, m."""


@dataclass(frozen=True, slots=True)
class Hero:
    """Who does, or does not do, the deed.

    Attributes:
        look, height, speed: of the person; m, m/s.
        bag, bag_height: what is carried; m.
        side: from where: -1 left, 1 right.
        x, z: where it happens, m.
        release: `put`, `drop` or `throw`.
    """

    look: str
    height: float
    speed: float
    bag: str
    bag_height: float
    side: int
    x: float
    z: float
    release: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Drawn from a seed; every kind of scenario of that seed is played in it.

    Attributes:
        seed, split: see Scenario.
        camera, street, weather: see there.
        hero: the main actor.
        others: looks of people who are not the hero.
        passer_depth: where a passer-by walks, m.
        decoy: a bag that lies there from the start, or None.
        has_passer: whether somebody with a bag passes after the deed.
    """

    seed: int
    split: Split
    camera: Camera
    street: Street
    weather: Weather
    hero: Hero
    others: tuple[str, ...]
    passer_depth: float
    decoy: Thing | None
    has_passer: bool

    @property
    def view(self) -> View:
        """Of the camera."""
        return View.of(self.camera)

    def edge(self, z: float) -> float:
        """Beyond this x nobody is seen at that depth, m."""
        return self.view.half_width(z) + 0.9

    @property
    def arrival(self) -> float:
        """When the hero stands where it happens, s."""
        return QUIET + (self.edge(self.hero.z) + self.hero.side * -self.hero.x) / self.hero.speed

    def way_in(self) -> Way:
        """The hero's way from the edge to the place."""
        hero = self.hero
        return (
            (QUIET, hero.side * self.edge(hero.z), hero.z + 0.2),
            (self.arrival, hero.x, hero.z),
        )

    def way_out(self, t: float, x: float | None = None) -> Way:
        """From the place, left at time t, to the other edge."""
        hero = self.hero
        start = hero.x if x is None else x
        end = -hero.side * self.edge(hero.z)
        return ((t, start, hero.z), (t + abs(end - start) / hero.speed, end, hero.z - 0.1))

    @property
    def spot(self) -> tuple[float, float]:
        """Where a bag is set down: before the hero's feet, (x, z)."""
        return self.hero.x - self.hero.side * REACH, self.hero.z - 0.12

    def scenario(
        self, kind: str, seconds: float, actors: tuple[Actor, ...], things: tuple[Thing, ...],
        acts: tuple[Act, ...], *, busy_until: float = 0.0,
    ) -> Scenario:  # fmt: skip
        """The scenario, with what every film of this setting shows besides.

        Args:
            kind: of scenario.
            seconds: length.
            actors: of the kind itself.
            things: of the kind itself.
            acts: of the kind itself.
            busy_until: a passer-by comes after this time, s; 0: never.
        """
        if self.decoy is not None:
            things = (*things, self.decoy)
        if self.has_passer and busy_until > 0:
            actor, bag = self.passer("passer", busy_until, -self.hero.side)
            actors, things = (*actors, actor), (*things, bag)
        return Scenario(
            kind, self.seed, self.split, round(seconds, 2), self.street, self.camera, self.weather,
            actors, things, acts,
        )  # fmt: skip

    def passer(self, name: str, t: float, side: int, offset: float = 0.0) -> tuple[Actor, Thing]:
        """Somebody with a bag who crosses the picture, coming from that side at time t."""
        z = self.passer_depth + offset
        edge, index = self.edge(z), hash_of(name) % len(self.others)
        path = ((t, side * edge, z), (t + 2 * edge / 1.4, -side * edge, z))
        looks = sorted(BAGS[self.split])
        look = looks[(self.seed + index) % len(looks)]
        bag = Thing(f"{name}_bag", look, BAGS[self.split][look][0], (Move(t, "carry", name),))
        return Actor(name, self.others[index], path, 1.72), bag

    def rebuilt(self, **changes: object) -> "Setting":
        """The same with other camera, street or weather."""
        return replace(self, **changes)  # type: ignore[arg-type]


def rounded(way: Way) -> Way:
    """To hundredths, as it stands in files."""
    return tuple((round(t, 2), round(x, 2), round(z, 2)) for t, x, z in way)


def hash_of(name: str) -> int:
    """A number for a name, the same on every run."""
    number = sum(ord(letter) * 31**index for index, letter in enumerate(name))
    return int(number) % 997


def draw_setting(seed: int, split: Split, size: tuple[int, int] = (640, 360)) -> Setting:
    """The setting of a seed.

    Args:
        seed: decides everything.
        split: whose identities.
        size: of the picture, px.
    """
    rng = np.random.default_rng((seed, 0 if split == "dev" else 1))
    camera = _camera(rng, size)
    street = _street(rng, split)
    view = View.of(camera)
    near, kerb = view.near, kerb_depth(view, street)
    hero = _hero(rng, split, view, (near, kerb))
    weather = _weather(rng)
    others = tuple(look for look in PEOPLE[split] if look != hero.look)
    decoy = _decoy(rng, split, view, (near, kerb), hero) if rng.random() < 0.4 else None
    return Setting(
        seed, split, camera, street, weather, hero, others,
        round(near + 0.62 * (kerb - near), 2), decoy, bool(rng.random() < 0.5),
    )  # fmt: skip


def another_day(setting: Setting, seed: int) -> Setting:
    """The same camera in the same street; other people, light and passers-by.

    Args:
        setting: of the camera's first day.
        seed: decides all that differs.
    """
    rng = np.random.default_rng((seed, 2))
    split, view, street = setting.split, setting.view, setting.street
    ground = (view.near, kerb_depth(view, street))
    hero = _hero(rng, split, view, ground)
    decoy = _decoy(rng, split, view, ground, hero) if rng.random() < 0.4 else None
    return replace(
        setting,
        seed=seed,
        hero=hero,
        weather=_weather(rng),
        others=tuple(look for look in PEOPLE[split] if look != hero.look),
        decoy=decoy,
        has_passer=bool(rng.random() < 0.5),
    )


def _weather(rng: np.random.Generator) -> Weather:
    return _rounded_weather(Weather(
        sun=(float(rng.choice([-1, 1]) * rng.uniform(0.25, 0.7)), float(rng.uniform(0.05, 0.16))),
        shadow=float(rng.uniform(0.22, 0.45)), clouds=float(rng.uniform(0.04, 0.12)),
    ))  # fmt: skip


def _camera(rng: np.random.Generator, size: tuple[int, int]) -> Camera:
    return Camera(
        width=size[0], height=size[1],
        lens_height=round(float(rng.uniform(2.9, 4.8)), 2),
        focal=round(float(rng.uniform(0.62, 0.85)), 3),
        horizon=round(float(rng.uniform(0.04, 0.2)), 3),
        crf=int(rng.integers(28, 33)), gop=float(rng.choice([2.0, 3.0, 4.0])),
        noise=round(float(rng.uniform(1.0, 3.2)), 2),
    )  # fmt: skip


def _street(rng: np.random.Generator, split: Split) -> Street:
    def toned(colour: tuple[float, float, float], spread: float) -> tuple[float, float, float]:
        light, hue = rng.uniform(-spread, spread), rng.normal(0, 5, 3)
        b, g, r = (round(float(c + light + h), 1) for c, h in zip(colour, hue, strict=True))
        return b, g, r

    walls = ((148, 186, 206), (160, 172, 178), (134, 160, 196), (150, 150, 120), (180, 196, 200))
    return Street(
        seed=int(rng.integers(0, 10_000)) + (0 if split == "dev" else 10_000),
        pavement=toned((158, 163, 166), 26), road=toned((96, 96, 95), 16),
        wall=toned(walls[int(rng.integers(0, len(walls)))], 12),
        tile=round(float(rng.uniform(0.3, 1.0)), 2), kerb=round(float(rng.uniform(4.2, 5.4)), 2),
        bins=int(rng.integers(0, 4)), bollards=bool(rng.random() < 0.6),
        mirrored=bool(rng.random() < 0.5), tree=bool(rng.random() < 0.3),
    )  # fmt: skip


def _hero(rng: np.random.Generator, split: Split, view: View, ground: tuple[float, float]) -> Hero:
    near, kerb = ground
    bag = str(rng.choice(sorted(BAGS[split])))
    low, high = BAGS[split][bag]
    z = round(float(near + rng.uniform(0.3, 0.72) * (kerb - near)), 2)
    return Hero(
        look=str(rng.choice(list(PEOPLE[split]))), height=round(float(rng.uniform(1.6, 1.84)), 2),
        speed=round(float(rng.uniform(1.15, 1.55)), 2), bag=bag,
        bag_height=round(float(rng.uniform(low, high)), 2), side=int(rng.choice([-1, 1])),
        x=round(float(rng.uniform(-0.4, 0.4) * view.half_width(z)), 2), z=z,
        release=str(rng.choice(["put", "put", "drop", "throw"])),
    )  # fmt: skip


def _decoy(
    rng: np.random.Generator, split: Split, view: View, ground: tuple[float, float], hero: Hero
) -> Thing:
    """A bag that lies there from the first picture on, away from where it happens."""
    near, kerb = ground
    look = str(rng.choice(sorted(BAGS[split])))
    z = near + 0.80 * (kerb - near)
    x = 0.55 * view.half_width(z) * (-1 if hero.x > 0 else 1)
    move = Move(0.0, "appear", x=round(float(x), 2), z=round(float(z), 2))
    return Thing("decoy", look, BAGS[split][look][0], (move,))


def _rounded_weather(weather: Weather) -> Weather:
    return replace(
        weather, sun=(round(weather.sun[0], 3), round(weather.sun[1], 3)),
        shadow=round(weather.shadow, 3), clouds=round(weather.clouds, 3),
    )  # fmt: skip
