"""Learned policies that come with the package."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from simeval.errors import unknown_name

__all__ = ["BUILTIN", "files_of", "home_of", "make"]

BUILTIN: dict[str, str] = {
    "bc-small": "small attention network, trained by behaviour cloning; its card says on what",
}
"""Name and one line of each."""

_HOMES = {"bc-small": "simeval.policy.bc_small"}


def home_of(name: str) -> str:
    """The package in which a built-in policy and its weights lie.

    Raises:
        UsageError: no built-in policy has this name.
    """
    if name not in _HOMES:
        raise unknown_name("policy", name, BUILTIN)
    return _HOMES[name]


def files_of(name: str) -> dict[str, Path]:
    """Code and weights of a built-in policy, by file name: its version, as far as results depend on it.

    Raises:
        UsageError: no built-in policy has this name.
    """
    folder = Path(__file__).parent / home_of(name).rpartition(".")[2]
    return {path.name: path for path in sorted(folder.iterdir()) if path.suffix in (".py", ".safetensors")}


def make(name: str) -> Any:
    """A built-in policy with its weights, on the CPU.

    Raises:
        UsageError: no built-in policy has this name.
    """
    return importlib.import_module(home_of(name)).make()
