"""How xdist hands out items: a batch goes to one worker as a whole, so that it is simulated once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScheduling, LoadScopeScheduling

from simeval.testing.grouping import cut, is_episode, is_rate

__all__ = ["BatchScheduling", "Scheduling"]

MOST_CRASHES = 1  # of a batch that are tried again


class BatchScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types for subclasses
    """A group is a batch of episodes, a suite's pass rate, or a module of other tests.

    A worker that dies in a batch costs no item: the next worker runs the batch again, isolated.
    """

    def __init__(self, config: pytest.Config, log: Producer | None, size: int) -> None:
        super().__init__(config, log)
        self._size = size
        self._batch: dict[str, int] = {}
        self._crashes: Counter[str] = Counter()
        self.forgiven: set[str] = set()  # items whose crash is not to be reported

    def schedule(self) -> None:
        """Hands out the first groups, or, later on, more."""
        if self.collection is None:
            self._batch = cut(next(iter(self.registered_collections.values())), self._size, len(self.nodes))
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        if nodeid in self._batch:
            return f"simeval batch {self._batch[nodeid]}"
        return nodeid if is_rate(nodeid) else str(super()._split_scope(nodeid))

    def remove_node(self, node: Any) -> str | None:
        """Takes back what a worker had; gives the item in which it crashed, which runs again or not."""
        workload: dict[str, dict[str, bool]] = self.assigned_work[node]
        crashed = next(
            ((work, nodeid) for work in workload.values() for nodeid, done in work.items() if not done), None
        )
        if crashed is not None:
            self._judge_crash(*crashed)
        super().remove_node(node)
        return crashed[1] if crashed else None

    def _judge_crash(self, work: dict[str, bool], nodeid: str) -> None:
        scope = self._split_scope(nodeid)
        self._crashes[scope] += 1
        limit = self.config.getoption("maxworkerrestart", None)
        if nodeid in self._batch and self._crashes[scope] <= MOST_CRASHES and limit != "0":
            self.forgiven.add(nodeid)
        else:
            work[nodeid] = True  # reported as crashed, and done


class Scheduling:
    """xdist's own scheduling until a worker reports scenario items; then batches."""

    def __init__(self, config: pytest.Config, log: Producer | None, size: int) -> None:
        self._arguments = (config, log, size)
        self._inner: Any = LoadScheduling(config, log)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """Takes what a worker collected."""
        if not isinstance(self._inner, BatchScheduling) and _has_episodes(collection):
            workers, self._inner = self._inner.nodes, BatchScheduling(*self._arguments)
            for worker in workers:
                self._inner.add_node(worker)
        self._inner.add_node_collection(node, collection)

    def takes_again(self, nodeid: str) -> bool:
        """Whether the item in which a worker crashed runs again; asked once a crash."""
        forgiven: set[str] = getattr(self._inner, "forgiven", set())
        if nodeid in forgiven:
            forgiven.remove(nodeid)
            return True
        return False


def _has_episodes(collection: Iterable[str]) -> bool:
    return any(is_episode(nodeid) for nodeid in collection)
