"""What items say of their episodes."""

import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from plugin_files import QUICK, STANDING, SUITE, family, outcomes_of, write_suite

pytest_plugins = ["pytester"]

FAILING = "blocked[speed_mps-24.0]-s0"


@pytest.fixture
def project(pytester):
    write_suite(pytester.path, free=family("free"), blocked=family("blocked", (1.0, 24.0), agents=STANDING))
    return pytester


def session(project, *words, policy="constant-velocity"):
    return project.runpytest_inprocess(*QUICK, f"--simeval-policy={policy}", "scenarios", *words)


def test_a_failure_says_what_was_measured_and_how_to_see_it_again(project):
    text = session(project).stdout.str()
    assert "contact/standing_vehicle: contact with wreck at 1.1 s (stopped_track), closing at 24 m/s" in text
    assert "roads/blocked[speed_mps-24.0] · constant-velocity · s0" in text
    assert re.search(r"first cause, and what followed\n +0\.\d s  ttc_low with wreck: 0 s, limit 1.5 s", text)
    assert re.search(r"batch +constant-velocity-00000-[0-9a-f]{8}, row 1 of 3", text)
    assert f"pytest 'scenarios/roads/blocked.toml::{FAILING}' --simeval-policy=constant-velocity" in text
    assert re.search(r"^FAILED scenarios/roads/blocked.toml::blocked\[speed_mps-24.0\]-s0( - |$)", text, re.M)


def simeval(line):
    """The words of a command, run by this Python."""
    program, *words = shlex.split(line)
    assert program == "simeval"
    return [sys.executable, "-c", "from simeval.cli import main; main()", *words]


def test_the_reproduction_commands_work(project):
    text = session(project, "-rA").stdout.str()
    [line] = re.findall(r"^reproduce +(simeval run .*)$", text, re.M)
    [replay] = re.findall(r"^replay +(simeval .*)$", text, re.M)
    again = subprocess.run([*simeval(line), "--json"], capture_output=True, text=True, check=False)
    assert again.returncode == 0 and '"mode": "contact/standing_vehicle"' in again.stdout, again.stderr
    shown = subprocess.run(
        [*simeval(replay.replace("--gif", "--png")), "-o", "moment.png"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr


def test_junit_carries_the_failure_mode(project):
    session(project, "--junitxml=junit.xml")
    cases = {case.get("name"): case for case in ET.parse(project.path / "junit.xml").iter("testcase")}
    assert set(cases) == {"free-s0", "blocked-s0", FAILING}
    told = {p.get("name"): p.get("value") for p in cases[FAILING].iter("property")}
    assert told["simeval_mode"] == "contact/standing_vehicle" and told["simeval_outcome"] == "fail"
    assert (
        told["simeval_policy"] == "constant-velocity"
        and told["simeval_scenario"] == "roads/blocked[speed_mps-24.0]"
    )
    message = cases[FAILING].find("failure").get("message")
    assert message.startswith("contact/standing_vehicle: contact with wreck at")
    assert cases["free-s0"].find("failure") is None


def test_a_scenario_that_cannot_be_built_fails_its_item_alone(project):
    write_suite(project.path, blocked=family("blocked", (24.0, 1.0, 1000.0), agents=STANDING))
    result = session(project, "-rA")
    assert outcomes_of(result)["scenarios/roads/blocked.toml::blocked[speed_mps-1000.0]-s0"] == "ERROR"
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*blocked.toml: ego.at.speed_mps: expected*1000.0*"])


def test_an_episode_without_a_verdict_is_an_error_with_the_reason(project):
    result = session(project, policy="log")
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["unscored: *no recorded motion to follow*", "log: 3 unscored"])


@pytest.mark.parametrize("words", [["-k", "24"], ["--simeval-batch-size=1"], ["--simeval-batch-size=2"]])
def test_the_verdict_does_not_depend_on_the_batch(project, words):
    def message(*more):
        text = session(project, *more).stdout.str()
        return re.search(r"^contact/standing_vehicle: .*?(?=^batch)", text, re.M | re.S)[0]

    assert message(*words) == message()


def test_the_summary_has_at_most_twelve_lines(project):
    policies = [f"--simeval-policy={name}" for name in ("idm", "log")]
    text = session(project, *policies, "--simeval-min-pass-rate=0.5").stdout.str()
    lines = re.search(r"=+ simeval =+\n(.*?)\n=+ ", text, re.S)[1].splitlines()
    assert len(lines) <= 12
    assert "constant-velocity: 2 pass, 1 fail   (contact/standing_vehicle 1)" in lines
    assert "log: 3 unscored" in lines
    [run] = [line.removeprefix("run: ") for line in lines if line.startswith("run: ")]
    assert (project.path / run / "manifest.json").is_file()
    assert f"next: simeval report {run}" in lines


def test_the_report_is_written_where_asked_for(project):
    text = session(project, "--simeval-report", "--simeval-out=kept").stdout.str()
    [page] = re.findall(r"^report: (kept/.*index.html)$", text, re.M)
    assert b"blocked" in (project.path / page).read_bytes()


def test_the_pass_rate_of_a_suite_is_an_item_with_an_exact_bound(project):
    result = session(project, "--simeval-min-pass-rate=0.9", "--junitxml=junit.xml", "-rA")
    assert outcomes_of(result)["scenarios/roads/suite.toml::pass_rate"] == "FAILED"
    told = "2 of 3 pass (66.7%, 1 fail), lower 95% bound 13.5%"
    result.stdout.fnmatch_lines([f"pass rate 66.7% is below 90.0%: {told}", f"scenarios/roads · *: {told}"])
    junit = (project.path / "junit.xml").read_text()
    assert '<property name="simeval_pass_rate_bound" value="0.1354" />' in junit
    low = session(project, "--simeval-min-pass-rate=0.6", "-rA")
    assert outcomes_of(low)["scenarios/roads/suite.toml::pass_rate"] == "PASSED"


def test_a_bound_says_how_many_items_it_takes(project):
    result = session(project, "--simeval-min-pass-rate-bound=0.9")
    result.stdout.fnmatch_lines(["lower bound 13.5% is below 90.0%: *; it takes 29 items that all pass*"])


def test_a_suite_file_may_want_a_pass_rate(project):
    write_suite(project.path, about=SUITE + "min_pass_rate = 0.5\n")
    assert outcomes_of(session(project, "-rA"))["scenarios/roads/suite.toml::pass_rate"] == "PASSED"


def test_a_part_of_a_suite_does_not_fail_its_pass_rate(project):
    result = session(project, "--simeval-min-pass-rate=0.9", "-k", "24 or pass_rate", "-rA")
    result.assert_outcomes(failed=1, skipped=1, deselected=2)
    result.stdout.fnmatch_lines(["SKIPPED*0 of 1 pass*: 2 items of the suite are not selected*"])
