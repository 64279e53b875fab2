"""Builds one Scenario from a family file whose parameters are filled in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from simeval.authoring.actions import actions_of
from simeval.authoring.actors import Actor, box_of
from simeval.authoring.ego import EGO, place_ego
from simeval.authoring.fill import KINDS, Fill, fill_road
from simeval.authoring.heads import signals_of
from simeval.authoring.network import Network
from simeval.authoring.schema import FamilyFile
from simeval.authoring.templates import build_map
from simeval.authoring.traffic import place_user
from simeval.authoring.where import Where
from simeval.scenario import Agents, Bodies, Do, Expect, Polylines, Provenance, Scenario, States
from simeval.scenario.validate import check_scenario

__all__ = ["build_scenario", "tables_of"]

LICENCE = "Apache-2.0"


def build_scenario(
    file: FamilyFile, *, scenario_id: str, suite: str, parameters: tuple[tuple[str, float | str], ...],
    timing: tuple[float, float], where: Where,
) -> Scenario:  # fmt: skip
    """The scenario of a filled-in file; `timing` is (dt, duration) [s].

    Raises:
        InputError: anything that cannot be placed, or that starts in contact or off the road.
    """
    dt, duration = timing
    num_steps = round(duration / dt) + 1
    network = Network(build_map(file.map, where / "map"))
    ego, route, goal = place_ego(file.ego, network, where / "ego")
    actors, script = _cast(file, ego, network, where)
    _check_start(actors, network, where)
    actors += _filled(file, actors, network, duration, where / "traffic")
    agents, states = tables_of(actors, num_steps, dt)
    scenario = Scenario(
        id=scenario_id, suite=suite, family=file.family, dt=dt, start_step=0, origin=(0.0, 0.0),
        agents=agents, states=states, ego=0, route=route, goal=goal,
        paths=Polylines.of([actor.path for actor in actors]), map=network.map,
        signals=signals_of(file.signal, network, num_steps, dt, where / "signal"),
        provenance=Provenance(
            format="authored", licence=LICENCE, source_id=scenario_id, files=(f"{suite}/{file.family}.toml",)
        ),
        script=script, tags=file.tags, parameters=parameters,
        expect=Expect(solvable_by=file.expect.solvable_by, failed_by=file.expect.failed_by),
    )  # fmt: skip
    check_scenario(scenario, where.file, "Mend the file.")
    return scenario


def _cast(file: FamilyFile, ego: Actor, network: Network, where: Where) -> tuple[list[Actor], tuple[Do, ...]]:
    """Everyone, the ego first, and what they do."""
    actors = {EGO: ego}
    script: list[Do] = []
    others = {user.id: (i + 1, user) for i, user in enumerate(file.agent)}
    for i, user in enumerate(file.agent):
        here = where / "agent" / i
        if user.id in actors:
            raise (here / "id").error(f"{user.id!r} is taken.", "Give each road user its own id.")
        actors[user.id] = place_user(user, network, actors, here)
        script += actions_of(user, actors[user.id], others, network, here)
    return list(actors.values()), tuple(script)


def _filled(
    file: FamilyFile, actors: Sequence[Actor], network: Network, duration: float, where: Where
) -> list[Actor]:
    """The traffic that the file asks for, beside those whom it names."""
    asked = file.traffic
    if not asked.count and not asked.arrivals_per_minute:
        return []
    fill = Fill(asked.count, asked.arrivals_per_minute, asked.seed, asked.kinds or KINDS)
    return fill_road(network, fill, actors, duration, where)


def _check_start(actors: Sequence[Actor], network: Network, where: Where) -> None:
    boxes = [box_of(actor) for actor in actors]
    if not network.drivable.covers(boxes[0]):
        raise (where / "ego" / "at").error("the ego starts off the road.", "Move it onto a lane.")
    for i, k in itertools.combinations(range(len(actors)), 2):
        if boxes[i].intersects(boxes[k]):
            raise (where / "agent" / (k - 1)).error(
                f"{actors[k].id!r} touches {actors[i].id!r} at the start.", "Move one of them."
            )


def tables_of(actors: Sequence[Actor], num_steps: int, dt: float) -> tuple[Agents, States]:
    """The agent table, and states that are known at the step at which each may appear only."""
    own = [a.vehicle.bodies for a in actors]
    owner = np.repeat(np.arange(len(actors)), [len(b.agent) for b in own]).astype(np.int64)
    columns = [f.name for f in fields(Bodies) if f.name != "agent"]
    bodies = Bodies(agent=owner, **{n: np.concatenate([getattr(b, n) for b in own]) for n in columns})
    agents = Agents(
        ids=tuple(a.id for a in actors),
        kind=np.array([int(a.vehicle.kind) for a in actors], dtype=np.int64),
        controller=np.array([int(a.controller) for a in actors], dtype=np.int64),
        desired_speed=np.array([a.desired_speed for a in actors], dtype=np.float64),
        bodies=bodies,
    )
    heading = np.array([a.heading for a in actors])
    speed = np.array([a.speed for a in actors])
    shape = (num_steps, len(actors))
    hitches = np.concatenate([a.hitches for a in actors])
    states = States.of(
        np.broadcast_to(np.array([a.xy for a in actors]), (*shape, 2)),
        np.broadcast_to(heading, shape),
        np.broadcast_to(speed[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1), (*shape, 2)),
        np.arange(num_steps)[:, None] == np.array([min(round(a.enter / dt), num_steps - 1) for a in actors]),
    )
    return agents, replace(states, hitch=np.broadcast_to(hitches, (num_steps, len(hitches))).copy())
