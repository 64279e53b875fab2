"""No progress, rough driving and faults of policies on demand; and near misses."""

import math

import numpy as np
from ego_parts import along, at_time, constant, cruise, driver, idm, shift, stop_before, sway, switch
from staging import Case, crossroads, line_of, meeting, red, scene, straight, user


def road_ahead(rng, pedal, mode, agents=(), seconds=20.0, v=None, start=50.0, steer=None, **more):
    v = rng.uniform(7, 14) if v is None else v
    return Case(
        scenario=scene(
            straight(2, limit=13.9), ("main.0", start, v), ("main.0", 250), agents, seconds=seconds, **more
        ),
        driver=driver(pedal(v), steer or along()),
        mode=mode,
    )


def never_starts(rng, near):
    if near:  # starts late, or has a reason
        wait = rng.uniform(0.5, 2.2)
        return road_ahead(
            rng,
            lambda v: switch(at_time(wait), constant(-3.0), cruise(10.0, most=1.5)),
            None,
            v=0.0,
            seconds=25,
        )
    far = user("far", "main.1", rng.uniform(100, 160), rng.uniform(0, 10))
    creeps = rng.uniform(14, 40)
    return road_ahead(
        rng,
        lambda v: switch(at_time(creeps), constant(-3.0), cruise(8.0)),
        "progress/never_starts",
        [far],
        v=0.0,
        seconds=18,
    )


def phantom_braking(rng, near):
    s, decel = rng.uniform(80, 130), rng.uniform(1.0, 3.5)
    if near:  # the same, behind a queue that stands and goes on
        do = [
            {"when": {"time_s": 0.5}, "brake": {"decel_mps2": 3.0, "to_mps": 0.0}},
            {"when": {"time_s": 9.0}, "speed": {"to_mps": 12.0, "accel_mps2": 1.5}},
        ]
        lead = user("lead", "main.0", 75, 10.0, do=do)
        return road_ahead(rng, lambda v: idm(11.0, most=3.9), None, [lead], v=10.0, seconds=30)
    goes_on = rng.uniform(4.0, 8.0)

    def pedal(v):
        stop = stop_before(s, 50, v, decel)

        def act(seen):
            stood = seen.memory.get("stood", 0.0) + (seen.scenario.dt if seen.speed < 0.05 else 0.0)
            seen.memory["stood"] = stood
            return cruise(8.0)(seen) if stood > goes_on else stop(seen)

        return act

    return road_ahead(rng, pedal, "progress/phantom_braking", seconds=30)


def behind_parked(rng, near):
    s = rng.uniform(110, 150)
    van = user(
        "van",
        "main.0",
        s,
        0,
        controller="parked",
        kind=str(rng.choice(["car", "van", "truck"])),
        offset_m=rng.uniform(-0.5, 0.3),
    )
    room = rng.uniform(2.0, 10.0) + (5.0 if van["kind"] == "truck" else 3.0) + 2.3
    if near:
        steer = along(offset=shift(3.5, 1.0, 3.0))
        return road_ahead(rng, cruise, None, [van], v=rng.uniform(7, 10), steer=steer, seconds=30)
    return road_ahead(
        rng,
        lambda v: stop_before(s - room, 50, v, rng.uniform(1.5, 3.0)),
        "progress/behind_parked",
        [van],
        seconds=22,
    )


def behind_queue(rng, near):
    do = [
        {
            "when": {"time_s": rng.uniform(0.5, 2.0)},
            "brake": {"decel_mps2": rng.uniform(2.0, 3.0), "to_mps": 0.0},
        }
    ]
    if near:
        do.append({"when": {"time_s": 9.0}, "speed": {"to_mps": 12.0, "accel_mps2": 1.5}})
    lead = user("lead", "main.0", 75 + rng.uniform(0, 8), 10.0, do=do)
    return road_ahead(
        rng,
        lambda v: idm(11.0, gap=rng.uniform(2, 5), most=3.9),
        None if near else "progress/behind_queue",
        [lead],
        v=10.0,
        seconds=30,
    )


def deadlock(rng, near):
    """Both come up to the crossing and stop; nobody goes."""
    arm = str(rng.choice(["west", "east"]))
    out = {"west": "east.out.0", "east": "west.out.0"}[arm]
    names, others = ("south.0", "south.straight.0", "north.out.0"), (f"{arm}.0", f"{arm}.straight.0", out)
    at_one, at_two = meeting(line_of("intersection", names), line_of("intersection", others))
    w = rng.uniform(6, 9)
    stands = at_two - rng.uniform(5.0, 8.0)
    do = [{"when": {"time_s": 0.2}, "stop": {"at_s_m": stands, "decel_mps2": 2.5}}]
    if near:
        do.append({"when": {"time_s": 11.0}, "speed": {"to_mps": 8.0, "accel_mps2": 2.0}})
    other = user("other", others[0], at_two - rng.uniform(35, 50), w, do=do, route=list(others))
    v, own = rng.uniform(6, 9), at_one - rng.uniform(40, 60)
    stop = at_one - rng.uniform(5.0, 8.0)

    def pedal(seen):
        clear = near and seen.time_s > 17.5
        return cruise(8.0)(seen) if clear else wait(seen)

    wait = stop_before(stop, own, v, 2.0)
    return Case(
        scenario=scene(
            crossroads(), ("south.0", own, v), ("north.out.0", 80), [other], seconds=32, route=list(names)
        ),
        driver=driver(pedal, along()),
        mode="any" if near else "progress/deadlock",
    )


