"""The program itself: help, version, and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

import simeval
import simeval.cli

PROGRAM = [sys.executable, "-c", "from simeval.cli import main; main()"]


def call(*args, **options):
    return subprocess.run([*PROGRAM, *args], capture_output=True, text=True, check=False, **options)


def test_version_and_help_name_commands_and_exit_codes():
    assert call("--version").stdout.strip() == f"simeval {simeval.__version__}"
    shown = call("--help").stdout
    for word in ("run", "report", "explain", "130/143 interrupted", "5 nothing selected"):
        assert word in shown


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom simeval.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = ('numpy', 'numba', 'torch', 'pandas', 'matplotlib')\n"
        "print([m for m in heavy if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"


def test_a_defect_of_ours_keeps_its_traceback_and_exits_with_4(monkeypatch, capsys):
    def broken(**_):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(simeval.cli, "app", broken)
    with pytest.raises(SystemExit) as end:
        simeval.cli.main([])
    assert end.value.code == 4
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: ours" in shown and "defect of simeval" in shown


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    started = subprocess.Popen(
        [*PROGRAM, "list", "metrics"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    started.stdout.close()
    _, told = started.communicate(timeout=60)
    assert b"Traceback" not in told


@pytest.mark.parametrize("words", [["list", "metrics"], ["list", "metrics", "--json"], ["--version"]])
def test_a_full_disk_behind_standard_output_is_one_message(words):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    message = "simeval: output: cannot be written: No space left on device. Free some space.\n"
    assert (done.returncode, done.stderr) == (4, message)


def test_ctrl_c_is_one_message(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("simeval.judge.load_profile", lambda name: interrupted())
    with pytest.raises(SystemExit) as end:
        simeval.cli.main(["list", "profiles"])
    message = "simeval: interrupted; nothing half-written is left. Run the same command again.\n"
    assert (end.value.code, capsys.readouterr().err) == (130, message)


def test_an_unknown_command_is_a_usage_error():
    assert call("drive").returncode == 2
