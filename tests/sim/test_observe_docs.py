"""The page about observations says what the tensors are."""

import re
from pathlib import Path

import torch
from observe_scenes import random_scene
from test_observe import driven, looked

from simeval.policy import ObservationSpec
from simeval.sim.observe_columns import COLUMNS, KIND_NAMES, SIGNAL_NAMES

PAGE = (Path(__file__).parents[2] / "docs" / "observation.md").read_text()
ROWS = {
    m[1]: (m[2], m[3]) for m in re.finditer(r"^\| `(\w+)` \| ([A-Z0-9, ]+) \| (.+) \|$", PAGE, re.MULTILINE)
}


def test_the_table_lists_every_tensor_with_its_shape_and_columns():
    spec = ObservationSpec()
    sizes = {"B": 3, "H": spec.history, "N": spec.agents, "M": spec.lanes, "P": spec.lane_points,
             "E": spec.edges, "R": spec.route}  # fmt: skip
    for name, size in sizes.items():
        assert name == "B" or f"{name} = {size}" in PAGE
    assert list(ROWS) == list(COLUMNS) == list(spec.shapes(1))
    for name, (shape, columns) in ROWS.items():
        assert tuple(sizes.get(s) or int(s) for s in shape.split(", ")) == spec.shapes(3)[name]
        if len(COLUMNS[name]) > 1:
            assert columns == ", ".join(f"{column} [{unit}]" for column, unit in COLUMNS[name])
            assert len(COLUMNS[name]) == spec.shapes(3)[name][-1]


def test_the_codes_are_those_of_the_table():
    for name, names in (("agents_kind", KIND_NAMES), ("lanes_signal", SIGNAL_NAMES)):
        assert ROWS[name][1] == ", ".join(f"{code} {word}" for code, word in enumerate(names))


def test_types_are_those_of_the_page():
    seen = looked(driven([random_scene(1, cars=2)], steps=0), ObservationSpec())
    for name, tensor in seen.tensors().items():
        if name in ("agents_kind", "lanes_signal"):
            assert tensor.dtype == torch.int64
        elif name.endswith("_valid") or name == "active":
            assert tensor.dtype == torch.bool
        else:
            assert tensor.dtype == torch.float32
