"""Drives one episode in this process, for tests of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from simeval.errors import InputError, UsageError, nearest
from simeval.judge import Profile, Verdict, judge_episode, load_profile
from simeval.metrics import METRICS, Event, Measured, Measurement, measure_episode
from simeval.runs import RunSettings, settings_from
from simeval.runs.chosen import choose, with_traffic
from simeval.runs.execute import Batch, execute
from simeval.runs.execute_policy import execute_policy
from simeval.runs.hosts import Hosts
from simeval.runs.parts import Episode as Ran
from simeval.runs.policy_settings import PolicySettings
from simeval.runs.progress import Progress
from simeval.runs.sources import resolve
from simeval.runs.traffic_choice import with_suite_traffic
from simeval.scenario import Scenario, Trace
from simeval.sim import SimSettings
from simeval.testing.finding import find_scenario

__all__ = ["Episode", "simulate"]

NOT_HERE = {"isolate", "policy_timeout_s", "policy_memory_gib"}  # nothing is stopped in this process


@dataclass(frozen=True, kw_only=True, eq=False)
class Episode:
    """One episode that was driven.

    policy: its name or reference; of a live object, the name of its class or function.
    error: of a policy at fault, what it was: kind, message, end of the traceback.
    reproduce: the command that drives it again; empty where scenario or policy exist in this process only.
    """

    scenario: Scenario
    policy: str
    trace: Trace
    profile: Profile
    error: tuple[str, str, str] | None = None
    reproduce: str = ""

    @cached_property
    def measured(self) -> Measured:
        """Everything measured, metrics on request too: values, events, curves."""
        return measure_episode(self.scenario, self.trace, wanted=METRICS)

    @cached_property
    def verdict(self) -> Verdict:
        """What the profile says of it."""
        return judge_episode(self.profile, self.scenario, self.trace, self.measured)

    @property
    def outcome(self) -> str:
        """`pass`, `fail`, `policy_fault` or `unscored`."""
        return self.verdict.outcome

    @property
    def mode(self) -> str | None:
        """How it failed, such as `contact/at_fault`."""
        return self.verdict.mode

    @property
    def ending(self) -> str:
        """Why it stopped: `horizon`, `contact`, `off_road`, `route_end`, `policy_error`, ..."""
        return self.trace.ending.name.lower()

    @property
    def events(self) -> list[Event]:
        """What happened, in time order."""
        return self.measured.events

    @property
    def metrics(self) -> dict[str, Measurement]:
        """Measurements by name."""
        return {m.metric: m for m in self.measured.measurements}

    def __repr__(self) -> str:
        mode = f" {self.mode}" if self.mode else ""
        return f"<Episode {self.scenario.id} · {self.policy}: {self.outcome}{mode}, ends by {self.ending}>"


def simulate(scenario: Scenario | str | Path, policy: Any, *, seed: int = 0, **settings: Any) -> Episode:
    """Drives one scenario in this process, closed loop, from its start to its ending.

    A policy that fails in the middle ends the episode, whose outcome is then `policy_fault`.

    Args:
        scenario: a Scenario; an id (`highway/lead_brakes[gap_m-25.0]`); a family file, whose defaults are
            taken; or one case of a file, as pytest shows it (`scenarios/a/b.toml::b[gap_m-25.0]-s0`).
        policy: an engine driver's or built-in policy's name, a reference (`package.module:factory`, a
            file), or a live policy, torch module or function of the observation.
        seed: of the parameters that a family draws.
        **settings: of simulation and policy, as for `simeval run`: `traffic`, `end_on`, `horizon_s`,
            `profile`, `device`, `dtype`, `exact`, `trust_policy_code`, `threads`.

    Raises:
        UsageError: an unknown scenario, policy or setting; InputError: it cannot be driven.
    """
    chosen_settings = _settings(settings)
    found, source = find_scenario(scenario, seed)
    if source:
        chosen_settings, _ = with_suite_traffic([resolve(source)], chosen_settings, settings)
    [chosen] = with_traffic(choose([policy], chosen_settings.policy), chosen_settings)
    row = {"key": found.content_hash, "scenario_id": found.id, "policy": chosen.name, "seed": seed}
    batch = Batch(name="one", rows=[row], scenarios=[found])
    with Hosts([chosen], chosen_settings.policy, max(1, chosen_settings.threads), Progress()) as hosts:
        ran = _drive(batch, chosen_settings, hosts, learned=chosen.needs_host)
    if ran.trace is None:
        raise InputError("", ran.detail) if ran.ending == "not_run" else RuntimeError(_told(ran))
    given = policy if isinstance(policy, str) else ""
    return Episode(
        scenario=found, policy=chosen.name, trace=ran.trace, profile=load_profile(chosen_settings.profile),
        error=ran.error, reproduce=_command(source, found.id, given, seed, settings),
    )  # fmt: skip


def _settings(given: Mapping[str, Any]) -> RunSettings:
    fields = {
        *SimSettings.__struct_fields__,
        *PolicySettings.__struct_fields__,
        "profile",
        "threads",
    } - NOT_HERE
    for name in given:
        if name not in fields:
            there = f"{nearest(name, sorted(fields))}There are: {', '.join(sorted(fields))}."
            raise UsageError("simulate", f"{name!r} is not a setting of it.", there)
    return settings_from({"threads": 1, **given, "isolate": False})


def _drive(batch: Batch, settings: RunSettings, hosts: Hosts, *, learned: bool) -> Ran:
    def ignore(_: str) -> None:
        """What is worth a note in a run is in the episode here."""

    if learned:
        [ran] = execute_policy(batch, settings.sim, hosts, Path(), ignore)
    else:
        [ran] = execute(batch, settings, 1, ignore)
    return ran


def _told(ran: Ran) -> str:
    return "\n".join([ran.detail, *(ran.error or ())])


def _command(source: str, scenario_id: str, policy: str, seed: int, settings: Mapping[str, Any]) -> str:
    if not source or not policy:
        return ""
    words = ["simeval", "run", source, "--policy", policy, "--only", scenario_id]
    words += ["--seeds", str(seed + 1)] if seed else []
    for name, value in settings.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [flag] if value else []
        else:
            told = msgspec.to_builtins(value)
            words += [flag, ",".join(told) or "none" if isinstance(told, (list, tuple)) else str(told)]
    return shlex.join(words)
