"""Sessions spread over several processes by xdist."""

import re

import pytest
from plugin_files import STANDING, family, outcomes_of, write_policy, write_suite

pytest_plugins = ["pytester"]

WORKERS = ("-n", "2", "-p", "no:hypothesispytest", "-rA")
SPEEDS = (1.0, 10.0, 11.0, 12.0, 13.0, 23.0, 24.0)


def session(pytester, policy, *words):
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *words, f"--simeval-policy={policy}")


def failure_of(result, name):
    text = re.search(rf"^_+ {re.escape(name)} _+\n(.*?)^batch", result.stdout.str(), re.M | re.S)[1]
    return re.sub(r"^\[gw\d\] .*\n", "", text)


def test_workers_share_batches_and_say_the_same_as_one_process(pytester):
    write_suite(pytester.path, many=family("many", SPEEDS, agents=STANDING), free=family("free"))
    pytester.makepyfile(test_own="def test_one(): pass\ndef test_two(): pass")
    words = ("--simeval-min-pass-rate=0.9", ".")
    alone = session(pytester, "constant-velocity", "-rA", "-p", "no:xdist", *words)
    spread = session(pytester, "constant-velocity", *WORKERS, "--simeval-batch-size=2", *words)
    found = outcomes_of(alone)
    assert found == outcomes_of(spread) and len(found) == 11
    assert [o for _, o in sorted(found.items())].count("FAILED") == 7
    name = "many[speed_mps-24.0]-s0"
    assert failure_of(alone, name) == failure_of(spread, name)
    spread.stdout.fnmatch_lines(["scenarios/roads · *: 2 of 8 pass (25.0%, 6 fail), lower 95% bound 4.6%"])
    counts = [r for r in (alone, spread) if "constant-velocity: 2 pass, 6 fail" in r.stdout.str()]
    assert len(counts) == 2
    [run] = re.findall(r"^run: (.*)$", spread.stdout.str(), re.M)
    batches = {p.name.split(".")[0] for p in (pytester.path / run / "parts").iterdir()}
    assert len(batches) == 4


def test_a_batch_is_driven_by_one_worker(pytester):
    write_suite(pytester.path, many=family("many", tuple(range(10, 22))))
    policy = write_policy(
        pytester.path,
        body="""
            with open(f"calls-{os.getpid()}.txt", "a") as file:
                file.write(f"{len(observation.active)}\\n")
        """,
    )
    session(pytester, policy, *WORKERS, "scenarios").assert_outcomes(passed=12)
    calls = [p.read_text().split() for p in pytester.path.glob("calls-*.txt")]
    assert len(calls) == 2 and all(set(rows) == {"6"} for rows in calls)
    assert len(calls[0]) == len(calls[1])


CRASH = """
    fast = observation.ego_history[:, -1, 4] > 23.5
    if bool((fast & observation.active.bool()).any()) and float(observation.time_s.max()) > 0.95:
        os._exit(17)
"""


def test_a_crash_of_a_worker_fails_the_guilty_item_alone(pytester):
    write_suite(pytester.path, many=family("many", SPEEDS))
    policy = write_policy(pytester.path, body=CRASH)
    result = session(pytester, policy, *WORKERS, "scenarios")
    found = outcomes_of(result)
    assert found.pop("scenarios/roads/many.toml::many[speed_mps-24.0]-s0") == "FAILED"
    assert len(found) == 6 and set(found.values()) == {"PASSED"}
    result.stdout.fnmatch_lines(
        ["*replacing crashed worker*", "policy/error: crash: *", "*: 6 pass, 1 policy fault*"]
    )


@pytest.mark.slow
def test_a_crash_of_ones_own_test_is_reported_once_and_scenarios_go_on(pytester):
    write_suite(pytester.path, many=family("many", SPEEDS))
    pytester.makepyfile(test_own="import os\ndef test_crash(): os._exit(1)\ndef test_after(): pass")
    result = session(pytester, "constant-velocity", *WORKERS, ".")
    result.assert_outcomes(passed=8, failed=1)
    result.stdout.fnmatch_lines(["*crashed while running 'test_own.py::test_crash'*"])


@pytest.mark.slow
def test_a_policy_in_a_process_of_its_own_costs_no_worker(pytester):
    write_suite(pytester.path, many=family("many", (10.0, 11.0, 24.0)))
    policy = write_policy(pytester.path, body=CRASH)
    result = session(pytester, policy, "-p", "no:xdist", "--simeval-isolate", "scenarios")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["policy/error: crash: *"])


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--dist=loadfile",), ("--dist=worksteal",), ("-x",)])
def test_other_ways_to_spread_work_too(pytester, words):
    write_suite(pytester.path, many=family("many", SPEEDS, agents=STANDING))
    result = session(pytester, "constant-velocity", *WORKERS, *words, "scenarios")
    found = outcomes_of(result)
    assert found.get("scenarios/roads/many.toml::many[speed_mps-1.0]-s0", "PASSED") == "PASSED"
    assert "FAILED" in found.values() and result.ret != 0
    assert "-x" in words or len(found) == 7


def test_projects_without_scenarios_keep_the_scheduling_of_xdist(pytester):
    pytester.makepyfile(
        test_own="import pytest\n@pytest.mark.parametrize('i', range(8))\ndef test_one(i): pass"
    )
    result = session(pytester, "idm", *WORKERS, ".")
    result.assert_outcomes(passed=8)
    assert (
        "simeval"
        not in result.stdout.str().split("short test summary")[0].split("plugins:")[1].split("\n", 1)[1]
    )
