"""Turns `[[agent.do]]` tables into the rows that the simulator executes."""

from __future__ import annotations

from collections.abc import Iterator

from simeval.authoring.actors import Actor
from simeval.authoring.network import Network, lateral_shift
from simeval.authoring.schema import RoadUser
from simeval.authoring.schema_actions import DoTable, LaneChange, Stop
from simeval.authoring.triggers import Others, check_on_path, trigger_of
from simeval.authoring.where import Where
from simeval.scenario import Action, Do

__all__ = ["actions_of"]

ACTIONS = ("brake", "speed", "lane_change", "swerve", "stop", "walk", "keep_gap", "cruise")
PROFILES = {
    "quintic": Action.LANE_CHANGE,
    "linear": Action.LANE_CHANGE_LINEAR,
    "sinusoidal": Action.LANE_CHANGE_SINUSOIDAL,
}
OVER_S = 4.0  # a lane change that says nothing of its pace [s]


def actions_of(user: RoadUser, actor: Actor, others: Others, network: Network, where: Where) -> Iterator[Do]:
    """The script of one road user.

    Raises:
        InputError: none or several triggers or actions, a place off the agent's path.
    """
    index, _ = others[user.id]
    for i, table in enumerate(user.do):
        here = where / "do" / i
        trigger, when, further = trigger_of(table.when, user.id, actor, others, here / "when")
        action, values = _action(table, actor, network, here)
        yield Do(agent=index, trigger=trigger, when=when, action=action, values=(*values, *further))


def _action(
    table: DoTable, actor: Actor, network: Network, where: Where
) -> tuple[Action, tuple[float, float]]:
    given = [key for key in ACTIONS if getattr(table, key) is not None]
    if len(given) != 1:
        raise where.error(f"has {len(given)} actions.", f"Write exactly one of {', '.join(ACTIONS)}.")
    if table.brake:
        return Action.BRAKE, (table.brake.decel_mps2, table.brake.to_mps)
    if table.speed:
        return Action.SPEED, (table.speed.accel_mps2, table.speed.to_mps)
    if table.walk:
        return Action.WALK, (table.walk.speed_mps, 0.0)
    if table.swerve:
        return Action.SWERVE, (table.swerve.shift_m, table.swerve.over_s)
    if table.keep_gap:
        return Action.KEEP_GAP, (table.keep_gap.gap_m, table.keep_gap.headway_s)
    if table.cruise:
        return Action.CRUISE, (table.cruise.speed_mps or 0.0, 0.0)
    if table.stop:
        return Action.STOP, _stop(table.stop, actor, where / "stop")
    assert table.lane_change is not None
    return _lane_change(table.lane_change, actor, network, where / "lane_change")


def _stop(stop: Stop, actor: Actor, where: Where) -> tuple[float, float]:
    check_on_path(stop.at_s_m, actor, where / "at_s_m")
    return stop.at_s_m, stop.decel_mps2


def _lane_change(
    change: LaneChange, actor: Actor, network: Network, where: Where
) -> tuple[Action, tuple[float, float]]:
    if change.over_s is not None and change.lateral_mps is not None:
        raise where.error("says 'over_s' and 'lateral_mps'.", "Write one of them.")
    shift = _shift(change, actor, network, where)
    over = OVER_S if change.over_s is None else change.over_s
    if change.lateral_mps is not None:
        over = abs(shift) / change.lateral_mps
    return PROFILES[change.profile], (shift, over)


def _shift(change: LaneChange, actor: Actor, network: Network, where: Where) -> float:
    if (change.to_lane is None) == (change.shift_m is None):
        raise where.error("needs exactly one of 'to_lane' and 'shift_m'.", "Write one of them.")
    if change.shift_m is not None:
        return change.shift_m
    lane = network.lane(str(change.to_lane), where / "to_lane")
    shift = lateral_shift(network, actor.path, lane, actor.xy)
    if shift is None:
        raise (where / "to_lane").error(
            f"lane {change.to_lane!r} does not run beside the agent's start.",
            "Name a parallel lane, or write shift_m.",
        )
    return shift
