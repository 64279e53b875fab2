"""`simeval list`: what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from simeval.cli.output import print_json, print_table

__all__ = ["list_"]


class Topic(StrEnum):
    """What can be listed."""

    scenarios = "scenarios"
    metrics = "metrics"
    profiles = "profiles"
    policies = "policies"
    formats = "formats"


What = Annotated[Topic, typer.Argument(help="What to list.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]


def list_(what: What, as_json: Json = False) -> None:
    """List scenarios, metrics, profiles, policies, or file formats."""
    rows = LISTS[what]()
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo(f"no {what}", err=True)
    else:
        columns = list(rows[0])
        print_table(columns, [[_cell(row[c]) for c in columns] for row in rows])


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _scenarios() -> list[dict[str, Any]]:
    from simeval.authoring import load_suite, suite_folders

    return [
        {
            "family": f"{suite}/{family.name}",
            "scenarios": len(family.scenarios()),
            "drawn": family.is_random,
            "tags": list(family.tags),
            "doc": " ".join(family.doc.split()),
        }
        for suite, folder in suite_folders().items()
        for family in load_suite(folder).families
    ]


def _metrics() -> list[dict[str, Any]]:
    from simeval.metrics import METRICS

    return [
        {"metric": m.name, "version": m.version, "unit": m.unit, "better": m.better, "doc": _line(m.doc)}
        for m in METRICS.values()
    ]


def _profiles() -> list[dict[str, Any]]:
    from simeval import content
    from simeval.judge import load_profile

    found = [
        (name, path, load_profile(name)) for name, path in content.names("metrics/profiles", "*.toml").items()
    ]
    return [
        {"profile": profile.label, "name": name, "builtin": path.is_relative_to(content.builtin_root())}
        for name, path, profile in found
    ]


def _policies() -> list[dict[str, Any]]:
    from simeval.policy.builtin import BUILTIN
    from simeval.sim import DRIVERS

    drivers = [{"policy": name, "kind": "engine driver", "doc": doc} for name, doc in DRIVERS.items()]
    return drivers + [{"policy": name, "kind": "learned", "doc": doc} for name, doc in BUILTIN.items()]


def _formats() -> list[dict[str, Any]]:
    from simeval.readers import FORMATS

    return [{"format": f.name, "read": f.is_read, "doc": f.doc} for f in FORMATS.values()]


def _line(text: str) -> str:
    return " ".join(text.split())


LISTS: dict[Topic, Callable[[], list[dict[str, Any]]]] = {
    Topic.scenarios: _scenarios,
    Topic.metrics: _metrics,
    Topic.profiles: _profiles,
    Topic.policies: _policies,
    Topic.formats: _formats,
}
