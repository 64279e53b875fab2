"""A batch that is driven as two halves in turn, as beside a GPU."""

import pytest
import torch
from fault_worlds import same_bits, scenario

from simeval.policy import as_policy
from simeval.policy.faults import Fault
from simeval.policy.runtime import Runtime
from simeval.runs import driving
from simeval.runs.attempts import Attempt, Failure, Task
from simeval.sim import SimSettings

TASK = Task(scenarios=[scenario("well", k) for k in range(6)], settings=SimSettings())
ALL = tuple(range(6))


def gently(observation):
    """Each row by its own speed, whatever its neighbours do."""
    return 0.1 * observation.ego_history[:, -1, 4:5] * torch.tensor([[1.0, 0.0]])


def attempt(function=gently, members=ALL, stops=None):
    wanted = Attempt(members=members, present=members, stops=stops or {})
    return driving.drive(TASK, wanted, as_policy(function), Runtime(), threads=1, watch=driving.Watch())


@pytest.fixture
def in_turn(monkeypatch):
    monkeypatch.setattr(driving, "overlaps", lambda *_: True)


@pytest.mark.usefixtures("in_turn")
def test_each_half_is_what_it_would_be_alone(monkeypatch):
    together = attempt()
    monkeypatch.setattr(driving, "overlaps", lambda *_: False)
    halves = attempt(members=(0, 1, 2)) | attempt(members=(3, 4, 5))
    assert list(together) == list(halves) == list(ALL)
    assert all(same_bits(together[row].trace, halves[row].trace) for row in ALL)


@pytest.mark.usefixtures("in_turn")
def test_a_fault_of_the_second_half_is_that_of_its_row():
    known = Fault(kind="exception", step=3, message="known")
    found = attempt(stops={4: known})
    assert {row: one.fault for row, one in found.items() if one.fault} == {4: known}
    assert found[4].trace.num_steps < found[5].trace.num_steps


@pytest.mark.usefixtures("in_turn")
def test_a_call_that_fails_in_one_half_fails_the_attempt():
    def fails(observation):
        if (observation.ego_history[:, -1, 4] > 12.9).any():  # row 5 begins at 13 m/s
            raise ValueError("too fast")
        return gently(observation)

    failure = attempt(fails)
    assert isinstance(failure, Failure)
    assert "too fast" in failure.fault.message


@pytest.mark.usefixtures("in_turn")
def test_both_first_calls_are_told_as_such():
    phases = []
    watch = driving.Watch(lambda step, phase: phases.append(phase) if step is not None else None)
    wanted = Attempt(members=ALL, present=ALL)
    driving.drive(TASK, wanted, as_policy(gently), Runtime(), threads=1, watch=watch)
    assert phases[:3] == [watch.INIT, watch.INIT, watch.ACT]


def test_a_batch_stays_whole_on_the_cpu_and_for_engine_drivers():
    many = Attempt(members=tuple(range(1000)), present=(0,))
    assert not driving.overlaps(as_policy(gently), Runtime(device="cpu"), many)
    assert not driving.overlaps("idm", Runtime(), many)
