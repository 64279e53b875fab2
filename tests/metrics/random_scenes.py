"""Random scenes for tests of metrics: winding roads with a crossing, signals, trailers, road users that come
and go. Everything is drawn from the seed; roads are drawn from a small pool, because building one is slow."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from simeval.metrics.examples import with_history
from simeval.metrics.worlds import World
from simeval.scenario import (
    AgentKind,
    Agents,
    AreaKind,
    Areas,
    Bodies,
    Driver,
    EdgeKind,
    Edges,
    Ending,
    LaneKind,
    Lanes,
    Links,
    Polylines,
    Provenance,
    RoadMap,
    Route,
    Scenario,
    Signals,
    SignalState,
    Source,
    States,
    Trace,
)

DT, FINE = 0.1, 20  # [s], sub-steps of a step
ROADS = 12
PIECES = (("in", -60.0, 25.0), ("over", 25.0, 45.0), ("out", 45.0, 160.0))  # the middle one is a junction
LANES = 3  # the third one runs the other way, in one piece


@dataclass(frozen=True)
class Road:
    """An arc of a circle or a straight line, with lanes of equal width; s along it, d to its left."""

    index: int
    curvature: float
    turn: float
    origin: tuple[float, float]
    width: float  # of a lane [m]
    shoulder: float
    edges: bool  # its edge is given as lines, not as an area

    def heading(self, s):
        return self.turn + self.curvature * np.asarray(s)

    def xy(self, s, d):
        s, d = np.broadcast_arrays(np.asarray(s, dtype=float), np.asarray(d, dtype=float))
        h = self.heading(s)
        if self.curvature:
            along = (
                np.stack([np.sin(h) - math.sin(self.turn), math.cos(self.turn) - np.cos(h)], axis=-1)
                / self.curvature
            )
        else:
            along = s[..., None] * np.array([math.cos(self.turn), math.sin(self.turn)])
        return np.array(self.origin) + along + d[..., None] * np.stack([-np.sin(h), np.cos(h)], axis=-1)

    def line(self, first, last, d):
        return self.xy(np.linspace(first, last, max(2, int((last - first) / 3.0) + 1)), d)


@lru_cache(ROADS)
def road(index):
    """Every third road is straight; a third has edges instead of an area."""
    rng = np.random.default_rng(index)
    return Road(
        index=index, curvature=0.0 if index % 3 == 0 else float(rng.uniform(-0.012, 0.012)),
        turn=float(rng.uniform(-3.1, 3.1)), origin=tuple(rng.uniform(-200, 200, 2).tolist()),
        width=float(rng.uniform(3.0, 3.8)), shoulder=float(rng.uniform(0.1, 0.6)), edges=index % 4 == 3,
    )  # fmt: skip


def outline(way):
    """Ring of the road's surface, counter-clockwise in road coordinates."""
    low, high = -0.5 * way.width - way.shoulder, 2.5 * way.width + way.shoulder
    return np.concatenate([way.line(-60.0, 160.0, low), way.line(-60.0, 160.0, high)[::-1]])


