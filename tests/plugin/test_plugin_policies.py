"""Items that a learned policy drives."""

import re

import pytest
from plugin_files import QUICK, STANDING, family, outcomes_of, write_policy, write_suite

pytest_plugins = ["pytester"]

CHECKS = 1  # the first call of a batch is made twice, to see that equal inputs give equal actions
SPEEDS = tuple(float(v) for v in range(1, 25))


def session(pytester, policy, *words):
    return pytester.runpytest_inprocess(*QUICK, f"--simeval-policy={policy}", "scenarios", *words)


def test_items_of_a_batch_take_one_forward_pass_a_step(pytester):
    write_suite(pytester.path, many=family("many", SPEEDS))
    policy = write_policy(
        pytester.path,
        head="calls = []",
        body="""
            calls.append(len(observation.active))
            pathlib.Path("calls.txt").write_text(" ".join(map(str, calls)))
        """,
    )
    session(pytester, policy).assert_outcomes(passed=24)
    rows = [int(word) for word in (pytester.path / "calls.txt").read_text().split()]
    assert rows == [24] * (30 + CHECKS)  # 3 s in steps of 0.1 s


def test_a_policy_at_fault_fails_its_item_with_its_traceback(pytester):
    write_suite(pytester.path, many=family("many", (10.0, 11.0, 24.0)))
    policy = write_policy(
        pytester.path,
        body="""
            fast = observation.ego_history[:, -1, 4] > 20.0
            if bool((fast & observation.active.bool()).any()) and float(observation.time_s.max()) > 0.95:
                raise ValueError("too fast for me")
        """,
    )
    result = session(pytester, policy, "-rA", "--junitxml=junit.xml")
    result.assert_outcomes(passed=2, failed=1)
    assert outcomes_of(result)["scenarios/roads/many.toml::many[speed_mps-24.0]-s0"] == "FAILED"
    result.stdout.fnmatch_lines(
        [
            "policy/error: exception: ValueError: too fast for me",
            "outcome    policy_fault, policy/error",
            "traceback of the policy, its last lines",
            '*driver.py:* in act: raise ValueError("too fast for me")',
            "driver:make: 2 pass, 1 policy fault   (policy/error 1)",
        ]
    )
    assert 'name="simeval_mode" value="policy/error"' in (pytester.path / "junit.xml").read_text()


def test_a_policy_that_cannot_be_made_fails_every_item(pytester):
    write_suite(pytester.path, many=family("many", (10.0, 11.0)))
    (pytester.path / "driver.py").write_text("def make():\n    raise OSError('no such checkpoint')\n")
    result = session(pytester, "driver:make")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["policy/error: construction: *OSError: no such checkpoint"])


def test_a_policy_gives_the_same_verdict_alone_and_in_a_batch(pytester):
    write_suite(pytester.path, many=family("many", (1.0, 2.0, 24.0), agents=STANDING))
    policy = write_policy(pytester.path)

    def verdict(*words):
        text = session(pytester, policy, *words).stdout.str()
        return re.search(r"^contact/standing_vehicle: .*24.0.*?(?=^batch)", text, re.M | re.S)[0]

    assert verdict("--simeval-exact") == verdict("--simeval-exact", "-k", "24")


def test_what_a_policy_prints_is_captured(pytester):
    write_suite(pytester.path, blocked=family("blocked", (24.0,), agents=STANDING))
    policy = write_policy(pytester.path, body='print("at", float(observation.time_s[0]))')
    session(pytester, policy).stdout.fnmatch_lines(["*Captured stdout setup*", "at 0.0"])


@pytest.mark.slow
def test_the_policy_of_the_package_drives_the_bundled_suites(pytester):
    from simeval.content import builtin_root

    result = pytester.runpytest_inprocess(
        *QUICK, "--simeval-policy=bc-small", str(builtin_root() / "scenarios")
    )
    assert result.parseoutcomes()["passed"] >= 30
