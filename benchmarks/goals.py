"""The goals B1 to B7: ours, the best peer's, their ratio, each beside a calibration loop.

    python benchmarks/goals.py [--only B1,B4] [--no-peers] [--peer-python PATH] [--core 1] [--quick] [--json]

Peers that are installed (in this environment, or in that of --peer-python) are timed in the same run on the
same core; others are skipped with the reason and stand with what they did elsewhere (`peers/reference.toml`).
`tox -e peers` makes an environment with those from the package index. docs/benchmarks.md has the workloads.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import goal_dynamics
import goal_evaluation
import goal_idm
import goal_memory
import goal_random
import goal_threads
from measuring import Figure, machine, pinned
from peers.running import PEERS, reference, time_peer
from real_scenes import argoverse, waymo


class Row(NamedTuple):
    """One line of the table."""

    goal: str
    workload: str
    ours: float
    unit: str
    aim: float
    theirs: float | None
    peer: str  # whose, and where it was measured
    calibration_ms: float | None
    detail: Any

    @property
    def is_met(self) -> bool:
        """Whether the aim is reached; memory should be small, all else large."""
        return self.ours <= self.aim if self.goal == "B7" else self.ours >= self.aim

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        if not self.theirs:
            return None
        return self.theirs / self.ours if self.goal == "B7" else self.ours / self.theirs


class Theirs:
    """What peers do: measured in this run where possible."""

    def __init__(self, measured: dict[str, dict[str, Any]]) -> None:
        self.measured, self.known = measured, reference()

    def best(self, *candidates: tuple[str, str, str]) -> tuple[float | None, str]:
        """The largest of (peer, its workload in this run, its entry in the reference)."""
        found = []
        for peer, workload, entry in candidates:
            rows = [r for r in self.measured.get(peer, {}).get("rows", []) if r["workload"] == workload]
            if rows:
                found.append((rows[0]["agent_steps_per_s"], f"{peer}, {workload}, this run"))
            elif entry:
                found.append((float(self.known[peer][entry]), f"{peer}, measured elsewhere"))
        return max(found) if found else (None, "")


def _calibration(figure: Figure) -> float:
    return sorted(figure.calibration_ms)[len(figure.calibration_ms) // 2]


def b1(theirs: Theirs, quick: bool) -> list[Row]:
    """Everyone by IDM."""
    rows = []
    for get, lanes in ((waymo, False), (argoverse, True)):
        scenes, name = get()
        figure = goal_idm.figure(scenes, repeats=3 if quick else 7, lanes=lanes)
        value, peer = theirs.best(
            ("SUMO", "city grid", "city_grid"), ("Waymax", "", "idm_with_metrics_32_slots"),
            ("nuPlan", "", "idm_agents"),
        )  # fmt: skip
        detail = {
            "figure": figure.as_dict(),
            "composition": goal_idm.composition(scenes),
            "lane_position": lanes,
        }
        rows.append(
            Row(
                "B1",
                name + (", with lane position" if lanes else ""),
                figure.value,
                figure.unit,
                3e6,
                value,
                peer,
                _calibration(figure),
                detail,
            )
        )
    return rows


def b2(theirs: Theirs, quick: bool) -> list[Row]:
    """Everyone at random, observed."""
    scenes, name = waymo()
    figure = goal_random.figure(scenes, 32, repeats=3 if quick else 5)
    value, peer = theirs.best(("PufferDrive", "random", "random_actions_32_worlds"))
    return [
        Row("B2", f"{name}, 32 worlds", figure.value, figure.unit, 0.66e6, value, peer, _calibration(figure),
            figure.as_dict())
    ]  # fmt: skip


def b3(theirs: Theirs, quick: bool) -> list[Row]:
    """The same with more worlds."""
    scenes, name = waymo()
    few, many = (goal_random.figure(scenes, n, repeats=3 if quick else 5) for n in (32, 256))
    known = theirs.known["PufferDrive"]
    peer = known["random_actions_256_worlds"] / known["random_actions_32_worlds"]
    detail = {"32": few.as_dict(), "256": many.as_dict()}
    return [
        Row("B3", f"{name}, 256 worlds over 32", many.value / few.value, "ratio", 0.95, peer,
            "PufferDrive, measured elsewhere", _calibration(many), detail)
    ]  # fmt: skip


def b4(theirs: Theirs, quick: bool) -> list[Row]:
    """Dynamics alone."""
    figure = goal_dynamics.figure(3 if quick else 7)
    value, peer = theirs.best(("TorchDriveSim", "dynamics", "dynamics_64_worlds_32_agents"))
    return [
        Row("B4", "64 worlds x 32 vehicles", figure.value, figure.unit, 20e6, value, peer,
            _calibration(figure), figure.as_dict())
    ]  # fmt: skip


def b5(theirs: Theirs, quick: bool) -> list[Row]:
    """Two threads over one."""
    scenes, name = waymo()
    found = goal_threads.measure(scenes, 5 if quick else 11)
    peer = float(theirs.known["PufferDrive"]["two_processes_over_one"])
    return [
        Row("B5", f"ragged worlds: {name} and crossings", found["mean_ratio"], "ratio", 1.9, peer,
            "PufferDrive, two processes, measured elsewhere", None, found)
    ]  # fmt: skip


def b6(theirs: Theirs, quick: bool) -> list[Row]:
    """A whole evaluation."""
    scenes, name = waymo()
    found = goal_evaluation.measure(scenes, 256 if quick else 1024)
    peer = float(theirs.known["PufferDrive"]["scenarios_per_core_minute"])
    return [
        Row("B6", f"variations of {name}, all on disk", found["per_core_minute_cpu"],
            "80-step scenarios/core-minute", 20_000, peer, "PufferDrive, simulation only, measured elsewhere",
            found["calibration_ms"][0], found)
    ]  # fmt: skip


def b7(theirs: Theirs, quick: bool) -> list[Row]:
    """Memory a world."""
    scenes, name = waymo()
    found = goal_memory.per_world(scenes)
    peer = float(theirs.known["PufferDrive"]["mb_a_world"])
    return [
        Row("B7", f"{name}, mean", found["mean_mb"], "MB a world", 0.1, peer,
            "PufferDrive, measured elsewhere", None, found)
    ]  # fmt: skip


GOALS: dict[str, Callable[[Theirs, bool], list[Row]]] = {
    "B1": b1, "B2": b2, "B3": b3, "B4": b4, "B5": b5, "B6": b6, "B7": b7,
}  # fmt: skip
ON_ALL_CORES = ("B5", "B6")


def measure(
    only: list[str], peers: bool, python: str | None, core: int | None, quick: bool
) -> dict[str, Any]:
    """All goals asked for, and the peers."""
    timed = {p.name: time_peer(p, python, core) for p in PEERS} if peers else {}
    theirs, rows = Theirs(timed), []
    for name in [n for n in only if n in ON_ALL_CORES] + [n for n in only if n not in ON_ALL_CORES]:
        if name not in ON_ALL_CORES:
            pinned(core)
        rows += GOALS[name](theirs, quick)
    rows.sort(key=lambda row: row.goal)
    return {
        "benchmark": "goals",
        "rows": [r._asdict() | {"ratio": r.ratio, "is_met": r.is_met} for r in rows],
        "peers": timed,
        "machine": machine(),
    }


def show(result: dict[str, Any]) -> None:
    """For people."""
    for row in result["rows"]:
        ratio = f"{row['ratio']:.2f} x" if row["ratio"] else "-"
        loop = f"{row['calibration_ms']:.1f} ms" if row["calibration_ms"] else "-"
        theirs = f"{row['theirs']:,.4g}" if row["theirs"] else "-"
        met = "met" if row["is_met"] else "MISSED"
        print(f"{row['goal']}  {row['ours']:>12,.4g} {row['unit']}  aim {row['aim']:,.4g}  {met}")
        print(f"      {row['workload']}; peer {theirs} ({row['peer']}), ratio {ratio}, calibration {loop}")
    for name, peer in result["peers"].items():
        if "skipped" in peer:
            print(f"peer {name}: skipped, {peer['skipped']}")
        for r in peer.get("rows", []):
            print(
                f"peer {name} {peer['version']}, {r['workload']}: {r['agent_steps_per_s']:,.0f} agent-steps/s"
            )
    print("machine:", ", ".join(f"{k} {v}" for k, v in result["machine"].items()))


def main() -> None:
    """Prints the result for people or, with --json, for programs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(GOALS), help="goals, separated by commas")
    parser.add_argument("--no-peers", action="store_true", help="time no peer")
    parser.add_argument("--peer-python", help="interpreter of an environment that has the peers")
    parser.add_argument("--core", type=int, help="processor to stay on, but for B5 and B6")
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    given = parser.parse_args()
    only = [name.strip().upper() for name in given.only.split(",")]
    if unknown := [name for name in only if name not in GOALS]:
        parser.error(f"no goal {unknown[0]!r}; there are {', '.join(GOALS)}")
    result = measure(only, not given.no_peers, given.peer_python, given.core, given.quick)
    if given.json:
        json.dump(result, sys.stdout, indent=1)
        print()
    else:
        show(result)


if __name__ == "__main__":
    main()
