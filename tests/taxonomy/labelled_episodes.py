"""The failures that were labelled by hand: scenarios, traces as they were driven, labels with a reason.

`profile` is the one under which the drive counts as a failure, `also` holds modes that are as right as
`mode`. "unclassified" as a label says that no mode has a name for it. `first_run.toml` holds what the rules
said of each episode when they saw it for the first time.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simeval.scenario import Ending, Scenario, States, Trace
from simeval.scenario.pack import open_pack

FOLDERS = {
    "seen": Path(__file__).parent / "labelled",  # two rules were changed with these in view
    "blind": Path(__file__).parent / "labelled_blind",  # by someone who did not know the rules
    "later": Path(__file__).parent / "labelled_later",  # after the rules were mended by the blind ones
    "fresh": Path(__file__).parent / "labelled_fresh",  # after the rules were mended by the later ones
}
ARRAYS = ("yaw_rate", "flags", "driver", "command", "acceleration", "steering")
STATES = ("xy", "heading", "velocity", "valid", "hitch")
RESOLUTION = 1e-5  # in the unit of each array: hundredths of millimetres are enough, and small when packed


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
    """Everything of a trace that does not follow from its scenario; numbers as differences in time."""
    stored = {"ending": np.array([int(trace.ending) for trace in traces])}
    for name in ARRAYS + STATES:
        arrays = [getattr(trace if name in ARRAYS else trace.states, name) for trace in traces]
        stored[f"{name}/shape"] = np.array([a.shape for a in arrays])
        stored[name] = np.concatenate([_packed(a).ravel() for a in arrays])
    np.savez_compressed(path, **stored)


def _packed(array):
    if array.dtype.kind != "f":
        return array
    return np.diff(np.round(array / RESOLUTION).astype(np.int32), axis=0, prepend=np.int32(0))


def _read_traces(path):
    """The arrays of every trace, by name."""
    with np.load(path, allow_pickle=False) as file:
        stored = dict(file)
    found = [{"ending": Ending(int(ending))} for ending in stored["ending"]]
    for name in ARRAYS + STATES:
        at = 0
        for arrays, shape in zip(found, stored[f"{name}/shape"], strict=True):
            part = stored[name][at : at + shape.prod()].reshape(shape)
            arrays[name] = part.cumsum(axis=0) * RESOLUTION if part.dtype == np.int32 else part
            at += shape.prod()
    return found


def labelled(name="seen"):
    folder = FOLDERS[name]
    pack, traces = open_pack(folder / "scenarios.pack"), _read_traces(folder / "traces.npz")
    rows = tomllib.loads((folder / "labels.toml").read_text("utf-8"))["episode"]
    return [_episode(row, pack.scenario(row["scenario"]), traces[row["trace"]]) for row in rows]


def _episode(row, scenario, arrays):
    trace = Trace(
        scenario_id=scenario.id, dt=scenario.dt, first_step=scenario.start_step, agents=scenario.agents,
        ego=scenario.ego, states=States(**{name: arrays[name] for name in STATES}),
        **{name: arrays[name] for name in ARRAYS}, ending=arrays["ending"], ending_detail="",
    )  # fmt: skip
    return Labelled(
        number=row["trace"], scenario=scenario, trace=trace, driver=row["driver"], mode=row["mode"],
        also=tuple(row.get("also", ())), profile=row.get("profile", "simeval-core"), why=row["why"],
    )  # fmt: skip
