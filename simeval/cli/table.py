"""`simeval table`: groups of episodes with counts, rates and means, and how sure one can be of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simeval.cli.output import print_json, print_table

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["table"]


def table(
    run: Annotated[Path, typer.Argument(help="Run folder, or a folder of runs: the newest.", metavar="RUN")],
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Group by policy, family, suite, cluster, tag, mode, outcome, ending, seed, scenario; "
            "several: --by twice, or comma-separated."
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="Metrics to show instead of the main ones; several like --by.", metavar="METRIC"),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="All columns as CSV.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A table for a pull request.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All columns as one JSON document.")] = False,
) -> None:
    """Show outcomes, rates, scores and metrics with 95 % intervals, by group and in all.

    Rates have exact intervals, means intervals over clusters of scenarios; docs/comparing.md defines each.

    Exit codes: 0 done · 2 no such run, group or metric · 7 the run folder is damaged.
    """
    from simeval.errors import UsageError
    from simeval.runs import open_run

    if as_csv + as_markdown + as_json > 1:
        raise UsageError("table", "several forms are asked for.", "Give one of --csv, --markdown, --json.")
    names, metrics = _words(by), _words(metric)
    opened = open_run(run)
    found = opened.summary_table(names, metrics)
    if as_json:
        print_json({"run": str(run), "profile": opened.profile, "by": names, "rows": _plain(found)})
    elif as_csv:
        print(found.to_csv(index=False), end="")
    else:
        _show(found, names, opened.profile, as_markdown)


def _words(given: list[str] | None) -> list[str]:
    return [name for word in given or [] for name in word.split(",") if name]


def _show(found: DataFrame, names: list[str], profile: str, as_markdown: bool) -> None:
    from simeval.runs.markdown import Raw, table_of

    columns, rows = _for_people(found, names)
    if as_markdown:
        ours = [[cell if i < len(names) or not isinstance(cell, str) else Raw(cell)
                 for i, cell in enumerate(row)] for row in rows]  # fmt: skip
        print(table_of([Raw(name) for name in columns], ours))
        print(f"\nJudged by {profile}. {LEGEND}")
        return
    print_table(columns, rows, title=f"judged by {profile}")
    print(LEGEND)


LEGEND = "[low, high] at 95 %: exact for rates, over clusters of scenarios for means."


def _plain(found: DataFrame) -> list[dict[Any, Any]]:
    """Rows for JSON: null where something is undefined."""
    rows = found.astype(object).where(found.notna(), None)
    return [{k: _unboxed(v) for k, v in row.items()} for row in rows.to_dict("records")]


def _unboxed(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _for_people(found: DataFrame, names: list[str]) -> tuple[list[str], list[list[object]]]:
    """The columns that fit a screen: limits beside their number, counts of means left to the other forms."""
    from simeval.runs.summary import columns_with_limits

    limited = columns_with_limits(found)
    hidden = {"coverage", "clusters"} | ({"share"} if not {"mode", "tag"} & set(names) else set())
    shown = [c for c in found if c not in hidden and not str(c).endswith(("_low", "_high", "_count"))]
    shown.insert(shown.index("fail_rate") if "fail_rate" in shown else len(shown), "coverage")
    rows = [[_cell(row, name, limited) for name in shown] for row in found.to_dict("records")]
    return [str(name) for name in shown], rows


def _cell(row: dict[Any, Any], name: Any, limited: list[str]) -> object:
    value = row[name]
    if isinstance(value, float) and math.isnan(value):
        return None
    percent = name in ("coverage", "fail_rate", "share")
    if name not in limited:
        return f"{value:.0%}" if percent else value
    low, high = (_number(row[f"{name}_{end}"], percent) for end in ("low", "high"))
    return f"{_number(value, percent)}{'%' if percent else ''}{f' [{low}, {high}]' if low else ''}"


def _number(value: float, percent: bool) -> str:
    if math.isnan(value):
        return ""
    return f"{100 * value:.1f}" if percent else f"{value:.3g}"
