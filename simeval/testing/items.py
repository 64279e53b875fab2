"""Scenario families and suites as pytest sees them: files that hold items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simeval.errors import SimevalError
from simeval.testing.grouping import RATE, item_name
from simeval.testing.representation import shown

if TYPE_CHECKING:
    from simeval.authoring import Case, Family
    from simeval.testing.active import Active
    from simeval.testing.bench import Result

__all__ = ["EpisodeItem", "FamilyNode", "RateItem", "SuiteNode", "collector_of", "says_format"]

SUITE_FILE = "suite.toml"
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_FORMAT = re.compile(r"^[ \t]*format[ \t]*=[ \t]*[0-9]", re.MULTILINE)


class EpisodeFailed(Exception):
    """The outcome of an episode is not what a test wants; its text is the whole message."""


class FamilyNode(pytest.File):
    """A family file: one item for each scenario, seed and policy."""

    active: Active | None = None

    def collect(self) -> Iterator[EpisodeItem]:
        """The items; ids follow from the parameters, nothing is built."""
        if self.active is None:
            raise self.CollectError(f"{self.path.name}: name who drives: --simeval-policy POLICY.")
        try:
            if not self.config.option.collectonly:
                _ = self.active.drivers
            yield from self._items(self.active)
        except SimevalError as error:
            raise self.CollectError(str(error)) from None

    def _items(self, active: Active) -> Iterator[EpisodeItem]:
        from simeval.authoring import load_family

        here = Path.cwd()
        family = load_family(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)
        seeds = range(active.choices.get("seeds", 1) if family.is_random else 1)
        cases = {case.id: case for seed in reversed(seeds) for case in reversed(family.cases(seed))}
        for policy, label in active.labels.items():
            for case in reversed(cases.values()):
                name = item_name(case.id, case.seed, label)
                yield EpisodeItem.of(self, name, family, case, policy, active)


class SuiteNode(pytest.File):
    """`suite.toml` of a suite that has a wanted pass rate."""

    active: Active

    def collect(self) -> Iterator[RateItem]:
        """One item a policy."""
        from simeval.authoring.files import read_suite_file

        try:
            about = read_suite_file(self.path.parent)
        except SimevalError:
            return  # the suite's families say what is wrong
        wanted = self.active.wanted_rate(about.min_pass_rate)
        for policy, label in self.active.labels.items() if wanted else ():
            item: RateItem = RateItem.from_parent(self, name=f"{RATE}-{label}" if label else RATE)
            item.policy, item.active, item.wanted = policy, self.active, wanted
            yield item


class TextItem(pytest.Item):
    """An item whose failures are told in words, without a traceback."""

    def _repr_failure_py(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Unlike `repr_failure`, pytest asks this for failures of `setup` too."""
        if isinstance(excinfo.value, (EpisodeFailed, SimevalError)):
            return shown(self.path, str(excinfo.value))
        return super()._repr_failure_py(excinfo, style)


class EpisodeItem(TextItem):
    """One episode."""

    family: Family
    case: Case
    policy: str
    active: Active
    result: Result

    @classmethod
    def of(
        cls, parent: FamilyNode, name: str, family: Family, case: Case, policy: str, active: Active
    ) -> EpisodeItem:
        """An item of a family."""
        # The id as text: pytest 9 would take one it made itself for another than the one it remembers.
        item: EpisodeItem = cls.from_parent(parent, name=name, nodeid=f"{parent.nodeid}::{name}")
        item.family, item.case, item.policy, item.active = family, case, policy, active
        return item

    def setup(self) -> None:
        """Has the item's batch run, if it has not; an episode without a verdict is an error."""
        from simeval.testing.messages import properties_of, text_of

        self.result = self.active.bench.result(self.nodeid)
        self.user_properties += properties_of(self.result)
        if self.result.verdict.outcome == "unscored":
            raise EpisodeFailed(text_of(self.result, self.active.command(self.nodeid)))

    def runtest(self) -> None:
        """Fails unless the episode passed."""
        from simeval.testing.messages import text_of

        if self.result.verdict.outcome != "pass":
            raise EpisodeFailed(text_of(self.result, self.active.command(self.nodeid)))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the item comes from."""
        return self.path, None, self.name


class RateItem(TextItem):
    """The pass rate of a suite's items in this session."""

    policy: str
    active: Active
    wanted: Any

    def runtest(self) -> None:
        """Fails where the rate or its lower bound is below what is wanted."""
        rate = self.active.bench.rate(self.path.parent, self.policy)
        self.user_properties += rate.properties
        problem = self.wanted.problem(rate)
        if problem and rate.num_left_out:
            said = f"{rate}: {rate.num_left_out} items of the suite are not selected"
            raise pytest.skip.Exception(said, _use_item_location=True)
        if problem:
            raise EpisodeFailed(problem)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the item comes from."""
        return self.path, 0, self.name


def collector_of(
    path: Path, parent: pytest.Collector, active: Active | None, *, explicit: bool
) -> pytest.Collector | None:
    """The node of a family, or of a suite; None for any other TOML file that was not named itself."""
    if path.name == SUITE_FILE:
        if active is None:
            return None
        suite: SuiteNode = SuiteNode.from_parent(parent, path=path)
        suite.active = active
        return suite
    if not explicit and not says_format(path):
        return None
    node: FamilyNode = FamilyNode.from_parent(parent, path=path)
    node.active = active
    return node


def says_format(path: Path) -> bool:
    """Whether a file has `format = <number>` before its first table, as scenario files do."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    table = _TABLE.search(text)
    return _FORMAT.search(text, 0, table.start() if table else len(text)) is not None
