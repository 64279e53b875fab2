"""docs/pytest.md: its examples run, and it names every option."""

import re
from pathlib import Path

import pytest
from plugin_files import QUICK

from simeval import pytest_plugin

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text(encoding="utf-8")
SCENARIOS = Path(__file__).parents[2] / "scenarios"


def test_the_tests_of_the_page_pass(pytester):
    code = re.search(r"<!-- own tests -->\n```python\n(.*?)```", PAGE, re.S)[1]
    pytester.makepyfile(test_own=code)
    pytester.runpytest_inprocess(*QUICK).assert_outcomes(passed=2)


def test_the_failure_and_the_ini_file_of_the_page_are_real(pytester):
    pytester.makeini(re.search(r"```ini\n(.*?)```", PAGE, re.S)[1].replace("idm", "constant-velocity"))
    (pytester.path / "scenarios").symlink_to(SCENARIOS)
    text = pytester.runpytest_inprocess(
        *QUICK, "scenarios/highway/lead_brakes.toml::lead_brakes[gap_m-25.0]-s0"
    ).stdout.str()
    shown = re.search(r"```text\n(.*?)```", PAGE, re.S)[1]
    for line in shown.splitlines():
        if not line.startswith(("batch", "explain", "replay", "           pytest")):
            assert line in text, line


@pytest.mark.parametrize(
    "name", ["policy", *pytest_plugin._TEXT, *pytest_plugin._NUMBERS, *pytest_plugin._SWITCHES]
)
def test_the_page_names_every_option(name):
    assert f"`--simeval-{name}`" in PAGE
