"""A small run made of real nouns: a three-lane road, an ego, twelve other cars, one of them hit."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simeval.errors import StoreError
from simeval.scenario import (
    AgentKind,
    Agents,
    AreaKind,
    Areas,
    Bodies,
    Controller,
    Driver,
    EdgeKind,
    Edges,
    Ending,
    Flag,
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

LANE_WIDTH, LENGTH, DT = 3.5, 400.0, 0.1


def straight_road(num_lanes: int = 3) -> RoadMap:
    """Parallel lanes along +x with a crosswalk at 240 m."""
    y = np.arange(num_lanes) * LANE_WIDTH
    ends = np.array([0.0, LENGTH])
    line = lambda at: np.stack([ends, np.full(2, at)], axis=1)  # noqa: E731
    none = [[] for _ in range(num_lanes)]
    top, bottom = y[-1] + LANE_WIDTH / 2, -LANE_WIDTH / 2
    lanes = Lanes(
        ids=tuple(f"main.{i}" for i in range(num_lanes)),
        kind=np.full(num_lanes, int(LaneKind.VEHICLE)),
        is_connector=np.zeros(num_lanes, dtype=np.int64),
        speed_limit=np.full(num_lanes, 13.9),
        has_limit=np.ones(num_lanes, dtype=np.int64),
        centre=Polylines.of([line(at) for at in y]),
        left=Polylines.of([line(at + LANE_WIDTH / 2) for at in y]),
        right=Polylines.of([line(at - LANE_WIDTH / 2) for at in y]),
        section=("main",) * num_lanes,
        predecessors=Links.of(none),
        successors=Links.of(none),
        left_neighbour=np.append(np.arange(1, num_lanes), -1),
        right_neighbour=np.arange(-1, num_lanes - 1),
    )
    walk = np.array([[240.0, bottom], [244.0, bottom], [244.0, top], [240.0, top]])
    ground = np.array([[0.0, bottom], [LENGTH, bottom], [LENGTH, top], [0.0, top]])
    return RoadMap(
        lanes=lanes,
        areas=Areas(
            kind=np.array([int(AreaKind.DRIVABLE), int(AreaKind.CROSSWALK)]),
            outline=Polylines.of([ground, walk]),
        ),
        edges=Edges(
            kind=np.full(2, int(EdgeKind.BOUNDARY)), line=Polylines.of([line(bottom), line(top)[::-1]])
        ),
        topology=Source.GIVEN,
    )


def _agents(num_cars: int) -> Agents:
    """Ego, cars, a tractor with semitrailer, a pedestrian."""
    num = num_cars + 3
    kind = np.full(num, int(AgentKind.CAR))
    kind[num_cars + 1], kind[num_cars + 2] = int(AgentKind.TRUCK), int(AgentKind.PEDESTRIAN)
    single = Bodies.single(np.full(num, 4.6), np.full(num, 1.85))
    truck = num_cars + 1
    length, width = single.length.copy(), single.width.copy()
    length[truck], width[truck], length[truck + 1], width[truck + 1] = 6.0, 2.55, 0.5, 0.5
    zero = np.zeros(num)
    at = truck + 1
    bodies = Bodies(
        agent=np.insert(np.arange(num), at, truck),
        length=np.insert(length, at, 13.6),
        width=np.insert(width, at, 2.55),
        axle=np.insert(-0.3 * length, at, -4.0),
        wheelbase=np.insert(0.6 * length, at, 8.0),
        front_hitch=np.insert(zero, at, 5.2),
        rear_hitch=np.insert(np.where(np.arange(num) == truck, -1.2, 0.0), at, 0.0),
    )
    ids = ("ego", *(f"car-{i}" for i in range(1, num_cars + 1)), "truck", "walker")
    return Agents(
        ids=ids,
        kind=kind,
        controller=np.full(num, int(Controller.AUTO)),
        desired_speed=np.full(num, 12.0),
        bodies=bodies,
    )


def drive(
    *, crash: bool, seconds: float = 15.0, num_cars: int = 12, wobble: float = 0.0
) -> tuple[States, Agents]:
    """The ego follows car-1, which brakes to a stand at 5 s; a crashing ego brakes too late."""
    agents = _agents(num_cars)
    time = np.arange(round(seconds / DT) + 1) * DT
    num = len(agents)
    xy, heading = np.zeros((len(time), num, 2)), np.zeros((len(time), num))
    speed = np.full((len(time), num), 12.0)
    lead = np.clip(12.0 - 6.0 * np.clip(time - 5.0, 0.0, None), 0.0, None)
    late = 7.6 if crash else 5.4
    speed[:, 1], speed[:, 0] = lead, np.clip(12.0 - 4.5 * np.clip(time - late, 0.0, None), 0.0, None)
    speed[:, 2:-2] = 9.0 + 0.5 * np.arange(num_cars - 1)
    speed[:, -1] = 1.2
    xy[..., 0] = np.cumsum(speed, axis=0) * DT - speed[0] * DT
    lane = np.array([1, 1, *(2 * (np.arange(num_cars - 1) % 2)), 2, 0])
    start = np.array([40.0, 68.0, *(20.0 + 22.0 * (np.arange(num_cars - 1) // 2)), 90.0, 0.0])
    xy[..., 0] += start
    xy[..., 1] = lane * LANE_WIDTH
    xy[:, 0, 1] += wobble * np.sin(time)
    heading[:, 0] = np.arctan2(wobble * np.cos(time), 12.0)
    xy[:, -1] = np.stack([np.full_like(time, 242.0), -6.0 + 1.2 * time], axis=1)
    heading[:, -1] = np.pi / 2
    velocity = np.stack([speed * np.cos(heading), speed * np.sin(heading)], axis=-1)
    valid = np.ones((len(time), num), dtype=bool)
    valid[:20, 5] = False  # car-5 appears at 2 s
    states = States.of(xy, heading, velocity, valid)
    return replace(states, hitch=0.05 * np.sin(0.4 * time)[:, None]), agents


def scenario_of(name: str = "highway/lead_brakes", **changes: Any) -> Scenario:
    """The scenario behind `drive`."""
    states, agents = drive(crash=False)
    red = np.full((states.num_steps, 1), int(SignalState.GREEN))
    red[60:90], red[90:] = int(SignalState.YELLOW), int(SignalState.RED)
    base = Scenario(
        id=name,
        suite="highway",
        family=name.rsplit("/", maxsplit=1)[-1].split("[", maxsplit=1)[0],
        dt=DT,
        start_step=0,
        origin=(0.0, 0.0),
        agents=agents,
        states=states,
        ego=0,
        route=Route(
            lane_ids=("main.1",), xy=np.array([[40.0, LANE_WIDTH], [330.0, LANE_WIDTH]]), inferred=False
        ),
        goal=(330.0, LANE_WIDTH),
        paths=Polylines.of([np.zeros((0, 2))] * len(agents)),
        map=straight_road(),
        signals=Signals(
            lane=np.array([0]), stop_xy=np.array([[238.0, 0.0]]), state=red, last_known=np.array([150])
        ),
        provenance=Provenance(format="authored", licence="Apache-2.0"),
        tags=("lead", "hard_brake"),
        parameters=(("gap_m", 28.0),),
    )
    return replace(base, **changes)


def trace_of(scenario: Scenario, *, crash: bool, wobble: float = 0.3) -> Trace:
    """What happened in `scenario`."""
    states, agents = drive(crash=crash, wobble=wobble)
    gap = states.xy[:, 1, 0] - states.xy[:, 0, 0] - 4.6
    hit = int(np.argmax(gap <= 0.0)) if (gap <= 0.0).any() else None
    last = len(gap) if hit is None else hit + 1
    flags = np.zeros((last, len(agents)), dtype=np.int64)
    if hit is not None:
        flags[hit, :2] = int(Flag.CONTACT)
    speed = states.speed[:last, 0]
    cut = {f: getattr(states, f)[:last] for f in ("xy", "heading", "velocity", "valid", "hitch")}
    driver = np.full(len(agents), int(Driver.IDM))
    driver[0] = int(Driver.IDM_EGO)
    acceleration = np.gradient(speed, DT)
    return Trace(
        scenario_id=scenario.id,
        dt=DT,
        first_step=0,
        agents=agents,
        ego=0,
        states=States(**cut),
        yaw_rate=np.zeros((last, len(agents))),
        flags=flags,
        driver=driver,
        command=np.stack([acceleration, np.zeros(last)], axis=1),
        acceleration=acceleration,
        steering=np.zeros(last),
        ending=Ending.HORIZON if hit is None else Ending.CONTACT,
        ending_detail="" if hit is None else "touched car-1",
    )


def series_of(trace: Trace) -> dict[str, Any]:
    """Curves over time; time to collision is undefined while the gap opens."""
    states = trace.states
    gap = np.maximum(states.xy[:, 1, 0] - states.xy[:, 0, 0] - 4.6, 0.0)
    closing = states.speed[:, 0] - states.speed[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ttc = np.where(closing > 0.01, gap / closing, np.nan)
    return {
        "speed_mps": states.speed[:, 0],
        "acceleration_mps2": trace.acceleration,
        "ttc_s": ttc,
        "min_gap_m": gap,
        "distance_off_road_m": np.full(len(gap), -3.0),
        "speed_limit_mps": np.full(len(gap), 13.9),
    }


@dataclass(kw_only=True)
class Case:
    """One episode of a fake run."""

    scenario: Scenario
    policy: str
    trace: Trace | None
    outcome: str = "pass"
    mode: str | None = None
    seed: int = 0
    ran: bool = True
    evidence: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None
    values: dict[str, float] = field(default_factory=dict)  # further measurements

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.scenario.id}|{self.policy}|{self.seed}".encode()).hexdigest()


def event(name: str, step: int, trace: Trace, **more: Any) -> dict[str, Any]:
    x, y = trace.states.xy[min(step, trace.num_steps - 1), 0]
    base = {
        "event": name,
        "kind": "",
        "step": step,
        "time_s": step * DT,
        "x_m": float(x),
        "y_m": float(y),
        "agent": "car-1",
        "body": None,
        "value": None,
        "limit": None,
        "unit": "",
        "detail": "{}",
    }
    return base | more


def crash_case(name: str, policy: str, seed: int = 0) -> Case:
    """An ego that brakes too late."""
    scenario = scenario_of(name)
    trace = trace_of(scenario, crash=True)
    end = trace.num_steps - 1
    events = [
        event("ttc_low", end - 14, trace, value=0.9, limit=0.95, unit="s"),
        event("hard_brake", end - 9, trace, value=-4.5, limit=-4.05, unit="m/s^2"),
        event(
            "contact", end, trace, kind="rear-end", value=6.2, unit="m/s", detail=json.dumps({"fault": "yes"})
        ),
    ]
    return Case(
        scenario=scenario,
        policy=policy,
        trace=trace,
        outcome="fail",
        mode="contact/at_fault",
        seed=seed,
        evidence=["contact with car-1 at 9.1 s: fault is yes, closing at 6.2 m/s"],
        events=events,
    )


def pass_case(name: str, policy: str, seed: int = 0) -> Case:
    """An ego that brakes in time."""
    scenario = scenario_of(name)
    return Case(scenario=scenario, policy=policy, trace=trace_of(scenario, crash=False), seed=seed)


class FakeRun:
    """What the report asks of a run, from a list of cases."""

    def __init__(self, cases: list[Case], path: Path = Path("runs/fake"), **manifest: Any) -> None:
        self.cases, self.path = cases, path
        self.profile = "simeval-core@1"
        self.manifest = {
            "run_id": "highway · idm, constant-velocity",
            "simeval_version": "0.1.0",
            "profile": self.profile,
            "settings": {"seeds": 1, "batch_size": 32, "sim": {"traffic": "idm", "horizon_s": None}},
            "machine": {"cpu": "two cores", "python": "3.11.9"},
            "determinism": "bit-identical physics",
        } | manifest
        self._by_key = {case.key: case for case in cases}

    def traffic_card(self) -> dict[str, Any] | None:
        return None

    plan = property(
        lambda self: self._frame(
            "key scenario_id family policy seed",
            [[c.key, c.scenario.id, c.scenario.family, c.policy, c.seed] for c in self.cases],
        )
    )

    @property
    def episodes(self) -> pd.DataFrame:
        rows = [
            [
                c.key,
                c.trace.ending.name.lower() if c.trace else "policy_error",
                c.trace.ending_detail if c.trace else "",
                c.trace.num_steps if c.trace else None,
                c.trace.duration if c.trace else None,
                "ValueError" if c.error else None,
                c.error,
            ]
            for c in self.cases
            if c.ran
        ]
        return self._frame("key ending ending_detail num_steps duration_s error_type error_message", rows)

    @property
    def scores(self) -> pd.DataFrame:
        rows = []
        for c in self.cases:
            if not c.ran:
                continue
            last = c.events[-1] if c.events else None
            rows.append(
                [
                    c.key,
                    c.outcome,
                    c.mode,
                    last and last["event"],
                    c.events[0]["time_s"] if last else None,
                    last and last["agent"],
                    1.0 if c.outcome == "pass" else 0.0,
                    [
                        {"metric": "min_ttc_s", "raw": 0.9, "score": 0.0, "weight": 5.0, "kind": "score"},
                        {
                            "metric": "at_fault_contacts",
                            "raw": 1.0,
                            "score": 0.0,
                            "weight": 1.0,
                            "kind": "multiplier",
                        },
                    ],
                    ["comfort/hard_brake"] if c.mode else [],
                    c.evidence,
                    json.dumps(c.events),
                    None,
                ]
            )
        return self._frame(
            "key outcome mode cause_event cause_time_s cause_agent total subscores "
            "also evidence chain reason",
            rows,
        )

    @property
    def measurements(self) -> pd.DataFrame:
        rows = []
        for c in self.cases:
            rows += [[c.key, metric, 1, value, True, None, "m/s^2"] for metric, value in c.values.items()]
            if c.trace is None:
                continue
            for metric, curve, unit in (("min_ttc_s", "ttc_s", "s"), ("min_gap_m", "min_gap_m", "m")):
                rows.append([c.key, metric, 1, float(np.nanmin(series_of(c.trace)[curve])), True, None, unit])
            rows.append([c.key, "red_lights_run", 1, None, False, "signals are not known", ""])
        return self._frame("key metric version value valid reason unit", rows)

    @property
    def events(self) -> pd.DataFrame:
        names = "event kind step time_s x_m y_m agent body value limit unit detail"
        rows = [[c.key, *(e[n] for n in names.split())] for c in self.cases for e in c.events]
        return self._frame(f"key {names}", rows)

    def scenario(self, key: str) -> Scenario:
        return self._by_key[key].scenario

    def trace(self, key: str) -> Trace:
        trace = self._by_key[key].trace
        if trace is None:
            raise StoreError("traces", "this episode's trace was not kept.", "Run again with --traces all.")
        return trace

    def series(self, key: str) -> dict[str, Any]:
        return series_of(self.trace(key))

    def reproduce(self, key: str) -> str:
        case = self._by_key[key]
        return f"simeval run scenarios/highway --policy {case.policy} --only '{case.scenario.id}'"

    @staticmethod
    def _frame(columns: str, rows: list[list[Any]]) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=columns.split(), dtype=object)


def small_run(**manifest: Any) -> FakeRun:
    """Eight episodes of two policies: four pass, three crash, one is not run."""
    cases = [
        pass_case("highway/lead_brakes", "idm"),
        crash_case("highway/lead_brakes", "constant-velocity"),
        pass_case("highway/cut_in[gap_m-15.0]", "idm"),
        crash_case("highway/cut_in[gap_m-15.0]", "constant-velocity"),
        pass_case("highway/empty_road", "idm"),
        pass_case("highway/empty_road", "constant-velocity"),
        crash_case("highway/stop_and_go", "constant-velocity"),
        replace(pass_case("highway/stop_and_go", "idm"), ran=False, trace=None),
    ]
    return FakeRun(cases, **manifest)
