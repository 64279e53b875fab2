"""The worlds that the examples on cards are computed in: `BUILDERS` by the key that a card uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from simeval.metrics.worlds import World, straight_road
from simeval.metrics.worlds_junction import junction
from simeval.metrics.worlds_truck import semitrailer
from simeval.scenario import Driver, States

__all__ = ["BUILDERS", "build", "with_history"]

BUILDERS: dict[str, Callable[..., World]] = {
    "straight_road": straight_road,
    "junction": junction,
    "semitrailer": semitrailer,
}


def build(kind: str, arguments: dict[str, Any], reference: dict[str, Any] | None = None) -> World:
    """The world of an example; `reference` are the arguments of the drive that it is compared with.

    Four more arguments: `history_s` says how much of the log lies before the recorded drive, `plans_every_s`
    how often the ego gives a straight plan, `sway` by how much every second of them is turned [rad], and
    `driven` that a policy drives the ego.
    """
    given = dict(arguments)
    history, every = float(given.pop("history_s", 0.0)), float(given.pop("plans_every_s", 0.0))
    sway, driven = float(given.pop("sway", 0.0)), bool(given.pop("driven", False))
    made = with_history(BUILDERS[kind](**given), history)
    made = made.planned(every, sway=sway) if every else made
    if driven:
        driver = made.trace.driver.copy()
        driver[made.trace.ego] = int(Driver.POLICY)
        made = replace(made, trace=replace(made.trace, driver=driver))
    if reference is None:
        return made
    return replace(made, companions={"reference": BUILDERS[kind](**{**given, **reference}).trace})


def with_history(made: World, seconds: float) -> World:
    """The same world, whose log holds this much before: everyone comes with the first state's speed."""
    count = round(seconds / made.scenario.dt)
    if count == 0:
        return made
    old, before = made.scenario.states, made.scenario.dt * np.arange(-count, 0)
    states = States(
        xy=np.concatenate([old.xy[0] + before[:, None, None] * old.velocity[0], old.xy]),
        heading=np.concatenate([np.tile(old.heading[0], (count, 1)), old.heading]),
        velocity=np.concatenate([np.tile(old.velocity[0], (count, 1, 1)), old.velocity]),
        valid=np.concatenate([np.tile(old.valid[0], (count, 1)), old.valid]),
        hitch=np.concatenate([np.tile(old.hitch[0], (count, 1)), old.hitch]),
    )
    state = made.scenario.signals.state
    signals = replace(
        made.scenario.signals,
        state=np.concatenate([np.tile(state[:1], (count, 1)), state]),
        last_known=made.scenario.signals.last_known + count,
    )
    scenario = replace(made.scenario, states=states, start_step=count, signals=signals)
    return replace(made, scenario=scenario, trace=replace(made.trace, first_step=count))
