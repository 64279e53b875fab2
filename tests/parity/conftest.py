"""What other implementations gave on the same input, from the folder that SIMEVAL_PARITY_DATA names."""

import gzip
import json
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def cases(request):
    """The content of a module's file: PARITY_FILE if it has one, else test_NAME.py reads NAME.json.gz."""
    folder = os.environ.get("SIMEVAL_PARITY_DATA")
    if not folder:
        pytest.skip("SIMEVAL_PARITY_DATA does not name a folder")
    name = getattr(request.module, "PARITY_FILE", request.path.stem.removeprefix("test_"))
    path = Path(folder) / f"{name}.json.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in SIMEVAL_PARITY_DATA")
    found = json.loads(gzip.decompress(path.read_bytes()))
    empty = [part for part, held in found.items() if part != "meta" and not held]
    assert not empty and len(found) > 1, f"{path.name}: nothing to compare with in {empty or 'it'}"
    return found
