"""Refuses to compare what cannot be compared, and names the difference."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from simeval.errors import UsageError
from simeval.runs.compare_sides import Side
from simeval.sim import SimSettings

__all__ = ["ALLOWED", "check_comparable"]

ALLOWED = ("edited", "settings")
SHOWN = 3


def check_comparable(before: Side, after: Side, allow: Collection[str] = ()) -> list[str]:
    """Refuses what cannot be compared; gives what has to be said where the caller allows it.

    Raises:
        UsageError: other profile, metrics, simulator, settings or scenarios; it names the difference.
    """
    for word in allow:
        if word not in ALLOWED:
            raise UsageError("--allow", f"{word!r} is not known.", f"There are: {', '.join(ALLOWED)}.")
    _check_judged_alike(before, after)
    settings = _different_settings(before.run.manifest, after.run.manifest)
    edited = _edited(before, after)
    _check_overlap(before, after)
    where = f"{before.where} and {after.where}"
    if settings and "settings" not in allow:
        fix = "Run both alike, or --allow settings: then the difference is not the policy's alone."
        raise UsageError(where, f"were simulated differently: {'; '.join(settings)}.", fix)
    if edited and "edited" not in allow:
        raise UsageError(where, _says_edited(before, after, edited), EDITED)
    notes = [f"Simulated differently: {'; '.join(settings)}."] if settings else []
    return notes + ([f"Left out: {_says_edited(before, after, edited)}"] if edited else [])


EDITED = "Run the older policy on the new scenarios, or --allow edited: then they are left out."


def _check_judged_alike(before: Side, after: Side) -> None:
    a, b = before.run, after.run
    for side in (before, after):
        if not side.run.judged_with:
            fix = f"`simeval score {side.where}` judges it."
            raise UsageError(side.where, f"is not judged under {side.run.profile or 'any profile'}.", fix)
    if a.profile != b.profile:
        what = f"is judged by {a.profile}, {after.where} by {b.profile}: other rules, other numbers."
        raise UsageError(before.where, what, _score_again(before, after, b.profile.partition("@")[0]))
    differ = [name.removeprefix("simeval.") for name, told in a.judged_with.items()
              if b.judged_with.get(name) != told]  # fmt: skip
    if differ:
        what = f"and {after.where} are judged by different states of {a.profile} ({' and '.join(differ)})."
        raise UsageError(before.where, what, _score_again(before, after, a.profile.partition("@")[0]))


def _score_again(before: Side, after: Side, profile: str) -> str:
    return (
        f"`simeval score {before.where} --profile {profile}` and the same for {after.where} judge both "
        "again; nothing is simulated."
    )


def _different_settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """Settings of the simulation, and its version, that are not the same."""
    told = []
    for name in SimSettings.__struct_fields__:
        values = [m["settings"].get(name, {}).get("value") for m in (a, b)]
        if values[0] != values[1]:
            told.append(f"{name} {values[0]} and {values[1]}")
    versions = [m.get("versions", {}).get("simulation_semantics") for m in (a, b)]
    if versions[0] != versions[1]:
        told.append(f"simulator of version {versions[0]} and {versions[1]}")
    return told


def _edited(before: Side, after: Side) -> list[str]:
    a, b = before.contents, after.contents
    return sorted(name for name in a.keys() & b.keys() if a[name] != b[name])


def _says_edited(before: Side, after: Side, edited: list[str]) -> str:
    shown = ", ".join(
        f"{name} ({before.contents[name][:12]} and {after.contents[name][:12]})" for name in edited[:SHOWN]
    )
    more = f" and {len(edited) - SHOWN} more" if len(edited) > SHOWN else ""
    return f"{len(edited)} scenarios of the same id have another content: {shown}{more}."


def _check_overlap(before: Side, after: Side) -> None:
    if before.contents.keys() & after.contents.keys():
        return
    sources = [", ".join(s["given"] for s in side.run.manifest["sources"]) for side in (before, after)]
    what = f"have no scenario in common: {sources[0]}; {sources[1]}."
    raise UsageError(f"{before.where} and {after.where}", what, "Compare runs of the same suite.")