@lru_cache(ROADS)
def road_map(index):
    """Lanes `in.0 over.0 out.0`, the same of lane 1 to its left, and `back.0`; the ego's is lane 0 or 1."""
    way = road(index)
    rows = [
        (f"{name}.{k}", name, first, last, k * way.width, 1) for name, first, last in PIECES for k in (0, 1)
    ]
    rows.append(("back.0", "back", -60.0, 160.0, 2.0 * way.width, -1))
    names = [r[0] for r in rows]
    half = 0.5 * way.width
    onward = {"in": "over", "over": "out"}

    def lines(shift):
        return Polylines.of([way.line(a, b, d + sign * shift)[::sign] for _, _, a, b, d, sign in rows])

    after = [
        [names.index(n.replace(piece, onward[piece]))] if piece in onward else [] for n, piece, *_ in rows
    ]
    before = [[k for k, to in enumerate(after) if i in to] for i in range(len(rows))]
    limits = np.array([{"in": 11.0, "out": 13.0, "back": 9.0}.get(r[1], 0.0) for r in rows])
    beside = [
        names.index(n[:-1] + ("1" if n.endswith("0") else "0")) if p != "back" else -1 for n, p, *_ in rows
    ]
    lanes = Lanes(
        ids=tuple(names), kind=np.full(len(rows), int(LaneKind.VEHICLE)),
        is_connector=np.array([int(r[1] == "over") for r in rows]), speed_limit=limits,
        has_limit=(limits > 0).astype(np.int64), centre=lines(0.0), left=lines(half), right=lines(-half),
        section=tuple(r[1] for r in rows), predecessors=Links.of(before), successors=Links.of(after),
        left_neighbour=np.array([b if n.endswith("0") else -1 for n, b in zip(names, beside, strict=True)]),
        right_neighbour=np.array([b if n.endswith("1") else -1 for n, b in zip(names, beside, strict=True)]),
    )  # fmt: skip
    ring, crossing = (
        outline(way),
        np.concatenate([way.line(25, 45, -half), way.line(25, 45, 2.5 * way.width)[::-1]]),
    )
    stop = np.concatenate([way.line(9.6, 10.0, -half), way.line(9.6, 10.0, 1.5 * way.width)[::-1]])
    kinds, rings = [int(AreaKind.INTERSECTION), int(AreaKind.STOP)], [crossing, stop]
    if not way.edges:
        kinds, rings = [*kinds, int(AreaKind.DRIVABLE)], [*rings, ring]
    drawn = [np.concatenate([ring, ring[:1]])] if way.edges else []
    return RoadMap(
        lanes=lanes, areas=Areas(kind=np.array(kinds), outline=Polylines.of(rings)),
        edges=Edges(kind=np.full(len(drawn), int(EdgeKind.BOUNDARY)), line=Polylines.of(drawn)),
        topology=Source.GIVEN,
    )  # fmt: skip


@dataclass(kw_only=True)
class Mover:
    """A road user in road coordinates; `plan` stretches are (until [s], acceleration, yaw rate)."""

    s: float = 0.0
    d: float = 0.0
    angle: float = 0.0  # against the road [rad]
    speed: float = 0.0
    plan: tuple = ()
    kind: AgentKind = AgentKind.CAR
    length: float = 4.6
    width: float = 1.9
    trailer: float = 0.0  # length of a semitrailer; 0: none
    follows: bool = True  # turns with the road
    absent: tuple[int, int] | None = None  # steps at which it is not there


def driven(way, mover, steps):
    """x, y, heading, speed, yaw rate at each step."""
    time = np.arange((steps - 1) * FINE + 1) * (DT / FINE)
    accel, turn, since = np.zeros(len(time)), np.zeros(len(time)), 0.0
    for until, a, w in mover.plan:
        at = (time >= since - 1e-9) & (time < until - 1e-9)
        accel[at], turn[at], since = a, w, until
    h = DT / FINE
    speed = mover.speed + np.concatenate([[0.0], np.cumsum(accel[:-1] * h)])
    if mover.speed >= 0.0:
        stops = np.flatnonzero(speed <= 0.0)
        if len(stops):
            speed[stops[0] :] = 0.0
    rate = turn + (way.curvature * speed if mover.follows else 0.0)
    heading = float(way.heading(mover.s)) + mover.angle + np.concatenate([[0.0], np.cumsum(rate[:-1] * h)])
    middle, mean = heading[:-1] + 0.5 * rate[:-1] * h, 0.5 * (speed[:-1] + speed[1:])
    step = (mean * h)[:, None] * np.stack([np.cos(middle), np.sin(middle)], axis=1)
    xy = way.xy(mover.s, mover.d) + np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)])
    return xy[::FINE], heading[::FINE], speed[::FINE], rate[::FINE]


