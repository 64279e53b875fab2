"""Small family files for the tests of the authoring package."""

from __future__ import annotations

from pathlib import Path

import pytest

from simeval.authoring import Family, load_family
from simeval.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
SUITES = sorted(path.parent for path in (ROOT / "scenarios").glob("*/suite.toml"))

PLAIN = """\
format = 1
family = "plain"
doc = "A car follows a car."

[map]
template = "straight"
num_lanes = 2
length_m = 300.0

[ego]
at = { lane = "main.0", s_m = 50.0, speed_mps = 10.0 }
goal = { lane = "main.0", s_m = 200.0 }

[[agent]]
id = "lead"
controller = "scripted"
at = { lane = "main.0", ahead_of = "ego", gap_m = 20.0, speed_mps = 10.0 }
[[agent.do]]
when = { time_s = 1.0 }
brake = { decel_mps2 = 3.0 }
"""


def family_from(folder: Path, text: str, suite: str = "mine") -> Family:
    """The family `plain` with this text, in a suite of its own."""
    path = folder / suite / "plain.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_family(path)


def changed(*pairs: tuple[str, str]) -> str:
    """`PLAIN` with pieces of its text replaced; each has to be there."""
    text = PLAIN
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def message_for(folder: Path, text: str) -> str:
    """The error that reading this text gives, with the file's folder left out."""
    with pytest.raises(InputError) as caught:
        family_from(folder, text)
    return str(caught.value).replace(f"{folder}/", "")
