"""Leaving the road, breaking rules, on demand; and near misses."""

import math

from ego_parts import (
    along,
    cruise,
    driver,
    fixed,
    past,
    shift,
    stop_before,
    switch,
    weak,
    wheelbase_of,
)
from staging import Case, crossroads, curve, length_of, line_of, red, scene, straight

BENDS = {"car": None}


def bend(rng, radius, v, steer, mode, approach=80.0):
    angle = rng.choice([-1, 1]) * rng.uniform(60, 120)
    # Lane 0 is the outer one of left bends: its radius is the template's.
    return Case(
        scenario=scene(
            curve(radius, angle, approach, limit=1.15 * v), ("approach.0", 10, v), ("exit.0", 100), seconds=40
        ),
        driver=driver(cruise(v), steer),
        mode=mode,
    )


def missed_turn(rng, near):
    radius = rng.uniform(30, 110)
    v = rng.uniform(7, 20)
    share = rng.uniform(0.5, 0.75) if near else rng.choice([0.0, rng.uniform(0.0, 0.12)])
    steer = weak(along(), share * v * v / radius) if share > 0 else fixed(0.0)
    return bend(rng, radius, v, steer, "any" if near else "road/missed_turn")


def curve_too_fast(rng, near):
    radius = rng.uniform(30, 110)
    asks = rng.uniform(2.0, 3.2) if near else rng.uniform(5.6, 9.0)
    v = math.sqrt(asks * radius)
    holds = 99.0 if near else rng.uniform(0.5, 0.8) * asks
    return bend(rng, radius, v, weak(along(), holds), None if near else "road/curve_too_fast")


def wide_turn(rng, near):
    radius = rng.uniform(30, 110)
    asks = rng.uniform(1.5, 4.4)
    v = math.sqrt(asks * radius)
    steer = weak(along(), 3.0 * asks) if near else weak(along(), rng.uniform(0.5, 0.8) * asks)
    return bend(rng, radius, v, steer, "any" if near else "road/wide_turn")


def cut_corner(rng, near):
    if rng.random() < 0.6:
        radius = rng.uniform(25, 90)
        angle = rng.choice([-1, 1]) * rng.uniform(60, 110)
        v = math.sqrt(rng.uniform(1.0, 2.5) * radius)
        size = rng.uniform(0.3, 0.8) if near else rng.uniform(1.9, 2.6)
        inwards = math.copysign(size, angle)
        turn = 70.0 / v
        steer = along(offset=lambda seen: shift(inwards, turn - 1.5, 2.5)(seen))
        return Case(
            scenario=scene(
                curve(radius, angle, limit=1.15 * v), ("approach.0", 10, v), ("exit.0", 100), seconds=40
            ),
            driver=driver(cruise(v), steer),
            mode=None if near else "road/cut_corner",
        )
    v = rng.uniform(3, 5)
    inwards = -rng.uniform(0.1, 0.5) if near else -rng.uniform(1.9, 2.8)
    names = ["south.0", "south.right.0", "east.out.0"]
    steer = along(offset=shift(inwards, 10.0 / v, 12.0 / v), ahead=3.0, per_speed=0.1)
    return Case(
        scenario=scene(
            crossroads(limit=7.0), ("south.0", 100, v), ("east.out.0", 30), seconds=25, route=names
        ),
        driver=driver(cruise(v), steer),
        mode=None if near else "road/cut_corner",
    )


def swerve_off(rng, near):
    v, t = rng.uniform(14, 26), rng.uniform(1, 4)
    side = rng.choice([-1, 1])
    lateral = rng.uniform(0.5, 1.2) if near else rng.uniform(5.5, 9.0)

    def steer(seen):
        angle = side * math.atan(lateral * wheelbase_of(seen) / max(seen.speed, 3.0) ** 2)
        turned = seen.memory.get("turned", False) or abs(seen.ego[2]) > (0.06 if near else 0.25)
        seen.memory["turned"] = turned
        return 0.0 if turned or seen.time_s < t else angle

    return Case(
        scenario=scene(straight(2), ("main.0", 50, v), ("main.0", 500), seconds=20),
        driver=driver(cruise(v), steer),
        mode="road/drift" if near else "road/swerve_off",
    )


