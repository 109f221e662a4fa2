"""What people do with bags, and their twins who do not."""

from litterwatch.service.synth.scenario import Act, Actor, How, Move, Scenario, Thing, Way
from litterwatch.service.synth.setting import AFTER, Setting, rounded

NOTHING = Act("none", alarm_expected=False, note="nothing is left behind")
_FLIGHT: dict[str, float] = {"put": 0.8, "drop": 0.4, "throw": 0.6}


def release(setting: Setting, at: float, spot: tuple[float, float] | None = None) -> Move:
    """The hero lets go of the bag; `at` is when it comes to rest, s."""
    how = setting.hero.release
    x, z = setting.spot if spot is None else spot
    if how == "throw" and spot is None:
        x -= 1.1 * setting.hero.side
    seconds = _FLIGHT[how]
    said: How = "put" if how == "put" else "drop" if how == "drop" else "throw"
    return Move(round(at - seconds, 2), said, x=round(x, 2), z=round(z, 2), seconds=seconds)


def hero_of(setting: Setting, path: Way, stoops: tuple[float, ...] = ()) -> Actor:
    """The hero on a path; bends only for what is put down or picked up."""
    hero = setting.hero
    way = rounded(path)
    return Actor("hero", hero.look, way, hero.height, stoops)


def bag_of(setting: Setting, *moves: Move) -> Thing:
    """The hero's bag, carried from the first sight on."""
    hero = setting.hero
    return Thing("bag", hero.bag, hero.bag_height, (Move(0.0, "carry", "hero"), *moves))


def _stoops(setting: Setting, at: float) -> tuple[float, ...]:
    return (round(at, 2),) if setting.hero.release == "put" else ()


def dump_leave(setting: Setting) -> Scenario:
    """Comes, leaves a bag, goes."""
    at = round(setting.arrival + 1.0, 2)
    path = (*setting.way_in(), *setting.way_out(at + 1.2))
    act = Act("abandoned", alarm_expected=True, actor="hero", things=("bag",),
              note="leaves a bag and walks away")  # fmt: skip
    return setting.scenario(
        "dump_leave", at + AFTER, (hero_of(setting, path, _stoops(setting, at)),),
        (bag_of(setting, release(setting, at)),), (act,), busy_until=path[-1][0] + 0.5,
    )  # fmt: skip


def pass_with_bag(setting: Setting) -> Scenario:
    """The same halt at the same place, but the bag stays in the hand."""
    at = round(setting.arrival + 1.0, 2)
    path = (*setting.way_in(), *setting.way_out(at + 1.2))
    return setting.scenario(
        "pass_with_bag", at + AFTER, (hero_of(setting, path),), (bag_of(setting),), (NOTHING,),
        busy_until=path[-1][0] + 0.5,
    )  # fmt: skip


def put_down_take_back(setting: Setting) -> Scenario:
    """Puts the bag down, steps aside, takes it again and goes."""
    at = round(setting.arrival + 1.0, 2)
    step, back = 0.5 * setting.hero.side, at + 5.0
    hero = setting.hero
    path = (
        *setting.way_in(), (at + 1.0, hero.x, hero.z), (at + 1.6, hero.x + step, hero.z),
        (back - 1.6, hero.x + step, hero.z), (back - 1.0, hero.x, hero.z),
        *setting.way_out(back + 1.2),
    )  # fmt: skip
    x, z = setting.spot
    moves = (
        Move(round(at - 0.8, 2), "put", x=round(x, 2), z=round(z, 2), seconds=0.8),
        Move(round(back, 2), "lift", "hero", seconds=0.7),
        Move(round(back + 0.7, 2), "carry", "hero"),
    )
    note = Act("none", alarm_expected=False, actor="hero", note="takes the bag again")
    return setting.scenario(
        "put_down_take_back", back + AFTER, (hero_of(setting, path, (at, round(back, 2))),),
        (bag_of(setting, *moves),), (note,), busy_until=path[-1][0] + 0.5,
    )  # fmt: skip


