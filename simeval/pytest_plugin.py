"""pytest plugin: scenario families as test items, and fixtures for tests of one's own.

pytest loads this module in every environment in which simeval is installed, so that nothing is imported
here. What has weight is in `simeval.testing`, which is loaded once a policy is named or a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

ACTIVE = "simeval-session"  # name under which pytest knows the part that works

_TEXT: dict[str, str] = {
    "profile": "How episodes are judged: a profile's name or TOML file. [simeval-core]",
    "out": "Folder that the session's runs go into. [pytest's cache]",
    "device": "Where a learned policy computes: auto, cpu, cuda. [auto]",
    "traffic": "Rules for agents left open, like vehicle=idm,pedestrian=replay. [the suite's, else idm]",
    "end-on": "What ends an episode early: a list of contact,off_road,route_end, or none. [all three]",
    "traces": "Which trajectories are kept: all, failed, none. [failed]",
}
_NUMBERS: dict[str, tuple[type, str]] = {
    "seeds": (int, "Seeds 0..N-1 for families that draw parameters. [1]"),
    "batch-size": (int, "Episodes that are simulated together. [32]"),
    "threads": (int, "Threads of the simulator in a process. [processors / workers]"),
    "horizon-s": (float, "Episodes take at most this long [s]."),
    "policy-timeout-s": (float, "Longest call of an isolated policy [s]."),
    "min-pass-rate": (float, "Adds an item to each suite that fails below this pass rate."),
    "min-pass-rate-bound": (float, "The same for the exact lower 95 % bound of the pass rate."),
}
_SWITCHES: dict[str, str] = {
    "exact": "A learned policy's results do not depend on the batch; slower.",
    "isolate": "A learned policy runs in a process of its own: hanging and crashing cost its episode only.",
    "trust-policy-code": "Policies from files may run code.",
    "report": "Write the HTML report of the session's runs.",
}


def pytest_addoption(parser: pytest.Parser, pluginmanager: Any) -> None:
    """Adds `--simeval-*` and their `simeval_*` twins for the ini file."""
    _leave_as_written(pluginmanager)
    group = parser.getgroup("simeval", "scenarios in closed loop (simeval)")
    say = "Who drives the ego; scenario families are collected when it is set. Repeatable."
    group.addoption("--simeval-policy", action="append", metavar="POLICY", help=say)
    parser.addini("simeval_policy", say, type="args")
    for name, text in _TEXT.items():
        group.addoption(f"--simeval-{name}", metavar="X", help=text)
    for name, (kind, text) in _NUMBERS.items():
        group.addoption(f"--simeval-{name}", type=kind, metavar="N", help=text)
    for name, text in _SWITCHES.items():
        group.addoption(f"--simeval-{name}", action="store_true", default=None, help=text)
        parser.addini(_ini(name), text, type="bool")
    for name, text in {**_TEXT, **{name: text for name, (_, text) in _NUMBERS.items()}}.items():
        parser.addini(_ini(name), text)


def _leave_as_written(pluginmanager: Any) -> None:
    """pytest rewrites the `assert`s of packages that hold a plugin; ours would load a second longer."""
    hook = getattr(pluginmanager, "rewrite_hook", None)
    getattr(hook, "_must_rewrite", set()).discard("simeval")


def _ini(name: str) -> str:
    return "simeval_" + name.replace("-", "_")


def given(config: pytest.Config) -> dict[str, Any]:
    """What the command line and, where that says nothing, the ini file choose; by ini name without prefix.

    Raises:
        pytest.UsageError: a number in the ini file that is none.
    """
    found: dict[str, Any] = {}
    for name in ("policy", *_TEXT, *_NUMBERS, *_SWITCHES):
        value = config.getoption(_ini(name))
        if value is None:
            value = _from_ini(config, name)
        if value not in (None, "", [], False):
            found[name.replace("-", "_")] = value
    return found


def told_on_command_line(config: pytest.Config) -> list[str]:
    """The options of ours that a command needs to select and run the same items again."""
    words: list[str] = []
    for name in ("policy", *_TEXT, *_NUMBERS, *_SWITCHES):
        value = config.getoption(_ini(name))
        if value is not None and name not in ("out", "report"):
            values = value if isinstance(value, list) else [value]
            flag = f"--simeval-{name}"
            words += [flag] if value is True else [f"{flag}={one}" for one in values]
    return words


def _from_ini(config: pytest.Config, name: str) -> Any:
    value = config.getini(_ini(name))
    if name not in _NUMBERS or not value:
        return value
    try:
        return _NUMBERS[name][0](value)
    except ValueError:
        raise pytest.UsageError(f"{_ini(name)} = {value!r} is not a number.") from None


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Loads the rest of the plugin if a policy is named."""
    choices = given(config)
    if choices.get("policy"):
        from simeval.testing.active import Active

        active = Active(config, choices, told_on_command_line(config), _write_reports)
        config.pluginmanager.register(active, ACTIVE)


def _write_reports(runs: Iterable[str]) -> list[str]:
    """Writes the page of each run; one that cannot be written says why in its place."""
    from simeval.errors import SimevalError
    from simeval.report import build_report
    from simeval.runs import open_run
    from simeval.runs.manifest import shown_path

    pages = []
    for run in sorted(runs):
        try:
            pages.append(shown_path(build_report(open_run(run)).path))
        except SimevalError as error:
            pages.append(str(error))
    return pages


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Scenario families and suites are files ending in `.toml`."""
    if file_path.suffix != ".toml":
        return None
    active = parent.config.pluginmanager.get_plugin(ACTIVE)
    explicit = parent.session.isinitpath(file_path)
    if active is None and not explicit:
        return None
    from simeval.testing.items import collector_of

    return collector_of(file_path, parent, active, explicit=explicit)


@pytest.fixture
def simulate() -> Callable[..., Any]:
    """`simulate(scenario, policy, **settings)`: drives one episode in this process and returns it."""
    from simeval.testing.playing import simulate as function

    return function


@pytest.fixture
def expect() -> Callable[..., Any]:
    """`expect(episode)`: what must hold of an episode, with messages that say what was measured."""
    from simeval.testing.expecting import expect as function

    return function