def bodies_of(movers):
    owner, rows = [], []
    for a, m in enumerate(movers):
        base = 0.6 * m.length
        rear = -0.35 * m.length if m.trailer else 0.0
        owner.append(a)
        rows.append((m.length, m.width, -0.5 * base, base, 0.0, rear))
        if m.trailer:
            owner.append(a)
            rows.append((m.trailer, 2.5, -0.25 * m.trailer, 0.6 * m.trailer, 0.4 * m.trailer, 0.0))
    columns = np.array(rows).T
    names = ("length", "width", "axle", "wheelbase", "front_hitch", "rear_hitch")
    return Bodies(agent=np.array(owner), **dict(zip(names, columns, strict=True)))


def states_of(way, movers, steps, rng):
    rows = [driven(way, m, steps) for m in movers]
    xy, heading = np.stack([r[0] for r in rows], axis=1), np.stack([r[1] for r in rows], axis=1)
    speed, rate = np.stack([r[2] for r in rows], axis=1), np.stack([r[3] for r in rows], axis=1)
    velocity = speed[..., None] * np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    valid = np.ones(heading.shape, dtype=bool)
    for a, m in enumerate(movers):
        if m.absent:
            valid[m.absent[0] : m.absent[1], a] = False
    made = States.of(xy, heading, velocity, valid)
    num = sum(bool(m.trailer) for m in movers)
    hitch = rng.uniform(-0.5, 0.5, num) + rng.uniform(-0.2, 0.2, num) * np.linspace(0, 1, steps)[:, None]
    return replace(made, hitch=hitch), np.where(valid, rate, 0.0)


def world_of(way, movers, *, steps, lane=0, log=None, signals=None, goal=120.0, seed=0):
    """The world of movers; the first one is the ego, whose route is lane 0 or 1. `log` is the ego's own."""
    rng = np.random.default_rng(seed)
    states, rate = states_of(way, movers, steps, rng)
    logged = states
    if log is not None:
        old, _ = states_of(way, [log], steps, rng)
        xy, heading, velocity = states.xy.copy(), states.heading.copy(), states.velocity.copy()
        xy[:, 0], heading[:, 0], velocity[:, 0] = old.xy[:, 0], old.heading[:, 0], old.velocity[:, 0]
        logged = replace(states, xy=xy, heading=heading, velocity=velocity)
    ids = ("ego", *(f"v{k}" for k in range(1, len(movers))))
    agents = Agents(
        ids=ids, kind=np.array([int(m.kind) for m in movers]),
        controller=np.zeros(len(movers), dtype=np.int64),
        desired_speed=np.zeros(len(movers)), bodies=bodies_of(movers),
    )  # fmt: skip
    line = way.line(-60.0, 160.0, lane * way.width)
    route = Route(lane_ids=tuple(f"{p[0]}.{lane}" for p in PIECES), xy=line, inferred=False)
    scenario = Scenario(
        id=f"random/{seed}", suite="random", family="random", dt=DT, start_step=0, origin=(0.0, 0.0),
        agents=agents, states=logged, ego=0, route=route,
        goal=tuple(way.xy(goal, lane * way.width).tolist()),
        paths=Polylines.of([np.zeros((0, 2))] * len(movers)), map=road_map(way.index),
        signals=Signals.none(steps) if signals is None else signals,
        provenance=Provenance(format="authored", licence="Apache-2.0"),
    )  # fmt: skip
    trace = Trace(
        scenario_id=scenario.id, dt=DT, first_step=0, agents=agents, ego=0, states=states, yaw_rate=rate,
        flags=np.zeros(rate.shape, dtype=np.int64), driver=np.full(len(movers), int(Driver.REPLAY)),
        command=np.zeros((steps, 2)), acceleration=np.gradient(states.speed[:, 0], DT),
        steering=np.zeros(steps), ending=Ending.HORIZON, ending_detail="",
    )  # fmt: skip
    return World(scenario=scenario, trace=trace)


