"""Families: ids, grids, draws, content hashes."""

import re

import pytest
from authoring_files import PLAIN, changed, family_from

from simeval.authoring import load_suite, suite_folders
from simeval.authoring.parameters import draw
from simeval.errors import UsageError

GRID = changed(
    ("[ego]", "[parameters]\ngap_m = { default = 20.0, values = [10, 20] }\nlimit_mps = 12.0\n"
     "to_mps = { values = [0.0, 2.5] }\ndecel_mps2 = { default = 3.0, range = [2.0, 4.0] }\n[ego]"),
    ("gap_m = 20.0, speed", 'gap_m = "$gap_m", speed'),
    ("{ decel_mps2 = 3.0 }", '{ decel_mps2 = "$decel_mps2", to_mps = "$to_mps" }'),
    ("length_m = 300.0", 'length_m = 300.0\nspeed_limit_mps = "$limit_mps"'),
)  # fmt: skip


def ids(family, seed=0):
    return [scenario.id for scenario in family.scenarios(seed)]


def test_ids_name_what_is_not_at_its_default_in_file_order(tmp_path):
    assert ids(family_from(tmp_path, GRID)) == [
        "mine/plain[gap_m-10.0]",
        "mine/plain[gap_m-10.0,to_mps-2.5]",
        "mine/plain",
        "mine/plain[to_mps-2.5]",
    ]


@pytest.mark.parametrize(
    ("folder", "suite"), [("my süite's", "my_s_ite_s"), ("a b", "a_b"), ("é", "unnamed")]
)
def test_a_folder_may_be_called_anything(tmp_path, folder, suite):
    family = family_from(tmp_path, PLAIN, suite=folder)
    assert ids(family) == [f"{suite}/plain"]
    assert load_suite(family.path.parent).name == suite


def test_a_folder_without_families_is_no_suite(tmp_path, monkeypatch):
    (tmp_path / "scenarios" / "planned").mkdir(parents=True)
    family_from(tmp_path / "scenarios", PLAIN)
    (tmp_path / "scenarios" / "planned" / "suite.toml").write_text('format = 1\ndoc = "later"\n')
    monkeypatch.chdir(tmp_path)
    assert {"mine", "highway"} <= set(suite_folders()) and "planned" not in suite_folders()


def test_ids_use_only_characters_that_pytest_can_select_by(tmp_path):
    for seed in (0, 1):
        for name in ids(family_from(tmp_path, GRID), seed):
            assert re.fullmatch(r"[A-Za-z0-9_.\-/\[\],]+", name)


def test_parameters_reach_the_scenario(tmp_path):
    scenario = family_from(tmp_path, GRID).scenarios()[1]
    assert dict(scenario.parameters) == {"gap_m": 10.0, "limit_mps": 12.0, "to_mps": 2.5, "decel_mps2": 3.0}
    assert scenario.script[0].values == (3.0, 2.5)
    assert scenario.map.lanes.speed_limit[0] == 12.0
    gap = scenario.states.xy[0, 1, 0] - scenario.states.xy[0, 0, 0] - 4.6
    assert gap == pytest.approx(10.0)


def test_a_family_without_ranges_is_the_same_for_every_seed(tmp_path):
    family = family_from(tmp_path, PLAIN)
    assert not family.is_random
    assert ids(family, 0) == ids(family, 7)
    with pytest.raises(UsageError, match="-1 is negative"):
        family.scenarios(-1)


def test_draws_repeat_stay_in_range_and_differ_between_seeds_and_scenarios(tmp_path):
    family = family_from(tmp_path, GRID)
    assert family.is_random
    drawn = [dict(s.parameters)["decel_mps2"] for seed in (1, 2) for s in family.scenarios(seed)]
    again = [dict(s.parameters)["decel_mps2"] for seed in (1, 2) for s in family.scenarios(seed)]
    assert drawn == again
    assert len(set(drawn)) == len(drawn)
    assert all(2.0 <= value <= 4.0 for value in drawn)


def test_a_draw_depends_on_nothing_but_its_key(tmp_path):
    other = GRID.replace(
        "limit_mps = 12.0\n", "limit_mps = 12.0\nfirst_m = { default = 50.0, range = [49, 51] }\n"
    )
    other = other.replace("s_m = 50.0", 's_m = "$first_m"')
    before, after = (family_from(tmp_path, text).scenarios(3)[0] for text in (GRID, other))
    assert dict(before.parameters)["decel_mps2"] == dict(after.parameters)["decel_mps2"]


def test_draws_do_not_change_between_versions():
    # Philox4x64-10 of NumPy, keyed with SHA-256 of the JSON of [seed, id, name].
    assert [draw((0.0, 1.0), seed, "highway/lead_brakes", "decel_mps2") for seed in (1, 2, 3)] == DRAWN


DRAWN = [0.3284, 0.8858, 0.3349]


def test_draws_are_uniform():
    values = [draw((2.0, 4.0), seed, "a/b", "x") for seed in range(1, 2001)]
    assert sum(values) / len(values) == pytest.approx(3.0, abs=0.04)
    assert min(values) < 2.01
    assert max(values) > 3.99


def test_the_content_hash_ignores_how_the_file_is_written(tmp_path):
    text = "# a comment\n" + PLAIN.replace("speed_mps = 10.0", "speed_mps = 10").replace(
        "[map]\n", "[map]\n# the road\n"
    )
    text = text.replace('doc = "A car follows a car."', "doc = 'Said differently.'\ntags = [\"x\"]")
    text += '\n[expect]\nfailed_by = ["constant-velocity"]\n'
    assert text != PLAIN
    one, two = (family_from(tmp_path, t).scenarios()[0] for t in (PLAIN, text))
    assert one.content_hash == two.content_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("gap_m = 20.0", "gap_m = 20.5"),
        ("decel_mps2 = 3.0", "decel_mps2 = 3.1"),
        ("num_lanes = 2", "num_lanes = 3"),
        ("s_m = 200.0", "s_m = 199.0"),
        ('id = "lead"', 'id = "lead"\nkind = "van"'),
    ],
)
def test_the_content_hash_sees_every_change_that_matters(tmp_path, old, new):
    one, two = (family_from(tmp_path, t).scenarios()[0] for t in (PLAIN, changed((old, new))))
    assert one.content_hash != two.content_hash


def test_time_and_step_come_from_the_family_or_else_from_the_suite(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "suite.toml").write_text('format = 1\ndoc = "x"\ndt_s = 0.05\nduration_s = 4.0\n')
    scenario = family_from(tmp_path, PLAIN).scenarios()[0]
    assert (scenario.dt, scenario.num_steps) == (0.05, 81)
    scenario = family_from(tmp_path, "duration_s = 2.0\n" + PLAIN).scenarios()[0]
    assert (scenario.dt, scenario.num_steps) == (0.05, 41)


def test_states_are_known_at_the_start_only(tmp_path):
    states = family_from(tmp_path, PLAIN).scenarios()[0].states
    assert states.valid[0].all()
    assert not states.valid[1:].any()
