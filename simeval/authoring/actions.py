"""Turns `[[agent.do]]` tables into the rows that the simulator executes."""

from __future__ import annotations

from collections.abc import Iterator

from simeval.authoring.actors import Actor
from simeval.authoring.lines import locate
from simeval.authoring.network import Network, lateral_shift
from simeval.authoring.schema import RoadUser
from simeval.authoring.schema_actions import DoTable, LaneChange, Stop, When
from simeval.authoring.where import Where
from simeval.scenario import Action, Do, Trigger

__all__ = ["actions_of"]

TRIGGERS = {
    "time_s": Trigger.TIME_S,
    "ego_gap_below_m": Trigger.EGO_GAP_BELOW_M,
    "ego_ttc_below_s": Trigger.EGO_TTC_BELOW_S,
    "at_s_m": Trigger.AT_S_M,
}
ACTIONS = ("brake", "speed", "lane_change", "stop", "walk")


def actions_of(user: RoadUser, actor: Actor, index: int, network: Network, where: Where) -> Iterator[Do]:
    """The script of one road user, which is agent `index`.

    Raises:
        InputError: none or several triggers or actions, a place off the agent's path.
    """
    for i, table in enumerate(user.do):
        here = where / "do" / i
        trigger, when = _trigger(table.when, here / "when")
        action, values = _action(table, actor, network, here)
        if trigger == Trigger.AT_S_M:
            _check_on_path(when, actor, here / "when" / "at_s_m")
        yield Do(agent=index, trigger=trigger, when=when, action=action, values=values)


def _trigger(when: When, where: Where) -> tuple[Trigger, float]:
    given = [(key, getattr(when, key)) for key in TRIGGERS if getattr(when, key) is not None]
    if len(given) != 1:
        raise where.error(f"has {len(given)} triggers.", f"Write exactly one of {', '.join(TRIGGERS)}.")
    key, value = given[0]
    return TRIGGERS[key], float(value)


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
    if table.stop:
        return Action.STOP, _stop(table.stop, actor, where / "stop")
    assert table.lane_change is not None
    change = table.lane_change
    return Action.LANE_CHANGE, (_shift(change, actor, network, where / "lane_change"), change.over_s)


def _stop(stop: Stop, actor: Actor, where: Where) -> tuple[float, float]:
    _check_on_path(stop.at_s_m, actor, where / "at_s_m")
    return stop.at_s_m, stop.decel_mps2


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


def _check_on_path(s: float, actor: Actor, where: Where) -> None:
    """Arc lengths count from the beginning of the agent's path: that of its lane, if it starts on one."""
    start, _ = locate(actor.path, actor.xy)
    end, _ = locate(actor.path, actor.path[-1])
    if not start < s <= end:
        raise where.error(
            f"{s} m is not between the agent's start at {start:.1f} m and its path's end at {end:.1f} m.",
            "Arc lengths count from the beginning of its lane or path.",
        )
