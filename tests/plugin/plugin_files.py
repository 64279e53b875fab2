"""Families and policies for tests of the pytest plugin; small, so that a session takes little time."""

import textwrap

QUICK = ("-p", "no:xdist", "-p", "no:hypothesispytest")  # plugins that take longer than the session

FAMILY = """
format = 1
family = "{name}"
doc = "The ego drives along a straight road; {name}."
tags = ["must_stop"]
duration_s = 3.0

[map]
template = "straight"
num_lanes = 2
length_m = 400.0
speed_limit_mps = 27.8

[parameters]
speed_mps = {{ default = {default}, values = {speeds} }}
{parameters}

[ego]
at = {{ lane = "main.0", s_m = 50.0, speed_mps = "$speed_mps" }}
goal = {{ lane = "main.0", s_m = 350.0 }}
{agents}
"""

STANDING = """
[[agent]]
id = "wreck"
controller = "parked"
at = { lane = "main.0", ahead_of = "ego", gap_m = 25.0 }
"""

SUITE = 'format = 1\ndoc = "A suite for tests."\ndt_s = 0.1\n'


def family(name, speeds=(10.0,), *, agents="", parameters="", default=None):
    """Text of a family with one scenario a speed; `agents` may hold STANDING, which the fast ones hit."""
    speeds = [float(v) for v in speeds]
    return FAMILY.format(
        name=name, speeds=speeds, default=speeds[0] if default is None else default, agents=agents,
        parameters=parameters,
    )  # fmt: skip


def write_suite(folder, suite="roads", *, about=SUITE, **families):
    """Writes `scenarios/<suite>/`, families by name; gives the folder."""
    there = folder / "scenarios" / suite
    there.mkdir(parents=True, exist_ok=True)
    if about:
        (there / "suite.toml").write_text(about)
    for name, text in families.items():
        (there / f"{name}.toml").write_text(text)
    return there


def write_policy(folder, name="driver", body="", head=""):
    """Writes a module with `make()`: a policy that keeps its speed; `body` runs in each call of `act`."""
    text = """
        import os, pathlib, torch
        {head}
        def make():
            def act(observation):
                {body}
                return torch.zeros(len(observation.active), 2)
            return act
    """
    text = textwrap.dedent(text).format(
        head=textwrap.dedent(head), body=textwrap.indent(textwrap.dedent(body), " " * 8).strip() or "pass"
    )
    (folder / f"{name}.py").write_text(text)
    return f"{name}:make"


def ids_of(result):
    """Node ids that `--collect-only -q` prints."""
    return [line for line in result.outlines if "::" in line]


def outcomes_of(result):
    """Item to word, from the lines of `-v` or `-rA`."""
    words = ("PASSED", "FAILED", "ERROR", "SKIPPED")
    found = {}
    for line in result.outlines:
        word, _, rest = line.partition(" ")
        if word in words and "::" in rest:
            found[rest.split(" - ")[0]] = word
    return found
