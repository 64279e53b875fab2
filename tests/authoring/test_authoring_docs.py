"""docs/authoring.md: its example is a family, and it names every key there is."""

import re

import msgspec
import pytest
from authoring_files import ROOT

from simeval.authoring import TEMPLATES, VEHICLES, load_family, schema, schema_actions
from simeval.scenario.validate import problems_of

PAGE = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```toml\n(format = 1\n.*?)```", PAGE, re.S)


def test_the_example_is_a_family_of_two_scenarios(tmp_path):
    path = tmp_path / "truck_stops.toml"
    path.write_text(EXAMPLE.group(1), encoding="utf-8")
    family = load_family(path)
    scenarios = family.scenarios() + family.scenarios(1)
    assert [s.id.partition("/")[2] for s in family.scenarios()] == ["truck_stops[gap_m-20.0]", "truck_stops"]
    assert all(problems_of(s) == [] for s in scenarios)


@pytest.mark.parametrize(
    "table",
    [getattr(module, name) for module in (schema, schema_actions) for name in module.__all__],
    ids=lambda t: t.__name__,
)
def test_the_page_names_every_key(table):
    for field in msgspec.structs.fields(table):
        assert re.search(rf"\b{field.encode_name}\b", PAGE), field.encode_name


def test_the_page_names_every_template_setting_and_vehicle():
    for name, template in TEMPLATES.items():
        assert f"`{name}`" in PAGE
        for field in msgspec.structs.fields(template.settings):
            assert f"`{field.encode_name}`" in PAGE, field.encode_name
    for name, row in VEHICLES.items():
        assert f"`{name}` | {row.length:g}" in PAGE.replace(".0 ×", " ×"), name