def some_signals(way, rng, steps):
    """One stop point a lane at the junction; the lights change at random."""
    names = road_map(way.index).lanes.ids
    lanes = np.array([names.index("over.0"), names.index("over.1")])
    shown = [int(SignalState.RED), int(SignalState.GREEN), int(SignalState.YELLOW)]
    change = np.sort(rng.integers(0, steps, 2))
    state = np.zeros((steps, 2), dtype=np.int64)
    for k in range(2):
        first, then = rng.choice(shown, 2, p=[0.6, 0.3, 0.1])
        state[:, k] = np.where(np.arange(steps) < change[k], first, then)
    stops = way.xy(np.full(2, 25.0), np.array([0.0, way.width]))
    return Signals(lane=lanes, stop_xy=stops, state=state, last_known=np.full(2, steps - 1))


def random_ego(rng, way, *, calm=False):
    lane = int(rng.integers(0, 2))
    turns = 0.03 if calm else 0.25
    plan = (
        (0.5, float(rng.uniform(-5, 2)), float(rng.normal(0, turns))),
        (9.0, float(rng.uniform(-3, 2)), 0.0),
    )
    truck = rng.random() < 0.2
    ego = Mover(
        s=float(rng.uniform(-30, 40)), d=lane * way.width + float(rng.normal(0.0, 0.3)),
        angle=float(rng.normal(0, 0.03)), speed=float(rng.uniform(3, 20) * (rng.random() > 0.05)), plan=plan,
        length=float(rng.uniform(3.5, 7.0)), width=float(rng.uniform(1.6, 2.5)),
        trailer=float(rng.uniform(8, 13)) if truck else 0.0, kind=AgentKind.TRUCK if truck else AgentKind.CAR,
    )  # fmt: skip
    return ego, lane


KINDS = (
    AgentKind.CAR,
    AgentKind.CAR,
    AgentKind.TRUCK,
    AgentKind.PEDESTRIAN,
    AgentKind.CYCLIST,
    AgentKind.STATIC,
)


def random_other(rng, way, ego, steps):
    """Ahead or beside in a lane, or crossing so that it meets the ego's way about when the ego is there."""
    kind = KINDS[int(rng.integers(len(KINDS)))]
    small = kind in (AgentKind.PEDESTRIAN, AgentKind.CYCLIST)
    size = {"length": float(rng.uniform(0.5, 1.8) if small else rng.uniform(3, 9)),
            "width": float(rng.uniform(0.4, 0.8) if small else rng.uniform(1.5, 2.5))}  # fmt: skip
    stands = kind is AgentKind.STATIC or rng.random() < 0.15
    speed = 0.0 if stands else float(rng.uniform(0.5, 4.0 if small else 14.0))
    plan = () if stands else ((9.0, float(rng.uniform(-4, 2)), 0.0),)
    first = int(rng.integers(0, steps))
    absent = (first, first + int(rng.integers(1, steps))) if rng.random() < 0.1 else None
    common = {"kind": kind, "speed": speed, "plan": plan, "absent": absent, **size}
    if rng.random() < 0.5:
        trailer = float(rng.uniform(8, 13)) if kind is AgentKind.TRUCK and rng.random() < 0.5 else 0.0
        angle = float(rng.normal(0, 0.08)) + (math.pi if rng.random() < 0.15 else 0.0)
        beside = float(
            rng.choice([-1, 1]) * rng.uniform(2.3, 4.5) if rng.random() < 0.4 else rng.normal(0, 1.0)
        )
        away = float(
            rng.uniform(-25, 30) if abs(beside) > 2.2 else rng.choice([-1, 1, 1]) * rng.uniform(12, 45)
        )
        return Mover(s=ego.s + away, d=ego.d + beside, angle=angle,
                     trailer=trailer, **common)  # fmt: skip
    angle = float(rng.choice([-1, 1]) * rng.uniform(0.7, 2.4))
    meet = float(rng.uniform(0.5, 3.0))
    at = ego.s + ego.speed * meet + float(rng.normal(0, 4)) + 4.0
    back = speed * (meet + float(rng.normal(0, 1.0))) + 2.0
    return Mover(
        s=at - back * math.cos(angle), d=ego.d - back * math.sin(angle), angle=angle, follows=False, **common
    )


