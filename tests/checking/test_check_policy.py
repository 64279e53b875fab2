"""Each mistake is named with what to do; sound policies pass."""

import functools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import checked_policies as made
import pytest
import torch
from checked_policies import Planner, Pursuit

import simeval
from simeval.checking.report import PolicyCheckFailed
from simeval.errors import UsageError
from simeval.policy import ObservationSpec

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@functools.cache
def report_on(policy):
    return simeval.check_policy(policy)


def found_in(policy, name):
    return next(check for check in report_on(policy).checks if check.name == name)


def scaled(acceleration=1.0, steering=1.0):
    return lambda a, s, seen: (a * acceleration, s * steering)


def times(*factors):
    return lambda plan, seen: plan * torch.tensor(factors)


def drawn(a, s, seen):
    return a + 0.01 * torch.randn_like(a), s


def speeds_in_kmh(plan, seen):
    speed = 3.6 * seen.ego_history[:, -1:, 4].expand(plan.shape[:2])
    return torch.cat([plan, speed[..., None]], dim=2)


def steps_only(plan, seen):
    return torch.diff(plan, dim=1, prepend=torch.zeros_like(plan[:, :1]))


MEDDLES, NEIGHBOURLY = made.Meddles(), Pursuit(made.unlike_its_neighbours)

