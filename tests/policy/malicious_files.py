"""Files that would run code, reach beyond themselves or exhaust the machine, if they were loaded naively.

Every one is made here, at the time of the test; `pickle` and friends are used in tests only.
"""

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from copy import deepcopy

import torch
from policy_nets import Plain

from simeval.policy.export import save_pt2, save_torchscript

PICKLE = "is a pickle (torch.save), which is never loaded"


class Evil:
    """Touches the canary when it is unpickled."""

    def __init__(self, canary, how="system"):
        self.canary, self.how = str(canary), how

    def __reduce__(self):
        if self.how == "system":
            return os.system, (f"touch {self.canary}",)
        return open, (self.canary, "w")


def corpus(folder, canary):
    """References by a name of the kind, with words that the refusal must hold."""
    found = {}
    for group in (pickles, archives, programs, weights, odd_files):
        found |= group(folder, canary)
    return found


def harmless(folder, canary):
    """Programs whose evil part is in what torch evaluates or unpickles and this package never reads."""
    base = records_of(save_pt2(Plain(), folder / "base.pt2"))
    code = f"__import__('os').system('touch {canary}')"
    changes = {
        "guards": lambda p: p["guards_code"].append(code),
        "size expression": lambda p: _symbols(p).update(
            s9={"as_expr": {"expr_str": code, "hint": {"as_int": 3}}}
        ),
        "layout of arguments": lambda p: p["graph_module"]["module_call_graph"][0]["signature"].update(
            in_spec=f'[1, {{"type": "collections.namedtuple", "context": "{code}", "children_spec": []}}]'
        ),
        "names of results": lambda p: _renamed(p, "linear", f"x = {code}\n    y"),
        "metadata of a call": lambda p: _nodes(p)[0]["metadata"].update(nn_module_stack=code, source_fn=code),
    }
    found = {
        name: write(folder, f"harmless {name}.pt2", with_program(base, change))
        for name, change in changes.items()
    }
    evil = {**base, "data/sample_inputs/model.pt": saved(Evil(canary))}
    return {**found, "sample inputs": write(folder, "harmless sample inputs.pt2", zipped(evil))}


def pickles(folder, canary):
    found = {}
    for protocol in range(6):
        data = pickle.dumps(Evil(canary), protocol=protocol)
        says = PICKLE if protocol >= 2 else "is a pickle|neither TorchScript"
        found[f"pickle protocol {protocol}"] = write(folder, f"p{protocol}.pt", data), says
    state = Plain().state_dict()
    inner = saved(Evil(canary))
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name in ("sys_info", "pickle", "tensors", "storages"):
            data = pickle.dumps(Evil(canary))
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    as_weights = write(folder, "w.safetensors", pickle.dumps(Evil(canary)))
    script = save_torchscript(Plain(), folder / "script.pt")
    return found | {
        "pickle that opens a file": (write(folder, "o.ckpt", pickle.dumps(Evil(canary, "open"))), PICKLE),
        "torch.save of an object": (write(folder, "object.pt", inner), PICKLE),
        "torch.save of the old form": (write(folder, "old.pth", saved(Evil(canary), zipped=False)), PICKLE),
        "torch.save of the tar form": (write(folder, "tar.pt", tar.getvalue()), PICKLE),
        "state dict": (write(folder, "state.pt", saved(state)), "safetensors.torch.save_file"),
        "whole module": (write(folder, "module.pt", saved(Plain())), PICKLE),
        "archive in an archive": (write(folder, "nested.pt", zipped({"a/data.pt": inner})), "no TorchScript"),
        "pickle called .pt2": (write(folder, "pickle.pt2", inner), "not one that torch.export"),
        "bare pickle called .pt2": (write(folder, "bare.pt2", pickle.dumps(Evil(canary))), "no readable"),
        "pickle called .onnx": (write(folder, "pickle.onnx", inner), "no ONNX model"),
        "pickle called .safetensors": (f"mine:make@{as_weights}", "no safetensors file"),
        "pickle file": (write(folder, "x.pkl", inner), "may run code"),
        "joblib file": (write(folder, "x.joblib", inner), "may run code"),
        "TorchScript": (str(script), "--trust-policy-code"),
        "TorchScript with a pickled constant": (
            write(folder, "s2.pt", zipped({"constants.pkl": inner, "code/__torch__.py": b"import os"})),
            "--trust-policy-code",
        ),
        "TorchScript called .pt2": (
            write(folder, "script.pt2", script.read_bytes()),
            "not one that torch.export.save wrote",
        ),
    }  # fmt: skip


