"""The front of the package, and how a run shows its progress."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

import simeval
from simeval.cli.progress import Lines, LiveLine, state_of

QUICK = """
import sys, simeval
heavy = {"numpy", "numba", "torch", "pandas", "pyarrow", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
import simeval.cli
heavy = {"numba", "torch", "pandas", "pyarrow", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
"""


def test_importing_simeval_or_its_commands_loads_nothing_heavy():
    subprocess.run([sys.executable, "-c", QUICK], check=True)


def test_the_front_exports_what_it_says():
    assert simeval.__all__ == sorted(simeval.__all__)
    for name in simeval.__all__:
        assert getattr(simeval, name) is not None
        assert name in dir(simeval)
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        simeval.evalute  # noqa: B018


def test_plain_lines_come_every_few_per_cent(capsys):
    lines = Lines()
    lines.start(1000, 0)
    for _ in range(1000):
        lines.advance(1)
    told = capsys.readouterr().err.splitlines()
    assert 15 <= len(told) <= 25
    assert told[-1].startswith("1000/1000 episodes")


def test_the_state_says_how_far_how_fast_and_where_the_time_goes():
    lines = Lines()
    lines.start(10, 4)
    with lines.timed("simulate"):
        pass
    lines.done = 7
    words = state_of(lines)
    assert words.startswith("7/10 episodes (4 from before)")
    assert all(word in words for word in ("episodes/s", "s left", "simulate", "measure", "write"))


def test_the_state_says_at_which_step_a_policy_is(capsys, monkeypatch):
    lines = Lines()
    lines.start(10, 0)
    lines.at_step(3)
    assert "step 3" in state_of(lines)
    assert "step 3" not in capsys.readouterr().err  # plain lines say so only when nothing else comes
    lines._began -= 11.0
    lines.at_step(4)
    lines.at_step(5)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and told[0].startswith("0/10 episodes · step 4 · simulate")
    lines.at_step(None)
    assert "step" not in state_of(lines)


def test_a_terminal_gets_one_live_line(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    line = LiveLine()
    line.note("before")
    line.start(10, 0)
    line.advance(5)
    line.note("[b]a note[/b]")
    line.advance(5)
    line.close()
    shown = terminal.getvalue()
    assert "before" in shown and "[b]a note[/b]" in shown and "10/10 episodes" in shown
