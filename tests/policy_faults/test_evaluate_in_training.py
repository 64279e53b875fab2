"""`evaluate()` of a live policy in the middle of a training loop leaves the loop as it was."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest
import torch
from policy_faults import fault_worlds as worlds
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import simeval
from simeval.errors import UsageError
from simeval.policy import PolicySpec


class Net(nn.Module):
    spec = PolicySpec()

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.BatchNorm1d(7)
        self.body = nn.Sequential(nn.Linear(7, 16), nn.Dropout(0.5), nn.Linear(16, 2))

    def forward(self, observation):
        return 0.1 * self.body(self.frozen(observation.ego_history[:, -1]))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return worlds.project(tmp_path, [worlds.scenario("well", number) for number in range(3)])


def state_of_the_process():
    return (
        torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype(), threading.active_count(),
        torch.multiprocessing.get_start_method(allow_none=True), torch.get_rng_state().numpy().tobytes(),
        random.getstate(), np.random.get_state()[1].tobytes(), torch.are_deterministic_algorithms_enabled(),
    )  # fmt: skip


def test_a_training_loop_goes_on_as_if_nothing_had_been(here):
    def trained(evaluating: bool):
        torch.manual_seed(5)
        net = Net()
        net.train()
        net.frozen.eval()
        optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
        data = TensorDataset(torch.randn(32, 7), torch.randn(32, 2))
        for number, (x, y) in enumerate(DataLoader(data, batch_size=8, shuffle=True)):
            if evaluating and number in (1, 2):
                before = state_of_the_process()
                made = simeval.evaluate(net, "faults.pack", threads=1)
                assert state_of_the_process() == before
                assert made.headline()["policy_fault"] == 0
                assert [m.training for m in net.modules()] == [True, False, True, True, True, True]
            optimiser.zero_grad()
            (net.body(net.frozen(x)) - y).square().mean().backward()
            optimiser.step()
        return [weights.detach().clone() for weights in net.parameters()]

    for one, other in zip(trained(True), trained(False), strict=True):
        assert torch.equal(one, other)


def test_it_works_while_workers_load_data(here):
    data = TensorDataset(torch.randn(64, 7))
    loader = DataLoader(data, batch_size=8, num_workers=2, persistent_workers=True)
    seen = 0
    for number, (x,) in enumerate(loader):
        if number == 2:
            assert simeval.evaluate(Net(), "faults.pack", threads=1).headline()["coverage"] == 1.0
        seen += len(x)
    assert seen == 64


def test_weights_are_part_of_who_drove(here):
    torch.manual_seed(0)
    net = Net()
    first = simeval.evaluate(net, "faults.pack", threads=1)
    again = simeval.evaluate(net, "faults.pack", threads=1)
    assert first.path == again.path  # the same weights: nothing is simulated again
    with torch.no_grad():
        net.body[0].weight += 1.0
    assert simeval.evaluate(net, "faults.pack", threads=1).path != first.path
    assert set(first.plan["policy"]) == {"Net"}


def test_several_policies_of_one_class_have_names_of_their_own(here):
    made = simeval.evaluate([Net(), Net(), "idm", lambda o: o.goal[:, :2] * 0.0], "faults.pack", threads=1)
    assert list(made.headline()["policies"]) == ["Net", "Net-2", "idm", "lambda"]


def test_what_is_no_policy_is_refused_in_words(here):
    with pytest.raises(UsageError, match="of type int is not a policy"):
        simeval.evaluate(7, "faults.pack")
