"""A trace as a row of a table, and back; contacts as rows; what is known of an episode as a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simeval.arrays import Array
from simeval.safety.contacts import contacts_in
from simeval.scenario import Ending, Plans, Scenario, States, Trace

__all__ = ["Episode", "contact_rows", "episode_row", "is_finite", "trace_from", "trace_row"]

PER_STEP: dict[str, Callable[[Trace], Array]] = {
    "command_accel_mps2": lambda t: t.command[:, 0],
    "command_steer_rad": lambda t: t.command[:, 1],
    "accel_mps2": lambda t: t.acceleration,
    "steer_rad": lambda t: t.steering,
}


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One planned episode after its turn: a trace, or the reason why there is none."""

    row: Mapping[str, Any]  # its row of the plan
    trace: Trace | None = None
    ending: str = ""  # without a trace: "not_run" (the scenario cannot run) or "harness_error"
    detail: str = ""
    error: tuple[str, str, str] | None = None  # type, message, traceback
    wall_ms: float | None = None
    policy_ms: tuple[float | None, float | None] = (None, None)  # median and 99th percentile of its calls
    attempt: int = field(default=1)

    @property
    def key(self) -> str:
        """Its key."""
        return str(self.row["key"])


def episode_row(episode: Episode) -> dict[str, Any]:
    """A row of `episodes`."""
    trace, error = episode.trace, episode.error or (None, None, None)
    return {
        **{name: episode.row[name] for name in ("key", "scenario_id", "policy", "seed")},
        "ending": trace.ending.name.lower() if trace else episode.ending,
        "ending_detail": trace.ending_detail if trace else episode.detail,
        "ending_step": trace.first_step + trace.num_steps - 1 if trace else None,
        "num_steps": trace.num_steps if trace else None,
        "duration_s": trace.duration if trace else None,
        "wall_ms": episode.wall_ms,
        "policy_ms_p50": episode.policy_ms[0],  # engine drivers are part of the step: null
        "policy_ms_p99": episode.policy_ms[1],
        "error_type": error[0],
        "error_message": error[1],
        "error_trace": error[2],
        "attempt": episode.attempt,
    }


def is_finite(trace: Trace) -> bool:
    """Whether every number of a trace is finite, as it must be to be stored."""
    states = trace.states
    arrays = (states.xy, states.heading, states.velocity, states.hitch, trace.yaw_rate)
    return all(bool(np.isfinite(a).all()) for a in (*arrays, *(of(trace) for of in PER_STEP.values())))


def trace_row(key: str, trace: Trace) -> dict[str, Any]:
    """A row of `traces`; arrays over steps and agents are flat, step by step."""
    states = trace.states
    flat = {
        "x_m": states.xy[..., 0], "y_m": states.xy[..., 1], "heading_rad": states.heading,
        "vx_mps": states.velocity[..., 0], "vy_mps": states.velocity[..., 1],
        "yaw_rate_radps": trace.yaw_rate, "hitch_rad": states.hitch, "valid": states.valid,
        "flags": trace.flags, "driver": trace.driver,
    }  # fmt: skip
    return {
        "key": key, "dt_s": trace.dt, "num_steps": trace.num_steps, "first_step": trace.first_step,
        "ego_index": trace.ego, "agent_id": list(trace.agents.ids),
        **{name: np.ascontiguousarray(values).ravel() for name, values in flat.items()},
        **{name: np.ascontiguousarray(of(trace)) for name, of in PER_STEP.items()},
        "ending": int(trace.ending), "ending_detail": trace.ending_detail, **_plan_columns(trace.plans),
    }  # fmt: skip


def _plan_columns(plans: Plans | None) -> dict[str, Any]:
    if plans is None:
        return dict.fromkeys(("plan_step", "plan_pose", "plan_spacing_s"))
    pose = np.ascontiguousarray(plans.poses).ravel()
    return {"plan_step": plans.step, "plan_pose": pose, "plan_spacing_s": plans.spacing}


def _plans(row: Mapping[str, Any]) -> Plans | None:
    if row.get("plan_step") is None:
        return None
    step = np.asarray(row["plan_step"], dtype=np.int64)
    poses = np.asarray(row["plan_pose"], dtype=np.float64).reshape(len(step), -1, 3)
    return Plans(step=step, poses=poses, spacing=row["plan_spacing_s"])


def trace_from(row: Mapping[str, Any], scenario: Scenario) -> Trace:
    """The trace of a row of `traces`, with the agents of its scenario."""
    shape = (row["num_steps"], len(row["agent_id"]))
    get = {name: np.asarray(values) for name, values in row.items() if isinstance(values, np.ndarray)}
    if tuple(row["agent_id"]) != scenario.agents.ids:
        raise ValueError(f"{scenario.id}: the trace was recorded with other agents")
    return Trace(
        scenario_id=scenario.id,
        dt=row["dt_s"],
        first_step=row["first_step"],
        agents=scenario.agents,
        ego=row["ego_index"],
        states=_states(get, shape),
        yaw_rate=get["yaw_rate_radps"].reshape(shape),
        flags=get["flags"].reshape(shape),
        driver=get["driver"],
        command=np.stack([get["command_accel_mps2"], get["command_steer_rad"]], axis=-1),
        acceleration=get["accel_mps2"],
        steering=get["steer_rad"],
        ending=Ending(row["ending"]),
        ending_detail=row["ending_detail"],
        plans=_plans(row),
    )


def _states(get: Mapping[str, Any], shape: tuple[int, int]) -> States:
    return States(
        xy=np.stack([get["x_m"], get["y_m"]], axis=-1).reshape(*shape, 2),
        heading=get["heading_rad"].reshape(shape),
        velocity=np.stack([get["vx_mps"], get["vy_mps"]], axis=-1).reshape(*shape, 2),
        valid=get["valid"].reshape(shape),
        hitch=get["hitch_rad"].reshape(shape[0], -1) if shape[0] else np.zeros((0, 0)),
    )


def contact_rows(key: str, trace: Trace) -> list[dict[str, Any]]:
    """Rows of `contacts`: every pair of bodies that touch, at every step."""
    found = contacts_in(trace.agents, trace.states)
    ids = trace.agents.ids
    return [
        {
            "key": key, "step": int(step), "time_s": int(step) * trace.dt,
            "agent_a": ids[a], "body_a": int(body_a), "agent_b": ids[b], "body_b": int(body_b),
            "x_m": float(x), "y_m": float(y), "closing_speed_mps": float(closing),
        }
        for step, a, body_a, b, body_b, x, y, closing in zip(
            found.step, found.agent_a, found.body_a, found.agent_b, found.body_b,
            found.x, found.y, found.closing_speed, strict=True,
        )
    ]  # fmt: skip
