"""Turns `when = { ... }` of an action into a trigger and its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from simeval.authoring.actors import Actor
from simeval.authoring.lines import locate
from simeval.authoring.schema import RoadUser
from simeval.authoring.schema_actions import Region, When
from simeval.authoring.where import Where
from simeval.scenario import Trigger

__all__ = ["Others", "check_on_path", "trigger_of"]

PLAIN = {
    "time_s": Trigger.TIME_S,
    "ego_gap_below_m": Trigger.EGO_GAP_BELOW_M,
    "ego_ttc_below_s": Trigger.EGO_TTC_BELOW_S,
    "at_s_m": Trigger.AT_S_M,
    "ego_path_gap_below_m": Trigger.EGO_PATH_GAP_BELOW_M,
    "ego_headway_below_s": Trigger.EGO_HEADWAY_BELOW_S,
    "ego_at_s_m": Trigger.EGO_AT_S_M,
    "speed_above_mps": Trigger.SPEED_ABOVE_MPS,
    "speed_below_mps": Trigger.SPEED_BELOW_MPS,
}
KEYS = (*PLAIN, "ego_in_region", "agent_action", "agent_gap_below_m")
Others = Mapping[str, tuple[int, RoadUser]]  # road users of the file by id, with the row of each


def trigger_of(
    when: When, me: str, actor: Actor, others: Others, where: Where
) -> tuple[Trigger, float, tuple[float, ...]]:
    """(trigger, its number, its further numbers) of one action of the agent `me`.

    Raises:
        InputError: none or several triggers, a place off the agent's path, an agent that is not there.
    """
    given = [key for key in KEYS if getattr(when, key) is not None]
    if len(given) != 1:
        raise where.error(f"has {len(given)} triggers.", f"Write exactly one of {', '.join(KEYS)}.")
    key, here = given[0], where / given[0]
    if when.ego_in_region is not None:
        return Trigger.EGO_IN_REGION, *_region(when.ego_in_region, here)
    if when.agent_action is not None:
        row, user = _other(when.agent_action.agent, me, others, here)
        number = when.agent_action.number
        if number > len(user.do):
            what = f"{user.id!r} has {len(user.do)} actions, asked for number {number}."
            raise (here / "number").error(what, "Count its actions from 1.")
        return Trigger.AGENT_ACTION, float(number), (float(row),)
    if when.agent_gap_below_m is not None:
        row, _ = _other(when.agent_gap_below_m.agent, me, others, here)
        return Trigger.AGENT_GAP_BELOW_M, when.agent_gap_below_m.gap_m, (float(row),)
    value = float(getattr(when, key))
    if key == "at_s_m":
        check_on_path(value, actor, here)
    return PLAIN[key], value, ()


def _region(region: Region, where: Where) -> tuple[float, tuple[float, ...]]:
    for name, (low, high) in (("x_m", region.x_m), ("y_m", region.y_m)):
        if not low < high:
            what = f"{low:g} is not below {high:g}."
            raise (where / name).error(what, "Write the lower one first.")
    return region.x_m[0], (region.y_m[0], region.x_m[1], region.y_m[1])


def _other(name: str, me: str, others: Others, where: Where) -> tuple[int, RoadUser]:
    if name == me or name not in others:
        left = ", ".join(other for other in others if other != me)
        what = "is the agent itself" if name == me else "is not an agent of this file"
        raise (where / "agent").error(f"{name!r} {what}.", f"Write one of: {left or '(there is no other)'}.")
    return others[name]


def check_on_path(s: float, actor: Actor, where: Where) -> None:
    """Arc lengths count from the beginning of the agent's path: that of its lane, if it starts on one.

    Raises:
        InputError: a place before the agent's start or behind its path's end.
    """
    start, _ = locate(actor.path, actor.xy)
    end, _ = locate(actor.path, actor.path[-1])
    if not start < s <= end:
        raise where.error(
            f"{s} m is not between the agent's start at {start:.1f} m and its path's end at {end:.1f} m.",
            "Arc lengths count from the beginning of its lane or path.",
        )
