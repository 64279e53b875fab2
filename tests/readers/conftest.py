import functools
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

FORMAT_FOLDERS = ("argoverse2", "gpudrive_json")


def data_files():
    """All files below the folders of the formats that are read, whatever they are called."""
    root = os.environ.get("SIMEVAL_TEST_DATA")
    if not root:
        return []
    found = [p for name in FORMAT_FOLDERS for p in (Path(root) / name).rglob("*") if p.is_file()]
    return sorted(found)


@functools.cache
def scenario_files():
    """Those of the files that hold a scenario."""
    from simeval.readers import read_file
    from simeval.scenario import Scenario

    return [f for f in data_files() if isinstance(read_file(f, alone=False), Scenario)]


def pytest_generate_tests(metafunc):
    for name, find in (("data_file", data_files), ("scenario_file", scenario_files)):
        if name not in metafunc.fixturenames:
            continue
        files = find()
        ids = [f"{p.parent.name[:12]}-{p.name[-24:]}" for p in files]
        skip = pytest.param(None, marks=pytest.mark.skip(reason="SIMEVAL_TEST_DATA names no scenario files"))
        metafunc.parametrize(name, files or [skip], ids=ids or ["no-data"])