def put_down_stay(setting: Setting) -> Scenario:
    """Puts the bag down and stays beside it to the end."""
    at = round(setting.arrival + 1.0, 2)
    seconds = at + AFTER
    hero = setting.hero
    path = (*setting.way_in(), (seconds + 1, hero.x, hero.z))
    x, z = setting.spot
    move = Move(round(at - 0.8, 2), "put", x=round(x, 2), z=round(z, 2), seconds=0.8)
    note = Act("none", alarm_expected=False, actor="hero", note="stays beside the bag")
    return setting.scenario(
        "put_down_stay", seconds, (hero_of(setting, path, (at,)),), (bag_of(setting, move),),
        (note,), busy_until=at + 3.0,
    )  # fmt: skip


def bag_from_start(setting: Setting) -> Scenario:
    """A bag lies there from the first picture on; two people pass by it, one halts beside it."""
    at = round(setting.arrival + 1.0, 2)
    x, z = setting.spot
    bag = Thing(
        "bag", setting.hero.bag, setting.hero.bag_height,
        (Move(0.0, "appear", x=round(x, 2), z=round(z, 2)),),
    )  # fmt: skip
    path = (*setting.way_in(), *setting.way_out(at + 1.2))
    return setting.scenario(
        "bag_from_start", at + AFTER, (hero_of(setting, path),), (bag,), (NOTHING,),
        busy_until=path[-1][0] + 0.5,
    )  # fmt: skip


def two_bags(setting: Setting) -> Scenario:
    """Sets down two bags side by side, one after the other: one event."""
    at = round(setting.arrival + 1.0, 2)
    x, z = setting.spot
    side = setting.hero.side
    first = Move(round(at - 0.8, 2), "put", x=round(x, 2), z=round(z, 2), seconds=0.8)
    second = Move(
        round(at + 1.4, 2), "put", "hero", x=round(x - 0.55 * side, 2), z=round(z, 2), seconds=0.8
    )
    other = Thing(
        "second", setting.hero.bag, 0.85 * setting.hero.bag_height,
        (Move(0.0, "carry", "hero"), second),
    )  # fmt: skip
    path = (*setting.way_in(), *setting.way_out(at + 3.2))
    act = Act("abandoned", alarm_expected=True, actor="hero", things=("bag", "second"),
              note="leaves two bags side by side")  # fmt: skip
    return setting.scenario(
        "two_bags", at + 2.2 + AFTER, (hero_of(setting, path, (at, round(at + 2.2, 2))),),
        (bag_of(setting, first), other), (act,), busy_until=path[-1][0] + 0.5,
    )  # fmt: skip


def group(setting: Setting, *, stays: bool) -> Scenario:
    """Two come together, one leaves a bag and goes; the other goes as well, or stays beside it."""
    at = round(setting.arrival + 1.0, 2)
    side, hero = setting.hero.side, setting.hero
    path = (*setting.way_in(), *setting.way_out(at + 1.2))
    seconds = at + AFTER
    behind = [(t, x + 0.5 * side, z + 0.15) for t, x, z in setting.way_in()]
    end = (seconds + 1, behind[-1][1], behind[-1][2])
    out = [(t, x + 0.5 * side, z + 0.15) for t, x, z in setting.way_out(at + 1.2)]
    last = (out[-1][0] + 1.0, out[-1][1] - 1.05 * side, out[-1][2])
    friend_path = (*behind, end) if stays else (*behind, out[0], last)
    way = rounded(friend_path)
    friend = Actor("friend", setting.others[0], way, 1.70)
    spot = setting.spot
    move = Move(round(at - 0.8, 2), "put", x=round(spot[0], 2), z=round(spot[1], 2), seconds=0.8)
    act = Act("none" if stays else "abandoned", alarm_expected=not stays, actor="hero",
              things=("bag",), note=f"two come; {'one stays by the bag' if stays else 'both go'}",
              )  # fmt: skip
    return setting.scenario(
        "group_stays" if stays else "group_leaves", seconds,
        (hero_of(setting, path, (at,)), friend),
        (Thing("bag", hero.bag, hero.bag_height, (Move(0.0, "carry", "hero"), move)),), (act,),
    )  # fmt: skip


def group_stays(setting: Setting) -> Scenario:
    """See group."""
    return group(setting, stays=True)


