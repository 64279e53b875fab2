"""Threads do every part of some work once, and whoever is done first helps the others."""

import threading

import pytest

from simeval.sim.rollout import in_threads


@pytest.mark.parametrize(("parts", "threads"), [(0, 2), (1, 4), (2, None), (7, 2), (40, 3)])
def test_every_part_is_done_once(parts, threads):
    done = []
    in_threads(done.append, list(range(parts)), threads)
    assert sorted(done) == list(range(parts))


def test_the_parts_of_a_thread_that_is_held_up_are_done_by_another():
    others, done = threading.Event(), []

    def work(part):
        if part == 0:
            assert others.wait(5.0), "nobody did the other parts of the thread that began with the first"
        done.append(part)
        if len(done) == 7:
            others.set()

    in_threads(work, list(range(8)), 2)
    assert sorted(done) == list(range(8))


def test_a_failure_in_a_thread_reaches_the_caller():
    def work(part):
        if part == 3:
            raise ValueError("part 3")

    with pytest.raises(ValueError, match="part 3"):
        in_threads(work, list(range(4)), 4)
