"""Every kinematic step of HighwayEnv 1.12.1, abs 1e-9; several steps in a row where the file has them."""

import numpy as np

from simeval.vehicles.highwayenv_kinematic import highwayenv_command, highwayenv_step

PARITY_FILE = "highwayenv"


def test_every_kinematic_step_agrees(cases):
    length, wrong = cases["meta"]["constants"]["LENGTH"], []
    for index, c in enumerate(cases["kinematic_steps"]):
        state = tuple(float(c[name]) for name in ("x", "y", "heading", "speed"))
        command = float(c["acceleration"]), float(c["steering"])
        for expected in c["after"]:
            command = highwayenv_command(state[3], *command, bool(c["crashed"]))
            state = highwayenv_step(*state, *command, length, c["dt"])
            if np.abs(np.subtract(state, expected)).max() > 1e-9:
                wrong.append(index)
                break
    assert not wrong, f"cases {wrong} disagree"
