from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from scenario_makers import scenarios, small_scenario

from simeval.content_hash import digest_of
from simeval.errors import InputError, NothingSelected, UsageError
from simeval.scenario.pack import open_pack, write_pack
from simeval.scenario.pack_write import MAPS, SCENARIOS
from simeval.scenario.validate import problems_of


def all_of(scenario):
    """Digest of every field, also of those that are not part of the content hash."""
    return digest_of({f.name: getattr(scenario, f.name) for f in fields(scenario)})


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # checks of types pick items by chance
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios())
def test_any_scenario_survives_to_the_last_bit(scenario, tmp_path_factory):
    assert problems_of(scenario) == []
    pack = tmp_path_factory.mktemp("round") / "any.pack"
    write_pack(pack, [scenario])
    back = open_pack(pack).scenario(scenario.id)
    assert all_of(back) == all_of(scenario)
    assert back.content_hash == scenario.content_hash
    assert back.map.id == scenario.map.id


def test_negative_zero_survives(tmp_path):
    small = small_scenario()
    states = replace(
        small.states, velocity=small.states.velocity * [1.0, -1.0] * small.states.valid[..., None] + 0.0
    )
    velocity = states.velocity.copy()
    velocity[2, 0, 1] = -0.0
    scenario = replace(small, states=replace(states, velocity=velocity), goal=(-0.0, 5.0), origin=(-0.0, 0.0))
    write_pack(tmp_path / "z.pack", [scenario])
    assert all_of(open_pack(tmp_path / "z.pack").scenario(scenario.id)) == all_of(scenario)


def many(count):
    base = small_scenario()
    for i in range(count):
        route = replace(base.route, xy=base.route.xy + np.array([0.0, 0.001 * i]))
        yield replace(base, id=f"test/{i}", route=None if i % 7 == 3 else route)


def test_row_groups_hold_64_scenarios_and_maps_are_stored_once(tmp_path):
    summary = write_pack(tmp_path / "m.pack", many(150))
    assert (summary.num_scenarios, summary.num_maps, summary.num_agents) == (150, 1, 300)
    metadata = pq.ParquetFile(tmp_path / "m.pack" / SCENARIOS).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [64, 64, 22]
    pack = open_pack(tmp_path / "m.pack")
    assert pack.ids == tuple(f"test/{i}" for i in range(150))
    loaded = list(pack.scenarios())
    assert [s.id for s in loaded] == list(pack.ids)
    assert len({id(s.map) for s in loaded}) == 1, "scenarios on one map share it"
    assert [all_of(s) for s in loaded[60:70]] == [all_of(s) for s in list(many(70))[60:]]


def test_scenarios_come_in_the_order_asked_for(tmp_path):
    write_pack(tmp_path / "m.pack", many(70))
    pack = open_pack(tmp_path / "m.pack")
    assert [s.id for s in pack.scenarios(["test/66", "test/0", "test/65"])] == [
        "test/66",
        "test/0",
        "test/65",
    ]


def test_opening_reads_no_states(tmp_path, monkeypatch):
    write_pack(tmp_path / "m.pack", many(5))
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", None)
    pack = open_pack(tmp_path / "m.pack")
    assert len(pack.table()) == 5


def test_equal_scenarios_give_equal_bytes(tmp_path):
    for name in ("a.pack", "b.pack"):
        write_pack(tmp_path / name, many(70))
    for part in (SCENARIOS, MAPS):
        assert (tmp_path / "a.pack" / part).read_bytes() == (tmp_path / "b.pack" / part).read_bytes()


def test_floats_are_split_into_byte_streams_without_dictionary(tmp_path):
    write_pack(tmp_path / "m.pack", many(3))
    for part in (SCENARIOS, MAPS):
        group = pq.ParquetFile(tmp_path / "m.pack" / part).metadata.row_group(0)
        for i in range(group.num_columns):
            column = group.column(i)
            assert column.compression == "ZSTD"
            if column.physical_type == "DOUBLE":
                assert "BYTE_STREAM_SPLIT" in column.encodings
                assert not any("DICTIONARY" in e for e in column.encodings)


