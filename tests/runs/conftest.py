"""Small packs to run: cars on a plane, one of them about to hit another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simeval.scenario import Agents, Polylines, Provenance, RoadMap, Route, Scenario, Signals, States
from simeval.scenario.pack import write_pack

DT, STEPS = 0.1, 31


def chase(
    name: str, *, gap: float, speed: float = 10.0, lead_speed: float = 0.0, ego: bool = True
) -> Scenario:
    """The ego follows a car that drives at a constant speed, `gap` ahead from centre to centre."""
    time = np.arange(STEPS) * DT
    x = np.stack([speed * time, gap + lead_speed * time], axis=1)
    xy = np.stack([x, np.zeros_like(x)], axis=-1)
    velocity = np.zeros((STEPS, 2, 2))
    velocity[:, :, 0] = [speed, lead_speed]
    return Scenario(
        id=f"tiny/{name}", suite="tiny", family=name.partition("-")[0], dt=DT, start_step=0, origin=(0.0, 0.0),
        agents=Agents.simple(("ego", "lead"), [1, 1], np.full(2, 4.5), np.full(2, 1.9)),
        states=States.of(xy, np.zeros((STEPS, 2)), velocity, np.ones((STEPS, 2), dtype=bool)),
        ego=0 if ego else None,
        route=Route(lane_ids=(), xy=np.array([[0.0, 0.0], [200.0, 0.0]]), inferred=True),
        goal=None, paths=Polylines.of([np.zeros((0, 2))] * 2), map=RoadMap.empty(),
        signals=Signals.none(STEPS),
        provenance=Provenance(format="test", licence="Apache-2.0"),
    )  # fmt: skip


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., Path]:
    """Writes scenarios to a pack below the test's folder."""

    def make(*scenarios: Scenario, name: str = "tiny.pack") -> Path:
        write_pack(tmp_path / name, scenarios)
        return tmp_path / name

    return make


@pytest.fixture
def tiny(make_pack: Callable[..., Path]) -> Path:
    """Five scenarios: one contact under `constant-velocity`, four without."""
    free = [chase(f"free-{i}", gap=60.0 + 10.0 * i, lead_speed=8.0) for i in range(4)]
    return make_pack(chase("hit-0", gap=20.0), *free)