def busy(seed, *, steps=11):
    """An ego among one to three others, with lights and a log of its own."""
    rng = np.random.default_rng([17, seed])
    others = int(rng.integers(1, 4))
    way = road(int(rng.integers(ROADS)))
    ego, lane = random_ego(rng, way)
    movers = [ego, *(random_other(rng, way, ego, steps) for _ in range(others))]
    log = replace(ego, speed=float(rng.uniform(3, 15)), plan=(), d=lane * way.width, angle=0.0)
    return world_of(
        way, movers, steps=steps, lane=lane, log=log, signals=some_signals(way, rng, steps), seed=seed
    )


def tuned(build, read, low, high, wanted):
    """A world `build(p)` of which `read` gives a value in `wanted`, by halving p between low and high; None
    where the values at both ends lie on one side. Values may be None: then p is moved towards `low`."""
    least, most = wanted
    at_low, at_high = read(build(low)), read(build(high))
    if at_low is None or (at_high is not None and (at_low < least) == (at_high < least)):
        return None
    rising = at_high is None or at_high > at_low
    for _ in range(40):
        p = 0.5 * (low + high)
        made = build(p)
        value = read(made)
        if value is not None and least <= value <= most:
            return made
        above = value is None or value > most
        low, high = (low, p) if above == rising else (p, high)
    return None


def crash(seed, *, steps=11, kinds=KINDS):
    """Somebody of one of these kinds drives into the ego, or the ego into somebody, or just not: from all
    sides, at all speeds."""
    rng = np.random.default_rng([19, seed])
    way = road(int(rng.integers(ROADS)))
    ego, lane = random_ego(rng, way, calm=True)
    return crossed(rng, way, ego, lane, float(rng.uniform(0.8, 1.1)), steps, seed, kinds=kinds)


def half_size(length, width, angle):
    return 0.5 * (abs(length * math.cos(angle)) + abs(width * math.sin(angle)))


def crossed(rng, way, ego, lane, apart, steps, seed=0, *, bare=0.25, sideways=False, kinds=KINDS):
    """A crash after half a second or so; `apart` times half of both sizes between the centres at that moment.

    Some stand, or nearly so; a share `bare` of the maps knows no lanes."""
    ego.speed = float(rng.choice([ego.speed, 0.05 * rng.uniform(0.9, 1.1), 0.0], p=[0.8, 0.1, 0.1]))
    ego.plan, ego.d = ((9.0, 0.0, float(rng.normal(0, 0.05))),), ego.d + float(rng.choice([0.0, 1.6]))
    kind = kinds[int(rng.integers(len(kinds)))]
    small = kind in (AgentKind.PEDESTRIAN, AgentKind.CYCLIST, AgentKind.STATIC)
    size = rng.uniform(0.4, 1.5, 2) if small else rng.uniform([3.0, 1.5], [7.0, 2.5])
    speed = float(rng.choice([rng.uniform(0.5, 16), 0.05 * rng.uniform(0.9, 1.1), 0.0], p=[0.75, 0.1, 0.15]))
    angle = float(rng.choice([rng.uniform(-3.1, 3.1), rng.normal(0, 0.2)]))
    bearing = float(rng.choice([rng.uniform(-3.1, 3.1), 0.0, 3.14, rng.choice([-1, 1]) * 2.6]))
    if sideways:
        ego.speed, speed, bearing = (
            max(ego.speed, 2.0),
            max(speed, 2.0),
            float(rng.choice([-1, 1]) * rng.uniform(1.3, 2.0)),
        )
    meet = float(rng.uniform(0.2, 0.8))
    reach = half_size(ego.length, ego.width, bearing) + half_size(*size, angle - bearing)
    reach *= apart
    at = np.array([ego.s + ego.speed * meet, ego.d]) + reach * np.array(
        [math.cos(bearing), math.sin(bearing)]
    )
    at -= speed * meet * np.array([math.cos(angle), math.sin(angle)])
    trailer = float(rng.uniform(8, 12)) if kind is AgentKind.TRUCK and rng.random() < 0.3 else 0.0
    other = Mover(
        s=float(at[0]), d=float(at[1]), angle=angle, speed=speed, kind=kind, length=float(size[0]),
        width=float(size[1]), follows=False, trailer=trailer,
    )  # fmt: skip
    third = random_other(rng, way, ego, steps)
    made = world_of(way, [ego, other, third], steps=steps, lane=lane, seed=seed)
    plane = replace(made.scenario, map=RoadMap.empty(), route=replace(made.scenario.route, lane_ids=()))
    return replace(made, scenario=plane) if rng.random() < bare else made


