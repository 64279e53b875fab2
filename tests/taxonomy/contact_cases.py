"""Contacts on demand, and near misses."""

from ego_parts import (
    along,
    at_time,
    constant,
    cruise,
    driver,
    idm,
    shift,
    stop_before,
    switch,
)
from staging import TO_THE_END, Case, crossroads, cut, line_of, meeting, scene, straight, user

from simeval.sim import SimSettings, simulate
from simeval.testing.scripted import as_log


def rear_end(rng, near):
    v, gap = rng.uniform(10, 25), rng.uniform(12, 30)
    decel = rng.uniform(2.5, 7.0)
    brake = {
        "when": {"time_s": rng.uniform(0.5, 3.0)},
        "brake": {"decel_mps2": decel, "to_mps": rng.uniform(0, 0.4) * v},
    }
    lead = user("lead", "main.0", 50 + gap + 5, v, do=[brake], kind=str(rng.choice(["car", "van", "truck"])))
    if lead["kind"] == "truck":
        lead["at"]["s_m"] += 4.0
    pedal = idm(v, headway=1.8, brake=3.0, most=9.0) if near else cruise(v)
    if near:
        lead["at"]["s_m"] += 25.0
        brake["brake"]["decel_mps2"] = min(decel, 3.5)
    return Case(
        scenario=scene(straight(), ("main.0", 50, v), ("main.0", 500), [lead], seconds=20),
        driver=driver(pedal, along()),
        mode="any" if near else "contact/rear_end",
    )


def standing_vehicle(rng, near):
    v, s = rng.uniform(7, 20), rng.uniform(140, 220)
    if rng.random() < 0.5:
        other = user(
            "other",
            "main.0",
            s,
            0,
            controller="parked",
            kind=str(rng.choice(["car", "van", "bus"])),
            offset_m=rng.uniform(-0.6, 0.6),
        )
    else:  # one that drove and has come to a stand well before
        stop = {"when": {"time_s": 0.3}, "brake": {"decel_mps2": 5.0, "to_mps": 0.0}}
        other = user("other", "main.0", s, 8.0, do=[stop])
    pedal = stop_before(s - 16, 50, v, 2.5) if near else cruise(v)
    return Case(
        scenario=scene(
            straight(1, limit=22.0),
            ("main.0", 50, v),
            ("main.0", 400),
            [other],
            seconds=25,
            tags=["must_stop"] if near else [],
        ),
        driver=driver(pedal, along()),
        mode="any" if near else "contact/standing_vehicle",
    )


def static_object(rng, near):
    v = rng.uniform(6, 22)
    offset = rng.choice([-1, 1]) * rng.uniform(2.0, 2.4) if near else rng.uniform(-1.0, 1.0)
    thing = user(
        "box", "main.0", rng.uniform(120, 200), 0, controller="parked", kind="obstacle", offset_m=offset
    )
    return Case(
        scenario=scene(
            straight(1, shoulder_m=2.0, limit=1.2 * v),
            ("main.0", 50, v),
            ("main.0", 300),
            [thing],
            seconds=40,
        ),
        driver=driver(cruise(v), along()),
        mode=None if near else "contact/static_object",
    )


def pedestrian(rng, near):
    v, walk = rng.uniform(7, 13), rng.uniform(0.9, 2.0)
    side = str(rng.choice(["right", "left"]))
    width = 3.75 if side == "right" else 3.75 + 3.5  # from where they start to the middle of the ego's lane
    wait = width / walk * v  # the ego is this far away when it must begin, to meet in the middle
    late = rng.uniform(-0.8, 0.8) / walk * v
    if near:
        late = (rng.uniform(3.5, 6.0) if rng.random() < 0.5 else -rng.uniform(4.0, 6.0)) / walk * v
    person = {
        "id": "walker",
        "kind": "pedestrian",
        "controller": "scripted",
        "crossing": {"lane": "main.0", "s_m": 200.0, "from": side},
        "do": [{"when": {"ego_gap_below_m": max(3.0, wait + late)}, "walk": {"speed_mps": walk}}],
    }
    return Case(
        scenario=scene(straight(1, 1, limit=13.9), ("main.0", 40, v), ("main.0", 300), [person], seconds=35),
        driver=driver(cruise(v), along()),
        mode="any" if near else "contact/pedestrian",
    )


