"""The command that runs one episode of a run again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from simeval.runs.manifest import shown_path
from simeval.sim import SimSettings

__all__ = ["reproducing_command"]


def reproducing_command(manifest: Mapping[str, Any], row: Mapping[str, Any], pack: Path) -> str:
    """Words for a shell. A source that can be named anywhere stays as it was given; another one is
    replaced by the run's own pack, which holds every scenario as it was driven."""
    given: Mapping[str, Any] = manifest["sources"][row["source"]]
    named = given["builtin"] or not given["given"].startswith(("/", "~"))
    source = str(given["given"]) if named else shown_path(pack)
    words = ["simeval", "run", source, "--policy", row["policy"], "--only", row["scenario_id"]]
    if row["seed"] and not source.endswith(".pack"):
        words += ["--seeds", str(row["seed"] + 1)]
    return shlex.join(words + _changed(manifest["settings"]))


def _changed(settings: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    defaults: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(SimSettings()))
    for name, default in defaults.items():
        value = settings[name]["value"]
        if value != default:
            told = ",".join(value) or "none" if isinstance(value, list) else str(value)
            words += [f"--{name.replace('_', '-')}", told]
    return words