GOOD = {
    "pursuit": Pursuit(),
    "curvature": Pursuit(lambda a, s, seen: (a, torch.tan(s) / seen.ego_parameters[:, 2].clamp(min=1.0)),
                         action="acceleration_curvature"),
    "steering rate": Pursuit(lambda a, s, seen: (a, 2.0 * s), action="acceleration_steering_rate"),
    "plan for lqr": Planner(),
    "coarse plan put perfectly": Planner(points=8, plan_dt=0.5, tracker="perfect", replan_every=5),
    "recurrent": made.Recurrent(),
    "random": Pursuit(drawn, is_random=True),
    "a function": lambda seen: torch.zeros(seen.num_rows, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_sound_policies_pass(name):
    report = simeval.check_policy(GOOD[name])
    report.raise_if_failed()
    assert report.ok
    bends = [c for c in report.warned if c.name not in ("drive", "empty road")]
    assert not bends, report
    assert report.figures["act_ms_p50_batch_64"] > 0.0


WRONG = [
    (Pursuit(scaled(steering=57.3)), "steering", "FAIL", "looks like degrees"),
    (Pursuit(scaled(steering=16.0)), "steering", "warn", "steering wheel"),
    (Pursuit(scaled(steering=-1.0)), "steering", "FAIL", "steers right where the road needs left"),
    (Pursuit(lambda a, s, seen: (3.6 * seen.ego_history[:, -1, 4], s)), "acceleration", "FAIL", "in km/h"),
    (Pursuit(lambda a, s, seen: (seen.ego_history[:, -1, 4], s)), "acceleration", "FAIL", "speed in m/s"),
    (Pursuit(lambda a, s, seen: (0.0 * a + 14.0, s)), "acceleration", "FAIL", "wanted speed"),
    (Pursuit(scaled(steering=57.3), action="acceleration_steering_rate"), "steering rate", "warn", "cuts"),
    (Pursuit(scaled(steering=900.0), action="acceleration_steering_rate"), "steering rate", "FAIL",
     "degrees per second"),
    (Pursuit(lambda a, s, seen: (a, 1.0 / s.abs().clamp(min=0.02)), action="acceleration_curvature"),
     "curvature", "FAIL", "Looks like a radius"),
    (Planner(lambda plan, seen: plan + torch.tensor([4000.0, 900.0, 0.0])), "points", "FAIL",
     "coordinates of the map"),
    (Planner(times(1.0, 1.0, 57.3)), "headings", "FAIL", "look like degrees"),
    (Planner(lambda plan, seen: plan.flip(1)), "points", "FAIL", "Order them by time"),
    (Planner(times(5.0, 5.0, 5.0)), "points", "warn", "If points are 0.5 s apart"),
    (Planner(lambda plan, seen: plan[..., [1, 0, 2]]), "points", "FAIL", "x is ahead, y left"),
    (Planner(lambda plan, seen: plan - plan[:, :1]), "points", "FAIL", "is where the ego is already"),
    (Planner(lambda plan, seen: plan + torch.tensor([0.0, 0.0, math.pi / 2])), "headings", "warn",
     "A heading is 0 ahead"),
    (Planner(steps_only), "points", "warn", "steps from point to point"),
    (Planner(speeds_in_kmh), "speeds", "FAIL", "look like km/h"),
    (Planner(points=3, replan_every=10), "spec", "warn", "plans reach 0.3 s ahead"),
    (lambda seen: torch.zeros(seen.num_rows, 3), "answer", "FAIL", "action of shape [64, 3]"),
    (lambda seen: torch.zeros(seen.num_rows, 2, dtype=torch.int64), "answer", "FAIL", "dtype torch.int64"),
    (lambda seen: None, "answer", "FAIL", "returned a NoneType"),
    (lambda seen: 1 / 0, "answer", "FAIL", "ZeroDivisionError"),
    (lambda seen: torch.full((seen.num_rows, 2), math.nan), "numbers", "FAIL", "acceleration is NaN"),
    (Pursuit(drawn), "same answer twice", "FAIL", "declare is_random"),
    (Pursuit(is_random=True), "same answer twice", "warn", "other seeds change nothing"),
    (made.Counts(), "same answer twice", "FAIL", "a call in between changes the answer"),
    (made.MixesMemory(), "memory", "FAIL", "rows of observation and memory permuted"),
    (made.MemoryOnAxisOne(), "answer", "FAIL", "axis 0 must be the row"),
    (NEIGHBOURLY, "batch size", "FAIL", "in batches of 1, 7 and 64 rows"),
    (NEIGHBOURLY, "neighbours", "FAIL", "other rows beside it"),
    (Pursuit(made.nan_without_agents), "nothing around", "FAIL", "acceleration is NaN"),
    (Pursuit(made.nan_where_not_active), "padding", "warn", "not active give NaN"),
    (made.Mutates(), "side effects", "warn", "its observation (lanes)"),
    (MEDDLES, "side effects", "warn", "torch's random numbers"),
    (MEDDLES, "side effects", "warn", "the working directory"),
    (made.WithDropout(), "loads", "warn", "training mode"),
    (object(), "loads", "FAIL", "is not a policy"),
    (lambda seen: torch.zeros(seen.num_rows, 2), "empty road", "pass", "m in"),
    (Pursuit(lambda a, s, seen: (0.0 * a - 3.0, s)), "empty road", "warn", "stands in the end"),
    (Pursuit(lambda a, s, seen: (a, 0.0 * s + 0.2)), "empty road", "warn", "leaves the road"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "name", "result", "words"), WRONG, ids=[f"{i}-{w[3]}" for i, w in enumerate(WRONG)]
)
def test_a_mistake_is_named(policy, name, result, words):
    check = found_in(policy, name)
    assert check.result == result, check
    assert words in f"{check.found} {check.advice}"


def test_a_mistake_of_units_says_both_figures_and_what_is_wanted():
    check = found_in(Pursuit(scaled(steering=57.3)), "steering")
    assert "rad; a driver steers 0.0" in check.found
    assert check.advice == "The form wants radians."


def test_the_report_raises_with_every_failure_in_its_message():
    report = simeval.check_policy(Pursuit(scaled(acceleration=20.0, steering=57.3)))
    assert not report.ok
    with pytest.raises(PolicyCheckFailed) as error:
        report.raise_if_failed()
    for check in report.failed:
        assert check.name in str(error.value)
    assert {"acceleration", "steering"} <= {check.name for check in report.failed}


def test_the_process_of_the_author_is_left_as_it_was():
    folder, threads = Path.cwd(), torch.get_num_threads()
    torch.manual_seed(11)
    state = torch.get_rng_state()
    simeval.check_policy(made.Meddles())
    assert torch.equal(torch.get_rng_state(), state)
    assert (Path.cwd(), torch.get_num_threads()) == (folder, threads)
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_other_sizes_of_the_observation_are_checked_with_those_sizes():
    check = found_in(Pursuit(observation=ObservationSpec(agents=4, history=3)), "spec")
    assert "history 3, agents 4" in check.found


def program(*words, **more):
    environment = {**os.environ, "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1"}
    code = "from simeval.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "check", *words], capture_output=True, text=True, check=False,
        env=environment, cwd=HERE, **more,
    )  # fmt: skip


def test_the_command_prints_a_table_and_exits_with_0_or_1():
    sound = program("checked_policies:good")
    assert sound.returncode == 0, sound.stderr
    assert "same answer twice" in sound.stdout
    wrong = program("checked_policies:degrees", "--json")
    assert wrong.returncode == 1
    report = json.loads(wrong.stdout)
    assert report["ok"] is False
    assert {"name": "steering", "result": "fail"}.items() <= report["checks"][5].items()


def test_the_command_names_what_hangs_raises_or_is_not_there():
    hanging = program("checked_policies:hangs", "--policy-timeout-s", "2", timeout=120)
    assert hanging.returncode == 1
    assert "in hangs" in hanging.stderr
    raising = program("checked_policies:raises")
    assert raising.returncode == 1
    assert "FileNotFoundError" in raising.stdout
    driver = program("idm")
    assert driver.returncode == 2
    assert "driver of the simulator" in driver.stderr
    assert program("checked_policies:nothing").returncode == 2


def test_a_driver_of_the_simulator_is_not_checked():
    with pytest.raises(UsageError, match=r"'idm' is a driver of the simulator.*Name a learned policy"):
        simeval.check_policy("idm")
