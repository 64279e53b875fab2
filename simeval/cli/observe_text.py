"""An observation in words and numbers, and as plain values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simeval.arrays import Array

if TYPE_CHECKING:
    from simeval.report.observed import Observed

__all__ = ["bodies_of", "lines_of", "plain_of"]


def lines_of(seen: Observed) -> list[str]:
    """What is said above and below the table of bodies."""
    t, spec = seen.tensors, seen.spec
    whose = (
        f"the sizes of {seen.policy}" if seen.is_own_spec else "default sizes (its driver observes nothing)"
    )
    now, known = t["ego_history"][-1], int((t["ego_history"][:, 2:4] != 0.0).any(axis=1).sum())
    return [
        f"{seen.scenario_id} · {seen.policy} · s{seen.seed}   [{seen.key[:16]}]",
        f"Step      {seen.step} of 0 to {seen.num_steps - 1}, {seen.time_s:.2f} s, "
        f"seen by {seen.agent}{' (ego)' if seen.is_ego else ''}; {spec.layout}, {whose}",
        f"Own       {now[4]:.1f} m/s, {now[5]:+.1f} m/s^2, yaw rate {now[6]:+.3f} rad/s; "
        f"{known} of {spec.history} steps of history; "
        f"{t['ego_parameters'][0]:.1f} m x {t['ego_parameters'][1]:.1f} m{_trailer(t['ego_parameters'][5])}",
        f"Route     {_route(t['route'], t['route_valid'])}",
        f"Goal      {_place(t['goal'][:2]) if t['goal'][2] else 'none known'}",
        f"Lanes     {_lanes(t)}",
        f"Signals   {_signals(t)}",
        f"Edges     {_edges(t['edges'], t['edges_valid'])}",
        f"Bodies    {int(t['agents_valid'][:, -1].sum())} seen, {spec.agents} at most",
    ]


def _trailer(length: float) -> str:
    return f", pulling {length:.1f} m" if length else ""


def _place(xy: Array) -> str:
    x, y = float(xy[0]), float(xy[1])
    along = f"{abs(x):.1f} m {'ahead' if x > -0.05 else 'behind'}"
    return along + (f", {abs(y):.1f} m to the {'left' if y >= 0 else 'right'}" if abs(y) >= 0.05 else "")


def _turn(first: Array, last: Array) -> str:
    """How the direction changes from one point to another."""
    turn = np.degrees(np.arctan2(last[3] * first[2] - last[2] * first[3], last[2:] @ first[2:]))
    if abs(turn) < 1.0:
        return "straight on"
    return f"turned {abs(turn):.0f} degrees to the {'left' if turn >= 0 else 'right'}"


def _route(route: Array, valid: Array) -> str:
    count = int(valid.sum())
    if not count:
        return "none known"
    first, last = route[0], route[count - 1]
    ends = f"ends {_place(last[:2])}, {_turn(first, last)}"
    return f"{count} of {len(valid)} points; begins {_place(first[:2])}; {ends}"


def _lanes(t: dict[str, Array]) -> str:
    there = t["lanes_valid"][:, 0]
    if not there.any():
        return "none on this map"
    far = np.sqrt((t["lanes"][..., :2] ** 2).sum(axis=-1))
    nearest = np.where(t["lanes_valid"], far, np.inf).min(axis=1)[there]
    attributes = t["lanes_attributes"][there]
    limits = np.unique(attributes[attributes[:, 1] > 0.0, 0])
    told = ", ".join(f"{limit:.1f}" for limit in limits) + " m/s" if len(limits) else "unknown"
    return (
        f"{int(there.sum())} of {len(there)} pieces, from {nearest[0]:.1f} m to {nearest[-1]:.1f} m away; "
        f"{int(attributes[:, 2].sum())} on the route, {int(attributes[:, 3].sum())} in intersections; "
        f"limits {told}"
    )


def _signals(t: dict[str, Array]) -> str:
    from simeval.sim.observe_columns import SIGNAL_NAMES

    codes, counts = np.unique(t["lanes_signal"][t["lanes_signal"] > 0], return_counts=True)
    told = [f"{count} {SIGNAL_NAMES[code]}" for code, count in zip(codes, counts, strict=True)]
    return f"on pieces: {', '.join(told)}" if told else "none on the pieces that are seen"


def _edges(edges: Array, valid: Array) -> str:
    if not valid.any():
        return "none on this map"
    return f"{int(valid.sum())} of {len(valid)} points; the nearest {_place(edges[0, :2])}"


def bodies_of(seen: Observed) -> list[tuple[object, ...]]:
    """One row a body: number, kind, m ahead, m to the left, gap [m], its speed, closing speed [m/s], steps.

    The gap is between the boxes; the closing speed that at which the centres come nearer.
    """
    from simeval.geometry.boxes import gaps
    from simeval.sim.observe_columns import KIND_NAMES

    t = seen.tensors
    rows: list[tuple[object, ...]] = []
    own = t["ego_parameters"]
    for k in np.flatnonzero(t["agents_valid"][:, -1]):
        x, y, c, s, vx, vy, length, width = (float(v) for v in t["agents_history"][k, -1])
        pair = [[0.0, 0.0, 0.0, own[0], own[1], x, y, np.arctan2(s, c), length, width]]
        away = max(float(np.hypot(x, y)), 1e-9)
        closing = -(x * (vx - float(t["ego_history"][-1, 4])) + y * vy) / away
        gap = float(gaps(np.asarray(pair, dtype=np.float64))[0])
        name, steps = KIND_NAMES[t["agents_kind"][k]], int(t["agents_valid"][k].sum())
        told = (x, y, gap, float(np.hypot(vx, vy)), closing)
        rows.append((int(k) + 1, name, *(round(value, 3) + 0.0 for value in told), steps))
    return rows


def plain_of(seen: Observed) -> dict[str, Any]:
    """Everything, for JSON: tensors as nested lists with the names and units of their columns."""
    from simeval.sim.observe_columns import COLUMNS

    return {
        "key": seen.key, "scenario_id": seen.scenario_id, "policy": seen.policy, "seed": seen.seed,
        "agent": seen.agent, "is_ego": seen.is_ego, "step": seen.step, "time_s": seen.time_s,
        "spec": seen.spec, "is_own_spec": seen.is_own_spec,
        "tensors": {
            name: {
                "shape": list(values.shape),
                "columns": [{"name": column, "unit": unit} for column, unit in COLUMNS[name]],
                "values": values.tolist(),
            }
            for name, values in seen.tensors.items()
        },
    }  # fmt: skip
