"""Runs of learned policies: they resume, repeat, and say how to be reproduced."""

from __future__ import annotations

import json
import shlex
import signal

import numpy as np
import pytest
from policy_faults import fault_worlds as worlds

from simeval.cli import main

GRU = """
import torch
from torch import nn

from simeval.policy import PolicySpec


class Gru(nn.Module):
    spec = PolicySpec(replan_every=2)

    def __init__(self, hidden=16):
        super().__init__()
        torch.manual_seed(0)
        self.cell, self.head = nn.GRUCell(7, hidden), nn.Linear(hidden, 2)

    def init(self, num_rows, device):
        return torch.zeros(num_rows, self.cell.hidden_size, device=device, dtype=self.head.weight.dtype)

    def act(self, observation, memory):
        memory = self.cell(observation.ego_history[:, -1] / 10.0, memory)
        return self.head(memory), memory


class Noisy(Gru):
    spec = PolicySpec(is_random=True)

    def act(self, observation, memory):
        action, memory = super().act(observation, memory)
        return action + 0.1 * torch.randn_like(action), memory


def stand(observation):
    print("braking at", round(float(observation.ego_history[0, -1, 4]), 1))
    return observation.goal[:, :2] * 0.0 - torch.tensor([3.0, 0.0])


def unsure(observation):
    return observation.goal[:, :2] * 0.0 + torch.rand(1)
"""
RUN = ("run", "faults.pack", "--threads", "1", "--batch-size", "4", "-p", "nets:Gru?hidden=24")


@pytest.fixture
def here(tmp_path, monkeypatch):
    worlds.project(tmp_path, [worlds.scenario("well", number) for number in range(8)])
    (tmp_path / "nets.py").write_text(GRU)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def finish(here, *argv: str, **environment: str):
    process = worlds.command(here, *argv, **environment)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def test_killed_and_resumed_gives_the_bits_of_an_uninterrupted_run(here, dump):
    assert finish(here, *RUN, "--out", "clean")[0] == 0
    assert finish(here, *RUN, "--out", "killed", SIMEVAL_FAULT="write:9:kill")[0] == -signal.SIGKILL
    code, _, err = finish(here, *RUN, "--out", "killed")
    assert (code, worlds.left_over(here)) == (0, [])
    assert "8/8 episodes (4 from before)" in err
    [clean], [killed] = (list((here / name).iterdir()) for name in ("clean", "killed"))
    assert clean.name == killed.name
    assert dump(clean) == dump(killed)


def test_two_runs_from_scratch_are_equal_and_in_this_process_too(here):
    runs = [worlds.drive(here, "nets:Gru", out) for out in ("one", "two")]
    runs += [worlds.drive(here, "nets:Gru", "here", isolate=False)]
    for number in range(8):
        assert all(worlds.same_trace(runs[0], other, f"well-{number}") for other in runs[1:])
    assert len({made.path.name for made in runs}) == 1


def test_exact_results_do_not_depend_on_the_batch(here):
    whole = worlds.drive(here, "nets:Gru", exact=True, isolate=False)
    alone = worlds.drive(here, "nets:Gru", exact=True, isolate=False, only=("faults/well-5",), batch_size=1)
    assert worlds.same_trace(whole, alone, "well-5")
    assert "--exact" in whole.manifest["determinism"]
    assert set(alone.plan["key"]) < set(whole.plan["key"])


def test_a_resumed_run_computes_with_as_many_threads_as_it_began(here):
    from policy_faults.thread_counter import counting

    one = worlds.drive(here, counting, "runs", threads=1, batch_size=4)
    assert counting.seen == {1}
    episodes = sorted(one.path.glob("parts/*.episodes.parquet"))
    episodes[0].unlink()
    counting.seen.clear()
    worlds.drive(here, counting, "runs", threads=2, batch_size=4)
    assert counting.seen == {1}


