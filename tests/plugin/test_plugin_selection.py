"""Which items there are, and which of them run."""

import pytest
from plugin_files import QUICK, STANDING, family, ids_of, outcomes_of, write_suite

pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester):
    """Two families: `free` passes at 10 and 12 m/s, `blocked` fails at 25 m/s and is passed at 1 m/s."""
    write_suite(
        pytester.path,
        free=family("free", (10.0, 12.0)),
        blocked=family("blocked", (25.0, 1.0), agents=STANDING),
    )
    return pytester


def session(project, *words, policies=("constant-velocity",)):
    given = [f"--simeval-policy={policy}" for policy in policies]
    return project.runpytest_inprocess(*QUICK, *given, *words)


BLOCKED = "scenarios/roads/blocked.toml::blocked-s0"


def test_ids_say_file_parameters_and_seed(project):
    found = ids_of(session(project, "scenarios", "--collect-only", "-q"))
    assert found == [
        "scenarios/roads/blocked.toml::blocked-s0",
        "scenarios/roads/blocked.toml::blocked[speed_mps-1.0]-s0",
        "scenarios/roads/free.toml::free-s0",
        "scenarios/roads/free.toml::free[speed_mps-12.0]-s0",
    ]


def test_several_policies_stand_in_the_ids(project):
    found = ids_of(
        session(project, "scenarios", "--collect-only", "-q", policies=("idm", "constant-velocity"))
    )
    assert found[:2] == [f"{BLOCKED}-idm", "scenarios/roads/blocked.toml::blocked[speed_mps-1.0]-s0-idm"]
    assert f"{BLOCKED}-constant-velocity" in found and len(found) == 8


def test_seeds_add_items_only_where_something_is_drawn(project):
    drawn = family("drawn", parameters="unused_mps = { default = 20.0, range = [15.0, 25.0] }")
    drawn = drawn.replace("speed_limit_mps = 27.8", 'speed_limit_mps = "$unused_mps"')
    write_suite(project.path, drawn=drawn)
    found = ids_of(session(project, "scenarios", "--collect-only", "-q", "--simeval-seeds=3"))
    mine = [f.partition("::")[2] for f in found if "drawn" in f]
    assert mine[0] == "drawn-s0" and len(mine) == 3
    assert mine[1].startswith("drawn[unused_mps-") and mine[2].endswith("]-s2")
    assert len(found) == 7


def test_without_a_policy_nothing_is_collected_and_a_named_file_says_so(project):
    assert session(project, "scenarios", policies=()).ret == pytest.ExitCode.NO_TESTS_COLLECTED
    named = session(project, "scenarios/roads/free.toml", policies=())
    assert named.ret == pytest.ExitCode.INTERRUPTED
    named.stdout.fnmatch_lines(["*free.toml: name who drives: --simeval-policy POLICY.*"])


def test_an_unknown_policy_or_setting_is_told_at_once(project):
    unknown = session(project, "scenarios", policies=("idmm",))
    assert unknown.ret == pytest.ExitCode.USAGE_ERROR
    unknown.stderr.fnmatch_lines(["*'idmm' is not known. Did you mean 'idm'?*"])
    wrong = session(project, "scenarios", "--simeval-traffic=replayed")
    assert wrong.ret == pytest.ExitCode.USAGE_ERROR
    wrong.stderr.fnmatch_lines(["*'replayed' is not known*'replay'*"])


def test_settings_come_from_the_ini_file_too_and_the_command_line_wins(project):
    project.makeini("[pytest]\nsimeval_policy = idm constant-velocity\nsimeval_seeds = 2\n")
    assert len(ids_of(session(project, "scenarios", "--collect-only", "-q", policies=()))) == 8
    assert len(ids_of(session(project, "scenarios", "--collect-only", "-q", policies=("log",)))) == 4
    project.makeini("[pytest]\nsimeval_policy = idm\nsimeval_seeds = some\n")
    wrong = session(project, "scenarios", policies=())
    wrong.stderr.fnmatch_lines(["*simeval_seeds = 'some' is not a number*"])