def archives(folder, canary):
    base = records_of(save_pt2(Plain(), folder / "base.pt2"))
    whole = zipped(base)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/archive_format", "pt2")
        archive.writestr("a/models/model.json", b" " * 50_000_000)
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        for name, data in base.items():
            archive.writestr(f"a/{name}", data)
        archive.fp.write(b"")
        info = zipfile.ZipInfo("a/models/model.json")
        archive.NameToInfo.pop("a/models/model.json")
        archive.writestr(info, b"{}")
    lying = whole.replace(struct.pack("<II", 6, 6), struct.pack("<II", 2**31, 2**31))  # byteorder: 6 bytes
    legacy = {name: data for name, data in base.items() if "weights" not in name}
    found = {
        "zip bomb": (bomb.getvalue(), "is compressed"),
        "path outside": (zipped({**base, "../../../tmp/evil": b"x"}), "a record is called"),
        "absolute path": (_zip({"/etc/cron.d/x": b"x", "a/archive_format": b"pt2"}), "folder|called"),
        "one name twice": (twice.getvalue(), "one name twice"),
        "two folders": (_zip({"a/archive_format": b"pt2", "b/models/model.json": b"{}"}), "one folder"),
        "lying size": (lying, "more bytes than|no readable archive"),
        "broken checksum": (whole.replace(base["models/model.json"][:64], b"x" * 64), "no readable archive"),
        "no program": (zipped({"archive_format": b"pt2"}), "holds 0 exported programs"),
        "two programs": (zipped({**base, "models/b.json": b"{}"}), "holds 2 exported programs"),
        "compiled code": (zipped({**base, "data/aotinductor/model/x.so": b"\x7fELF"}), "compiled code"),
        "source code": (zipped({**base, "extra/x.cpp": b"int main(){}"}), "compiled code"),
        "older pickled weights": (
            zipped({**legacy, "data/weights/model.pt": saved(Evil(canary))}),
            "older format, which torch unpickles",
        ),
        "nested JSON": (zipped({**base, "models/model.json": b'{"a":' * 200_000}), "cannot be read"),
        "no JSON": (zipped({**base, "models/model.json": b"\xff\xfe"}), "cannot be read"),
        "later schema": (with_program(base, lambda p: p["schema_version"].update(major=99)), "99.x"),
        "unknown facts": (zipped({**base, "extra/simeval.json": b'{"code": "import os"}'}), "simeval.json"),
        "nested facts": (zipped({**base, "extra/simeval.json": b"[" * 90_000}), "simeval.json"),
        "long facts": (zipped({**base, "extra/simeval.json": b" " * 200_000}), "longer than"),
    }  # fmt: skip
    found |= {f"cut after {n}/8": (whole[: len(whole) * n // 8], "no readable archive") for n in range(1, 8)}
    return {
        f"archive: {name}": (write(folder, f"a{i}.pt2", data), says)
        for i, (name, (data, says)) in enumerate(found.items())
    }


TARGETS = [
    "torch.os.system", "torch.hub.load", "torch.load", "torch.ops.load_library", "torch.classes.load_library",
    "torch.utils.cpp_extension.load_inline", "torch._C._pickle_load_obj", "torch.serialization.pickle",
    "torch.ops.aten.from_file.default", "torch.ops.aten.save.default", "torch.ops.aten.linear.__init__",
    "torch.ops.aten.__class__.default", "torch.ops.higher_order.call_torchbind", "torch.ops.mine.evil.x",
    "torch.ops.prim.Print.default", "torch.ops.inductor.resize_storage_bytes_.default", "#ext:evil",
    "_operator.attrgetter", "_operator.methodcaller", "_operator.call", "math.factorial", "builtins.eval",
    "os.system", "", "torch", "torch.ops.aten.linear", "torch.ops.aten.linear.default.__globals__",
]  # fmt: skip


def programs(folder, canary):
    base = records_of(save_pt2(Plain(), folder / "base.pt2"))
    command = {"as_string": f"touch {canary}"}

    def calling(target):
        call = {"target": target, "inputs": [{"name": "a", "arg": command, "kind": 1}],
                "outputs": [{"as_tensor": {"name": "evil"}}], "metadata": {}}  # fmt: skip
        return lambda p: _nodes(p).insert(0, call)

    def given_as(kind):
        return lambda p: _nodes(p)[0]["inputs"][0].update(arg={kind: "torch.os.system"})

    found = {f"target {t!r}": (with_program(base, calling(t)), "not on the list") for t in TARGETS}
    for kind in ("as_operator", "as_custom_obj", "as_graph", "as_complex", "unknown"):
        program = with_program(base, given_as(kind))
        found[f"argument {kind}"] = program, "is not read"
    evil = saved(Evil(canary))
    config = json.loads(base["data/weights/model_weights_config.json"])
    first = next(iter(config["config"].values()))
    for name, update in {
        "pickled": {"use_pickle": True},
        "outside": {"path_name": "../../mine.py"},
        "missing": {"path_name": "weight_99"},
        "of an odd dtype": {"tensor_meta": {**first["tensor_meta"], "dtype": 99}},
        "out of bounds": {
            "tensor_meta": {**first["tensor_meta"], "strides": [{"as_int": 2**30}, {"as_int": 1}]}
        },
        "before its bytes": {"tensor_meta": {**first["tensor_meta"], "storage_offset": {"as_int": -8}}},
        "of an evil size": {
            "tensor_meta": {**first["tensor_meta"], "sizes": [{"as_expr": {"expr_str": "exit()"}}]}
        },
    }.items():
        changed = deepcopy(config)
        next(iter(changed["config"].values())).update(update)
        records = {**base, "data/weights/model_weights_config.json": json.dumps(changed).encode()}
        found[f"weight {name}"] = (
            zipped({**records, "data/weights/weight_0": evil}),
            "pickled|has no|dtype|bytes|plain shape",
        )
    constants = {
        "config": {
            "c": {"path_name": "custom_obj_0", "is_param": False, "use_pickle": True, "tensor_meta": None}
        }
    }
    found["custom object"] = (
        zipped({**base, "data/constants/model_constants_config.json": json.dumps(constants).encode(),
                "data/constants/custom_obj_0": evil}),
        "pickled object",
    )  # fmt: skip
    writes = {"target": "torch.ops.aten.fill_.Scalar", "outputs": [], "metadata": {}, "inputs": [
        {"name": "self", "arg": {"as_tensor": {"name": "p_layer_weight"}}, "kind": 1},
        {"name": "value", "arg": {"as_float": 0.0}, "kind": 1}]}  # fmt: skip
    found["weight changed in place"] = with_program(base, lambda p: _nodes(p).insert(0, writes)), "in place"
    found["object as input"] = (
        with_program(base, lambda p: p["graph_module"]["signature"]["input_specs"][0].clear()),
        "0 types",
    )
    found["result before it is computed"] = (
        with_program(base, lambda p: _nodes(p).reverse()),
        "computed before",
    )
    return {
        f"program: {name}": (write(folder, f"e{i}.pt2", data), says)
        for i, (name, (data, says)) in enumerate(found.items())
    }


def weights(folder, canary):
    def header(entries, data=b"\0" * 8, length=None):
        text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
        return struct.pack("<Q", len(text) if length is None else length) + text + data

    def one(dtype="F32", shape=(2,), offsets=(0, 8)):
        return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}

    cases = {
        "empty": b"\0",
        "huge header": header({"a": one()}, length=2**62),
        "header past the end": header({"a": one()}, length=5000),
        "negative length": header({"a": one()}, length=2**64 - 1),
        "overlap": header({"a": one(), "b": one()}),
        "hole": header({"a": one(offsets=(4, 12))}, b"\0" * 12),
        "negative offset": header({"a": one(offsets=(-8, 0))}),
        "offsets reversed": header({"a": one(offsets=(8, 0))}),
        "offset beyond": header({"a": one(shape=(2000,), offsets=(0, 8000))}),
        "shape overflows": header({"a": one(shape=(2**32, 2**32), offsets=(0, 8))}),
        "negative shape": header({"a": one(shape=(-1, -2))}),
        "number as text": header({"a": one(shape=("2",))}),
        "bool as number": header({"a": one(shape=(True, 2))}),
        "unknown dtype": header({"a": one(dtype="PICKLE")}),
        "dtype is a list": header({"a": {**one(), "dtype": ["F32"]}}),
        "unknown key": header({"a": {**one(), "code": "x"}}),
        "name twice": header(b'{"a": %b, "a": %b}' % ((json.dumps(one()).encode(),) * 2)),
        "NaN": header(b'{"a": {"dtype": "F32", "shape": [NaN], "data_offsets": [0, 8]}}'),
        "Infinity": header(b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, Infinity]}}'),
        "nested": header(b"[" * 100_000),
        "list": header(b"[]"),
        "metadata of objects": header({"__metadata__": {"a": {"b": 1}}, "a": one()}),
        "bytes left over": header({"a": one()}, b"\0" * 64),
        "wrong size": header({"a": one(shape=(3,))}),
        "broken text": header(b'{"\xff": 1}'),
    }  # fmt: skip
    return {
        f"weights: {name}": (
            f"mine:make@{write(folder, f'w{i}.safetensors', data)}",
            "safetensors.torch.save_file",
        )
        for i, (name, data) in enumerate(cases.items())
    }


