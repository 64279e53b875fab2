import errno
import os
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scenario_makers import small_scenario

from simeval.errors import InputError, StorageFull, UsageError
from simeval.scenario.pack import open_pack, write_pack
from simeval.scenario.pack_write import MAPS, SCENARIOS


@pytest.fixture
def pack(tmp_path):
    write_pack(tmp_path / "p.pack", [small_scenario()])
    return tmp_path / "p.pack"


def read_all(path):
    opened = open_pack(path)
    opened.table()
    return list(opened.scenarios())


def rewrite(path, change=lambda table: table, **facts):
    """Writes a Parquet file again with its table and some of its facts changed."""
    metadata = {k: v for k, v in pq.read_metadata(path).metadata.items() if k.startswith(b"simeval")}
    metadata |= {f"simeval.{name}".encode(): value for name, value in facts.items()}
    pq.write_table(change(pq.read_table(path)).replace_schema_metadata(metadata), path)


def message(path):
    with pytest.raises(InputError) as error:
        read_all(path)
    return str(error.value).replace(str(path), "P")


def test_a_pack_that_is_not_there(tmp_path):
    assert message(tmp_path / "no.pack") == "P: does not exist. `simeval import` makes packs from files."


def test_a_folder_that_is_no_pack(tmp_path):
    assert message(tmp_path) == (
        "P: is not a pack: it holds no scenarios.parquet. `simeval import` makes packs from files."
    )


def test_maps_that_are_gone(pack):
    (pack / MAPS).unlink()
    assert message(pack) == f"P/{MAPS}: is damaged: it is missing. Import the source files again."


@pytest.mark.parametrize("part", [SCENARIOS, MAPS])
def test_a_newer_format_names_both_versions(pack, part):
    rewrite(pack / part, format=b"7", version=b"9.1")
    assert message(pack) == (
        f"P/{part}: has pack format '7' (simeval 9.1); this one reads 1. "
        "Update simeval, or import the source files again."
    )


def test_a_foreign_parquet_file(pack):
    pq.write_table(pa.table({"a": [1]}), pack / SCENARIOS)
    assert message(pack) == (
        f"P/{SCENARIOS}: is not the scenarios file of a pack. `simeval import` makes packs from files."
    )


@pytest.mark.parametrize("column", ["states", "map_id", "licence"])
def test_a_missing_column(pack, column):
    rewrite(pack / SCENARIOS, lambda t: t.drop_columns([column]))
    assert message(pack) == (
        f"P/{SCENARIOS}: is damaged: the column '{column}' is missing. Import the source files again."
    )


def test_a_column_of_another_type(pack):
    rewrite(pack / SCENARIOS, lambda t: t.set_column(9, "dt_s", pa.array(["0.1"])))
    assert "the column 'dt_s' has another type" in message(pack)


def test_an_edited_number_does_not_match_the_hash(pack):
    rewrite(pack / SCENARIOS, lambda t: t.set_column(9, "dt_s", pa.array([0.2])))
    assert "test/small: its content does not match its hash" in message(pack)


def test_a_null_where_none_may_be(pack):
    rewrite(pack / SCENARIOS, lambda t: t.set_column(0, "id", pa.array([None], type=pa.string())))
    assert "the column 'id' has a null" in message(pack)


def test_maps_of_another_pack(pack, tmp_path):
    write_pack(
        tmp_path / "q.pack", [small_scenario(map=small_scenario().map.empty(), route=None, signals=_none())]
    )
    (pack / MAPS).write_bytes((tmp_path / "q.pack" / MAPS).read_bytes())
    assert message(pack) == (
        f"P/{MAPS}: is damaged: does not belong to the scenarios.parquet beside it. "
        "Import the source files again."
    )


def _none():
    from simeval.scenario import Signals

    return Signals.none(13)


def test_an_unknown_scenario_names_the_nearest(pack):
    with pytest.raises(UsageError, match=r"scenario 'test/smal' is not known\. Did you mean 'test/small'\?"):
        open_pack(pack).scenario("test/smal")


@pytest.mark.parametrize("part", [SCENARIOS, MAPS])
def test_a_truncated_file_is_always_noticed(pack, part):
    whole = (pack / part).read_bytes()
    for length in sorted({0, 1, 3, 4, 8, len(whole) - 1, *range(5, len(whole), max(1, len(whole) // 60))}):
        (pack / part).write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_all(pack)


@pytest.mark.parametrize("part", [SCENARIOS, MAPS])
def test_a_flipped_bit_is_noticed_or_harmless(pack, part):
    whole, rng = (pack / part).read_bytes(), random.Random(1)
    expected = small_scenario().content_hash
    for _ in range(250):
        broken = bytearray(whole)
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        (pack / part).write_bytes(broken)
        try:
            scenarios = read_all(pack)
        except InputError:
            continue
        assert [s.content_hash for s in scenarios] == [expected]


def test_a_full_disk_is_one_message_and_leaves_the_old_pack(pack, monkeypatch):
    real = os.fsync

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match=r"cannot be written: No space left on device\. Free some space"):
        write_pack(pack, [small_scenario(id="test/other")])
    monkeypatch.setattr(os, "fsync", real)
    assert open_pack(pack).ids == ("test/small",)
    assert sorted(p.name for p in Path(pack).iterdir()) == [MAPS, SCENARIOS]


class SmallDisk:
    """A file on a disk that is full after `room` bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(data)


@pytest.mark.parametrize("room", [0, 3, 100, 3000])
def test_a_disk_that_fills_while_writing_leaves_no_pack(tmp_path, monkeypatch, room):
    real = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda handle, mode: SmallDisk(real(handle, mode), room))
    with pytest.raises(StorageFull, match="No space left on device"):
        write_pack(tmp_path / "p.pack", [small_scenario()])
    assert list(tmp_path.iterdir()) == []


def test_a_crash_between_the_two_renames_is_noticed(pack, monkeypatch):
    real, calls = Path.replace, []

    def once(self, target):
        if calls:
            raise KeyboardInterrupt
        calls.append(target)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", once)
    other = small_scenario(id="test/other", map=small_scenario().map.empty(), route=None, signals=_none())
    with pytest.raises(KeyboardInterrupt):
        write_pack(pack, [other])
    assert "does not belong to the scenarios.parquet beside it" in message(pack)
