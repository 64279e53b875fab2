"""The part of the plugin that works: loaded once a policy is named."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simeval.testing.folders import new_session
from simeval.testing.grouping import is_rate, policy_labels
from simeval.testing.node_ids import keep_name
from simeval.testing.tally import Tally

if TYPE_CHECKING:
    from simeval.runs import RunSettings
    from simeval.runs.chosen import Chosen
    from simeval.testing.bench import Bench
    from simeval.testing.rates import Wanted

__all__ = ["Active"]

OURS = ("policy", "out", "report", "min_pass_rate", "min_pass_rate_bound")  # the rest are settings of runs
FOLDER = "simeval_folder"  # what the controller tells the workers


class Active:
    """Hooks of one session; in a worker of xdist, of that worker's share."""

    def __init__(
        self,
        config: pytest.Config,
        choices: Mapping[str, Any],
        options: Sequence[str],
        write_reports: Callable[[Iterable[str]], list[str]],
    ) -> None:
        self.config, self.choices, self.options = config, choices, options
        self.write_reports = write_reports
        self.policies = list(dict.fromkeys(choices["policy"]))
        self.labels = policy_labels(self.policies)
        self.tally = Tally()
        self._left_out: list[pytest.Item] = []
        self._scheduling: Any = None

    def command(self, nodeid: str) -> str:
        """The command that runs one item again."""
        return shlex.join(["pytest", nodeid, *self.options])

    @property
    def workerinput(self) -> dict[str, Any] | None:
        """What the controller said; None in the controller, or without xdist."""
        told: dict[str, Any] | None = getattr(self.config, "workerinput", None)
        return told

    @cached_property
    def folder(self) -> Path:
        """Where this session's runs go."""
        if self.workerinput is not None:
            return Path(self.workerinput[FOLDER])
        if out := self.choices.get("out"):
            return new_session(self.config.invocation_params.dir / Path(out).expanduser(), keep=None)
        cache = getattr(self.config, "cache", None)
        if cache is None:
            return new_session(Path(tempfile.mkdtemp(prefix="simeval-pytest-")), keep=None)
        return new_session(cache.mkdir("simeval"))

    @cached_property
    def settings(self) -> RunSettings:
        """Settings of the runs.

        Raises:
            UsageError: a value that makes no sense.
        """
        from simeval.testing.bench import settings_of

        return settings_of({k: v for k, v in self.choices.items() if k not in OURS}, self.num_workers)

    @cached_property
    def drivers(self) -> dict[str, Chosen]:
        """Who drives, by name.

        Raises:
            UsageError: an unknown policy.
        """
        from simeval.testing.bench import drivers_of

        return drivers_of(self.policies, self.settings, self.folder.name)

    @property
    def num_workers(self) -> int:
        """Processes that run items side by side."""
        return int(self.workerinput["workercount"]) if self.workerinput else 1

    @cached_property
    def bench(self) -> Bench:
        """What runs the episodes of the selected items."""
        from simeval.testing.bench import Bench

        return Bench(self.folder, self.settings, self.drivers, self.num_workers, told=self.choices)

    def wanted_rate(self, suite: float | None) -> Wanted | None:
        """The pass rate that is wanted of a suite whose file says `suite`."""
        from simeval.testing.rates import Wanted

        rate, bound = self.choices.get("min_pass_rate"), self.choices.get("min_pass_rate_bound")
        if rate is None and bound is None:
            rate = suite
        return None if rate is None and bound is None else Wanted(rate=rate, bound=bound)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Pass rates come last: they are about all the others."""
        items.sort(key=lambda item: is_rate(item.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Says of a wrong command line before any file is read; the ini file's mistakes are those of
        scenario files, so that other tests run. Only to list items takes no settings."""
        if self.config.option.collectonly or not self.options:
            return
        from simeval.errors import SimevalError

        try:
            _ = self.drivers
        except SimevalError as error:
            raise pytest.UsageError(str(error)) from None

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remembers what a suite lacks."""
        self._left_out += items

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tells the bench which episodes are wanted."""
        if self.config.option.collectonly:
            return
        from simeval.testing.bench import Episode
        from simeval.testing.items import EpisodeItem

        def wanted(items: Sequence[pytest.Item]) -> list[Episode]:
            ours = [item for item in items if isinstance(item, EpisodeItem)]
            return [
                Episode(nodeid=i.nodeid, path=i.path, family=i.family, case=i.case, policy=i.policy)
                for i in ours
            ]

        episodes = wanted(session.items)
        if episodes:
            self.bench.select(episodes, wanted(self._left_out))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts outcomes."""
        self.tally.add(report)
        keep_name(self.config, report)

    def pytest_sessionfinish(self) -> None:
        """Ends the policies' processes; where asked for, writes the report of each run."""
        if "bench" in self.__dict__:
            self.bench.close()
        if self.choices.get("report") and self.workerinput is None:
            self.tally.pages = self.write_reports(self.tally.runs)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tells a worker of xdist where the session's runs go."""
        node.workerinput[FOLDER] = str(self.folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Keeps batches together where xdist would hand out items one by one."""
        if config.getoption("dist") not in ("load", "worksteal"):
            return None
        from simeval.testing.scheduling import Scheduling

        self._scheduling = Scheduling(config, log, self.settings.batch_size)
        return self._scheduling

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """An item whose batch runs once more says nothing yet."""
        if self._scheduling is not None and self._scheduling.takes_again(crashitem):
            report.outcome, report.when, report.longrepr = "passed", "setup", None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """At most twelve lines about what was driven."""
        if lines := self.tally.lines():
            terminalreporter.section("simeval")
            for line in lines:
                terminalreporter.write_line(line)
