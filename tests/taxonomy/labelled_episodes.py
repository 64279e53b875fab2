"""The failures that were labelled by hand: scenarios, traces as they were driven, labels with a reason.

`profile` is the one under which the drive counts as a failure; modes in `also` are as right as `mode`.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simeval.scenario import Ending, Scenario, States, Trace
from simeval.scenario.pack import open_pack

FOLDERS = {
    "seen": Path(__file__).parent / "labelled",  # two rules were changed with these in view
    "blind": Path(__file__).parent / "labelled_blind",  # labelled before any rule had run on them
}
ARRAYS = ("yaw_rate", "flags", "driver", "command", "acceleration", "steering")
STATES = ("xy", "heading", "velocity", "valid", "hitch")


@dataclass(frozen=True, kw_only=True)
class Labelled:
    number: int
    scenario: Scenario
    trace: Trace
    driver: str
    mode: str
    also: tuple[str, ...]
    profile: str
    why: str


def write_traces(path, traces):
    """Everything of a trace that does not follow from its scenario."""
    arrays = {}
    for i, trace in enumerate(traces):
        arrays |= {f"{i}/{name}": getattr(trace, name) for name in ARRAYS}
        arrays |= {f"{i}/{name}": getattr(trace.states, name) for name in STATES}
        arrays[f"{i}/ending"] = np.array(int(trace.ending))
    np.savez_compressed(path, **arrays)


def labelled(name="seen"):
    folder = FOLDERS[name]
    pack = open_pack(folder / "scenarios.pack")
    stored = np.load(folder / "traces.npz", allow_pickle=False)
    rows = tomllib.loads((folder / "labels.toml").read_text("utf-8"))["episode"]
    return [_episode(row, pack.scenario(row["scenario"]), stored) for row in rows]


def _episode(row, scenario, stored):
    i = row["trace"]
    trace = Trace(
        scenario_id=scenario.id, dt=scenario.dt, first_step=scenario.start_step, agents=scenario.agents,
        ego=scenario.ego, states=States(**{name: stored[f"{i}/{name}"] for name in STATES}),
        **{name: stored[f"{i}/{name}"] for name in ARRAYS},
        ending=Ending(int(stored[f"{i}/ending"])), ending_detail="",
    )  # fmt: skip
    return Labelled(
        number=i, scenario=scenario, trace=trace, driver=row["driver"], mode=row["mode"],
        also=tuple(row.get("also", ())), profile=row.get("profile", "simeval-core"), why=row["why"],
    )  # fmt: skip