def test_a_wrong_policy_in_the_ini_file_leaves_other_tests_alone(project):
    project.makeini("[pytest]\nsimeval_policy = idmm\n")
    project.makepyfile(test_own="def test_own(): pass")
    result = session(project, "--continue-on-collection-errors", policies=())
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["*'idmm' is not known. Did you mean 'idm'?*"])


def test_a_broken_file_is_an_error_of_its_own_and_the_rest_goes_on(project):
    write_suite(
        project.path,
        broken='format = 1\nfamily = "broken"\nego = [',
        lost=family("lost").replace('lane = "main.0", s_m = 50.0', 'lane = "side.0", s_m = 50.0'),
    )
    result = session(project, "scenarios", "--continue-on-collection-errors", "-rA")
    result.stdout.fnmatch_lines(["*broken.toml: is not TOML:*", "*lost.toml: ego.at.lane*'side.0'*"])
    result.assert_outcomes(passed=3, failed=1, errors=2)


def test_other_toml_files_are_left_alone(project):
    (project.path / "scenarios" / "pyproject.toml").write_text("[tool.x]\nformat = 1\n")
    (project.path / "scenarios" / "words.toml").write_text('format = "text"\n')
    (project.path / "scenarios" / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    assert len(ids_of(session(project, "scenarios", "--collect-only", "-q"))) == 4


def test_items_are_selected_by_words_and_by_id(project):
    assert outcomes_of(session(project, "scenarios", "-k", "free and 12", "-rA")) == {
        "scenarios/roads/free.toml::free[speed_mps-12.0]-s0": "PASSED"
    }
    by_id = session(project, "scenarios/roads/blocked.toml::blocked[speed_mps-1.0]-s0", BLOCKED, "-rA")
    assert list(outcomes_of(by_id).values()) == ["PASSED", "FAILED"]


def test_it_stops_at_the_first_failure(project):
    result = session(project, "scenarios", "-x", "-rA")
    result.assert_outcomes(failed=1)
    assert outcomes_of(result) == {BLOCKED: "FAILED"}


def test_what_failed_last_runs_again_alone(project):
    slow = family("blocked", (25.0, 1.0, 24.0), agents=STANDING)
    write_suite(project.path, blocked=slow)
    session(project, "scenarios").assert_outcomes(passed=3, failed=2)
    again = session(project, "scenarios", "--lf", "-rA")
    again.assert_outcomes(failed=2)
    assert set(outcomes_of(again)) == {BLOCKED, BLOCKED.replace("-s0", "[speed_mps-24.0]-s0")}
    write_suite(project.path, blocked=slow.replace("gap_m = 25.0", "gap_m = 200.0"))
    session(project, "scenarios", "--lf").assert_outcomes(passed=2)
    session(project, "scenarios", "--lf").assert_outcomes(passed=5)


def test_it_works_without_the_cache(project):
    result = session(project, "scenarios", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, failed=1)
    assert not (project.path / ".pytest_cache").exists()


def test_suites_of_one_name_in_two_places_do_not_mix(project):
    write_suite(project.path / "more", free=family("free", (11.0,)))
    result = session(project, ".", "-rA", "-k", "free")
    assert outcomes_of(result) == dict.fromkeys(
        [
            "more/scenarios/roads/free.toml::free-s0",
            "scenarios/roads/free.toml::free-s0",
            "scenarios/roads/free.toml::free[speed_mps-12.0]-s0",
        ],
        "PASSED",
    )


def test_tests_of_ones_own_run_beside_scenarios(project):
    project.makepyfile(test_own="def test_own(): pass")
    session(project).assert_outcomes(passed=4, failed=1)


def test_only_the_last_sessions_are_kept(project):
    for _ in range(2):
        session(project, "scenarios", "-k", "free")
    kept = project.path / ".pytest_cache" / "d" / "simeval"
    for stamp in ("200101-000000-999998", "200102-000000-999999"):
        (kept / stamp).mkdir()
    session(project, "scenarios", "-k", "free")
    assert len(list(kept.iterdir())) == 3 and not (kept / "200101-000000-999998").exists()