def cyclist(rng, near):
    v, slow = rng.uniform(9, 14), rng.uniform(3, 6)
    rider = user("rider", "main.0", 100, slow, kind="cyclist", offset_m=rng.uniform(-1.0, 0.3))
    steer = along(offset=shift(rng.uniform(2.4, 3.2), 1.0, 3.0)) if near else along()
    return Case(
        scenario=scene(straight(2, limit=14.0), ("main.0", 50, v), ("main.0", 350), [rider], seconds=25),
        driver=driver(cruise(v), steer),
        mode=None if near else "contact/cyclist",
    )


def into_cut_in(rng, near):
    v = rng.uniform(18, 26)
    slow, gap = v - rng.uniform(4, 8), rng.uniform(12, 20)
    do = [cut("main.0", {"ego_gap_below_m": gap}, rng.uniform(2.0, 3.0))]
    if near:  # long before, and then it brakes
        do = [
            cut("main.0", {"time_s": 0.1}, 2.0),
            {"when": {"time_s": rng.uniform(8.5, 9.5)}, "brake": {"decel_mps2": 5.0, "to_mps": 2.0}},
        ]
        slow = v
    other = user(
        "other",
        "main.1",
        50 + (40 if not near else rng.uniform(25, 40)),
        slow,
        do=do,
        kind=str(rng.choice(["car", "van"])),
    )
    return Case(
        scenario=scene(straight(3, length=900.0), ("main.0", 50, v), ("main.0", 800), [other], seconds=22),
        driver=driver(cruise(v), along()),
        mode="contact/rear_end" if near else "contact/into_cut_in",
    )


def sideswiped(rng, near):
    v, ahead = rng.uniform(12, 25), rng.uniform(-2.5, 2.0)
    over, by = rng.uniform(2.0, 4.0), -rng.uniform(0.5, 1.1) if near else -3.5
    do = [{"when": {"time_s": rng.uniform(0.5, 3)}, "lane_change": {"shift_m": by, "over_s": over}}]
    other = user("other", "main.1", 50 + ahead, v, do=do, kind=str(rng.choice(["car", "van"])))
    return Case(
        scenario=scene(straight(3), ("main.0", 50, v), ("main.0", 400), [other], seconds=10),
        driver=driver(cruise(v), along()),
        mode="any" if near else "contact/sideswiped",
    )


def lane_change_sideswipe(rng, near):
    v, ahead = rng.uniform(12, 25), rng.uniform(-3.0, 2.5)
    other = user(
        "other", "main.1", 50 + ahead, v, controller=str(rng.choice(["scripted", "idm"])), desired_speed_mps=v
    )
    if near:
        other["at"]["s_m"] += rng.choice([-25, 25])
    steer = along(offset=shift(3.5, rng.uniform(0.5, 3.0), rng.uniform(2.5, 5.0)))
    return Case(
        scenario=scene(straight(3), ("main.0", 50, v), ("main.0", 500), [other], seconds=12),
        driver=driver(cruise(v), steer),
        mode="any" if near else "contact/lane_change_sideswipe",
    )


def own_cut_in(rng, near):
    v, faster = rng.uniform(12, 18), rng.uniform(5, 9)
    begin, over = rng.uniform(0.5, 1.5), rng.uniform(2.0, 3.0)
    arrives = begin + over + rng.uniform(-0.2, 1.2)
    behind = faster * arrives + 4.6
    other = user("other", "main.0" if near else "main.1", 150 - behind, v + faster)
    steer = along() if near else along(offset=shift(3.5, begin, over))
    return Case(
        scenario=scene(straight(3, length=900.0), ("main.0", 150, v), ("main.0", 700), [other], seconds=14),
        driver=driver(cruise(v), steer),
        mode="contact/hit_from_behind" if near else "contact/own_cut_in",
    )


def hit_from_behind(rng, near):
    v, faster = rng.uniform(8, 18), rng.uniform(3, 8)
    other = user("other", "main.0", 150 - rng.uniform(10, 30), v + faster)
    if near:
        other = user(
            "other", "main.0", 150 - rng.uniform(20, 30), v, controller="idm", desired_speed_mps=v + faster
        )
    pedal = (
        cruise(v) if rng.random() < 0.5 else switch(at_time(rng.uniform(1, 3)), cruise(v), cruise(0.5 * v))
    )
    return Case(
        scenario=scene(straight(2, length=900.0), ("main.0", 150, v), ("main.0", 500), [other], seconds=16),
        driver=driver(pedal, along()),
        mode="any" if near else "contact/hit_from_behind",
    )


