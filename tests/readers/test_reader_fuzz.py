"""Whatever is done to a file, it is read or refused with one InputError, never anything else."""

import copy
import json
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from file_makers import av2_map, av2_rows, nocturne, waymo, write_av2, write_json

from simeval.readers import Rejected, read_file
from simeval.scenario import Scenario
from simeval.scenario.validate import problems_of

LIGHTS = {"7": {"state": ["go", "stop"], "time_index": [3, 5], "x": [1.0, 1.0], "y": [1.0, 1.0]}}
FILES = {
    "gpudrive": waymo(12, tl_states=LIGHTS),
    "nocturne": nocturne(12, tl_states=LIGHTS),
    "columnar": nocturne(12, columns=True),
}
ODD = [
    None, True, -1, 0, 2**63, -(2**80), 1e308, -1e308, 1e-320, "", "x" * 5000,
    "\ud800", "\x00\x1b[31m", [], {},
    [[]], [None], {"x": 1}, {"x": 1, "y": None}, "vehicle", "lane", -10000.0, [True] * 13,
]  # fmt: skip


def sound_or_refused(path):
    result = read_file(path)
    if isinstance(result, Scenario):
        assert problems_of(result) == []
    else:
        assert result is None or (isinstance(result, Rejected) and str(path.parent) in result.reason)
        assert result is None or len(result.reason) < 1500
    return isinstance(result, Scenario)


def places(value, path=()):
    """Paths of all entries of a JSON document; of long lists only the ends."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for i in sorted({0, 1, len(value) - 1} & set(range(len(value)))):
            yield from places(value[i], (*path, i))


def mutated(document, rng):
    """The document with one entry replaced, removed, doubled or swapped."""
    document = copy.deepcopy(document)
    *above, key = rng.choice([p for p in places(document) if p])
    parent = document
    for step in above:
        parent = parent[step]
    what = rng.randrange(4)
    if what == 0:
        del parent[key]
    elif what == 1 and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    elif what == 2 and isinstance(parent, dict) and len(parent) > 1:
        other = rng.choice(list(parent))
        parent[key], parent[other] = parent[other], parent[key]
    else:
        parent[key] = rng.choice(ODD)
    return document


@pytest.mark.parametrize("layout", FILES)
def test_json_with_one_entry_changed(tmp_path, layout):
    rng, read = random.Random(layout), 0
    for _ in range(500):
        text = json.dumps(mutated(FILES[layout], rng))
        (tmp_path / "f").write_bytes(text.encode("utf-8", "surrogatepass"))
        read += sound_or_refused(tmp_path / "f")
    assert 0 < read < 500, "some changes are harmless, some are not"


def test_map_archives_with_one_entry_changed(tmp_path):
    tracks, rng = write_av2(tmp_path), random.Random(3)
    for _ in range(300):
        write_json(tmp_path / "log_map_archive_scene-1.json", mutated(av2_map(), rng))
        sound_or_refused(tracks)


@pytest.mark.parametrize("layout", FILES)
def test_json_truncated_anywhere(tmp_path, layout):
    whole = json.dumps(FILES[layout]).encode()
    for length in range(0, len(whole), max(1, len(whole) // 250)):
        (tmp_path / "f").write_bytes(whole[:length])
        assert not sound_or_refused(tmp_path / "f")


@pytest.mark.parametrize("layout", FILES)
def test_json_with_random_bytes(tmp_path, layout):
    whole, rng = json.dumps(FILES[layout]).encode(), random.Random(4)
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            broken[rng.randrange(len(broken))] = rng.choice(b'0-e.{}[]",:\\x\xff\x00 ')
        (tmp_path / "f").write_bytes(broken)
        sound_or_refused(tmp_path / "f")


@pytest.fixture
def parquet(tmp_path):
    return write_av2(tmp_path, rows=av2_rows(14), archive=False)


def test_parquet_truncated_anywhere(parquet):
    whole = parquet.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 200)):
        parquet.write_bytes(whole[:length])
        assert not sound_or_refused(parquet)


def test_parquet_with_random_bytes(parquet):
    whole, rng = parquet.read_bytes(), random.Random(5)
    for k in range(400):
        broken = bytearray(whole)
        footer = len(whole) - int.from_bytes(whole[-8:-4], "little") - 8
        low = footer if k % 2 else 0  # every other time in the footer, where the lengths are
        broken[rng.randrange(low, len(broken))] = rng.randrange(256)
        parquet.write_bytes(broken)
        sound_or_refused(parquet)


def test_track_tables_with_odd_columns(tmp_path):
    rng, path = random.Random(6), tmp_path / "f"
    odd = [
        pa.nulls(28), pa.array([b"x"] * 28), pa.array([[1.0]] * 28), pa.array([{"a": 1}] * 28),
        pa.array([2**62] * 28), pa.array([np.nan] * 28), pa.array(["1"] * 28), pa.array([True] * 28),
        pa.array([1e300] * 28), pa.array(["", None] * 14), pa.array([-(2**63)] * 28),
        pa.array(["x"] * 28).dictionary_encode(), pa.array([1] * 28, type=pa.timestamp("ns")),
    ]  # fmt: skip
    for _ in range(150):
        table = pa.table(av2_rows(14))
        name = rng.choice(table.column_names)
        table = table.set_column(table.column_names.index(name), name, rng.choice(odd))
        pq.write_table(table, path)
        sound_or_refused(path)
