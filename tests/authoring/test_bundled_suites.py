"""The suites that come with simeval: complete, sound, and no two families alike."""

import pytest
from authoring_files import SUITES

from simeval.authoring import VEHICLES, load_suite, suite_folders
from simeval.scenario import Controller
from simeval.scenario.validate import problems_of

FAMILIES = [family for folder in SUITES for family in load_suite(folder).families]


def test_there_are_twelve_families_and_twenty_four_scenarios_at_least():
    ids = [scenario.id for family in FAMILIES for scenario in family.scenarios()]
    assert len(FAMILIES) >= 12
    assert len(ids) >= 24
    assert len(set(ids)) == len(ids)


def test_every_suite_is_found_by_name():
    assert {folder.name: folder for folder in SUITES}.items() <= suite_folders().items()


def test_every_suite_says_what_it_is_about_and_what_decides():
    for folder in SUITES:
        suite = load_suite(folder)
        assert suite.doc != suite.name
        assert suite.endpoint == "pass_rate"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_every_scenario_is_sound_for_several_seeds(family):
    for seed in range(4 if family.is_random else 1):
        for scenario in family.scenarios(seed):
            assert problems_of(scenario) == []
            assert scenario.provenance.licence == "Apache-2.0"
            assert scenario.content_hash


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_every_family_says_what_a_good_driver_does_and_what_to_expect(family):
    assert "good driver" in family.doc
    assert family.expect.solvable_by
    assert family.tags


def test_no_two_families_share_actors_triggers_and_template():
    kinds = {row.kind: name for name, row in VEHICLES.items()}
    seen = {}
    for family in FAMILIES:
        scenario = family.scenarios()[0]
        agents = scenario.agents
        actors = sorted(
            f"{kinds[agents.kind_of(a)]} {Controller(int(agents.controller[a])).name}"
            for a in range(1, len(agents))
        )
        triggers = sorted({(do.trigger.name, do.action.name) for do in scenario.script})
        key = (
            family.template,
            tuple(actors),
            tuple(triggers),
            len(scenario.signals) > 0,
            agents.num_trailers,
        )
        assert key not in seen, f"{family.name} is like {seen[key]}"
        seen[key] = family.name
