"""What these tests share with those of runs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture
def dump():
    """All tables of a run folder, without wall-clock time."""
    path = Path(__file__).parents[1] / "runs" / "conftest.py"
    spec = importlib.util.spec_from_file_location("runs_conftest", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dump
