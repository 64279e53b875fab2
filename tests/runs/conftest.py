"""Small packs to run: cars on a plane, one of them about to hit another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
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
        id=f"tiny/{name}", suite="tiny", family=name.partition("-")[0],
        dt=DT, start_step=0, origin=(0.0, 0.0),
        agents=Agents.simple(("ego", "lead"), [1, 1], np.full(2, 4.5), np.full(2, 1.9)),
        states=States.of(xy, np.zeros((STEPS, 2)), velocity, np.ones((STEPS, 2), dtype=bool)),
        ego=0 if ego else None,
        route=Route(lane_ids=(), xy=np.array([[0.0, 0.0], [40.0, 0.0]]), inferred=True),
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
def tools() -> SimpleNamespace:
    """Helpers of these tests."""
    return SimpleNamespace(chase=chase, dump=dump, derived_bytes=derived_bytes)


@pytest.fixture
def tiny(make_pack: Callable[..., Path]) -> Path:
    """Five scenarios: one contact under `constant-velocity`, four without."""
    free = [chase(f"free-{i}", gap=60.0 + 10.0 * i, lead_speed=8.0) for i in range(4)]
    return make_pack(chase("hit-0", gap=20.0), *free)


WALL_CLOCK = {"wall_ms", "policy_ms_p50", "policy_ms_p99"}


def dump(folder: Path) -> dict[str, list[str]]:
    """All tables of a run folder: one sorted list of rows a table, without columns of wall-clock time."""
    tables: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.parquet")):
        inside = path.relative_to(folder)
        if inside.parts[0] != "scenarios.pack":
            kind = str(inside.parent / path.name.split(".")[-2] if len(inside.parts) > 1 else inside)
            rows = [{k: v for k, v in row.items() if k not in WALL_CLOCK} for row in pq_rows(path)]
            tables.setdefault(kind, []).extend(json.dumps(row, sort_keys=True) for row in rows)
    assert {name.partition("/")[0] for name in tables} == {
        "plan.parquet", "parts", "measured", "scores", "traffic",
    }  # fmt: skip
    return {name: sorted(rows) for name, rows in tables.items()}


def pq_rows(path: Path) -> list[dict[str, Any]]:
    return pq.ParquetFile(path).read().to_pylist()


def derived_bytes(folder: Path) -> dict[str, bytes]:
    """The bytes of every file that must not depend on when and how it was written."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*.parquet"))
        if not p.name.endswith(".episodes.parquet")
    }
