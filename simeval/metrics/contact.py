"""Contacts of the ego with other road users, and whose fault they are."""

from __future__ import annotations

from simeval.metrics.contact_situation import SITUATION, situation
from simeval.metrics.episode import Episode
from simeval.metrics.event_at import event_at
from simeval.metrics.impact import hit_areas, relative_speed
from simeval.metrics.records import Event, Reading
from simeval.metrics.registry import event_source, metric
from simeval.safety.collision_type import Fault

__all__ = ["at_fault_contacts", "contact_events", "contacts", "unknown_fault_contacts"]


@metric("contacts", unit="1", better="lower")
def contacts(episode: Episode) -> Reading:
    """Road users that the ego touches."""
    return _count(episode, set(Fault))


@metric("at_fault_contacts", unit="1", better="lower", version=3)
def at_fault_contacts(episode: Episode) -> Reading:
    """Road users that the ego touches by its own fault."""
    return _count(episode, {Fault.YES})


@metric("unknown_fault_contacts", unit="1", better="lower", version=3)
def unknown_fault_contacts(episode: Episode) -> Reading:
    """Road users that the ego touches sideways where the map cannot tell who left the lane."""
    return _count(episode, {Fault.UNKNOWN})


def _count(episode: Episode, faults: set[Fault]) -> Reading:
    found = [c for c in episode.contacts if c.fault in faults]
    if not found:
        return Reading(0.0)
    return Reading(float(len(found)), step=found[0].step, agent=episode.name(found[0].agent))


@event_source(
    "contact", defined_by="contacts", value="closing at",
    detail=(
        "fault", "type", "other_kind", "delta_v_mps", "ego_body", "ego_speed_mps", "hit_area",
        "other_hit_area", "impact_speed_mps", *SITUATION,
    ), version=6,
)  # fmt: skip
def contact_events(episode: Episode) -> list[Event]:
    """The first contact with each road user; the value is the closing speed."""
    return [
        event_at(
            episode, "contact", c.step, kind=c.type.name.lower(), agent=c.agent, body=c.body,
            value=c.closing_speed, limit=None, unit="m/s", place=(c.x, c.y),
            detail={
                "fault": c.fault.value,
                "type": c.type.name.lower(),
                "other_kind": episode.trace.agents.kind_of(c.agent).name.lower(),
                "delta_v_mps": c.delta_v,
                "ego_body": float(c.ego_body),
                "ego_speed_mps": float(episode.ego_motion.speed[c.step]),
                **dict(zip(("hit_area", "other_hit_area"), hit_areas(episode, c), strict=True)),
                "impact_speed_mps": relative_speed(episode, c),
                **situation(episode, c),
            },
        )
        for c in episode.contacts
    ]  # fmt: skip