def _met(rng, ego_names, other_names, v, w, late_s, **more):
    """The ego and another on ways that cross: both reach the crossing at one time, or `late_s` apart."""
    one, two = line_of("intersection", tuple(ego_names)), line_of("intersection", tuple(other_names))
    at_one, at_two = meeting(one, two)
    early = max(rng.uniform(5.0, 7.0), (at_one - 110.0) / v, (at_two - 110.0) / w - late_s)
    own_s, other_s = at_one - v * early, at_two - w * (early + late_s)
    other = user("other", other_names[0], other_s, w, route=list(other_names), **more)
    return own_s, other


def _turn(rng, near, ego_names, other_names, mode, v, w):
    late = rng.choice([-1, 1]) * rng.uniform(2.6, 4.0) if near else rng.uniform(-0.12, 0.12)
    own_s, other = _met(rng, ego_names, other_names, v, w, late, kind=str(rng.choice(["car", "van"])))
    return Case(
        scenario=scene(
            crossroads(),
            (ego_names[0], own_s, v),
            (ego_names[-1], 60),
            [other],
            seconds=20,
            route=list(ego_names),
        ),
        driver=driver(cruise(v), along(ahead=3.0, per_speed=0.25)),
        mode="any" if near else mode,
    )


def oncoming_in_turn(rng, near):
    return _turn(
        rng,
        near,
        ("south.0", "south.left.0", "west.out.0"),
        ("north.0", "north.straight.0", "south.out.0"),
        "contact/oncoming_in_turn",
        rng.uniform(5, 8),
        rng.uniform(8, 13),
    )


def other_turns_across(rng, near):
    return _turn(
        rng,
        near,
        ("south.0", "south.straight.0", "north.out.0"),
        ("north.0", "north.left.0", "east.out.0"),
        "contact/other_turns_across",
        rng.uniform(8, 13),
        rng.uniform(4, 7),
    )


def crossing_traffic(rng, near):
    arm = str(rng.choice(["west", "east"]))
    out = {"west": "east.out.0", "east": "west.out.0"}[arm]
    return _turn(
        rng,
        near,
        ("south.0", "south.straight.0", "north.out.0"),
        (f"{arm}.0", f"{arm}.straight.0", out),
        "contact/crossing_traffic",
        rng.uniform(6, 13),
        rng.uniform(6, 13),
    )


def hit_while_standing(rng, near):
    """The ego stands in the middle of the crossing; somebody drives into its side."""
    arm = str(rng.choice(["west", "east"]))
    out = {"west": "east.out.0", "east": "west.out.0"}[arm]
    names, others = ("south.0", "south.straight.0", "north.out.0"), (f"{arm}.0", f"{arm}.straight.0", out)
    one, two = line_of("intersection", names), line_of("intersection", others)
    at_one, at_two = meeting(one, two)
    along_one = at_one - 120.0 + rng.uniform(-0.8, 0.8)  # arc length on the connector
    w = rng.uniform(5, 12)
    other = user("other", others[0], at_two - rng.uniform(25, 50), w, route=list(others))
    pedal = cruise(rng.uniform(6.0, 8.0), gain=3.0, most=4.0) if near else constant(-3.0)
    return Case(
        scenario=scene(
            crossroads(),
            (names[1], along_one, 0.0),
            (names[2], 60),
            [other],
            seconds=15,
            route=list(names[1:]),
        ),
        driver=driver(pedal, along()),
        mode="any" if near else "contact/hit_while_standing",
    )


def head_on(rng, near):
    v, w = rng.uniform(8, 16), rng.uniform(8, 16)
    if rng.random() < 0.5:
        begin, back = rng.uniform(0.5, 2.0), 99.0
        meet = 4.5 + rng.uniform(0, 2)
        steer = along(offset=lambda seen: shift(3.5, begin, 3.0)(seen))
        other = user("other", "oncoming.0", 700.0 - 50.0 - (v + w) * meet, w)
        if near:
            steer = along(offset=shift(rng.uniform(0.0, 0.6), begin, 3.0))
        del back
    else:
        meet = rng.uniform(4.0, 6.0)
        change = {
            "when": {"time_s": meet - 3.0},
            "lane_change": {"shift_m": 0.3 if near else 3.2, "over_s": 2.5},
        }
        other = user("other", "oncoming.0", 700.0 - 50.0 - (v + w) * meet, w, do=[change])
        steer = along()
    return Case(
        scenario=scene(straight(1, 1, limit=19.4), ("main.0", 50, v), ("main.0", 250), [other], seconds=16),
        driver=driver(cruise(v), steer),
        mode="any" if near else "contact/head_on",
    )