def drift(rng, near):
    v, side = rng.uniform(8, 26), rng.choice([-1, 1])
    far = side * (rng.uniform(0.3, 0.9) if near else rng.uniform(4.0, 6.0))
    steer = along(offset=shift(far, rng.uniform(1, 3), rng.uniform(5, 9)))
    return Case(
        scenario=scene(straight(1, limit=1.3 * v), ("main.0", 50, v), ("main.0", 350), seconds=25),
        driver=driver(cruise(v), steer),
        mode=None if near else "road/drift",
    )


def off_route(rng, near):
    """Turns where the route goes straight on; far down the other road it comes off that too, or stays on."""
    turn, out = [("right", "east"), ("left", "west")][rng.integers(2)]
    before = line_of("intersection", ("south.0", f"south.{turn}.0"))
    line = line_of("intersection", ("south.0", f"south.{turn}.0", f"{out}.out.0"))
    leaves = length_of(before) + rng.uniform(35.0, 60.0)
    v, side = rng.uniform(4.0, 6.0), rng.choice([-1.0, 1.0])
    follow = along(line, ahead=3.0, per_speed=0.25)
    off = switch(past(line, leaves), follow, fixed(side * rng.uniform(0.02, 0.1)))
    return Case(
        scenario=scene(
            crossroads(limit=8.3),
            ("south.0", rng.uniform(85, 105), v),
            ("north.out.0", 60),
            seconds=16 if near else 45,
            route=["south.0", "south.straight.0", "north.out.0"],
        ),
        driver=driver(cruise(v), follow if near else off),
        mode="progress/off_route" if near else "road/off_route",
    )


def trailer(rng, near):
    """A right turn on the line a car takes: the trailer runs over the kerb."""
    v = rng.uniform(3, 5)
    names = ["south.0", "south.right.0", "east.out.0"]
    kind = "car" if near else "semitrailer"
    road = crossroads() | {"corner_radius_m": rng.uniform(8, 12)}
    steer = along(offset=shift(rng.uniform(0.0, 0.3), 0.0, 1.0), ahead=3.0, per_speed=0.2)
    return Case(
        scenario=scene(
            road, ("south.0", 90, v), ("east.out.0", 60), seconds=35, route=names, ego={"kind": kind}
        ),
        driver=driver(cruise(v), steer),
        mode="any" if near else "road/trailer",
    )


def _lights(rng, phases, pedal, mode, seconds=30.0, tags=()):
    v = rng.uniform(8, 13)
    signal = red(["south.0", "north.0"], *phases)
    return Case(
        scenario=scene(
            crossroads(), ("south.0", rng.uniform(20, 60), v), ("north.out.0", 60), signals=[signal],
            seconds=seconds, route=["south.0", "south.straight.0", "north.out.0"], tags=tags,
        ),
        driver=driver(pedal(v), along()), mode=mode,
    )  # fmt: skip


def jackknife(rng, near):
    """Backwards with the wheel turned the trailer folds; straight back it does not."""
    back, bend = rng.uniform(1.2, 2.5), 0.0 if near else rng.choice([-1, 1]) * rng.uniform(0.08, 0.14)
    begin, most = rng.uniform(0.5, 1.5), rng.uniform(4.0, 8.0) if near else 30.0

    def pose(seen):
        x, y, heading, speed = seen.ego
        gone = seen.memory.get("gone", 0.0)
        speed = max(-back, speed - 0.15) if seen.time_s >= begin and gone < most else min(0.0, speed + 0.15)
        seen.memory["gone"] = gone - 0.1 * speed
        turn = 0.1 * speed * bend
        middle = heading + 0.5 * turn
        return x + 0.1 * speed * math.cos(middle), y + 0.1 * speed * math.sin(middle), heading + turn, speed

    return Case(
        scenario=scene(
            straight(8, length=400.0, shoulder_m=8.0), ("main.4", 150, 0.0), ("main.4", 160), seconds=14,
            ego={"kind": "semitrailer"}, tags=["must_stop"],
        ),
        driver=pose, mode="any" if near else "stability/jackknife", poses=True,
    )  # fmt: skip