def over_yielding(rng, near):
    """Cars cross with gaps that anybody would take, or that nobody would."""
    arm = str(rng.choice(["west", "east"]))
    out = {"west": "east.out.0", "east": "west.out.0"}[arm]
    names, others = ("south.0", "south.straight.0", "north.out.0"), (f"{arm}.0", f"{arm}.straight.0", out)
    far = {"arm_m": 320.0}
    _, at_two = meeting(line_of("intersection", names, **far), line_of("intersection", others, **far))
    w = rng.uniform(7, 9)
    gaps = rng.uniform(3.0, 4.2, 4) if near else rng.uniform(10.5, 14.0, 2)
    times = rng.uniform(3.0, 5.0) + np.concatenate([[0.0], np.cumsum(gaps)])
    cars = [user(f"car{i}", others[0], at_two - w * t, w, route=list(others)) for i, t in enumerate(times)]
    wait = stop_before(320.0 - 2.3 - rng.uniform(0.2, 1.0), 290, 8.0, 2.0)
    last = float(times[-1]) + 1.5

    def pedal(seen):
        return cruise(9.0)(seen) if near and seen.time_s > last else wait(seen)

    return Case(
        scenario=scene(
            crossroads() | far, ("south.0", 290, 8.0), ("north.out.0", 80), cars, seconds=28,
            route=list(names),
        ),
        driver=driver(pedal, along()), mode="any" if near else "progress/over_yielding",
    )  # fmt: skip


def _at_lights(rng, phases, pedal, mode, seconds=32.0):
    names = ["south.0", "south.straight.0", "north.out.0"]
    return Case(
        scenario=scene(
            crossroads(), ("south.0", 70, rng.uniform(7, 10)), ("north.out.0", 80),
            signals=[red(["south.0", "north.0"], *phases)], seconds=seconds, route=names,
        ),
        driver=driver(pedal, along()), mode=mode,
    )  # fmt: skip


def misses_green(rng, near):
    wait = stop_before(120.0 - 2.3 - rng.uniform(0.3, 2.0), 70, 8.0, 2.0)
    turns = rng.uniform(8, 12)
    goes = turns + rng.uniform(0.5, 2.0) if near else 99.0
    return _at_lights(
        rng,
        [("red", turns), ("green", 40)],
        switch(at_time(goes), wait, cruise(9.0, most=1.5)),
        None if near else "progress/misses_green",
    )


def held_at_red(rng, near):
    wait = stop_before(120.0 - 2.3 - rng.uniform(0.3, 2.0), 70, 8.0, 2.0)
    turns = rng.uniform(8, 12) if near else 60.0
    return _at_lights(
        rng,
        [("red", turns), ("green", 40)],
        switch(at_time(turns + 0.7), wait, cruise(9.0, most=1.5)) if near else wait,
        None if near else "progress/held_at_red",
        seconds=rng.uniform(18, 26) if not near else 32,
    )


def too_slow(rng, near):
    share = rng.uniform(0.6, 0.9) if near else rng.uniform(0.12, 0.33)
    return road_ahead(
        rng, lambda v: cruise(share * 13.9), None if near else "progress/too_slow", v=share * 13.9, seconds=30
    )


def off_route(rng, near):
    names = ["south.0", "south.straight.0", "north.out.0"]
    turn = str(rng.choice(["right", "left"]))
    other = {"right": "east.out.0", "left": "west.out.0"}[turn]
    line = None if near else line_of("intersection", ("south.0", f"south.{turn}.0", other))
    v = rng.uniform(4, 6)
    return Case(
        scenario=scene(
            crossroads(limit=8.3),
            ("south.0", rng.uniform(70, 100), v),
            ("north.out.0", 60),
            seconds=26,
            route=names,
        ),
        driver=driver(cruise(v), along(line, ahead=3.0, per_speed=0.25)),
        mode=None if near else "progress/off_route",
    )


# Comfort: nothing worse happens.


def harsh_braking(rng, near):
    decel = rng.uniform(1.5, 3.2) if near else rng.uniform(5.5, 8.5)
    begin, lasts = rng.uniform(1, 5), rng.uniform(0.7, 1.2)
    v = rng.uniform(11, 13.5)
    far = user("far", "main.1", 200, 13.0)

    def pedal(seen):
        return -decel if begin <= seen.time_s < begin + lasts else cruise(v)(seen)

    return road_ahead(rng, lambda _: pedal, None if near else "comfort/harsh_braking", [far], v=v, seconds=25)