def odd_files(folder, canary):
    (folder / "folder.pt2").mkdir()
    (folder / "loop.onnx").symlink_to(folder / "loop.onnx")
    (folder / "zero.pt2").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.pt")
    return {
        "empty file": (write(folder, "empty.pt2", b""), "is empty"),
        "folder": (str(folder / "folder.pt2"), "not a regular file"),
        "endless device": (str(folder / "zero.pt2"), "not a regular file"),
        "pipe": (str(folder / "pipe.pt"), "not a regular file"),
        "loop of links": (str(folder / "loop.onnx"), "no such file|cannot be read|Too many levels"),
        "GGUF called .pt": (write(folder, "g.pt", b"GGUF\3\0\0\0" + b"\xff" * 64), "neither TorchScript"),
        "GGUF called .onnx": (write(folder, "g.onnx", b"GGUF\3\0\0\0" + b"\xff" * 64), "no ONNX model"),
        "HDF5 called .pt2": (write(folder, "h.pt2", b"\x89HDF\r\n\x1a\n" + bytes(64)), "no readable"),
        "program called .pt": (
            write(folder, "renamed.pt", save_pt2(Plain(), folder / "base.pt2").read_bytes()),
            "Rename it to .pt2",
        ),
    }  # fmt: skip


def onnx_models(folder, canary):
    """The same for ONNX; needs the onnx package to make them."""
    import onnx
    from onnx import TensorProto, helper

    def model(nodes=None, initializers=(), domains=("",), functions=(), shape=("rows", 10, 7)):
        given = helper.make_tensor_value_info("ego_history", TensorProto.FLOAT, shape)
        action = helper.make_tensor_value_info("action", TensorProto.FLOAT, ("rows", 2))
        nodes = nodes or [helper.make_node("Identity", ["ego_history"], ["action"])]
        graph = helper.make_graph(nodes, "g", [given], [action], list(initializers))
        opsets = [helper.make_opsetid(domain, 18) for domain in domains]
        return helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=9)

    def outside(location):
        tensor = helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", "8")):
            tensor.external_data.add(key=key, value=value)
        return tensor

    def inside(tensor):
        return helper.make_graph(
            [helper.make_node("Identity", ["w"], ["y"])],
            "inner",
            [],
            [helper.make_empty_tensor_value_info("y")],
            [tensor],
        )

    branch = helper.make_node(
        "If", ["c"], ["action"], then_branch=inside(outside("/etc/passwd")), else_branch=inside(outside("x"))
    )
    constant = helper.make_node("Constant", [], ["action"], value=outside("../../etc/passwd"))
    sparse = model()
    sparse.graph.sparse_initializer.add().values.CopyFrom(outside("../../etc/passwd"))
    custom = helper.make_node("Evil", ["ego_history"], ["action"], domain="evil.ops")
    inner = helper.make_function("mine", "F", ["x"], ["y"], [custom], [helper.make_opsetid("evil.ops", 1)])
    context = helper.make_node(
        "EPContext", ["ego_history"], ["action"], domain="com.microsoft", ep_cache_context="/etc/x"
    )
    facts = model()
    facts.metadata_props.add(key="simeval.json", value='{"spec": {"action": "os.system"}}')
    cases = {
        "relative file": (model(initializers=[outside("../../etc/passwd")]), "never opened"),
        "absolute file": (model(initializers=[outside("/etc/passwd")]), "never opened"),
        "memory address": (model(initializers=[outside("*/_ORT_MEM_ADDR_/*")]), "never opened"),
        "file in a branch": (model([branch]), "never opened"),
        "file in a constant": (model([constant]), "never opened"),
        "file in a sparse tensor": (sparse, "never opened"),
        "custom operator": (model([custom], domains=("", "evil.ops")), "not built into onnxruntime"),
        "custom operator, undeclared": (model([custom]), "not built into onnxruntime"),
        "custom operator in a function": (model(functions=[inner], domains=("", "mine")), "not built into"),
        "operator that names a file": (model([context], domains=("", "com.microsoft")), "is not run"),
        "unknown operator": (model([helper.make_node("Evil", ["ego_history"], ["action"])]), "cannot load"),
        "fixed rows": (model(shape=(3, 10, 7)), "fixed number of rows"),
        "unknown input size": (model(shape=("rows", "n", 7)), "only the rows"),
        "evil facts": (facts, "simeval.json"),
    }  # fmt: skip
    found = {name: (m.SerializeToString(), says) for name, (m, says) in cases.items()}
    whole = model().SerializeToString()
    found["cut"] = whole[: len(whole) // 2], "no ONNX model"
    found["no graph"] = onnx.ModelProto(ir_version=9).SerializeToString(), "no ONNX model"
    found["nested"] = b"\x3a\x7f" * 500, "no ONNX model"
    return {
        f"onnx: {name}": (write(folder, f"m{i}.onnx", data), says)
        for i, (name, (data, says)) in enumerate(found.items())
    }


def write(folder, name, data):
    (folder / name).write_bytes(data)
    return str(folder / name)


def saved(thing, zipped=True):
    buffer = io.BytesIO()
    torch.save(thing, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def records_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def zipped(records):
    return _zip({f"a/{name}": data for name, data in records.items()})


def _zip(records):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in records.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_program(base, change):
    program = json.loads(base["models/model.json"])
    change(program)
    return zipped({**base, "models/model.json": json.dumps(program).encode()})


def _nodes(program):
    return program["graph_module"]["graph"]["nodes"]


def _symbols(program):
    return program["graph_module"]["graph"]["sym_int_values"]


def _renamed(program, old, new):
    graph = program["graph_module"]["graph"]
    text = json.dumps(graph).replace(json.dumps(old), json.dumps(new))
    program["graph_module"]["graph"] = json.loads(text)
