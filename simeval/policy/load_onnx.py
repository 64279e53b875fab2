"""Policies from ONNX files, run by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from simeval.errors import InputError, UsageError
from simeval.policy.file_bytes import read_regular
from simeval.policy.file_facts import KEY, read_facts
from simeval.policy.graph_policy import GraphPolicy, Port, check_ports
from simeval.policy.onnx_check import EXTRA, FIX, LARGEST, parse_model
from simeval.policy.protocol import Policy
from simeval.policy.runtime import Runtime

__all__ = ["load_onnx"]

DTYPES = {
    "tensor(float)": torch.float32, "tensor(double)": torch.float64, "tensor(float16)": torch.float16,
    "tensor(int64)": torch.int64, "tensor(int32)": torch.int32, "tensor(bool)": torch.bool,
}  # fmt: skip


def load_onnx(path: Path, runtime: Runtime, *, trust: bool) -> tuple[Policy, tuple[str, ...]]:
    """The policy in an ONNX file. `trust` changes nothing: what is refused is refused with it too.

    Raises:
        InputError: no model, one that reaches beyond its own bytes, or not for any number of rows.
        UsageError: onnxruntime is not installed.
    """
    where, data = str(path), read_regular(path, largest=LARGEST)
    model = parse_model(data, where)
    facts, notes = read_facts(next((p.value for p in model.metadata_props if p.key == KEY), None), where)
    session, on_gpu = _session(data, runtime, where)
    ports = tuple(_port(given, where) for given in session.get_inputs())
    check_ports(ports, facts.spec, where)
    device = runtime.torch_device
    if device.type == "cuda" and not on_gpu:
        notes += (f"{where}: this onnxruntime has no CUDA, so the graph runs on the CPU",)
    if runtime.dtype != "float32":
        notes += (f"{where}: --dtype {runtime.dtype} has no effect, a graph computes in its own types",)
    if runtime.compile:
        notes += (f"{where}: --compile has no effect, onnxruntime optimizes the graph itself",)
    names = [port.name for port in ports]

    def run(given: list[Tensor]) -> list[Tensor]:
        feeds = {n: t.detach().to("cpu").contiguous().numpy() for n, t in zip(names, given, strict=True)}
        return [torch.from_numpy(array).to(device) for array in session.run(None, feeds)]

    return GraphPolicy(run, facts.spec, ports), notes


def _session(data: bytes, runtime: Runtime, where: str) -> tuple[Any, bool]:
    """A session that computes the same at every run, and whether it does so on the GPU."""
    try:
        import onnxruntime
    except ImportError as error:
        raise UsageError(where, "needs onnxruntime.", EXTRA) from error
    options = onnxruntime.SessionOptions()
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    options.intra_op_num_threads = 1 if runtime.exact else torch.get_num_threads()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # cores belong to others too
    wanted = (
        runtime.torch_device.type == "cuda"
        and "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    )
    providers = (["CUDAExecutionProvider"] if wanted else []) + ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(data, options, providers=providers), wanted
    except Exception as error:  # its own tree of errors, which differs between versions
        what = f"onnxruntime cannot load it: {str(error).splitlines()[0][:200]}."
        raise InputError(where, what, FIX) from error


def _port(given: Any, where: str) -> Port:
    if given.type not in DTYPES:
        raise InputError(where, f"its input {given.name[:60]!r} is a {given.type}.", FIX)
    if not given.shape or isinstance(given.shape[0], int):
        axes = f"dynamic_axes={{'{given.name}': {{0: 'rows'}}, …}}"
        fix = f"Export it with simeval.policy.export.save_onnx, or torch.onnx.export(…, {axes})."
        raise InputError(where, f"its input {given.name} has a fixed number of rows.", fix)
    if not all(isinstance(size, int) for size in given.shape[1:]):
        raise InputError(where, f"only the rows of its input {given.name} may vary.", FIX)
    return Port(name=given.name, shape=tuple(given.shape[1:]), dtype=DTYPES[given.type])
