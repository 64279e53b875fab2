"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from simeval.errors import SimevalError

__all__ = ["Check", "CheckReport", "PolicyCheckFailed", "Result", "fail", "ok", "skip", "warn"]

Result: TypeAlias = Literal["pass", "warn", "FAIL", "skip"]


class PolicyCheckFailed(SimevalError):
    """A policy fails its checks."""

    exit_code = 1


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question and its answer; `advice` says what to do where it is not `pass`."""

    name: str
    result: Result
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.result:<4} {self.name}: {self.found}" + (f" {self.advice}" if self.advice else "")


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """All checks of a policy, in the order in which they were made, and the figures that were measured.

    figures: times [ms] and differences by name, such as `act_ms_p50_batch_64`.
    """

    policy: str
    checks: tuple[Check, ...]
    figures: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing fails; warnings are allowed."""
        return not self.failed

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that fail."""
        return tuple(check for check in self.checks if check.result == "FAIL")

    @property
    def warned(self) -> tuple[Check, ...]:
        """The checks with a warning."""
        return tuple(check for check in self.checks if check.result == "warn")

    def raise_if_failed(self) -> None:
        """Does nothing if the policy is ok.

        Raises:
            PolicyCheckFailed: naming every check that fails.
        """
        if not self.ok:
            raise PolicyCheckFailed(self.policy, "\n".join(["fails its checks.", *map(str, self.failed)]))

    def __str__(self) -> str:
        return "\n".join([self.policy, *map(str, self.checks)])


def ok(name: str, found: str) -> Check:
    """Nothing to complain of."""
    return Check(name=name, result="pass", found=found)


def warn(name: str, found: str, advice: str = "") -> Check:
    """It runs, but probably not as meant."""
    return Check(name=name, result="warn", found=found, advice=advice)


def fail(name: str, found: str, advice: str = "") -> Check:
    """It will not run, or its results mean nothing."""
    return Check(name=name, result="FAIL", found=found, advice=advice)


def skip(name: str, found: str) -> Check:
    """Not looked at, and why."""
    return Check(name=name, result="skip", found=found)
