"""docs/robustness.md names every disturbance, as it is called, and every column of a sweep."""

import inspect
from pathlib import Path

from simeval.cli.run import run
from simeval.runs import Axis
from simeval.runs.sweeping import Sweep
from simeval.sim.axes import Axes

TEXT = (Path(__file__).parents[2] / "docs" / "robustness.md").read_text("utf-8")


def test_every_setting_is_defined_and_can_be_given_on_the_command_line():
    for name in Axes.__struct_fields__:
        assert f"| `{name}`" in TEXT
        assert f"    {name}" in Axes.__doc__ or f", {name}" in Axes.__doc__
        assert name in inspect.signature(run).parameters


def test_every_column_of_a_sweep_is_defined():
    found = Sweep(axes=(Axis(name="miss", values=(0,)),), rows=(), profile="simeval-core@1")
    heads = " ".join(line.split("|")[1] for line in TEXT.splitlines() if line.count("|") == 3)
    for name in found.columns()[2:]:
        assert name in heads, name
