"""The traffic card of a run: what the traffic did, by model, and whether it decided scores.

docs/report.md defines every number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simeval.runs.traffic_events import GIVEN

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["EVENTS", "MANY_CONTACTS", "card_lines", "card_of"]

EVENTS = ("contact", "off_road", "hard_braking", "stall", "held_back")
MANY_CONTACTS = 0.05  # share of the episodes with traffic in which reacting traffic touched one another
AVOIDABLE = 8.0  # [m/s^2] what tyres give: a contact that needed less should not have been


def card_of(events: DataFrame, models: DataFrame, scores: DataFrame) -> dict[str, Any] | None:
    """The card as plain values; None where there was no traffic.

    Args:
        events: one row an event of the traffic.
        models: one row an episode and model.
        scores: one row an episode.
    """
    if not len(models):
        return None
    contacts = events[events["event"] == "contact"]
    reacting = contacts[~(contacts["model"].isin(GIVEN) & contacts["other_model"].isin(GIVEN))]
    card: dict[str, Any] = {
        "episodes": int(models["key"].nunique()),
        "models": [_model(str(name), rows, events) for name, rows in models.groupby("model", sort=True)],
        "contacts": _contacts(reacting),
        "episodes_with_contacts": int(reacting["key"].nunique()),
    }
    card |= _decided(events, scores)
    return card | {"warnings": _warnings(card)}


def _model(name: str, rows: DataFrame, events: DataFrame) -> dict[str, Any]:
    own = events[events["model"] == name]
    counts = {event: int((own["event"] == event).sum()) for event in EVENTS}
    return {
        "model": name, "agents": int(rows["num_agents"].sum()), "hours": float(rows["agent_s"].sum() / 3600.0)
    } | counts  # fmt: skip


def _contacts(contacts: DataFrame) -> list[dict[str, Any]]:
    """Pairs of models that touched: how often, and how many could have been avoided by braking."""
    told = []
    pairs = contacts["model"] + " into " + contacts["other_model"]
    for pair, rows in contacts.groupby(pairs, sort=True):
        known = rows["value"].notna() & rows["is_follower"]
        told.append(
            {
                "pair": str(pair),
                "contacts": len(rows),
                "avoidable": int((known & (rows["value"] <= AVOIDABLE)).sum()),
                "beside": int((~rows["is_follower"]).sum()),
            }
        )
    return told


def _decided(events: DataFrame, scores: DataFrame) -> dict[str, Any]:
    """Failed episodes whose first cause is a replayed agent that drove into the ego."""
    failed = scores[scores["outcome"] == "fail"]
    into_ego = events[
        (events["event"] == "ego_contact") & events["is_follower"] & (events["model"] == "replay")
    ]
    hit = set(zip(into_ego["key"], into_ego["agent"], strict=True))
    decided = [
        key for key, agent in zip(failed["key"], failed["cause_agent"], strict=True) if (key, agent) in hit
    ]
    return {"failed": len(failed), "failed_by_replay": len(decided), "failed_by_replay_keys": decided}


def _warnings(card: Mapping[str, Any]) -> list[str]:
    told = []
    if count := card["failed_by_replay"]:
        told.append(
            f"{count} of {card['failed']} failed episodes fail because a replayed agent drove into the ego: "
            "the log could not react. `--traffic reactive-replay` or `idm` says what reacting traffic does."
        )
    if (count := card["episodes_with_contacts"]) > MANY_CONTACTS * card["episodes"]:
        told.append(
            f"in {count} of {card['episodes']} episodes traffic that reacts touched somebody: what the ego "
            "met there was not sound traffic."
        )
    return told


def card_lines(card: Mapping[str, Any] | None) -> list[str]:
    """The card in a line or two for the terminal, warnings after it."""
    if card is None:
        return []
    agents = ", ".join(f"{m['agents']} {m['model']}" for m in card["models"])
    counts = {event: sum(m[event] for m in card["models"]) for event in EVENTS}
    words = ", ".join(f"{count} {event.replace('_', ' ')}" for event, count in counts.items() if count)
    return [f"traffic: {agents}; {words or 'nothing unusual'}", *(f"warning: {w}" for w in card["warnings"])]
