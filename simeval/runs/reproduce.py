"""The command that runs one episode of a run again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from simeval.content import BUILTIN
from simeval.runs.described import LEARNED
from simeval.runs.keys import SHOWN
from simeval.runs.manifest import shown_path, sim_settings
from simeval.runs.policy_settings import PolicySettings
from simeval.runs.settings import RunSettings
from simeval.sim import SimSettings
from simeval.sim.traffic_rules import DEFAULT, draws_drivers

__all__ = ["reproducing_command"]

DEFAULT_PROFILE = RunSettings().profile


def reproducing_command(manifest: Mapping[str, Any], row: Mapping[str, Any], pack: Path) -> str:
    """Words for a shell. A source that can be named anywhere stays as it was given; another one is
    replaced by the run's own pack, which holds every scenario as it was driven."""
    given: Mapping[str, Any] = manifest["sources"][row["source"]]
    named = given["builtin"] or not given["given"].startswith(("/", "~"))
    source = str(given["given"]) if named else shown_path(pack)
    policy: Mapping[str, Any] = next(
        (p for p in manifest.get("policies", ()) if p["name"] == row["policy"]), {}
    )
    learned = policy.get("kind") == LEARNED
    is_random = bool((policy.get("spec") or {}).get("is_random"))  # one episode a seed, of the same id
    is_random |= learned and sim_settings(manifest).draws
    is_random |= draws_drivers(sim_settings(manifest).traffic)
    is_random |= any((one.get("spec") or {}).get("is_random") for one in policy.get("traffic", ()))
    only = row["key"][:SHOWN] if is_random else row["scenario_id"]
    words = ["simeval", "run", source, "--policy", row["policy"], "--only", only]
    if row["seed"] and (is_random or not source.endswith(".pack")):
        words += ["--seeds", str(row["seed"] + 1)]
    words += _changed(manifest["settings"], SimSettings())
    words += _default_of_its_own(manifest["settings"])
    if learned or policy.get("traffic"):
        words += _changed(manifest["settings"], PolicySettings())
    return shlex.join(words + _profile(manifest))


def _profile(manifest: Mapping[str, Any]) -> list[str]:
    """The profile that the run is shown under, as it was asked for, where it is not the default."""
    given = manifest.get("profile_name") or manifest["settings"].get("profile", {}).get(
        "value", DEFAULT_PROFILE
    )
    shown = str(manifest.get("profile") or given).partition("@")[0]
    named = given if Path(str(given).removeprefix(BUILTIN)).stem == shown else shown
    return [] if named == DEFAULT_PROFILE else ["--profile", str(named)]


def _default_of_its_own(settings: Mapping[str, Any]) -> list[str]:
    """Traffic that was asked for although it is the default: the suite may ask for another one."""
    traffic = settings.get("traffic", {})
    asked = traffic.get("from", "default") not in ("default", "caller")
    return ["--traffic", DEFAULT] if asked and traffic.get("value") == DEFAULT else []


def _changed(settings: Mapping[str, Any], defaults: msgspec.Struct) -> list[str]:
    words: list[str] = []
    for name, default in msgspec.json.decode(msgspec.json.encode(defaults)).items():
        value = settings.get(name, {"value": default})["value"]
        option = name.replace("_", "-")
        if value == default:
            continue
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        else:
            words += [f"--{option}", ",".join(value) or "none" if isinstance(value, list) else str(value)]
    return words
