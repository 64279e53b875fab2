"""Policies from TorchScript files; other `.pt` files are told apart and never unpickled."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from simeval.errors import InputError
from simeval.policy.file_bytes import read_regular
from simeval.policy.file_facts import KEY, Facts, read_facts
from simeval.policy.graph_policy import GraphPolicy, Port, check_ports, is_memory
from simeval.policy.observation import DTYPES
from simeval.policy.protocol import Policy
from simeval.policy.quiet import quiet
from simeval.policy.runtime import Runtime

__all__ = ["load_torchscript"]

CONVERT = (
    "Where you trust it, save its weights alone: safetensors.torch.save_file(torch.load(path, "
    "weights_only=True), 'weights.safetensors'), and run --policy package.module:factory@weights.safetensors."
)
TRUST = (
    "TorchScript can run code when it is loaded. Export a .pt2 with simeval.policy.export.save_pt2, or "
    "--trust-policy-code if you trust the file as you would a program."
)
MEMORY_DTYPES = {"float32": torch.float32, "float64": torch.float64, "int64": torch.int64, "bool": torch.bool}


def load_torchscript(path: Path, runtime: Runtime, *, trust: bool) -> tuple[Policy, tuple[str, ...]]:
    """The policy in a file that torch.jit.save wrote; only with `trust`.

    Raises:
        InputError: a pickle, an archive of another kind, damaged, or no `trust`.
    """
    where, data = str(path), read_regular(path)
    _check_kind(data, where)
    if not trust:
        raise InputError(where, "is TorchScript.", TRUST)
    extra = {KEY: ""}
    try:
        with quiet():  # torch would rather have a .pt2
            load: Any = torch.jit.load
            module = load(io.BytesIO(data), map_location=runtime.torch_device, _extra_files=extra)
        module.eval()
    except (RuntimeError, ValueError) as error:
        what = f"torch cannot load it: {str(error).splitlines()[0][:200]}."
        raise InputError(where, what, "Export it again.") from error
    facts, notes = read_facts(extra[KEY], where)
    ports = _ports(module, facts, where)
    check_ports(ports, facts.spec, where)

    def run(given: list[Tensor]) -> Any:
        return module(*given)

    return GraphPolicy(run, facts.spec, ports, module=module), notes


def _check_kind(data: bytes, where: str) -> None:
    """Tells what a file is by its bytes.

    Raises:
        InputError: anything but TorchScript.
    """
    if zipfile.is_zipfile(io.BytesIO(data)):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = [name.partition("/")[2] for name in archive.namelist()]
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise InputError(where, f"is a damaged archive: {error}.", "Export it again.") from error
        if "archive_format" in names:
            raise InputError(where, "is an exported program.", "Rename it to .pt2.")
        if "constants.pkl" in names and any(name.startswith("code/") for name in names):
            return
        if "data.pkl" in names:
            raise InputError(where, "is a pickle (torch.save), which is never loaded.", CONVERT)
        raise InputError(where, "is an archive, but no TorchScript.", "Export it again.")
    if data[:1] == b"\x80" or data[:2] in (b"(d", b"(l", b"c_", b"cb", b"cp") or _is_tar(data):
        raise InputError(where, "is a pickle (torch.save), which is never loaded.", CONVERT)
    raise InputError(where, "is neither TorchScript nor anything else that is known.", CONVERT)


def _is_tar(data: bytes) -> bool:
    try:
        return tarfile.is_tarfile(io.BytesIO(data))
    except (OSError, EOFError, ValueError):
        return False


def _ports(module: Any, facts: Facts, where: str) -> tuple[Port, ...]:
    """Inputs by the names of the parameters of `forward`; shapes from the spec and `simeval.json`."""
    names = [argument.name for argument in module.forward.schema.arguments[1:]]
    shapes, ports = facts.spec.observation.shapes(1), []
    for name in names:
        if is_memory(name):
            if name not in facts.memory:
                fix = "Save it with simeval.policy.export.save_torchscript(…, memory=…)."
                raise InputError(where, f"does not say which shape {name} has.", fix)
            kept = facts.memory[name]
            ports.append(Port(name=name, shape=tuple(kept.shape), dtype=_dtype(kept.dtype, where)))
        else:
            shape = shapes.get(name, (1,))[1:]
            ports.append(Port(name=name, shape=shape, dtype=DTYPES.get(name, torch.float32)))
    return tuple(ports)


def _dtype(name: str, where: str) -> torch.dtype:
    if name not in MEMORY_DTYPES:
        raise InputError(where, f"memory of dtype {name[:40]!r}.", f"One of {', '.join(MEMORY_DTYPES)}.")
    return MEMORY_DTYPES[name]
