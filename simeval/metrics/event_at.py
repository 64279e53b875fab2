"""Builds events of an episode: time and place follow from the step."""

from __future__ import annotations

from simeval.metrics.episode import Episode
from simeval.metrics.records import Event

__all__ = ["event_at"]


def event_at(
    episode: Episode, event: str, step: int, *, kind: str = "", agent: int = -1, body: int | None = None,
    value: float | None = None, limit: float | None = None, unit: str = "",
    place: tuple[float, float] | None = None, last: int | None = None,
    detail: dict[str, str | float | bool | None] | None = None,
) -> Event:  # fmt: skip
    """An event that starts at `step`, by default where the ego is; `last` is the last step it holds.

    `agent` is an index, -1 for the ego alone; for a road user the first body unless `body` says otherwise.
    """
    x, y = place if place is not None else episode.ego_xy[step].tolist()
    until = {} if last is None else {"until_s": last * episode.dt}
    return Event(
        event=event, kind=kind, step=step, time_s=step * episode.dt, x_m=x, y_m=y,
        agent=episode.name(agent), body=body if body is not None or agent < 0 else 0,
        value=value, limit=limit, unit=unit, detail={**(detail or {}), **until},
    )  # fmt: skip