def sideswipe(seed, *, steps=11):
    """A contact at the ego's side, half of them on a plane without lanes."""
    rng = np.random.default_rng([29, seed])
    way = road(int(rng.integers(ROADS)))
    ego, lane = random_ego(rng, way, calm=True)
    return crossed(rng, way, ego, lane, float(rng.uniform(0.8, 1.1)), steps, seed, bare=0.95, sideways=True)


def drift(seed, *, steps=21):
    """An ego anywhere on and beside the road, some on the oncoming lane or in reverse; lights ahead."""
    rng = np.random.default_rng([23, seed])
    way = road(int(rng.integers(ROADS)))
    ego, lane = random_ego(rng, way, calm=True)
    low, back = -0.5 * way.width - way.shoulder, 2.0 * way.width
    beyond = rng.uniform(4.2, 12.0)
    places = (
        lane * way.width + rng.normal(0, 0.5), low + rng.uniform(-0.2, 1.8),
        rng.choice([low - beyond, back + beyond]), back + rng.normal(0, 0.4), rng.uniform(-4, 12),
    )  # fmt: skip
    ego.d = float(places[int(rng.choice(5, p=[0.25, 0.15, 0.25, 0.25, 0.1]))])
    ego.s, ego.speed = float(rng.uniform(-15, 22)), float(rng.uniform(3, 18))
    if rng.random() < 0.1:
        ego.angle = float(rng.normal(0, 0.8))
    if rng.random() < 0.08:
        ego.speed = -ego.speed
    other = Mover(s=-50.0, d=way.width, speed=1.0)
    return world_of(
        way, [ego, other], steps=steps, lane=lane, signals=some_signals(way, rng, steps), seed=seed
    )


def errand(seed):
    """Four or five seconds of starting, braking, swerving, standing behind somebody, towards a goal."""
    rng = np.random.default_rng([37, seed])
    steps, way = int(rng.integers(36, 52)), road(int(rng.integers(ROADS)))
    lane = int(rng.integers(0, 2))
    ends = np.sort(rng.uniform(0.3, 4.5, 4))
    plan = tuple((float(e), float(rng.uniform(-6.5, 3.5)), float(rng.normal(0, 0.35))) for e in ends)
    ego = Mover(
        s=float(rng.uniform(-30, 60)), d=lane * way.width + float(rng.normal(0, 0.4)),
        speed=float(rng.uniform(1, 18)), plan=plan, length=float(rng.uniform(3.5, 6)),
    )  # fmt: skip
    stopped = float(sum(max(0.0, ego.speed) * 0.1 for _ in range(8)))
    if rng.random() < 0.35:  # it stops early and stays
        brake = float(rng.uniform(4, 9))
        ego.plan = ((ego.speed / brake, -brake, 0.0),)
        stopped = ego.speed**2 / (2.0 * brake)
    if rng.random() < 0.15:
        ego.plan = ((9.0, -float(rng.choice([10.3, 10.5, 12.0])), 0.0),)
    if rng.random() < 0.15:
        ego.speed = float(rng.uniform(3, 6))
        ego.plan = ((9.0, 0.0, ego.speed * float(rng.choice([0.28, 0.31, 0.4]))),)
    other = Mover(s=ego.s + stopped + float(rng.uniform(5, 16)), d=ego.d + float(rng.normal(0, 0.8)))
    log = replace(ego, plan=((9.0, float(rng.uniform(-2, 1)), 0.0),), d=lane * way.width, angle=0.0)
    goal = ego.s + float(rng.uniform(1, 60))
    return world_of(way, [ego, other], steps=steps, lane=lane, log=log, goal=goal, seed=seed)


