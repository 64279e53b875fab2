"""Bisection: guilty rows end up alone, the others have what they would have had, and it ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simeval.policy.faults import Fault
from simeval.runs.attempts import Attempt, Failure
from simeval.runs.isolate import GIVEN_UP, Isolation, Patience

WHOLE = tuple(range(16))


def fault(kind: Any = "exception", step: int = 5) -> Fault:
    return Fault(kind=kind, step=step, message="broken")


class Batch:
    """A policy of which some rows are guilty; a result tells in which shape it came about."""

    def __init__(self, guilty: dict[int, Fault], fits: int = 1000, **failure: Any) -> None:
        self.guilty, self.fits, self.failure = guilty, fits, failure
        self.attempts: list[Attempt] = []

    def __call__(self, attempt: Attempt) -> dict[int, Any] | Failure:
        self.attempts.append(attempt)
        if len(attempt.members) > self.fits:
            return Failure(fault=fault("out_of_memory", 0))
        wrong = [self.guilty[r] for r in attempt.present if r in self.guilty and r not in attempt.stops]
        if wrong:
            return Failure(fault=min(wrong, key=lambda f: f.step), **self.failure)
        return {row: (attempt.members, attempt.stops.get(row)) for row in attempt.present}


def isolated(batch: Batch, members=WHOLE, patience=None, **more) -> dict[int, Any]:
    return Isolation[Any](batch, patience or Patience(), **more).run(members)


@settings(max_examples=200, deadline=None)
@given(guilty=st.sets(st.integers(0, 15)), step=st.integers(0, 30))
def test_every_guilty_row_is_blamed_and_no_other(guilty, step):
    batch = Batch(dict.fromkeys(guilty, fault(step=step)))
    found = isolated(batch)
    assert set(found) == set(WHOLE)
    for row, got in found.items():
        if row not in guilty:
            assert got == (WHOLE, None)
        elif step == 0:
            assert got == fault(step=0)  # nothing to drive: it ends where it starts
        else:
            assert got == (WHOLE, fault(step=step))  # driven up to the fault, in the same shape


@settings(max_examples=50, deadline=None)
@given(row=st.integers(0, 15))
def test_one_guilty_row_of_sixteen_costs_two_attempts_a_halving(row):
    batch = Batch({row: fault()})
    isolated(batch)
    assert len(batch.attempts) == 1 + 2 * 4 + 1  # together, four halvings, and once more up to the fault


def test_a_batch_without_fault_is_driven_once():
    batch = Batch({})
    assert isolated(batch) == dict.fromkeys(WHOLE, (WHOLE, None))
    assert len(batch.attempts) == 1


def test_a_policy_that_cannot_be_made_is_tried_once():
    batch = Batch(dict.fromkeys(WHOLE, fault("construction", -1)), everywhere=True)
    assert isolated(batch) == dict.fromkeys(WHOLE, fault("construction", 0))
    assert len(batch.attempts) == 1


def test_a_row_that_fails_earlier_when_alone_ends_there():
    class Earlier(Batch):
        def __call__(self, attempt):
            if attempt.stops and attempt.stops[3].step == 5:
                return Failure(fault=fault(step=2))
            return super().__call__(attempt)

    assert isolated(Earlier({3: fault()}))[3] == (WHOLE, fault(step=2))


def test_a_row_that_cannot_be_driven_again_still_has_its_fault():
    class Never(Batch):
        def __call__(self, attempt):
            return Failure(fault=fault(step=4)) if attempt.stops else super().__call__(attempt)

    assert isolated(Never({3: fault()}))[3] == fault(step=0)


def test_a_batch_too_large_for_the_memory_is_really_cut_in_two():
    batch, told = Batch({}, fits=5), []
    found = isolated(batch, note=told.append)
    assert {got[0] for got in found.values()} == {WHOLE[i : i + 4] for i in range(0, 16, 4)}
    assert len(told) == 3 and all("last bits" in line for line in told)


def test_one_row_that_takes_all_memory_does_not_change_the_shape_for_the_others():
    found = isolated(Batch({6: fault("out_of_memory", 3)}))
    assert found[6] == (WHOLE, fault("out_of_memory", 3))
    assert all(got == (WHOLE, None) for row, got in found.items() if row != 6)


def test_where_fewer_rows_are_no_smaller_shape_each_row_is_tried_for_itself():
    batch = Batch({2: fault("out_of_memory"), 9: fault("out_of_memory")})
    found = isolated(batch, is_smaller=lambda few, many: False)
    assert {attempt.members for attempt in batch.attempts} == {WHOLE}
    assert [row for row, got in found.items() if got[1]] == [2, 9]


@pytest.mark.parametrize(("kind", "most"), [("timeout", 3), ("crash", 8)])
def test_a_policy_that_always_dies_is_given_up(kind, most):
    batch, patience = Batch(dict.fromkeys(range(64), fault(kind))), Patience()
    found = isolated(batch, tuple(range(64)), patience)
    alone = [a for a in batch.attempts if len(a.present) == 1 and not a.stops]
    assert len(alone) == most
    assert len(batch.attempts) < 64
    left = {row: got for row, got in found.items() if isinstance(got, Fault)}
    assert len(left) == 64 - most
    assert all(got.kind == kind and got.message.startswith(GIVEN_UP) for got in left.values())
    assert "broken" in left[63].message
    count = len(batch.attempts)
    assert isolated(batch, (0, 1), patience) == dict.fromkeys((0, 1), left[63])  # the next batch, too
    assert len(batch.attempts) == count


def test_neighbours_that_die_do_not_cost_the_rest_of_their_batch():
    rows = tuple(range(32))
    found = isolated(Batch(dict.fromkeys((4, 5, 6), fault("timeout"))), rows)
    assert [row for row, got in found.items() if got != (rows, None)] == [4, 5, 6]


def test_a_first_call_that_never_returns_is_not_tried_for_each_row():
    batch = Batch(dict.fromkeys(WHOLE, fault("timeout", 0)), first_call=True)
    found = isolated(batch)
    assert len(batch.attempts) == 4  # of ten times the limit each
    assert all(got.kind == "timeout" for got in found.values())


def test_exceptions_are_never_given_up():
    batch = Batch(dict.fromkeys(WHOLE, fault()))
    assert all(got == (WHOLE, fault()) for got in isolated(batch).values())


def test_patience_is_the_same_after_a_resume():
    def row(kind=None, message=None):
        return {"error_type": kind, "error_message": message}

    assert Patience.after([row(), row("timeout", "a"), row("timeout", "b")]).strikes == 2
    assert Patience.after([row("timeout", "a"), row(), row("timeout", "b")]).strikes == 1
    assert Patience.after([row("timeout", "a"), row("exception", "b")]).strikes == 0
    patience = Patience()
    found = isolated(Batch(dict.fromkeys(WHOLE, fault("timeout", 0))), WHOLE, patience)
    again = Patience.after([row(got.kind, got.message) for _, got in sorted(found.items())])
    assert again.is_over
    assert again.verdict() == patience.verdict()
