"""The rules language as records: what may stand in a profile's TOML, and nothing else."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

__all__ = [
    "After", "Before", "Compare", "Condition", "FailRule", "LeafMode", "Multiplier", "ProfileFile",
    "ScoreMap", "ScoreTerm",
]  # fmt: skip

Plain: TypeAlias = str | float | bool
RENAME = {"not_": "not", "in_": "in"}


class Compare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename=RENAME):
    """Comparisons of a number with given ones; several must all hold."""

    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    equals: float | None = None
    in_: list[float] | None = None


class Before(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another event that must follow within a time."""

    event: str
    within_s: float


class After(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another event that began no later and still held within a time before.

    With `same_agent` it must concern the same road user; `where` narrows it as in a condition.
    """

    event: str
    within_s: float
    same_agent: bool = False
    where: dict[str, Plain | list[Plain] | Compare] | None = None


class Condition(Compare, frozen=True, forbid_unknown_fields=True, kw_only=True, rename=RENAME):
    """One of: a measure with comparisons; an event; a tag; or all, any, none, not of other conditions."""

    measure: str | None = None
    event: str | None = None
    where: dict[str, Plain | list[Plain] | Compare] | None = None
    count_at_least: int | None = None
    before: Before | None = None
    after: After | None = None
    first: bool = False
    last: bool = False
    tag: str | None = None
    all: list[Condition] | None = None
    any: list[Condition] | None = None
    none: list[Condition] | None = None
    not_: Condition | None = None


class FailRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A failure mode and when it holds: `all`, `any` and `none` must each hold where given.

    `chain` holds the events that can lead to it, by name or by condition; they are looked for up to
    `chain_within_s` before.
    """

    mode: str
    required: bool = False
    all: list[Condition] | None = None
    any: list[Condition] | None = None
    none: list[Condition] | None = None
    chain: list[str | Condition] = []
    chain_within_s: float = 5.0


class LeafMode(FailRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A failure mode of the taxonomy: what exactly went wrong where a rule of a profile fired.

    `refines` holds the groups of profile rules that it explains (`contact`) or single ones
    (`road/wrong_way`), by default its own group; `weakness` is what the driver lacks, one of the taxonomy's
    `[weaknesses]`.
    """

    doc: str
    weakness: str
    refines: list[str] = []

    @property
    def explains(self) -> list[str]:
        """Groups and single rules of profiles that it refines."""
        return self.refines or [self.mode.partition("/")[0]]


class ScoreMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From a raw value to a score in [0, 1]: a threshold, or linear from 0 at ramp[0] to 1 at ramp[1], or
    steps [bound, score] of which the first whose bound the value is below counts, 0 beyond the last; or
    `power` to the value, for something that costs a share each time it happens."""

    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    steps: list[tuple[float, float]] | None = None
    ramp: tuple[float, float] | None = None
    power: float | None = None


class Multiplier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A factor of the total. `undefined` is its score where the metric does not apply, else it is left out;
    with `when` it counts only where that condition is true; where `excused` is true it is 1."""

    measure: str
    map: ScoreMap
    undefined: float | None = None
    when: Condition | None = None
    excused: Condition | None = None


class ScoreTerm(Multiplier, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the weighted mean."""

    weight: float


class ProfileFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file in metrics/profiles/."""

    name: str
    version: int
    doc: str = ""
    companions: dict[str, str] = {}  # by role, the policy whose drive some metrics compare with
    report: list[str] = []  # metrics that are measured and shown, and count for nothing
    fail: list[FailRule] = []
    note: list[FailRule] = []  # same form; reported beside the outcome, never a failure
    score: list[ScoreTerm] = []
    multiplier: list[Multiplier] = []
