"""One episode, step by step, in this process: for a debugger, and to see what a policy answers."""

from __future__ import annotations

import bdb
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from simeval.errors import UsageError
from simeval.policy import Memory, Observation, Policy, PolicySpec
from simeval.runs.chosen import choose, with_traffic
from simeval.runs.plan import make_plan
from simeval.runs.runner import run
from simeval.runs.settings import settings_from
from simeval.runs.sources import resolve
from simeval.runs.traffic_choice import with_suite_traffic

__all__ = ["Told", "step_through"]

UNITS = {
    "acceleration_steering": ("m/s^2", "rad"),
    "acceleration_curvature": ("m/s^2", "1/m"),
    "acceleration_steering_rate": ("m/s^2", "rad/s"),
}


class Told:
    """A policy that tells what it is asked and what it answers, one line a call."""

    def __init__(self, policy: Policy, say: Callable[[str], None]) -> None:
        self.policy, self.say = policy, say
        self.spec: PolicySpec = policy.spec
        self._time: float | None = None
        if hasattr(policy, "take"):
            self.take = policy.take

    def init(self, num_rows: int, device: Any) -> Memory:
        """Of the policy."""
        return self._stoppable(lambda: self.policy.init(num_rows, device))

    def act(self, observation: Observation, memory: Memory) -> tuple[Tensor, Memory]:
        """Of the policy; the first question comes twice, and is told once."""
        before = self._time
        self._time = float(observation.time_s[0])
        answer: tuple[Tensor, Memory] = self._stoppable(lambda: self.policy.act(observation, memory))
        if self._time != before:
            speed = float(observation.ego_history[0, -1, 4])
            step = self._step(observation)
            self.say(
                f"step {step:4d}  t {self._time:6.2f} s  speed {speed:6.2f} m/s  {_shown(answer, self.spec)}"
            )
        return answer

    def _step(self, observation: Observation) -> int:
        self._calls = getattr(self, "_calls", -1) + 1
        return self._calls * self.spec.replan_every

    def _stoppable(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except bdb.BdbQuit:  # the person at the debugger has seen enough: that is no fault of the policy
            raise KeyboardInterrupt from None


def _shown(answer: Any, spec: PolicySpec) -> str:
    """An action of the only episode, whatever it is."""
    action = answer[0] if isinstance(answer, tuple) and answer else answer
    if not isinstance(action, Tensor) or action.ndim < 2 or not len(action):
        return f"answer {answer!r:.200}"
    if spec.action in UNITS and action.shape[1:] == (2,):
        told = (f"{float(v):.4g} {unit}" for v, unit in zip(action[0], UNITS[spec.action], strict=True))
        return f"action {', '.join(told)}"
    last = [round(float(value), 3) for value in action[0].reshape(-1, action.shape[-1])[-1]]
    return f"action {list(action.shape)}, row 0 ends at {last}"


def step_through(
    sources: Sequence[str], policies: Sequence[str], given: dict[str, Any], say: Callable[[str], None]
) -> None:
    """Drives the one episode that is selected and says how it went; nothing is kept.

    Raises:
        UsageError: more than one policy or episode, or an engine driver.
    """
    settings = settings_from(given | {"isolate": False, "threads": 1, "traces": "all"})
    [chosen, *more] = choose(policies, settings.policy)
    if more or not chosen.is_learned:
        told = "several are given" if more else f"{chosen.name!r} is a part of the simulator"
        raise UsageError("--debug", f"steps through one learned policy; {told}.", "Name one with --policy.")
    found = [resolve(source) for source in sources]
    settings, origins = with_suite_traffic(found, settings, dict.fromkeys(given, "command line"))
    plan = make_plan(found, with_traffic([chosen], settings), settings)
    if len(plan.rows) > 1:
        raise UsageError("--debug", f"{len(plan.rows)} episodes are selected.", "Choose one with --only KEY.")
    with tempfile.TemporaryDirectory(prefix="simeval-debug-") as folder:
        done = run(
            sources, policies, settings, Path(folder), origins=origins, wrap=lambda p: Told(p, say)
        )  # fmt: skip
        key = plan.keys[0]
        episode, verdict = done.episodes.iloc[0], done.verdict(key)
        say(f"ended: {episode['ending']} {episode['ending_detail']}".rstrip())
        if episode["error_trace"]:
            say(episode["error_trace"])
        say(f"outcome: {verdict.outcome} {verdict.mode or ''}".rstrip())