def reversing(rng, near):
    """Poses, because the vehicle model does not drive backwards."""
    back, room = rng.uniform(1.0, 4.0), rng.uniform(3.0, 10.0)
    kind = str(rng.choice(["car", "van", "obstacle"]))
    behind = user("behind", "main.0", 150 - 2.3 - room - 3.0, 0, controller="parked", kind=kind)
    stops = rng.uniform(0.3, 0.6) * room if near else 99.0
    begin = rng.uniform(0.5, 2.0)

    def drive(seen):
        x, y, heading, speed = seen.ego
        wanted = -back if seen.time_s >= begin and 150.0 - x < stops else 0.0
        speed = max(wanted, speed - 0.2) if wanted < speed else min(wanted, speed + 0.3)
        return x + 0.1 * speed, y, heading, speed

    return Case(
        scenario=scene(straight(1, limit=13.9), ("main.0", 150, 0.0), ("main.0", 250), [behind], seconds=14),
        driver=drive,
        mode="any" if near else "contact/reversing",
        poses=True,
    )


def trailer(rng, near):
    v = rng.uniform(12, 20)
    ahead = rng.uniform(-1.0, 1.0) if near else -rng.uniform(8.0, 11.0)
    other = user("other", "main.1", 100 + ahead, v, kind="car")
    steer = along(offset=shift(3.5, rng.uniform(0.5, 2.0), rng.uniform(3.5, 6.0)), ahead=8.0, per_speed=0.5)
    return Case(
        scenario=scene(
            straight(3, length=900.0),
            ("main.0", 100, v),
            ("main.0", 600),
            [other],
            seconds=14,
            ego={"kind": "semitrailer"},
        ),
        driver=driver(cruise(v), steer),
        mode="any" if near else "contact/trailer",
    )


def replayed_agent(rng, near):
    """A log in which everyone drives on; the ego of today brakes, and the one behind cannot know."""
    v, gap = rng.uniform(8, 18), rng.uniform(8, 20)
    other = user(
        "other",
        "main.0",
        150 - gap - 4.6,
        v,
        controller="scripted" if not near else "idm",
        desired_speed_mps=v,
    )
    logged = scene(
        straight(2, length=900.0),
        ("main.0", 150, v),
        ("main.0", 600),
        [other],
        seconds=14,
        ego={"desired_speed_mps": v},
    )
    pedal = switch(
        at_time(rng.uniform(0.5, 2.5)),
        cruise(v),
        cruise(rng.uniform(0.3, 0.6) * v, brake=rng.uniform(1.5, 3.0)),
    )
    if near:
        return Case(scenario=logged, driver=driver(pedal, along()), mode="any")
    return Case(
        scenario=as_log(logged, simulate([logged], "idm", TO_THE_END)[0]),
        driver=driver(pedal, along()),
        mode="artefact/replayed_agent",
        settings=SimSettings(traffic="replay"),
    )


CASES = {
    "contact/rear_end": rear_end,
    "contact/standing_vehicle": standing_vehicle,
    "contact/static_object": static_object,
    "contact/pedestrian": pedestrian,
    "contact/cyclist": cyclist,
    "contact/into_cut_in": into_cut_in,
    "contact/sideswiped": sideswiped,
    "contact/lane_change_sideswipe": lane_change_sideswipe,
    "contact/own_cut_in": own_cut_in,
    "contact/hit_from_behind": hit_from_behind,
    "contact/oncoming_in_turn": oncoming_in_turn,
    "contact/other_turns_across": other_turns_across,
    "contact/crossing_traffic": crossing_traffic,
    "contact/hit_while_standing": hit_while_standing,
    "contact/head_on": head_on,
    "contact/reversing": reversing,
    "contact/trailer": trailer,
    "artefact/replayed_agent": replayed_agent,
}
