"""What people type wrong: one message that says where, what, and what to do."""

import json
import subprocess
import sys

import pytest

from simeval.cli import main


@pytest.fixture
def simeval(capsys, tmp_path, monkeypatch):
    """Calls the command line in an empty folder: (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def call(*argv):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(list(argv))
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("run higway -p idm", 2, "higway: there is no suite of that name, and no such file or folder. "
         "Did you mean 'highway'? Suites: highway, trucks, urban; "),
        ("run highway/lead_brake -p idm", 2, "highway/lead_brake: suite 'highway' has no family "
         "'lead_brake'. Did you mean 'lead_brakes'? Families: curve_too_fast, "),
        ("run logs.pack -p idm", 2, "logs.pack: there is no such pack below "),
        ("run folder -p idm", 2, "folder: is a run folder, the result of `simeval run`. "
         "Its scenarios are in folder/scenarios.pack; `simeval score folder` judges it again."),
        ("run highway -p idm --only highway/lead", 5, "highway: none of 24 scenarios matches "
         "--only highway/lead. `simeval inspect highway` shows the ids; "),
        ("run highway -p imd", 2, "--policy: policy 'imd' is not known. Did you mean 'idm'? "),
        ("run highway -p idm --profile simeval-cor", 2, "profile 'simeval-cor' is not known. "
         "Did you mean 'simeval-core'? `simeval list profiles` shows all "),
        ("list metrics min_tcc_s", 2, "metric 'min_tcc_s' is not known. Did you mean 'min_ttc_s'? "),
        ("list scenarios highway/cut_inn", 2, "family 'highway/cut_inn' is not known. "
         "Did you mean 'highway/cut_in'? "),
        ("explain nowhere key", 2, "nowhere: does not exist. `simeval run` makes one and prints its path."),
    ],
)  # fmt: skip
def test_a_mistake_says_where_what_and_what_to_do(simeval, tmp_path, words, code, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "manifest.json").write_text("{}")
    ended, out, err = simeval(*words.split())
    assert (ended, out) == (code, "")
    assert err.startswith(f"simeval: {message}") and err.count("\n") == 1


def test_one_metric_is_shown_with_its_card(capsys):
    main_ends(["list", "metrics", "min_ttc_s", "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert shown["unit"] == "s" and shown["better"] == "higher"
    assert shown["formula"] and shown["limits"] and shown["undefined"]


def test_modes_are_listed_with_what_a_driver_lacks(capsys):
    main_ends(["list", "modes", "contact/rear_end"])
    assert "reaction" in capsys.readouterr().out


def main_ends(words):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert not stop.value.code


def test_the_package_can_be_run_without_its_script():
    done = subprocess.run(
        [sys.executable, "-m", "simeval", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stdout.startswith("simeval ")


def test_an_engine_driver_cannot_be_stepped_through(tmp_path):
    command = [sys.executable, "-m", "simeval", "run", "highway", "-p", "idm", "--debug"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--debug: steps through one learned policy; 'idm' is a part of the simulator." in ended.stderr


def test_debugging_is_refused_where_the_simulator_is_compiled_already(simeval):
    pytest.importorskip("numba")

    ended, _, err = simeval("run", "highway", "-p", "idm", "--debug")
    assert ended == 2
    assert "--debug: the simulator is loaded in this process already" in err
