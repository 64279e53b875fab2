"""The example of docs/checking.md runs, and its table names every check."""

import re
from pathlib import Path

import checked_policies as made

import simeval

PAGE = (Path(__file__).parents[2] / "docs" / "checking.md").read_text()


def test_the_example_passes_as_written():
    code = re.search(r"<!-- example -->\n```python\n(.*?)```", PAGE, re.DOTALL)[1]
    names = {}
    exec(code, names)
    names["test_my_policy_is_fit_to_drive"]()


def test_the_table_names_every_check():
    listed = {
        word.strip()
        for row in re.findall(r"^\| ([a-z ,]+) \|", PAGE, re.MULTILINE)
        for word in row.split(",")
    }
    for policy in (made.Pursuit(), made.Planner()):
        assert {check.name for check in simeval.check_policy(policy).checks} <= listed
