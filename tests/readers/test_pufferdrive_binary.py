import struct

import pytest

from simeval.readers import read_file


def binary():
    """Two records, an agent and a lane, in the layout of PufferDrive's packed maps."""
    agent = struct.pack("<iiii", 0, 1, 5, 3) + struct.pack("<21f3i", *[0.5] * 21, 1, 1, 1)
    lane = struct.pack("<iiii", 0, 4, 6, 4) + struct.pack("<12f", *[0.5] * 12)
    tail = struct.pack("<6fi", *[1.0] * 6, 0)
    return struct.pack("<iii", 0, 1, 7) + struct.pack("<ii", 1, 1) + agent + tail + lane + tail


def test_a_binary_map_names_the_json_form(tmp_path):
    path = tmp_path / "whatever"
    path.write_bytes(binary())
    result = read_file(path)
    assert result.format == "pufferdrive-binary"
    assert result.reason == (
        f"{path}: is a PufferDrive binary map; it has no version number, so its meaning cannot be checked. "
        "Import the JSON file it was made from."
    )


@pytest.mark.parametrize("change", [lambda d: d + b"\0", lambda d: d[:-1], lambda d: b"\xff" * 8 + d])
def test_other_binary_files_are_not_taken_for_one(tmp_path, change):
    path = tmp_path / "whatever"
    path.write_bytes(change(binary()))
    assert "is binary data of no known format" in read_file(path).reason
