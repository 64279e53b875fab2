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
    modes = "modes"
    policies = "policies"
    formats = "formats"


What = Annotated[Topic, typer.Argument(help="What to list.", metavar="WHAT", show_choices=True)]
Name = Annotated[
    str | None, typer.Argument(help="One of them, with all that is known: a metric's card.", metavar="NAME")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]


def list_(what: What, name: Name = None, as_json: Json = False) -> None:
    """List scenarios, metrics, profiles, failure modes, policies, or file formats; or show one of them.

    WHAT is one of scenarios, metrics, profiles, modes, policies, formats.
    """
    rows = LISTS[what]()
    if name is not None:
        found = _one(what, rows, name)
        if as_json:
            print_json(found)
        else:
            print_table(("what", "value"), [(k, str(_cell(v))) for k, v in found.items()], title=name)
    elif as_json:
        print_json(rows)
    elif not rows:
        typer.echo(f"no {what}", err=True)
    else:
        columns = list(rows[0])
        print_table(columns, [[_cell(row[c]) for c in columns] for row in rows])


def _one(what: Topic, rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """All that is known of one entry.

    Raises:
        UsageError: when there is none of that name; the message names the nearest.
    """
    from simeval.errors import unknown_name

    kind = {Topic.policies: "policy", Topic.scenarios: "family"}.get(what, what.value.removesuffix("s"))
    label = "name" if what is Topic.profiles else next(iter(rows[0]))
    by_name = {str(row[label]): row for row in rows}
    if name not in by_name:
        raise unknown_name(kind, name, by_name)
    return by_name[name] | (_card(name) if what is Topic.metrics else {})


def _card(name: str) -> dict[str, Any]:
    """What the card of a metric says beside its entry; a metric of the user's may have none."""
    from simeval.metrics.cards import load_cards

    card = load_cards().get(name)
    told = ("meaning", "formula", "range", "source", "undefined", "limits")
    return {key: getattr(card, key) for key in told} if card else {}


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
        {
            "metric": m.name,
            "version": m.version,
            "unit": m.unit,
            "better": m.better,
            "on_request": m.on_request,
            "doc": _line(m.doc),
        }
        for m in METRICS.values()
    ]


def _profiles() -> list[dict[str, Any]]:
    from simeval import content
    from simeval.judge import load_profile

    found = [
        (name, path, load_profile(name)) for name, path in content.names("metrics/profiles", "*.toml").items()
    ]
    return [
        {
            "profile": profile.label,
            "name": name,
            "builtin": path.is_relative_to(content.builtin_root()),
            "doc": _line(profile.doc),
        }
        for name, path, profile in found
    ]


def _modes() -> list[dict[str, Any]]:
    from simeval.judge.taxonomy import current_taxonomy

    modes = current_taxonomy().modes
    return [{"mode": m.mode, "lacking": m.weakness, "explains": m.explains, "doc": m.doc} for m in modes]


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
    Topic.modes: _modes,
    Topic.policies: _policies,
    Topic.formats: _formats,
}
