"""Which traffic rules a run has: those it was given, else those of its suites, else the default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simeval.errors import InputError, UsageError
from simeval.scenario import AgentKind, Controller, Scenario
from simeval.scenario.brief import Brief
from simeval.sim.traffic_rules import DEFAULT, canonical, driver_of, parse_rules, rule_for

if TYPE_CHECKING:
    from simeval.authoring import Family
    from simeval.runs.settings import RunSettings
    from simeval.runs.sources import Source

__all__ = ["TrafficUse", "suite_rules", "with_suite_traffic"]

SUITE = "suite"  # where a setting came from, in the manifest


def suite_rules(family: Family) -> str:
    """The traffic that the suite of a family asks for, in canonical form; the default where it asks for none.

    Raises:
        InputError: rules that make no sense, naming the file.
    """
    given = family.defaults.traffic
    if given is None:
        return DEFAULT
    try:
        return canonical(given)
    except UsageError as error:
        raise InputError(f"{family.path.parent / 'suite.toml'}: traffic", error.what, error.fix) from None


def with_suite_traffic(
    sources: Sequence[Source], settings: RunSettings, origins: Mapping[str, str]
) -> tuple[RunSettings, dict[str, str]]:
    """Settings and where they come from, with the traffic of the suites where nobody chose another.

    Raises:
        UsageError: sources that ask for different traffic.
        InputError: a suite whose rules make no sense.
    """
    if "traffic" in origins or settings.sim.traffic != DEFAULT:
        return settings, dict(origins)
    wanted: dict[str, str] = {}
    for source in sources:
        for rules in [suite_rules(f) for f in source.families] or [DEFAULT]:
            wanted.setdefault(rules, source.given)
    if len(wanted) > 1:
        asked = ", ".join(f"{given} for {rules!r}" for rules, given in wanted.items())
        raise UsageError("traffic", f"{asked}.", "Choose one with --traffic, or run them one by one.")
    [rules] = wanted or [DEFAULT]
    if rules == DEFAULT:
        return settings, dict(origins)
    sim = msgspec.structs.replace(settings.sim, traffic=rules)
    return msgspec.structs.replace(settings, sim=sim), {**origins, "traffic": SUITE}


class TrafficUse:
    """Which rules the scenarios of a run make use of; sees each scenario once."""

    def __init__(self, traffic: str) -> None:
        self._traffic, self._rules = traffic, parse_rules(traffic)
        self._unused = dict.fromkeys(rule.glob for rule in self._rules if rule.glob)
        self._open = self._no_lanes = 0

    def see(self, scenario: Brief) -> None:
        """Looks at the agents that a scenario leaves open.

        Raises:
            UsageError: one of them has a model that cannot drive it, or no log to be replayed.
        """
        for a in left_open(scenario):
            kind, name = AgentKind(int(scenario.kind[a])), scenario.agent_ids[a]
            try:
                driver_of(self._traffic, kind, name)
            except UsageError as error:
                raise UsageError(error.where, f"{scenario.id}: {error.what}", error.fix) from None
            rule = rule_for(self._rules, kind, name)
            if rule.model == "replay" and scenario.has_path[a]:
                _check_log(scenario.read(), a)
            self._unused.pop(rule.glob, None)
            self._open += 1
            if rule.model.startswith("mobil"):
                self._no_lanes += not _has_lanes_beside(scenario.read())

    def notes(self) -> tuple[str, ...]:
        """What was asked for and has no effect."""
        if not self._open and self._traffic != DEFAULT:
            why = "every agent of these scenarios has a controller of its own"
            return (f"--traffic {self._traffic} changes nothing: {why}.",)
        notes = [f"traffic rule id:{glob} fits no agent that is left open." for glob in self._unused]
        if self._no_lanes:
            what = f"{self._no_lanes} agents of `mobil` drive as by `idm`"
            notes.append(f"{what}: their maps do not know which lanes lie side by side.")
        return tuple(notes)


def _has_lanes_beside(scenario: Scenario) -> bool:
    lanes = scenario.map.lanes
    return bool((lanes.left_neighbour >= 0).any() or (lanes.right_neighbour >= 0).any())


def _check_log(scenario: Scenario, agent: int) -> None:
    """A replayed agent of an authored scenario would vanish after its first step."""
    if len(scenario.paths[agent]) and scenario.states.valid[:, agent].sum() == 1:
        what = f"{scenario.id}: {scenario.agents.ids[agent]!r} has no log to replay, only a path."
        raise UsageError("traffic", what, "Give it a model that follows a path, e.g. idm.")


def left_open(scenario: Brief) -> list[int]:
    """Agents whose scenario does not say who moves them."""
    found: list[int] = np.flatnonzero(scenario.controller == Controller.AUTO).tolist()
    return [a for a in found if a != scenario.ego]