def late_braking(rng, near):
    s, v = rng.uniform(130, 170), rng.uniform(11, 13.8)
    decel = rng.uniform(1.5, 3.0) if near else rng.uniform(5.5, 7.5)
    van = user("van", "main.0", s, 0, controller="parked", kind="van")
    return Case(
        scenario=scene(
            straight(1, limit=13.9), ("main.0", 50, v), ("main.0", 350), [van], seconds=18, tags=["must_stop"]
        ),
        driver=driver(stop_before(s - 3.0 - 2.3 - rng.uniform(2.0, 4.0), 50, v, decel), along()),
        mode="any" if near else "comfort/late_braking",
    )


def oscillating_steering(rng, near):
    v, period = rng.uniform(10, 13.5), rng.uniform(0.9, 1.4)
    lateral = rng.uniform(0.1, 0.25) if near else rng.uniform(1.8, 3.2)
    damped = 1.0 / math.sqrt(1.0 + (2 * math.pi * 0.1 / period) ** 2)  # of the steering's lag
    wave = lateral / damped * 2.7 / v**2
    steer = sway(along(), wave, period, rng.uniform(0, 2))
    if near and rng.random() < 0.5:
        steer = along(offset=shift(3.5, 2.0, rng.uniform(3.5, 5.0)))
    return road_ahead(
        rng, cruise, None if near else "comfort/oscillating_steering", v=v, steer=steer, seconds=20
    )


def jerky_start(rng, near):
    wait, most = rng.uniform(0.5, 2.0), rng.uniform(0.8, 1.4) if near else rng.uniform(4.0, 5.0)
    return road_ahead(
        rng,
        lambda v: switch(at_time(wait), constant(-3.0), cruise(11.0, gain=3.0, most=most)),
        None if near else "comfort/jerky_start",
        v=0.0,
        seconds=30,
    )


def swerve(rng, near):
    """Out and back in a wide road, hard."""
    v, begin = rng.uniform(11, 13.5), rng.uniform(1, 4)
    hard, lasts = rng.uniform(1.5, 2.5) if near else rng.uniform(5.5, 7.0), 0.5

    def steer(seen):
        t = seen.time_s - begin
        angle = math.atan(hard * 2.7 / max(seen.speed, 5.0) ** 2)
        if 0.0 <= t < lasts:
            return angle
        return -angle if lasts <= t < 2 * lasts else along(ahead=10.0)(seen)

    return Case(
        scenario=scene(straight(3, limit=13.9), ("main.1", 50, v), ("main.1", 250), seconds=20),
        driver=driver(cruise(v), steer),
        mode=None if near else "comfort/swerve",
    )


# The policy.


def infeasible_plan(rng, near):
    """Poses of a plan that jumps sideways, or speeds up as nothing can."""
    kind, at, v = rng.integers(3), rng.uniform(1, 4), rng.uniform(8, 13)
    step = rng.uniform(0.5, 1.0) * (0.0 if near else 1.0)

    def drive(seen):
        x, y, heading, speed = seen.ego
        now = at <= seen.time_s < at + 0.45
        if now and step and kind == 0:
            return x + 0.1 * v, y + step, heading, v
        if now and step and kind == 1:
            speed += 2.5 * step
        if now and step and kind == 2:
            speed = max(0.0, speed - 3.5 * step)
        speed += min(0.15, max(-0.15, v - speed)) if not now else 0.0
        return x + 0.1 * speed, y, heading, speed

    return Case(
        scenario=scene(straight(3, limit=15.0), ("main.0", 50, v), ("main.0", 180), seconds=30),
        driver=drive,
        mode=None if near else "policy/infeasible_plan",
        poses=True,
    )


def _ends(mode, ending):
    def case(rng, near):
        v, at = rng.uniform(8, 13), rng.uniform(1, 5)
        made = road_ahead(rng, cruise, None if near else mode, v=v, seconds=30)
        nan = driver(switch(at_time(at), cruise(v), constant(math.nan)), along())
        if near:
            return made
        made.ends = f"{ending}@{at:.1f}" if ending else ""
        made.driver = made.driver if ending else nan
        return made

    return case


CASES = {
    "progress/never_starts": never_starts,
    "progress/phantom_braking": phantom_braking,
    "progress/behind_parked": behind_parked,
    "progress/behind_queue": behind_queue,
    "progress/deadlock": deadlock,
    "progress/over_yielding": over_yielding,
    "progress/misses_green": misses_green,
    "progress/held_at_red": held_at_red,
    "progress/too_slow": too_slow,
    "progress/off_route": off_route,
    "comfort/harsh_braking": harsh_braking,
    "comfort/late_braking": late_braking,
    "comfort/oscillating_steering": oscillating_steering,
    "comfort/jerky_start": jerky_start,
    "comfort/swerve": swerve,
    "policy/infeasible_plan": infeasible_plan,
    "policy/error": _ends("policy/error", "POLICY_ERROR"),
    "policy/timeout": _ends("policy/timeout", "TIMEOUT"),
    "policy/nonfinite": _ends("policy/nonfinite", ""),
}
