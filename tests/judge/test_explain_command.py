"""`simeval explain` on a run of the bundled scenarios."""

import json
import re
import shutil

import pytest

from simeval import content
from simeval.cli import main
from simeval.runs import open_run


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    source = str(content.builtin_root() / "scenarios" / "highway")
    with pytest.raises(SystemExit) as done:
        main(
            [
                "run",
                source,
                "--policy",
                "constant-velocity",
                "--only",
                "highway/lead_brakes",
                "--out",
                str(out),
            ]
        )
    assert done.value.code in (0, None)
    return out


def explained(capsys, *words):
    with pytest.raises(SystemExit) as done:
        main(["explain", *map(str, words)])
    assert done.value.code in (0, None)
    return capsys.readouterr().out


def test_an_episode_is_explained_from_chain_to_total(run_folder, capsys):
    key = open_run(run_folder).plan["key"][0]
    text = explained(capsys, run_folder, key[:12])
    assert "Outcome   fail: contact/rear_end   (profile simeval-core@1)" in text
    assert "Cause     hard_brake with lead at" in text
    assert "metrics/profiles/simeval-core.toml:" in text
    assert re.search(r"Total\n  \(.*\) / \d+ × 0 × 1 × 1 × 1 = 0\n", text)
    assert "Reproduce: simeval run" in text


def test_as_json_it_is_one_document(run_folder, capsys):
    key = open_run(run_folder).plan["key"][0]
    found = json.loads(explained(capsys, run_folder, key, "--json"))
    assert found["key"] == key
    assert found["explanation"]["mode"] == "contact/rear_end"
    assert [e["event"] for e in found["explanation"]["chain"]][-1] == "contact"
    assert all(t["place"].startswith("metrics/profiles/") for t in found["explanation"]["terms"])


def test_an_unknown_episode_is_told(run_folder, capsys):
    with pytest.raises(SystemExit) as done:
        main(["explain", str(run_folder), "nothing-like-it"])
    assert done.value.code == 2
    assert "no episode of this run fits" in capsys.readouterr().err


@pytest.fixture
def own_rules(tmp_path, monkeypatch):
    """A project whose own profile hides the built-in one, and the path of one that lies elsewhere."""
    text = (content.builtin_root() / "metrics" / "profiles" / "simeval-core.toml").read_text("utf-8")
    own, other = tmp_path / "metrics" / "profiles" / "simeval-core.toml", tmp_path / "rules" / "other.toml"
    for path, found in ((own, text), (other, text.replace('"simeval-core"', '"other"'))):
        path.parent.mkdir(parents=True)
        path.write_text(found.replace("weight = 5", "weight = 6"))
    monkeypatch.chdir(tmp_path)
    return own


def refused(capsys, *words):
    with pytest.raises(SystemExit) as done:
        main([*map(str, words)])
    assert done.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "sum"),
    [("simeval-core", "(6 × 0"), ("builtin:simeval-core", "(5 × 0"), ("rules/other.toml", "(6 × 0")],
)
def test_the_profile_that_judged_explains_whatever_hides_it(run_folder, own_rules, capsys, name, sum):
    with pytest.raises(SystemExit):
        main(
            [
                "run",
                "builtin:highway",
                "-p",
                "constant-velocity",
                "--only",
                "highway/lead_brakes",
                "--profile",
                name,
            ]
        )
    assert sum in explained(capsys, "runs", "highway/lead_brakes")


def test_a_profile_that_changed_without_a_new_version_is_told(run_folder, own_rules, capsys):
    run_it = [
        "run",
        "builtin:highway",
        "-p",
        "constant-velocity",
        "--only",
        "highway/lead_brakes",
        "--out",
        "a b",
    ]
    with pytest.raises(SystemExit):
        main(run_it)
    own_rules.write_text(own_rules.read_text().replace("weight = 6", "weight = 7"))
    message = refused(capsys, "explain", "a b", "highway/lead_brakes")
    assert (
        "was judged under simeval-core@1; now simeval-core@1 has other rules. `simeval score 'a b/" in message
    )
    with pytest.raises(SystemExit):
        main(["score", "a b"])
    assert "(7 × 0" in explained(capsys, "a b", "highway/lead_brakes")


def test_a_failure_by_a_number_has_no_event_for_a_cause(run_folder, tmp_path, monkeypatch, capsys):
    run = tmp_path / "run"
    shutil.copytree(open_run(run_folder).path, run)
    rules = 'all = [{ measure = "route_progress_ratio", below = 0.9 }]\n'
    (tmp_path / "far.toml").write_text(
        f'name = "far"\nversion = 1\ndoc = "Gets there."\n[[fail]]\nmode = "distance/short"\n{rules}'
    )
    monkeypatch.chdir(tmp_path)
    assert main_ends(["score", str(run), "--profile", "far.toml"]) in (0, None)
    capsys.readouterr()
    text = explained(capsys, run, "highway/lead_brakes")
    assert "Cause     no event; a number of the whole episode fired the rule\n" in text
    assert text.endswith("--only highway/lead_brakes --profile far.toml\n")


def main_ends(words):
    with pytest.raises(SystemExit) as done:
        main(words)
    return done.value.code
