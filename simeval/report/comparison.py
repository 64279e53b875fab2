"""The page that compares two runs: one file, no program, links into the reports of both."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from simeval import __version__, content
from simeval.report.files import written
from simeval.report.index import KEY_DIGITS
from simeval.report.page import digest_of_text
from simeval.runs import Comparison
from simeval.runs.compare_results import FamilyRow, MetricRow
from simeval.runs.compare_sides import Side
from simeval.runs.compare_words import CHANGE_WORDS, change, headline_rows, p_value, verdict_words

__all__ = ["comparison_page", "write_comparison"]

LISTS = ("broke", "fixed", "still_failing", "unscored", "new", "removed", "edited")
OPEN = ("broke",)
HALF = 50.0  # of the bars' width


def write_comparison(comparison: Comparison, out: Path | None = None) -> Path:
    """Writes the page, by default into the report folder of the newer run; returns its path.

    Raises:
        StorageFull: when it cannot be written.
    """
    path = out or comparison.after.run.path / "report" / f"compare-{comparison.before.name}.html"
    data = comparison_page(comparison, path.parent).encode("utf-8")
    return written(path, lambda file: file.write_bytes(data))


def comparison_page(comparison: Comparison, folder: Path) -> str:
    """The page as text; links lead from `folder` to the reports. All names are escaped by the template."""
    c, a = comparison, comparison.assessment
    style = _style()
    shell = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    ).from_string(_content("comparison", ".html.j2"))
    return shell.render(
        title=f"{c.before.name} → {c.after.name}",
        policy=f"default-src 'none'; style-src {digest_of_text(style)}; img-src data:; base-uri 'none'; "
        "form-action 'none'",
        style=Markup(style),  # noqa: S704  our own file, checked by _style
        before=c.before, after=c.after, profile=c.after.run.profile,
        mood="void" if c.verdict.is_void else c.verdict.word,
        verdict=_sentence(verdict_words(c)), reasons=[*c.verdict.reasons, *c.notes],
        headline=headline_rows(c), num_tests=len(a.findings), alpha=f"{c.limits.alpha:g}",
        broke=a.flips.broke, fixed=a.flips.fixed,
        p_exact=p_value(a.flips.p_exact), p_mid=p_value(a.flips.p_mid),
        num_pairs=len(c.pairs), counts=[_count(c, name) for name in CHANGE_WORDS],
        families=[_family(f, max(x.broke + x.fixed for x in a.families)) for f in a.families],
        lists=[_list(c, name, folder) for name in LISTS if c.changes[name]],
        metrics=[_metric(m) for m in c.metrics], made_by=f"simeval {__version__}",
    )  # fmt: skip


def _style() -> str:
    """Colours and type of the report, then the page's own rules."""
    base = content.find("reports/assets", "10-base", suffix=".css", kind="page file").read_text("utf-8")
    style = base + _content("comparison", ".css")
    if "</style" in style.lower():
        raise ValueError("a style file cannot hold '</style'")
    return style


def _content(name: str, suffix: str) -> str:
    return content.find("reports", name, suffix=suffix, kind="report template").read_text("utf-8")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _count(c: Comparison, name: str) -> tuple[str, int, str]:
    count = c.changes[name]
    return CHANGE_WORDS[name], count, _anchor(name) if name in LISTS and count else ""


def _anchor(name: str) -> str:
    return name.replace("_", "-")


def _family(f: FamilyRow, most: int) -> dict[str, Any]:
    scale = HALF / max(most, 1)
    return {
        "name": f.family, "pairs": f.pairs, "broke": f.broke, "fixed": f.fixed,
        "failed_before": f.failed_before, "failed_after": f.failed_after, "q": p_value(f.q),
        "score_before": _number(f.score_before), "score_after": _number(f.score_after),
        "score_q": p_value(f.score_q), "mark": "worse" if f.is_worse else "lower" if f.is_lower else "",
        "left": round(f.broke * scale, 2), "right": round(f.fixed * scale, 2),
    }  # fmt: skip


def _metric(m: MetricRow) -> dict[str, Any]:
    return {
        "name": m.metric, "pairs": m.pairs, "before": _number(m.before), "after": _number(m.after),
        "change": change(m.change, percent=False), "q": p_value(m.q), "mark": "worse" if m.is_worse else "",
    }  # fmt: skip


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _list(c: Comparison, name: str, folder: Path) -> dict[str, Any]:
    rows = []
    for row in c.listed(name):
        side, key = (c.after, row["key_b"]) if row["key_b"] else (c.before, row["key_a"])
        rows.append(
            {
                "scenario_id": row["scenario_id"], "seed": row["seed"],
                "a": _episode(c.before, row, "a", folder), "b": _episode(c.after, row, "b", folder),
                "command": shlex.join(["simeval", "explain", side.where, key[:KEY_DIGITS]]),
            }
        )  # fmt: skip
    return {
        "anchor": _anchor(name),
        "title": _sentence(CHANGE_WORDS[name]),
        "rows": rows,
        "open": name in OPEN,
    }


def _episode(side: Side, row: dict[str, Any], suffix: str, folder: Path) -> dict[str, str] | None:
    key = row[f"key_{suffix}"]
    if key is None:
        return None
    outcome, mode = row[f"outcome_{suffix}"], row[f"mode_{suffix}"]
    failed = outcome in ("fail", "policy_fault") and mode
    return {
        "key": key[:KEY_DIGITS], "link": _link(side, key, folder), "outcome": outcome,
        "told": mode if failed else outcome.replace("_", " "),
    }  # fmt: skip


def _link(side: Side, key: str, folder: Path) -> str:
    """A relative address: both run folders can be moved together."""
    report = os.path.relpath((side.run.path / "report" / "index.html").resolve(), folder.resolve())
    return f"{quote(Path(report).as_posix())}#/e/{key[:KEY_DIGITS]}"