def test_undefined_states_are_null_and_nothing_is_nan(tmp_path):
    scenario = small_scenario()
    write_pack(tmp_path / "s.pack", [scenario])
    states = pq.read_table(tmp_path / "s.pack" / SCENARIOS).column("states")[0].as_py()
    assert [x is None for x in states["x_m"]] == [not v for v in scenario.states.valid.ravel()]
    limits = [
        lane["speed_limit_mps"] for lane in pq.read_table(tmp_path / "s.pack" / MAPS)["lanes"][0].as_py()
    ]
    assert limits == [13.9, None]


def test_the_table_has_one_row_a_scenario(tmp_path):
    write_pack(tmp_path / "m.pack", many(3))
    table = open_pack(tmp_path / "m.pack").table()
    assert table["id"].tolist() == ["test/0", "test/1", "test/2"]
    assert table["num_steps"].tolist() == [13, 13, 13]
    assert "states" not in table


def test_a_nan_is_refused_by_name(tmp_path):
    small = small_scenario()
    xy = small.states.xy.copy()
    xy[5, 1, 0] = np.nan
    with pytest.raises(InputError) as error:
        write_pack(tmp_path / "n.pack", [replace(small, states=replace(small.states, xy=xy))])
    assert str(error.value) == (
        "scenario test/small: states.xy[5, 1, 0]: nan is not a finite number. Mend the file or leave it out."
    )
    assert not (tmp_path / "n.pack").exists(), "no half pack is left behind"


def test_an_id_that_comes_twice_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"^scenario test/small: comes twice\. Give each an id of its own\.$"
    ):
        write_pack(tmp_path / "n.pack", [small_scenario(), small_scenario()])


def test_an_empty_pack_is_never_written(tmp_path):
    with pytest.raises(NothingSelected, match="there is no scenario to write"):
        write_pack(tmp_path / "e.pack", [])
    assert list(tmp_path.iterdir()) == []


def test_an_old_pack_stays_when_the_new_one_fails(tmp_path):
    write_pack(tmp_path / "p.pack", many(2))
    with pytest.raises(InputError):
        write_pack(tmp_path / "p.pack", [small_scenario(), small_scenario()])
    assert open_pack(tmp_path / "p.pack").ids == ("test/0", "test/1")
    assert sorted(p.name for p in (tmp_path / "p.pack").iterdir()) == [MAPS, SCENARIOS]


def test_a_new_pack_replaces_an_old_one(tmp_path):
    write_pack(tmp_path / "p.pack", many(2))
    write_pack(tmp_path / "p.pack", [small_scenario()])
    assert open_pack(tmp_path / "p.pack").ids == ("test/small",)


def test_a_folder_with_other_files_is_never_taken_for_a_pack(tmp_path):
    (tmp_path / "thesis.tex").write_text("two years of work")
    with pytest.raises(UsageError, match=r"is a folder with other files in it, such as 'thesis.tex'\."):
        write_pack(tmp_path, [small_scenario()])
    assert (tmp_path / "thesis.tex").read_text() == "two years of work"


def test_a_file_in_the_place_of_the_pack_is_refused(tmp_path):
    (tmp_path / "p.pack").write_text("")
    with pytest.raises(
        UsageError, match=r"p\.pack: is or lies below a file, not a folder\. Choose another name\.$"
    ):
        write_pack(tmp_path / "p.pack", [small_scenario()])


def test_format_and_version_are_in_the_metadata(tmp_path):
    import simeval

    write_pack(tmp_path / "p.pack", [small_scenario()])
    metadata = pq.read_metadata(tmp_path / "p.pack" / SCENARIOS).metadata
    assert metadata[b"simeval.format"] == b"1"
    assert metadata[b"simeval.version"] == simeval.__version__.encode()
    assert pa.ipc.read_schema(pa.py_buffer(pq.read_schema(tmp_path / "p.pack" / SCENARIOS).serialize()))
