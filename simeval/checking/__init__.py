"""Checks of a policy before it drives: contract, units, repeatability, speed; for authors' own tests too."""

from simeval.checking.check import check_policy
from simeval.checking.report import Check, CheckReport

__all__ = ["Check", "CheckReport", "check_policy"]
