"""Simulates one batch that an engine driver drives. An exception of ours costs the episodes that raise it,
never their neighbours."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simeval.errors import InputError, StorageFull
from simeval.runs.parts import Episode, is_finite
from simeval.runs.settings import RunSettings
from simeval.scenario import Scenario
from simeval.sim import SimSettings, check_runnable, simulate

__all__ = ["MAX_ATTEMPTS", "NOT_FINITE", "Batch", "execute", "line_of", "refused", "trimmed"]

MAX_ATTEMPTS = 3  # one, and two more
TRACEBACK_LINES = 30

NOT_FINITE = ArithmeticError("the simulator returned values that are not finite")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Planned episodes that are simulated and committed together; all have one policy."""

    name: str
    rows: Sequence[Mapping[str, Any]]  # of the plan, in row order
    scenarios: Sequence[Scenario]  # one a row

    @property
    def policy(self) -> str:
        """Who drives."""
        return str(self.rows[0]["policy"])


def execute(batch: Batch, settings: RunSettings, threads: int, note: Callable[[str], None]) -> list[Episode]:
    """Runs a batch and accounts for every one of its rows.

    A scenario that cannot run ends as `not_run` with the reason. When simulating raises, the episodes
    run one by one; one that raises again gets a last attempt, then ends as `harness_error`.
    """
    done = {i: e for i in range(len(batch.rows)) if (e := refused(batch, i, batch.policy)) is not None}
    runnable = [i for i in range(len(batch.rows)) if i not in done]
    if runnable:
        done |= _together(batch, runnable, settings.sim, threads, note)
    return [done[i] for i in range(len(batch.rows))]


def refused(batch: Batch, index: int, driver: str) -> Episode | None:
    """What becomes of a row whose scenario a driver cannot drive; None: it can."""
    try:
        check_runnable(batch.scenarios[index], driver)
    except InputError as error:
        return Episode(row=batch.rows[index], ending="not_run", detail=str(error))
    return None


def _together(
    batch: Batch, indices: list[int], settings: SimSettings, threads: int, note: Callable[[str], None]
) -> dict[int, Episode]:
    began = time.perf_counter()
    try:
        traces = simulate(
            [batch.scenarios[i] for i in indices], batch.policy, settings, threads=threads,
            seeds=[int(batch.rows[i]["seed"]) for i in indices],
        )  # fmt: skip
    except StorageFull:
        raise
    except Exception as error:
        note(f"batch {batch.name}: {line_of(error)}; its episodes run one by one.")
        return {i: _alone(batch, i, settings, error) for i in indices}
    if broken := [i for i, t in zip(indices, traces, strict=True) if not is_finite(t)]:
        note(f"batch {batch.name}: {len(broken)} traces hold values that are not finite; they run alone.")
    elapsed_ms = 1e3 * (time.perf_counter() - began)
    steps = sum(t.num_steps * len(t.agents) for t in traces) or 1
    return {
        i: Episode(row=batch.rows[i], trace=t, wall_ms=elapsed_ms * t.num_steps * len(t.agents) / steps)
        if i not in broken
        else _alone(batch, i, settings, NOT_FINITE)
        for i, t in zip(indices, traces, strict=True)
    }


def _alone(batch: Batch, index: int, settings: SimSettings, error: Exception) -> Episode:
    for attempt in range(2, MAX_ATTEMPTS + 1):
        began = time.perf_counter()
        try:
            seed = int(batch.rows[index]["seed"])
            [trace] = simulate([batch.scenarios[index]], batch.policy, settings, threads=1, seeds=[seed])
            if not is_finite(trace):
                raise NOT_FINITE
        except Exception as again:
            error = again
            continue
        wall_ms = 1e3 * (time.perf_counter() - began)
        return Episode(row=batch.rows[index], trace=trace, wall_ms=wall_ms, attempt=attempt)
    return Episode(
        row=batch.rows[index],
        ending="harness_error",
        detail=f"simeval failed on it {MAX_ATTEMPTS} times: {line_of(error)}",
        error=(type(error).__name__, str(error), trimmed(error)),
        attempt=MAX_ATTEMPTS,
    )


def line_of(error: Exception) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def trimmed(error: Exception) -> str:
    """The end of the traceback; file names without the folders above the package."""
    frames = traceback.extract_tb(error.__traceback__)[-TRACEBACK_LINES // 2 :]
    lines = [f"{_inside(f.filename)}:{f.lineno} in {f.name}: {f.line}" for f in frames]
    return "\n".join([*lines, line_of(error)])


def _inside(filename: str) -> str:
    parts = filename.replace("\\", "/").split("/")
    return "/".join(parts[parts.index("simeval") :]) if "simeval" in parts else parts[-1]
