"""The simulator's meaning is pinned: other traces need another SIMULATION_SEMANTICS.

python tests/sim/test_golden.py        # writes the file anew, after raising the number
"""

import json
from pathlib import Path

import numpy as np

from simeval.authoring import load_suite
from simeval.content import builtin_root
from simeval.sim import SIMULATION_SEMANTICS, simulate

GOLDEN = Path(__file__).with_name("golden_traces.json")
TOLERANCE = 1e-6  # [m, rad, m/s]; mathematical libraries of other machines differ in the last bits


def summaries():
    """End and middle of every agent in every bundled scenario, under both drivers."""
    found = {}
    for path in sorted((builtin_root() / "scenarios").glob("*/suite.toml")):
        scenarios = [s for family in load_suite(path.parent).families for s in family.scenarios()]
        for driver in ("idm", "constant-velocity"):
            for scenario, trace in zip(scenarios, simulate(scenarios, driver), strict=True):
                states = trace.states
                rows = [trace.num_steps // 2, trace.num_steps - 1]
                columns = [states.xy[rows], states.heading[rows][..., None], states.velocity[rows]]
                values = np.where(states.valid[rows][..., None], np.concatenate(columns, axis=-1), 0.0)
                found[f"{scenario.id} {driver}"] = {
                    "content": scenario.content_hash,
                    "ending": trace.ending.name,
                    "steps": trace.num_steps,
                    "values": np.round(values, 9).ravel().tolist(),
                }
    return found


def test_bundled_scenarios_give_the_golden_traces():
    golden = json.loads(GOLDEN.read_text())
    assert golden["simulation_semantics"] == SIMULATION_SEMANTICS, "write the golden file anew"
    compared, moved = 0, []
    for name, now in summaries().items():
        then = golden["traces"].get(name)
        if then is None or then["content"] != now["content"]:
            continue  # a new or edited scenario says nothing about the simulator
        compared += 1
        same = (then["ending"], then["steps"]) == (now["ending"], now["steps"])
        if not same or np.abs(np.array(then["values"]) - np.array(now["values"])).max() > TOLERANCE:
            moved.append(name)
    assert not moved, f"traces changed: raise SIMULATION_SEMANTICS. {moved}"
    assert compared >= 40, "most bundled scenarios were edited: write the golden file anew"


if __name__ == "__main__":
    traces = summaries()
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in traces.items())
    GOLDEN.write_text(f'{{"simulation_semantics": {SIMULATION_SEMANTICS}, "traces": {{\n{lines}\n}}}}\n')
    print(f"{GOLDEN.name}: {len(traces)} traces")
