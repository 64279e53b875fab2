"""The cards of traffic models name only what exists."""

import importlib
import pkgutil
import re
from pathlib import Path

import simeval.traffic
from simeval.traffic.idm import IdmParameters
from simeval.traffic.mobil import MobilParameters

PAGE = (Path(__file__).parents[2] / "docs" / "traffic-models.md").read_text(encoding="utf-8")
FOLDER = Path(simeval.traffic.__file__).parent
ELSEWHERE = {"SIMEVAL_PARITY_DATA"}


def test_every_file_and_every_name_on_the_page_exists():
    files = set(re.findall(r"`(\w+\.py)`", PAGE))
    assert len(files) >= 10
    assert files <= {p.name for p in FOLDER.glob("*.py")}
    known = set(ELSEWHERE)
    for info in pkgutil.iter_modules([str(FOLDER)]):
        known |= set(vars(importlib.import_module(f"simeval.traffic.{info.name}")))
    named = set(re.findall(r"`([a-z]+_[a-z_]+|[A-Z]+_?[A-Z_]+|uniform|normal|passage)(?:\(.*?\))?`", PAGE))
    assert len(named) >= 15
    assert named <= known


def test_links_and_defaults_on_the_page_hold():
    anchors = {h.lower().replace(" ", "-") for h in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\(#([a-z-]+)\)", PAGE)) <= anchors
    idm, mobil = IdmParameters(), MobilParameters()
    assert f"| a_max, b | {idm.max_acceleration}, {idm.comfortable_braking} m/s² |" in PAGE
    assert f"| T, s₀ | {idm.headway} s, {idm.min_gap} m |" in PAGE
    assert f"| politeness p | {mobil.politeness} |" in PAGE
    assert f"| hysteresis, pause | {mobil.hysteresis} m/s², {mobil.pause:.0f} s |" in PAGE
