"""`manifest.json`: what is needed to understand a run folder, and to run it again, years later."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

import simeval
from simeval.content_hash import digest_of_json
from simeval.errors import StoreError
from simeval.metrics import METRICS_VERSION
from simeval.runs import files
from simeval.runs.described import determinism
from simeval.runs.machine import machine
from simeval.runs.plan import Plan
from simeval.runs.settings import NESTED, RunSettings
from simeval.runs.sources import Source
from simeval.sim import SIMULATION_SEMANTICS, SimSettings

__all__ = [
    "FORMAT_VERSION", "NewerError", "make_manifest", "read_manifest", "shown_path", "sim_settings",
    "write_manifest",
]  # fmt: skip

FORMAT_VERSION = 1  # of the run folder; raised when an older simeval could not read it
PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "torch",
    "pandas",
    "pyarrow",
    "duckdb",
    "scipy",
    "shapely",
    "msgspec",
)


class NewerError(StoreError):
    """The folder was written by a newer version: it is whole, and must not be touched."""


def make_manifest(
    plan: Plan, sources: Sequence[Source], policies: Sequence[dict[str, Any]], settings: RunSettings,
    origins: Mapping[str, str], argv: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """The manifest of a new run folder. It holds no secret and no path of the user's home."""
    return {
        "format_version": FORMAT_VERSION,
        "created_utc": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "argv": [_without_home(word) for word in argv],
        "versions": _versions(),
        "settings": _settings(settings, origins),
        "policies": list(policies),
        "sources": [_source(i, source, plan) for i, source in enumerate(sources)],
        "seeds": sorted({row["seed"] for row in plan.rows}),
        "planned": len(plan.rows),
        "plan_digest": digest_of_json(sorted(plan.keys)),
        "determinism": determinism(policies),
        "notes": list(plan.notes),
        "machine": machine(),
    }


def _versions() -> dict[str, Any]:
    return {
        "simeval": simeval.__version__,
        "simulation_semantics": SIMULATION_SEMANTICS,
        "metrics": METRICS_VERSION,
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _settings(settings: RunSettings, origins: Mapping[str, str]) -> dict[str, Any]:
    values, defaults = _flat(settings), _flat(RunSettings())
    return {
        name: {
            "value": value,
            "from": origins.get(name, "default" if value == defaults[name] else "caller"),
        }
        for name, value in values.items()
    }


def _flat(settings: RunSettings) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    inner: list[dict[str, Any]] = [plain.pop(group) for group in NESTED]
    return plain | {name: value for group in inner for name, value in group.items()}


def _source(index: int, source: Source, plan: Plan) -> dict[str, Any]:
    mine = sorted(p.content_hash for p in plan.scenarios.values() if p.source == index)
    return {
        "given": _without_home(source.given),
        "kind": source.kind,
        "name": source.name,
        "builtin": source.is_builtin,
        "num_scenarios": len(mine),
        "content_hash": digest_of_json(mine),
    }


def _without_home(word: str) -> str:
    here, home = str(Path.cwd()), str(Path.home())
    word = word.replace(f"{here}/", "") if len(here) > 1 else word
    return word.replace(home, "~") if len(home) > 1 else word


def shown_path(path: Path) -> str:
    """A path as a person would type it: relative to the working directory where it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def write_manifest(path: Path, manifest: Mapping[str, Any], *, replace: bool = True) -> None:
    """Writes it; with `replace=False` one that is there stays."""
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    files.write_file(path, data, replace=replace)


def read_manifest(path: Path) -> dict[str, Any]:
    """Reads it.

    Raises:
        StoreError: when it is missing or damaged; NewerError: when it is of a newer format.
    """
    again = "Run the `simeval run` command of this folder again."
    try:
        manifest: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        raise StoreError(str(path), "is missing.", again) from None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(str(path), f"cannot be read: {error}.", again) from None
    version = manifest.get("format_version")
    if not isinstance(version, int):
        raise StoreError(str(path), "does not say which format it has.", again)
    if version > FORMAT_VERSION:
        raise NewerError(
            str(path),
            f"has format {version}; this simeval reads up to {FORMAT_VERSION}.",
            "Install a newer simeval to open it.",
        )
    if not _is_whole(manifest):
        raise StoreError(str(path), "lacks what every manifest says.", again)
    return manifest


def sim_settings(manifest: Mapping[str, Any]) -> SimSettings:
    """The settings of the simulation that a manifest tells; one that it does not know is at its default."""
    told: Mapping[str, Any] = manifest["settings"]
    values = {name: told[name]["value"] for name in SimSettings.__struct_fields__ if name in told}
    return msgspec.convert(values, SimSettings)


def _is_whole(manifest: Mapping[str, Any]) -> bool:
    """Whether what is read from it is there."""
    try:
        values = [setting["value"] for setting in manifest["settings"].values()]
        sources = [source["given"] for source in manifest["sources"]]
        named = {"traces", "profile"} <= set(manifest["settings"])
    except (KeyError, TypeError, AttributeError):
        return False
    return bool(values) and bool(sources) and named
