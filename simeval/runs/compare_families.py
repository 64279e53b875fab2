"""Which family of scenarios got worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from simeval.arrays import Array
from simeval.runs.compare_results import FamilyRow, Finding, Limits
from simeval.runs.compare_units import Differences, flips_of, losses_of, scored
from simeval.statistics import SignFlip, answerable, bunching, debunched, sign_flip, simes, step_up

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["LEAST_NET", "families_of", "marked"]

LEAST_NET = 3  # more broken than fixed: fewer are not called a family that got worse
WHOLESALE = 0.5  # of a family net broken: no churn of equal policies, so bunching is not held against it


def families_of(pairs: DataFrame, alpha: float) -> tuple[list[FamilyRow], Finding]:
    """One row a family, those with the largest net loss first, and the test of "none of them got worse".

    Within a family the units are its clusters, or its scenarios where it is one cluster itself: given the
    family, they are draws from it. They may flip together, though; how far is read off the families that
    got better. Families too quiet to be significant whichever way their flips went are left out of the
    correction.
    """
    groups = {str(name): group for name, group in pairs.groupby("family", sort=True)}
    units = [flips_of(group) for group in groups.values()]
    factor = bunching(
        np.array([u.whole_sums.sum() for u in units]), np.array([(u.whole_sums**2).sum() for u in units])
    )
    rows = [_row(name, group, u, factor) for (name, group), u in zip(groups.items(), units, strict=True)]
    able = answerable([row.smallest_p for row in rows], alpha)
    asked = [row for row, can in zip(rows, able, strict=True) if can]
    found = Finding(
        name="families", question="did any family of scenarios get worse?",
        p=simes([r.p for r in asked]), smallest_p=simes([r.smallest_p for r in asked]), adjusted_p=None,
        method=f"sign tests within {len(asked)} of {len(rows)} families (Simes), "
        f"{factor:.1f} flips counted as one",
    )  # fmt: skip
    rows = _with_quotas(rows, able, alpha)
    rows.sort(key=lambda r: (-(r.broke - r.fixed), r.score_p, r.family))
    return rows, found


def _with_quotas(rows: Sequence[FamilyRow], able: Bool[Array, "f"], alpha: float) -> list[FamilyRow]:
    quotas = iter(step_up([row.p for row, can in zip(rows, able, strict=True) if can]))
    scores = step_up([row.score_p for row in rows])
    return [
        replace(row, q=next(quotas) if can else None, score_q=score, is_lower=score <= alpha)
        for row, can, score in zip(rows, able, scores, strict=True)
    ]


def marked(rows: Sequence[FamilyRow], limits: Limits, adjusted: float | None) -> list[FamilyRow]:
    """Names the families that got worse, once the test over all of them says that there are any."""
    if adjusted is None or adjusted > limits.alpha:
        return list(rows)
    return [
        replace(r, is_worse=r.q is not None and r.q <= limits.alpha and r.broke - r.fixed >= LEAST_NET)
        for r in rows
    ]


def _row(name: str, group: DataFrame, units: Differences, factor: float) -> FamilyRow:
    flips, both = _flip(units, f"family {name}"), scored(group)
    score = _flip(losses_of(both), f"score of family {name}") if len(both) else None
    before, after = group["failed_a"].to_numpy(dtype=bool), group["failed_b"].to_numpy(dtype=bool)
    wholesale = int(after.sum()) - int(before.sum()) >= WHOLESALE * len(group)
    return FamilyRow(
        family=name, pairs=len(group), failed_before=int(before.sum()), failed_after=int(after.sum()),
        broke=int((~before & after).sum()), fixed=int((before & ~after).sum()),
        still_failing=int((before & after).sum()),
        score_before=float(both["total_a"].mean()) if len(both) else None,
        score_after=float(both["total_b"].mean()) if len(both) else None,
        p_exact=flips.p, p=flips.p if wholesale else debunched(flips.p, factor),
        smallest_p=flips.smallest_p, q=None,
        score_p=score.p if score else 1.0, score_q=None, is_worse=False, is_lower=False,
    )  # fmt: skip


def _flip(units: Differences, key: str) -> SignFlip:
    return sign_flip(units.whole_sums, key)