def everything(seed):
    """Five seconds or more with all that a metric may ask for: history, lights, a stop line, trailers, plans,
    somebody whom a model drives, a drive to compare with. The last road user is 30 km away."""
    rng = np.random.default_rng([41, seed])
    steps, way = 86 if seed % 5 == 2 else 51, road(int(rng.integers(ROADS)))
    ego, lane = random_ego(rng, way, calm=True)
    ego.s, ego.plan = (
        float(rng.uniform(-40, 0)),
        ((1.5, float(rng.uniform(-5, 2)), float(rng.normal(0, 0.06))),),
    )
    if seed % 3 == 0:
        ego.trailer, ego.kind = 12.0, AgentKind.TRUCK
    if seed % 4 == 1:
        ego.d -= float(rng.uniform(0.5, 2.0))
    if seed % 6 == 3:  # it pulls away
        ego.speed, ego.plan = 0.06, ((0.6, 0.0, 0.0), (9.0, float(rng.uniform(1, 3)), 0.0))
    others = [random_other(rng, way, ego, steps) for _ in range(3)]
    leader = Mover(
        s=ego.s + float(rng.uniform(14, 40)), d=ego.d, speed=float(rng.choice([0.0, rng.uniform(0, 8)]))
    )
    far = Mover(s=30_000.0, d=20_000.0, speed=9.0, follows=False)
    movers = [ego, *others, leader, far]
    log = replace(ego, plan=((9.0, float(rng.uniform(-1, 1)), 0.0),), d=lane * way.width, angle=0.0)
    extra = {
        "steps": steps,
        "lane": lane,
        "log": log,
        "seed": seed,
        "goal": ego.s + float(rng.uniform(10, 90)),
    }
    extra["signals"] = some_signals(way, rng, steps)
    made = world_of(way, movers, **extra)
    best = replace(ego, plan=((9.0, 0.3, 0.0),), d=lane * way.width, angle=0.0)
    reference = world_of(way, [best, *movers[1:]], **extra).trace
    driver = made.trace.driver.copy()
    driver[[0, 1]] = int(Driver.POLICY), int(Driver.IDM)
    made = replace(made, trace=replace(made.trace, driver=driver))
    planned = with_history(made.planned(0.5, sway=float(rng.choice([0.0, 0.02]))), 1.5)
    return replace(planned, companions={"reference": replace(reference, first_step=planned.trace.first_step)})


def manoeuvre(seed):
    """Five seconds of reversing, pulling away, weaving, changing lanes, impossible braking."""
    rng = np.random.default_rng([47, seed])
    way = road(int(rng.integers(ROADS)))
    ego, lane = random_ego(rng, way, calm=True)
    ego.s, ego.trailer, ego.d = float(rng.uniform(-30, 60)), 0.0, lane * way.width
    pull, wild = float(rng.uniform(0.5, 14)), float(rng.uniform(0.1, 0.6))
    if seed % 4 == 0:
        ego.speed, ego.plan = -float(rng.uniform(0.15, 4)), ((float(rng.uniform(0.3, 5)), 0.0, 0.0),)
        ego.plan = (*ego.plan, (9.0, float(rng.uniform(0, 2)), 0.0))
    elif seed % 4 == 1:
        ego.speed, ego.plan = 0.05, ((float(rng.uniform(0.3, 2)), 0.0, 0.0), (9.0, pull, 0.0))
    elif seed % 4 == 2:
        ends = np.cumsum(rng.uniform(0.3, 0.9, 9))
        ego.plan = tuple((float(e), 0.0, float((-1) ** k * wild)) for k, e in enumerate(ends))
    else:
        side = 1.0 if lane == 0 else -1.0
        turn = float(rng.uniform(0.5, 1.5)) * way.width / max(ego.speed, 1.0)
        ego.plan = (
            (1.0, 0.0, side * turn),
            (2.0, 0.0, -side * turn),
            (9.0, -pull if pull > 11 else 0.0, 0.0),
        )
    return world_of(way, [ego, Mover(s=-58.0)], steps=51, lane=lane, seed=seed)
