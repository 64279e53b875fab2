"""Cloning: what is collected, what is learned from it, and the whole in a few seconds."""

import json

import numpy as np
import pytest
import torch

from simeval.policy.bc_small import BcSmall, load
from simeval.policy.bc_small.features import AGENT, AIMS, EGO, LANE, WAY, Features
from simeval.sim.rollout import Worlds
from simeval.sim.teacher import teacher_commands
from simeval.train.clone import QUICK, clone
from simeval.train.collect import Disturbance, collect
from simeval.train.draws import TRAIN, bundled_families, drawn
from simeval.train.fit import Fit, fit, loss_of
from simeval.train.judging import verdicts_of
from simeval.train.samples import Samples, joined, packed


@pytest.fixture(scope="module")
def scenarios():
    return drawn(bundled_families(["parked_ahead"]), TRAIN[:2])


def random_samples(count, seed=0):
    at = torch.Generator().manual_seed(seed)

    def some(*shape):
        return torch.randn(shape, generator=at)

    there = [torch.ones(count, n, dtype=torch.bool) for n in (2, 3)]
    features = Features(
        some(count, EGO), some(count, WAY), 0.1 * some(count, len(AIMS)), some(count, 2, AGENT), there[0],
        some(count, 3, LANE), there[1],
    )  # fmt: skip
    command = torch.stack([features.ego[:, 0] - 1.0, features.aims[:, 3]], dim=1)
    return packed(features, command, torch.full((count,), 8.0))


def test_samples_are_what_was_seen_and_what_the_teacher_says(scenarios):
    samples = collect(scenarios, None, np.random.default_rng(1))
    assert 100 < len(samples) < 70 * len(scenarios)
    assert samples.features.agents.dtype == torch.float16
    assert samples.command[:, 0].min() < -1.0  # it brakes for the van
    assert all(torch.isfinite(t).all() for t in (*samples.features, samples.command, samples.speed))
    assert (samples.features.ego[:, 0] * 15.0 - samples.speed).abs().max() < 1e-4


def test_the_same_seed_collects_the_same(scenarios):
    first, again, other = (collect(scenarios, None, np.random.default_rng(s)) for s in (1, 1, 2))
    assert torch.equal(first.command, again.command)
    assert torch.equal(first.features.lanes, again.features.lanes)
    assert first.command.shape != other.command.shape or not torch.equal(first.command, other.command)


def test_a_learner_meets_other_states_than_the_teacher(scenarios):
    torch.manual_seed(0)
    met = collect(scenarios, BcSmall().eval(), np.random.default_rng(1))
    theirs = collect(scenarios, None, np.random.default_rng(1))
    assert met.speed.mean() < 0.8 * theirs.speed.mean()  # untrained, it brakes


def test_disturbance_is_small_and_of_the_chosen_only(scenarios):
    worlds = Worlds(scenarios, "controls")
    told = teacher_commands(worlds)
    none = Disturbance(worlds, np.random.default_rng(0), share=0.0)
    every = Disturbance(worlds, np.random.default_rng(0), share=1.0)
    for _ in range(20):
        assert (none(told) == told).all()
        changed = every(told) - told
    assert (changed != 0.0).any(axis=1).all()
    assert np.abs(changed[:, 0]).max() < 5.0
    assert np.abs(changed[:, 1]).max() < 0.3


def test_joined_samples_keep_their_order():
    one, two = random_samples(3, 1), random_samples(2, 2)
    both = joined([one, two])
    assert len(both) == 5
    assert torch.equal(both.command[3:], two.command)
    assert both.num_bytes == one.num_bytes + two.num_bytes
    assert both.take(torch.tensor([4])).features.agents.dtype == torch.float32


def test_the_loss_is_nothing_where_the_answer_is_right_and_grows_with_the_braking_that_is_missed():
    samples = random_samples(2)
    command = torch.tensor([[-6.0, 0.1], [1.0, 0.1]])
    samples = Samples(samples.features, command, samples.speed)
    assert sum(loss_of(command, samples)) == 0.0
    soft = Samples(samples.features, command[1:], samples.speed[1:])
    hard = Samples(samples.features, command[:1], samples.speed[:1])
    off = torch.tensor([[1.0, 0.0]])
    assert loss_of(command[:1] + off, hard)[0] == pytest.approx(4.0 * loss_of(command[1:] + off, soft)[0])
    turned = torch.tensor([[0.0, 0.01]])
    slow = Samples(samples.features, command[:1], samples.speed[:1] * 0.0)
    assert loss_of(command[:1] + turned, slow)[1] < loss_of(command[:1] + turned, hard)[1]


def test_fitting_learns_and_repeats():
    samples, heard = random_samples(600), []
    torch.manual_seed(0)
    network, before = BcSmall(), torch.get_rng_state()
    first = network.state_dict()["head.0.weight"].clone()
    with torch.inference_mode():
        everything = samples.take(torch.arange(len(samples)))
        untrained = sum(map(float, loss_of(network.decided(everything.features), everything)))
    losses = fit(network, samples, Fit(steps=60), lambda *told: heard.append(told))
    assert sum(losses) < 0.7 * untrained
    assert heard[-1][0] == 60
    assert not torch.equal(first, network.state_dict()["head.0.weight"])
    torch.manual_seed(0)
    again = BcSmall()
    assert torch.equal(before, torch.get_rng_state())
    fit(again, samples, Fit(steps=60), lambda *told: None)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))
    assert not any(p.requires_grad for p in network.parameters())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("cloned")
    threads = torch.get_num_threads()
    record = clone(QUICK, out, command=["python", "-m", "simeval.train.clone", "--quick"])
    assert torch.get_num_threads() == threads
    return out, record


def test_the_whole_runs_quickly_and_learns(trained):
    out, record = trained
    first, last = record["iterations"][0], record["iterations"][-1]
    assert sum(last["losses"]) < sum(first["losses"])
    assert last["samples"] > first["samples"] > 100
    assert sorted(p.name for p in out.glob("*.safetensors")) == [
        "bc_small.safetensors", "iteration-0.safetensors", "iteration-1.safetensors",
    ]  # fmt: skip


def test_the_record_says_how_to_do_it_again_and_nothing_of_when(trained):
    out, record = trained
    assert json.loads((out / "record.json").read_text()) == json.loads(json.dumps(record))
    assert record["command"][-1] == "--quick"
    assert record["train_seeds"] == [10_000, 10_003]
    assert not {"time", "date", "host", "seconds"} & set(record)


def test_what_was_trained_drives(trained):
    out, _ = trained
    scenarios = drawn(bundled_families(["parked_ahead"]), [1])
    verdicts = verdicts_of(scenarios, load(out / "bc_small.safetensors"))
    assert len(verdicts) == len(scenarios)
    assert {v.outcome for v in verdicts} <= {"pass", "fail"}
