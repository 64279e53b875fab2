"""Worlds that are advanced together, and the whole episode in one call."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.errors import UsageError, unknown_name
from simeval.kernel import machine_code
from simeval.scenario import Driver, Ending, Scenario, States, Trace
from simeval.sim.advance import advance
from simeval.sim.build import build
from simeval.sim.move import POSES
from simeval.sim.runnable import CONTROLS, DRIVER_CODES, POSES_CONTROL, check_runnable
from simeval.sim.settings import DRIVERS, SimSettings
from simeval.sim.snapshot import Snapshot, restore, take
from simeval.sim.traffic_rules import policies_in

__all__ = ["Worlds", "in_threads", "simulate"]

T = TypeVar("T")
COMMAND = ("wanted_acceleration", "wanted_steering")
RANGES_A_THREAD = 16  # what a world costs is not known before; who is done early takes a range of another one
TARGET = ("target_x", "target_y", "target_heading", "target_speed")


class Worlds:
    """A batch of worlds. Their results do not depend on the batch, its order, or the threads.

    Args:
        scenarios: what to simulate; each must pass `check_runnable`.
        driver: an engine driver (`DRIVERS`), or "controls" or "poses" to drive the egos from outside.
        threads: how many work on the worlds.
        seeds: of the episodes, for drivers of the traffic that are drawn; None: 0.
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        driver: str,
        settings: SimSettings | None = None,
        *,
        threads: int = 1,
        seeds: Sequence[int] | None = None,
    ) -> None:
        for scenario in scenarios:
            check_runnable(scenario, driver)
        self.scenarios = tuple(scenarios)
        self.driver = driver
        self.tables = build(scenarios, DRIVER_CODES[driver], settings or SimSettings(), seeds)
        self._reasons: dict[int, str] = {}
        self.num_restored = 0  # how often a world was put back; who keeps something of its past looks here
        self.num_threads = max(1, min(threads, len(self.scenarios)))
        parts = self.num_threads * RANGES_A_THREAD if self.num_threads > 1 else 1
        self._ranges = _ranges(self.scenarios, parts)
        self._kernel = machine_code(advance, 0, 0, 0, *self.tables)
        self._advance(0)

    def __len__(self) -> int:
        return len(self.scenarios)

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Worlds from one to before another, of about equal cost: parts of work for `in_threads`."""
        return self._ranges

    @property
    def all_done(self) -> bool:
        """Whether every world has ended."""
        return bool((self.tables.live_world.ending != Ending.RUNNING).all())

    @property
    def active(self) -> Bool[Array, "w"]:
        """Which worlds have not ended."""
        return np.asarray(self.tables.live_world.ending == Ending.RUNNING)

    def stop(self, row: int, ending: Ending, reason: str) -> None:
        """Ends a world at its present step from outside; one that has ended stays as it is."""
        if self.tables.live_world[row].ending == Ending.RUNNING:
            self.tables.live_world[row].ending = int(ending)
            self._reasons[row] = reason

    def advance(
        self,
        num_steps: int = 1,
        *,
        controls: Float[Array, "w 2"] | None = None,
        poses: Float[Array, "w 4"] | None = None,
    ) -> None:
        """Advances every world that has not ended.

        Args:
            num_steps: how many steps, the command held.
            controls: wanted acceleration [m/s^2] and steering angle [rad] of each ego.
            poses: wanted x, y [m], heading [rad] and speed [m/s] of each ego's box centre.
        """
        given = {CONTROLS: controls, POSES_CONTROL: poses}.get(self.driver)
        if (given is None) != (self.driver in DRIVERS):
            raise UsageError("advance", f"driver {self.driver!r} does not fit the command that was given.")
        self.tell(self.tables.world.driven0, controls=controls, poses=poses)
        self._advance(num_steps)

    def tell(
        self,
        driven: Int[Array, "n"],
        *,
        controls: Float[Array, "n 2"] | None = None,
        poses: Float[Array, "n 4"] | None = None,
    ) -> None:
        """Gives commands, as `advance` does, to the vehicles in some rows of the driven table."""
        for names, values in ((COMMAND, controls), (TARGET, poses)):
            if values is not None:
                for name, column in zip(names, np.asarray(values, dtype=np.float64).T, strict=True):
                    self.tables.driven[name][driven] = column

    def _advance(self, num_steps: int) -> None:
        in_threads(lambda part: self._kernel(*part, num_steps, *self.tables), self._ranges, self.num_threads)

    def snapshot(self, row: int) -> Snapshot:
        """The whole state of one world; a world of the same scenario can go on from it."""
        return take(self.tables, row, self.scenarios[row].content_hash)

    def restore(self, row: int, snapshot: Snapshot) -> None:
        """Puts a snapshot of the same scenario, driver and settings into a row."""
        restore(self.tables, row, self.scenarios[row].content_hash, snapshot)
        self._reasons.pop(row, None)
        self.num_restored += 1

    def trace(self, row: int) -> Trace:
        """What has happened in one world so far."""
        scenario, here, now = self.scenarios[row], self.tables.world[row], self.tables.live_world[row]
        count, steps = len(scenario.agents), int(now.step) + 1
        record = self.tables.record[here.record0 : here.record0 + steps * count].reshape(steps, count)
        ego = self.tables.ego_record[here.ego_record0 : here.ego_record0 + steps]
        pulled = scenario.agents.num_trailers
        hitch = self.tables.bodies.recorded_hitch[here.hitch_record0 : here.hitch_record0 + steps * pulled]
        driver = self.tables.agents.driver[here.agent0 : here.agent1]
        ending = Ending(int(now.ending))
        return Trace(
            scenario_id=scenario.id,
            dt=scenario.dt,
            first_step=scenario.start_step,
            agents=scenario.agents,
            ego=int(here.ego - here.agent0),
            states=States(
                xy=np.stack([record.x, record.y], axis=-1),
                heading=record.heading.copy(),
                velocity=np.stack([record.vx, record.vy], axis=-1),
                valid=record.valid != 0,
                hitch=hitch.reshape(steps, pulled).copy(),
            ),
            yaw_rate=record.yaw_rate.copy(),
            flags=record.flag_bits.astype(np.int64),
            driver=np.where(driver == POSES, int(Driver.POLICY), driver),
            command=np.stack([ego.wanted_acceleration, ego.wanted_steering], axis=-1),
            acceleration=ego.acceleration.copy(),
            steering=ego.steering.copy(),
            ending=ending,
            ending_detail=self._reasons.get(row) or _detail(scenario, ending, int(now.detail)),
        )


def in_threads(work: Callable[[T], None], parts: Sequence[T], threads: int | None = None) -> None:
    """Does every part of some work, some at the same time: the caller's thread, which is awake and has its
    data at hand, and others.

    A thread begins with parts of its own, the same ones in every call, which its cache still has; when it is
    done with them it takes parts from the end of what the slowest one has left.

    Args:
        work: what to do with a part.
        parts: any number.
        threads: how many; None: one for each part.
    """
    count = max(1, min(threads or len(parts), len(parts)))
    queues = [deque(parts[k * len(parts) // count : (k + 1) * len(parts) // count]) for k in range(count)]

    def do(own: int) -> None:
        while (part := _next_part(queues, own)) is not None:
            work(part)

    others = [_pool(count).submit(do, k) for k in range(1, count)]
    do(0)
    for other in others:
        other.result()


def _next_part(queues: Sequence[deque[T]], own: int) -> T | None:
    """The next part of a thread's own, else of the longest queue; None when there are no more."""
    with suppress(IndexError):
        return queues[own].popleft()
    with suppress(IndexError):
        return max(queues, key=len).pop()
    return None


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads are kept: whoever drives from outside asks for one step after the other."""
    return ThreadPoolExecutor(threads, thread_name_prefix="simeval")


def _detail(scenario: Scenario, ending: Ending, other: int) -> str:
    if ending in (Ending.CONTACT, Ending.INVALID_START) and other >= 0:
        return f"contact with {scenario.agents.ids[other]}"
    return "off the road" if ending in (Ending.OFF_ROAD, Ending.INVALID_START) else ""


def _ranges(scenarios: Sequence[Scenario], parts: int) -> list[tuple[int, int]]:
    """Cuts the worlds into contiguous ranges of about equal cost."""
    cost = [len(s.agents) * (12.0 + 0.1 * len(s.agents)) * s.duration / s.dt for s in scenarios]
    total = np.concatenate([np.zeros(1), np.cumsum(cost)])
    cuts = np.searchsorted(total, np.linspace(0.0, total[-1], parts + 1)[1:-1])
    edges = sorted({0, len(scenarios), *(int(c) for c in cuts)})
    return list(pairwise(edges))


def simulate(
    scenarios: Sequence[Scenario],
    driver: str,
    settings: SimSettings | None = None,
    *,
    threads: int = 1,
    seeds: Sequence[int] | None = None,
) -> list[Trace]:
    """Drives every scenario once, closed loop, by an engine driver; one trace for each, in order.

    Raises:
        UsageError: the driver is not known.
        InputError: a scenario cannot be driven by it; see `check_runnable`.
    """
    if driver not in DRIVERS:
        raise unknown_name("policy", driver, DRIVERS)
    if settings is not None and (named := policies_in(settings.traffic)):
        what = f"simulate() runs engine drivers alone; traffic names policy {named[0]!r}."
        raise UsageError("traffic", what, "Use simeval.sim.policy_rollout.Rollout.")
    if not scenarios:
        return []
    worlds = Worlds(scenarios, driver, settings, threads=threads, seeds=seeds)
    longest = max(s.num_steps for s in scenarios)
    worlds.advance(longest)
    return [worlds.trace(w) for w in range(len(scenarios))]