def group_leaves(setting: Setting) -> Scenario:
    """See group."""
    return group(setting, stays=False)


def hand_over(setting: Setting) -> Scenario:
    """Two meet, the bag goes from hand to hand, both go their ways."""
    at = round(setting.arrival + 1.0, 2)
    hero, side = setting.hero, setting.hero.side
    meet = hero.x - 0.8 * side
    edge = setting.edge(hero.z)
    start = at - 1.2 - abs(-side * edge - meet) / 1.4
    friend_path = (
        (start, -side * edge, hero.z), (at - 1.2, meet, hero.z), (at + 1.2, meet, hero.z),
        (at + 1.2 + abs(-side * edge - meet) / 1.4, -side * edge, hero.z),
    )  # fmt: skip
    way = rounded(friend_path)
    friend = Actor("friend", setting.others[0], way, 1.70)
    back = ((at + 1.2, hero.x, hero.z), (at + 1.2 + abs(side * edge - hero.x) / hero.speed,
            side * edge, hero.z))  # fmt: skip
    path = (*setting.way_in(), *back)
    bag = bag_of(
        setting, Move(at, "lift", "friend", seconds=0.6),
        Move(round(at + 0.6, 2), "carry", "friend"),
    )  # fmt: skip
    return setting.scenario(
        "hand_over", at + AFTER, (hero_of(setting, path), friend), (bag,), (NOTHING,)
    )


def standing_leaves(setting: Setting) -> Scenario:
    """Somebody stands there from the first picture on and goes: the ground behind is no deposit."""
    hero = setting.hero
    path = ((0.0, hero.x, hero.z), *setting.way_out(setting.arrival + 1.0))
    return setting.scenario(
        "standing_leaves", setting.arrival + AFTER, (hero_of(setting, path),), (bag_of(setting),),
        (NOTHING,), busy_until=path[-1][0] + 0.5,
    )  # fmt: skip


def collected(setting: Setting, *, dumped: bool) -> Scenario:
    """A worker takes a bag away: one that was left before our eyes, or one from the start."""
    hero = setting.hero
    at = round(setting.arrival + 1.0, 2)
    seconds = at + 2 * AFTER
    x, z = setting.spot
    come = at + 13.0
    edge = setting.edge(z)
    stop_x = x + 0.35 * hero.side
    walk = abs(hero.side * edge - stop_x) / 1.3
    worker_path = (
        (come, hero.side * edge, z + 0.1), (come + walk, stop_x, z + 0.1),
        (come + walk + 2.2, stop_x, z + 0.1), (come + 2 * walk + 2.2, hero.side * edge, z + 0.1),
    )  # fmt: skip
    way = rounded(worker_path)
    taken = round(come + walk + 1.0, 2)
    worker = Actor("worker", setting.others[0], way, 1.72, (taken,))
    take = (Move(taken, "lift", "worker", seconds=0.7),
            Move(round(taken + 0.7, 2), "carry", "worker"))  # fmt: skip
    path = (*setting.way_in(), *setting.way_out(at + 1.2))
    lies = Move(0.0, "appear", x=round(x, 2), z=round(z, 2))
    put = Move(round(at - 0.8, 2), "put", x=round(x, 2), z=round(z, 2), seconds=0.8)
    before = (Move(0.0, "carry", "hero"), put) if dumped else (lies,)
    bag = Thing("bag", hero.bag, hero.bag_height, (*before, *take))
    act = Act("none", alarm_expected=False, note="a bag from before is taken away")
    if dumped:
        act = Act("abandoned", alarm_expected=True, actor="hero", things=("bag",),
                  note="leaves a bag; a worker takes it away later")  # fmt: skip
    leaver = hero_of(setting, path, (at,) if dumped else ())
    name = "dump_collected" if dumped else "collect_existing"
    return setting.scenario(name, seconds, (leaver, worker), (bag,), (act,))


def dump_collected(setting: Setting) -> Scenario:
    """See collected."""
    return collected(setting, dumped=True)


def collect_existing(setting: Setting) -> Scenario:
    """See collected."""
    return collected(setting, dumped=False)
