"""A comparison as Markdown for a pull request: the answer, a short table, details folded away."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from simeval.runs.compare_words import CHANGE_WORDS, change, headline_rows, p_value, verdict_words
from simeval.runs.markdown import Raw, code, escaped, table_of

if TYPE_CHECKING:
    from simeval.runs.comparison import Comparison

__all__ = ["markdown_of"]

LISTED = 30  # episodes a list, so that a comment stays within what a code host takes
MARKS = {"regressed": "❌", "no_evidence": "➖", "not_worse": "✅"}
HEAD = ["", "before", "after", "change", "p, corrected", "visible from"]


def markdown_of(comparison: Comparison) -> str:
    """The whole text."""
    c = comparison
    mark = "⚠️" if c.verdict.is_void else MARKS[c.verdict.word]
    parts = [
        f"### {mark} {escaped(verdict_words(c))}",
        "\n".join(f"- {escaped(reason)}" for reason in [*c.verdict.reasons, *c.notes]),
        f"{code(c.before.policy)} in {code(c.before.where)} → {code(c.after.policy)} in "
        f"{code(c.after.where)}, judged by {code(c.after.run.profile)}",
        table_of(
            HEAD,
            [[row[0], *(Raw(x) for x in row[1:3]), _change_cell(row), *row[4:]] for row in headline_rows(c)],
        ),
        _counts(c),
        *(
            _list(c, name)
            for name in ("broke", "fixed", "still_failing", "new", "removed", "unscored", "edited")
        ),
        _families(c),
        _metrics(c),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _change_cell(row: list[str]) -> str:
    """Numbers of ours stay as they are; the name of a family is text."""
    return row[3] if row[0] == "worst family" else Raw(row[3])


def _counts(c: Comparison) -> str:
    told = [f"{CHANGE_WORDS[name]} {count}" for name, count in c.changes.items() if count]
    return f"{len(c.pairs)} scenarios and seeds: {', '.join(told)}"


def _list(c: Comparison, name: str) -> str:
    rows = c.listed(name)
    if not rows:
        return ""
    cells = [[Raw(code(r["scenario_id"])), r["seed"], _told(r, "a"), _told(r, "b")] for r in rows[:LISTED]]
    table = table_of(["scenario", "seed", "before", "after"], cells)
    more = [f"… and {len(rows) - LISTED} more."] if len(rows) > LISTED else []
    how = [f"Look at one: {code(_explain(c, rows[0]))}"]
    return _folded(f"{CHANGE_WORDS[name]}: {len(rows)}", "\n\n".join([table, *more, *how]))


def _told(row: dict[str, Any], side: str) -> Raw:
    if row[f"key_{side}"] is None:
        return Raw("–")
    outcome, mode = row[f"outcome_{side}"], row[f"mode_{side}"]
    failed = outcome in ("fail", "policy_fault") and mode
    return Raw(f"{escaped(mode if failed else outcome)} {code(row[f'key_{side}'][:16])}")


def _explain(c: Comparison, row: dict[str, Any]) -> str:
    side, key = (c.after, row["key_b"]) if row["key_b"] else (c.before, row["key_a"])
    return shlex.join(["simeval", "explain", side.where, key[:16]])


def _families(c: Comparison) -> str:
    rows = [
        [("**worse** " if f.is_worse else "") + escaped(f.family), f.pairs, f.failed_before, f.failed_after,
         f.broke, f.fixed, p_value(f.q), _score(f.score_before), _score(f.score_after),
         p_value(f.score_q) + (" lower" if f.is_lower else "")]
        for f in c.assessment.families
    ]  # fmt: skip
    head = ["family", "pairs", "failed before", "after", "broke", "fixed", "q", "score before", "after", "q"]
    return _folded("Families", table_of(head, [[Raw(row[0]), *row[1:]] for row in rows]))


def _score(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _metrics(c: Comparison) -> str:
    if not c.metrics:
        return ""
    rows = [
        [Raw(code(m.metric)), m.pairs, m.before, m.after, Raw(change(m.change, percent=False)),
         p_value(m.q) + (" worse" if m.is_worse else "")]
        for m in c.metrics
    ]  # fmt: skip
    return _folded(
        "Metrics (a hint, not a gate)", table_of(["metric", "pairs", "before", "after", "change", "q"], rows)
    )


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escaped(title)}</summary>\n\n{body}\n\n</details>"
