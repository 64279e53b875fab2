"""Simulates one batch in which policies drive: the egos, or others, or both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simeval.content_hash import digest_of_json
from simeval.errors import StorageFull
from simeval.policy.faults import Fault
from simeval.policy.runtime import Runtime
from simeval.runs.attempts import Attempt, Driven, Failure, Host, HostDefect, Task
from simeval.runs.driving import stopped_at_start
from simeval.runs.execute import MAX_ATTEMPTS, NOT_FINITE, Batch, line_of, refused, trimmed
from simeval.runs.hosts import Hosts
from simeval.runs.isolate import Isolation
from simeval.runs.parts import Episode, is_finite
from simeval.sim import SimSettings
from simeval.sim.runnable import CONTROLS

__all__ = ["execute_policy"]


def execute_policy(
    batch: Batch, settings: SimSettings, hosts: Hosts, pack: Path, note: Callable[[str], None]
) -> list[Episode]:
    """Runs a batch and accounts for every one of its rows; a fault of the policy costs its episode only.

    A scenario that cannot run ends as `not_run`. When simulating itself fails, the episodes run one by
    one; one that fails again ends as `harness_error`.
    """
    driver = CONTROLS if hosts.is_learned(batch.policy) else batch.policy
    done = {i: e for i in range(len(batch.rows)) if (e := refused(batch, i, driver)) is not None}
    members = [i for i in range(len(batch.rows)) if i not in done]
    if members:
        work = _Work(batch, members, settings, hosts, pack, note, driver)
        done |= work.together()
    return [done[i] for i in range(len(batch.rows))]


class _Work:
    """The runnable rows of a batch; `places` counts them, `indices` are those of the batch."""

    def __init__(
        self, batch: Batch, indices: list[int], settings: SimSettings, hosts: Hosts, pack: Path,
        note: Callable[[str], None], driver: str,
    ) -> None:  # fmt: skip
        self.batch, self.indices, self.note = batch, indices, note
        self.host: Host = hosts.host(batch.policy)
        self.patience, self.runtime = hosts.patience(batch.policy), hosts.runtime()
        keys = [row["key"] for row in batch.rows]
        seed = int(digest_of_json(keys)[:12], 16)
        scenarios = [batch.scenarios[i] for i in indices]
        seeds = [int(batch.rows[i]["seed"]) for i in indices]
        self.task = Task(
            scenarios=scenarios, settings=settings, driver=driver, pack=pack, seed=seed, seeds=seeds
        )

    def together(self) -> dict[int, Episode]:
        isolation = Isolation[Driven](
            self._attempt, self.patience, is_smaller=_is_smaller(self.runtime),
            note=lambda text: self.note(f"batch {self.batch.name}: {text}"),
        )  # fmt: skip
        members = tuple(range(len(self.indices)))
        try:
            found = isolation.run(members)
        except StorageFull:
            raise
        except Exception as error:
            self.note(f"batch {self.batch.name}: {line_of(error)}; its episodes run one by one.")
            return {self.indices[place]: self._alone(place, error) for place in members}
        unmoved = {place: got for place, got in found.items() if isinstance(got, Fault)}
        driven = {place: got for place, got in found.items() if isinstance(got, Driven)}
        driven |= stopped_at_start(self.task, unmoved, members) if unmoved else {}
        return {
            self.indices[place]: self._episode(place, one, isolation.tries[place])
            if is_finite(one.trace)
            else self._alone(place, NOT_FINITE)
            for place, one in driven.items()
        }

    def _attempt(self, attempt: Attempt) -> dict[int, Driven] | Failure:
        return self.host.attempt(self.task, attempt)

    def _episode(self, place: int, driven: Driven, tries: int) -> Episode:
        fault = driven.fault
        return Episode(
            row=self.batch.rows[self.indices[place]],
            trace=driven.trace,
            error=(fault.kind, fault.message, fault.trace) if fault else None,
            wall_ms=driven.wall_ms,
            policy_ms=(driven.policy_ms_p50, driven.policy_ms_p99),
            attempt=max(1, tries),
        )

    def _alone(self, place: int, error: Exception) -> Episode:
        """A batch of one, whose last bits may differ from those in the whole batch."""
        for attempt in range(2, MAX_ATTEMPTS + 1):
            isolation = Isolation[Driven](self._attempt, self.patience)
            try:
                got = isolation.run((place,))[place]
                if isinstance(got, Fault):
                    got = stopped_at_start(self.task, {place: got}, (place,))[place]
                if not is_finite(got.trace):
                    raise NOT_FINITE
            except Exception as again:
                error = again
                continue
            return self._episode(place, got, attempt)
        return _failed(self.batch, self.indices[place], error)


def _is_smaller(runtime: Runtime) -> Callable[[int, int], bool]:
    return lambda few, many: runtime.num_rows(few) < runtime.num_rows(many)


def _failed(batch: Batch, index: int, error: Exception) -> Episode:
    told = (type(error).__name__, str(error), trimmed(error))
    if isinstance(error, HostDefect):
        told = (error.kind, error.message, error.trace)
    return Episode(
        row=batch.rows[index],
        ending="harness_error",
        detail=f"simeval failed on it {MAX_ATTEMPTS} times: {told[0]}: {told[1]}".splitlines()[0],
        error=told,
        attempt=MAX_ATTEMPTS,
    )
