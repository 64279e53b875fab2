"""The teacher says what `idm` would do, in any state, and touches nothing."""

import numpy as np
import pytest
from sim_worlds import same_bits, straight_road

from simeval.authoring import load_suite
from simeval.content import builtin_root
from simeval.sim.rollout import Worlds
from simeval.sim.teacher import teacher_commands

SUITES = sorted((builtin_root() / "scenarios").glob("*/suite.toml"))
SCENARIOS = [s for path in SUITES for family in load_suite(path.parent).families for s in family.scenarios()]


def test_in_worlds_driven_by_idm_it_is_the_recorded_command_of_the_next_step():
    worlds, compared = Worlds(SCENARIOS, "idm"), 0
    while not worlds.all_done:
        told, active = teacher_commands(worlds), worlds.active
        worlds.advance(1)
        now = worlds.tables.driven
        done = np.stack([now.wanted_acceleration, now.wanted_steering], axis=1)
        assert (told[active] == done[active]).all()
        compared += int(active.sum())
    assert compared > 3000


def test_following_it_from_outside_is_the_same_drive():
    ours, theirs = Worlds(SCENARIOS, "controls"), Worlds(SCENARIOS, "idm")
    theirs.advance(max(s.num_steps for s in SCENARIOS))
    while not ours.all_done:
        ours.advance(1, controls=teacher_commands(ours))
    for row in range(len(SCENARIOS)):
        one, two = ours.trace(row), theirs.trace(row)
        assert one.ending == two.ending
        assert one.states.xy.tobytes() == two.states.xy.tobytes()
        assert one.steering.tobytes() == two.steering.tobytes()


def test_asking_changes_nothing():
    asked, left = Worlds(SCENARIOS[:6], "constant-velocity"), Worlds(SCENARIOS[:6], "constant-velocity")
    for _ in range(20):
        teacher_commands(asked)
        asked.advance(1)
        left.advance(1)
    assert all(same_bits(asked.trace(row), left.trace(row)) for row in range(6))


@pytest.mark.parametrize(("offset", "sign"), [(1.0, -1), (-1.0, 1)])
def test_it_steers_back_from_either_side(offset, sign):
    worlds = Worlds([straight_road([(0.0, 10.0)])], "controls")
    worlds.tables.live.y[0] = offset
    steering = teacher_commands(worlds)[0, 1]
    assert np.sign(steering) == sign


def test_without_a_route_it_has_nothing_to_say():
    worlds = Worlds([straight_road([(0.0, 10.0)], route=np.zeros((0, 2)))], "controls")
    assert teacher_commands(worlds).tolist() == [[0.0, 0.0]]