def test_a_random_policy_has_an_episode_for_each_seed_and_repeats(here):
    runs = [worlds.drive(here, "nets:Noisy", out, seeds=3, isolate=False) for out in ("one", "two")]
    table = runs[0].plan
    assert sorted(table["seed"]) == sorted([0, 1, 2] * 8)
    assert "draws random numbers" in runs[0].manifest["determinism"]
    keys = list(table[table["scenario_id"] == "faults/well-0"]["key"])
    ends = {runs[0].trace(key).states.xy[-1, 0, 0] for key in keys}
    assert len(ends) == 3
    for key in table["key"]:
        one, two = (made.trace(key).states.xy for made in runs)
        np.testing.assert_array_equal(one, two)
    words = shlex.split(runs[0].reproduce(keys[2]))
    assert words[words.index("--seeds") + 1] == "3" and words[words.index("--only") + 1] == keys[2][:16]


def test_a_policy_that_does_not_say_that_it_is_random_is_told_to(here):
    made = worlds.drive(here, "nets:unsure", isolate=False)
    assert set(made.episodes["error_type"]) == {"random"}


def test_the_reproducing_command_repeats_what_is_not_default(here):
    settings = {"dtype": "float64", "exact": True, "policy_timeout_s": 7.5, "isolate": False}
    made = worlds.drive(here, "nets:Gru?hidden=8", **settings)
    command = made.reproduce(made.find("faults/well-3"))
    assert "--policy 'nets:Gru?hidden=8' --only faults/well-3" in command
    assert command.endswith(" --dtype float64 --exact --policy-timeout-s 7.5 --no-isolate")
    code, out, err = finish(here, *shlex.split(command)[1:], "--json", "--out", "again", "--threads", "1")
    assert code == 0, err
    [episode] = json.loads(out)["episodes"]
    assert episode["key"] == made.find("faults/well-3")


def test_faults_of_policies_are_exit_code_3_up_to_the_allowed_number(here, capsys):
    words = ("run", "faults.pack", "--threads", "1", "-p", "nets:unsure", "--no-isolate")
    codes = []
    for more in ((), ("--max-policy-faults", "8"), ("--max-policy-faults", "7")):
        try:
            main([*words, *more])
            codes.append(0)
        except SystemExit as stop:
            codes.append(stop.code)
    assert codes == [3, 0, 3]
    assert "policy fault (8) of nets:unsure: random: step 0: two calls" in capsys.readouterr().out


def test_debug_steps_through_one_episode_uncompiled(here):
    words = ("run", "faults.pack", "-p", "nets:stand", "--only", "faults/well-2", "--horizon-s", "0.5")
    code, out, err = finish(here, *words, "--debug")
    assert code == 0, err
    lines = out.splitlines()
    told = [line for line in lines if line.startswith("step")]
    assert len(told) == 5
    assert told[0] == "step    0  t   0.00 s  speed  10.00 m/s  action -3 m/s^2, 0 rad"
    assert "braking at 10.0" in lines  # the policy's own output
    assert "ended: horizon" in lines
    assert not (here / "runs").exists()


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("-p", "nets:stand"), "8 episodes are selected. Choose one with --only KEY."),
        (("-p", "idm"), "steps through one learned policy; 'idm' is a part of the simulator."),
    ],
)
def test_debug_says_what_it_needs(here, argv, told):
    code, out, err = finish(here, "run", "faults.pack", *argv, "--debug")
    assert (code, out) == (2, "")
    assert f"simeval: --debug: {told}" in err


def test_a_debugger_stops_inside_the_policy(here):
    (here / "stops.py").write_text(
        "def stop(observation):\n    breakpoint()\n    return observation.goal[:, :2]\n"
    )
    process = worlds.command(
        here, "run", "faults.pack", "-p", "stops:stop", "--only", "faults/well-0", "--debug"
    )
    out, err = process.communicate("p observation.num_rows\nq\n", timeout=300)
    assert "(Pdb) 1" in out and process.returncode == 130, err
