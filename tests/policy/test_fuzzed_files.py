"""Files with random damage are read or refused; nothing else than a refusal comes out, and quickly."""

import json
import random
import struct

import pytest
from malicious_files import records_of, with_program, zipped
from policy_nets import MEMORY, Recurrent
from policy_projects import CPU

from simeval.errors import InputError
from simeval.policy.export import save_pt2
from simeval.policy.load_pt2 import load_pt2
from simeval.policy.safetensors_file import check_header

ODD = [
    None, True, -1, 0, 1, 2**31, 2**63 - 1, 1e308, "", "x", "NaN", "torch.os.system", [], {}, [[]], {"a": 1},
    {"as_int": 3}, {"as_tensor": {"name": "ego_history"}}, {"as_expr": {"expr_str": "exit()"}},
    {"name": "memory"},
]  # fmt: skip


def places(value, path=()):
    """Every place inside a JSON document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(document, path, new):
    *way, last = path
    for key in way:
        document = document[key]
    document[last] = new


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return records_of(save_pt2(Recurrent(), tmp_path_factory.mktemp("base") / "a.pt2", memory=MEMORY))


@pytest.mark.parametrize("record", ["models/model.json", "data/weights/model_weights_config.json"])
def test_a_program_with_one_odd_value_anywhere_is_read_or_refused(base, tmp_path, record):
    document = json.loads(base[record])
    if record.startswith("models"):
        document["graph_module"].pop("module_call_graph")  # not read
        for node in document["graph_module"]["graph"]["nodes"]:
            node["metadata"] = {}
    everywhere = [path for path in places(document) if path]
    draw, path, refused = random.Random(11), tmp_path / "a.pt2", 0
    for where in draw.choices(everywhere, k=300):
        odd = json.loads(json.dumps(document))
        changed(odd, where, draw.choice(ODD))
        path.write_bytes(zipped({**base, record: json.dumps(odd).encode()}))
        try:
            load_pt2(path, CPU, trust=False)
        except InputError as error:
            refused += 1
            assert error.fix, error
    assert refused > 100


def test_an_archive_with_any_byte_changed_is_read_or_refused(base, tmp_path):
    whole, draw, path = zipped(base), random.Random(12), tmp_path / "a.pt2"
    for _ in range(150):
        data = bytearray(whole)
        data[draw.randrange(len(data))] = draw.randrange(256)
        path.write_bytes(data)
        try:
            load_pt2(path, CPU, trust=False)
        except InputError as error:
            assert error.fix, error


def test_ten_thousand_damaged_headers_are_accepted_or_refused():
    header = {
        "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]},
        "__metadata__": {"format": "pt"},
    }
    text = json.dumps(header).encode()
    whole, draw, accepted = struct.pack("<Q", len(text)) + text + bytes(32), random.Random(13), 0
    for _ in range(10_000):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            data[draw.randrange(8 + len(text))] = draw.randrange(256)
        try:
            check_header(bytes(data), "w.safetensors")
            accepted += 1
        except InputError as error:
            assert error.fix
    assert accepted < 5_000


def test_a_change_that_only_torch_would_read_does_not_matter(base, tmp_path):
    path = tmp_path / "a.pt2"
    path.write_bytes(
        with_program(base, lambda program: program.update(guards_code=["exit()"], verifiers=["x"]))
    )
    load_pt2(path, CPU, trust=False)