def red_light(rng, near):
    if near:  # green just in time, or yellow
        return _lights(rng, [("red", 1.5), ("green", 30)], cruise, None)
    if rng.random() < 0.4:  # brakes too little, and drives on
        return _lights(rng, [("red", 30)], lambda v: cruise(0.6 * v), "rule/red_light")
    return _lights(rng, [("red", 30)], cruise, "rule/red_light")


def stop_line(rng, near):
    beyond = -rng.uniform(0.6, 2.0) if near else rng.uniform(0.6, 3.5)
    start = rng.uniform(20, 60)
    v = rng.uniform(8, 13)
    stop = 120.0 - 2.3 + beyond  # of the centre
    signal = red(["south.0", "north.0"], ("red", 40))
    return Case(
        scenario=scene(
            crossroads(), ("south.0", start, v), ("north.out.0", 60), signals=[signal], seconds=25,
            route=["south.0", "south.straight.0", "north.out.0"], tags=["must_stop"],
        ),
        driver=driver(stop_before(stop, start, v, rng.uniform(2.0, 3.5)), along()),
        mode="any" if near else "rule/stop_line",
    )  # fmt: skip


def wrong_way(rng, near):
    v = rng.uniform(7, 16)
    far = rng.uniform(0.4, 1.3) if near else rng.uniform(2.6, 3.6)
    begin, back = rng.uniform(0.5, 2.0), rng.uniform(5.5, 9.0)
    out, home = shift(far, begin, 2.5), shift(-far, back, 2.5)
    steer = along(offset=lambda seen: out(seen) + home(seen))
    return Case(
        scenario=scene(straight(1, 1, limit=1.3 * v), ("main.0", 50, v), ("main.0", 250), seconds=25),
        driver=driver(cruise(v), steer),
        mode=None if near else "rule/wrong_way",
    )


def crosswalk(rng, near):
    """Somebody walks towards the ego's lane, which drives on before them; or has left it behind."""
    v, walk = rng.uniform(6, 11), rng.uniform(1.0, 1.6)
    road = straight(1, 1, limit=13.9, crosswalks_s_m=[150.0])
    # From the left: 7.25 m to the ego's middle. It passes while they are 2.2 to 4.5 m away from there.
    walked = 1.5 + (7.0 + 0.5) - 1.75 + (rng.uniform(2.6, 3.4) if near else -rng.uniform(2.0, 3.6))
    gap = v * walked / walk
    person = {
        "id": "walker", "kind": "pedestrian", "controller": "scripted",
        "crossing": {"lane": "main.0", "s_m": 150.0, "from": "left"},
        "do": [{"when": {"time_s": 0.0}, "walk": {"speed_mps": walk}}],
    }  # fmt: skip
    start = 150.0 - 2.3 - gap
    if start < 5.0:
        v = v * (150.0 - 2.3 - 6.0) / gap
        start = 6.0
    return Case(
        scenario=scene(road, ("main.0", start, v), ("main.0", 300), [person], seconds=40),
        driver=driver(cruise(v), along()),
        mode="any" if near else "rule/crosswalk",
    )


def speeding(rng, near):
    limit = rng.uniform(8, 22)
    over = rng.uniform(1.0, 4.0) if near else rng.uniform(6.0, 12.0)
    v = limit + over if rng.random() < 0.5 else limit
    return Case(
        scenario=scene(straight(2, limit=limit), ("main.0", 50, v), ("main.0", 50 + 12 * limit), seconds=14),
        driver=driver(cruise(limit + over), along()),
        mode=None if near else "speed/speeding",
    )


CASES = {
    "road/missed_turn": missed_turn,
    "road/curve_too_fast": curve_too_fast,
    "road/wide_turn": wide_turn,
    "road/cut_corner": cut_corner,
    "road/swerve_off": swerve_off,
    "road/drift": drift,
    "road/trailer": trailer,
    "road/off_route": off_route,
    "stability/jackknife": jackknife,
    "rule/red_light": red_light,
    "rule/stop_line": stop_line,
    "rule/wrong_way": wrong_way,
    "rule/crosswalk": crosswalk,
    "speed/speeding": speeding,
}
