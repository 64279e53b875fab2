"""Whatever stands in a family file, reading it works or ends in one InputError."""

import copy
import datetime
import tomllib

import pytest
from authoring_files import SUITES

from simeval.authoring import family as family_module
from simeval.authoring import load_family
from simeval.errors import InputError

PATHS = [path for folder in SUITES for path in sorted(folder.glob("*.toml")) if path.name != "suite.toml"]
WRONG = [True, -1.0, 0.0, 1e9, 3, "", "$", "x", [], [[]], [1.0, 2.0], {}, {"x": 1}, datetime.date(2020, 1, 1)]


def places(tree, at=()):
    """Every key path of nested tables and lists."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def put(tree, at, value):
    result = copy.deepcopy(tree)
    inner = result
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return result


@pytest.mark.parametrize("path", PATHS[::6], ids=lambda p: p.stem)
def test_a_wrong_value_anywhere_is_an_input_error_or_means_something(path, monkeypatch):
    original = tomllib.loads(path.read_text(encoding="utf-8"))
    refused = 0
    for at in places(original):
        for wrong in WRONG:
            tables = put(original, at, wrong)
            monkeypatch.setattr(family_module, "read_toml", lambda _, t=tables: t)
            try:
                load_family(path).scenarios(1)
            except InputError as error:
                refused += 1
                assert error.what
                assert error.fix
    assert refused > 100
