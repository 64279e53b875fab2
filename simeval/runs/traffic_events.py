"""What the traffic of one episode did: the rows of the traffic card.

Everything follows from the stored trace and its scenario; nothing is simulated. docs/report.md defines it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from simeval.arrays import Array
from simeval.runs.stretches import stretches
from simeval.runs.traffic_stalls import stalls_in
from simeval.safety.contacts import contacts_in
from simeval.scenario import AgentKind, Driver, Flag, Scenario, Trace
from simeval.traffic.approach import Approach, approach_of

__all__ = ["GIVEN", "HARD_BRAKING", "model_name", "traffic_events", "traffic_models"]

LOGGED = (int(Driver.REPLAY), int(Driver.REACTIVE_REPLAY))
HARD_BRAKING = 6.0  # [m/s^2]
GIVEN = ("replay", "parked", "scripted")  # models that do not react to anybody

Row = dict[str, Any]


def model_name(driver: int) -> str:
    """The name of a traffic model, as rules have it."""
    return Driver(driver).name.lower().replace("_", "-")


def traffic_models(key: str, trace: Trace) -> list[Row]:
    """One row a model: how many agents it drove, and for how long together."""
    names = np.asarray(_models(trace))
    names[trace.ego] = ""
    seconds = trace.states.valid.sum(axis=0) * trace.dt
    return [
        {"key": key, "model": str(n), "num_agents": int((names == n).sum()),
         "agent_s": float(seconds[names == n].sum())}
        for n in sorted(set(names) - {""})
    ]  # fmt: skip


def traffic_events(key: str, scenario: Scenario, trace: Trace) -> list[Row]:
    """One row an event, in time order."""
    rows = [
        *_contacts(scenario, trace), *_off_road(trace), *_held_back(trace), *_hard_braking(trace),
        *stalls_in(scenario, trace),
    ]  # fmt: skip
    models = _models(trace)
    models[trace.ego] = "ego"
    return [
        _row(key, trace, models, **row)
        for row in sorted(rows, key=lambda r: (r["step"], r["event"], r["agent"]))
    ]


def _models(trace: Trace) -> list[str]:
    """The model of every agent by the engine's driver, the ego's too."""
    name_of = {driver: model_name(driver) for driver in np.unique(trace.driver).tolist()}
    return [name_of[driver] for driver in trace.driver.tolist()]


def _row(
    key: str, trace: Trace, models: list[str], *, event: str, step: int, agent: int, value: float | None,
    other: int = -1, closing: float | None = None, entered: int | None = None, is_follower: bool = False,
) -> Row:  # fmt: skip
    return {
        "key": key, "event": event, "step": step, "time_s": step * trace.dt,
        "agent": trace.agents.ids[agent], "model": models[agent],
        "other": trace.agents.ids[other] if other >= 0 else None,
        "other_model": models[other] if other >= 0 else None,
        "value": value, "closing_speed_mps": closing, "entered_step": entered, "is_follower": is_follower,
    }  # fmt: skip


def _contacts(scenario: Scenario, trace: Trace) -> Iterator[Row]:
    """First steps of touching; who touches from the start, or where both logs do, was recorded so."""
    found = contacts_in(trace.agents, trace.states)
    last: dict[tuple[int, int], int] = {}
    for step, a, b, closing in zip(
        found.step, found.agent_a, found.agent_b, found.closing_speed, strict=True
    ):
        pair = int(a), int(b)
        begins = last.get(pair, -2) < step - 1
        last[pair] = int(step)
        if begins and step > 0 and not all(_is_on_log(scenario, trace, x, int(step)) for x in pair):
            yield _contact(trace, pair, int(step), float(closing))


def _is_on_log(scenario: Scenario, trace: Trace, a: int, step: int) -> bool:
    """Whether a replayed agent is where its log has it."""
    if trace.driver[a] not in LOGGED:
        return False
    return bool((trace.states.xy[step, a] == scenario.states.xy[trace.first_step + step, a]).all())


def _contact(trace: Trace, pair: tuple[int, int], step: int, closing: float) -> Row:
    """One contact, told of the follower: of two who had each other ahead, the one who could do more."""
    tried = [(one, other, _approach(trace, one, other, step)) for one, other in (pair, pair[::-1])]
    told = sorted((x for x in tried if x[2] is not None), key=lambda x: x[2].deceleration if x[2] else 0.0)
    follower, lead, how = told[0] if told else (*pair, None)
    is_follower = how is not None
    if trace.ego in pair:  # always told of the traffic agent
        is_follower, (follower, lead) = is_follower and lead == trace.ego, _ego_last(trace, pair)
    value = how.deceleration if how is not None else None
    return {
        "event": "ego_contact" if trace.ego in pair else "contact", "step": step, "agent": follower,
        "other": lead, "value": value, "closing": closing, "entered": how.step if how else None,
        "is_follower": is_follower,
    }  # fmt: skip


def _approach(trace: Trace, follower: int, lead: int, step: int) -> Approach | None:
    return approach_of(trace.agents, trace.states, follower, lead, step)


def _ego_last(trace: Trace, pair: tuple[int, int]) -> tuple[int, int]:
    return pair if pair[1] == trace.ego else pair[::-1]


def _off_road(trace: Trace) -> Iterator[Row]:
    """Where a road ends at the edge of the map, those who leave it there are not off the road."""
    for row in _durations(trace, (trace.flags & Flag.OFF_ROAD) != 0, "off_road"):
        if not _leaves(trace, row["agent"], row["step"]):
            yield row


def _leaves(trace: Trace, a: int, step: int) -> bool:
    """Whether an agent is gone before its body has moved on by half its length."""
    there = trace.states.valid[step:, a]
    if there.all():
        return False
    last = step + int(np.argmin(there)) - 1
    moved = np.linalg.norm(trace.states.xy[last, a] - trace.states.xy[step, a])
    return bool(moved <= 0.5 * trace.agents.length[a])


def _held_back(trace: Trace) -> Iterator[Row]:
    yield from _durations(trace, (trace.flags & Flag.HELD_BACK) != 0, "held_back")


def _durations(trace: Trace, holds: Array, event: str) -> Iterator[Row]:
    for a, first, last in stretches(holds):
        if a != trace.ego:
            yield {"event": event, "step": first, "agent": a, "value": (last - first + 1) * trace.dt}


def _hard_braking(trace: Trace) -> Iterator[Row]:
    speed, valid = trace.states.speed, trace.states.valid
    gained = np.where(valid[1:] & valid[:-1], np.diff(speed, axis=0) / trace.dt, 0.0)
    hard = (gained < -HARD_BRAKING) & (speed[:-1] > 0.0) & (trace.agents.kind <= AgentKind.CYCLIST)
    for a, first, last in stretches(hard):
        if a != trace.ego:
            worst = float(gained[first : last + 1, a].min())
            yield {"event": "hard_braking", "step": first, "agent": a, "value": -worst}
