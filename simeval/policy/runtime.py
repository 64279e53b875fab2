"""Where and how a policy computes."""

from __future__ import annotations

from typing import Literal

import msgspec
import torch

from simeval.errors import UsageError

__all__ = ["EXACT_ROWS", "Runtime"]

EXACT_ROWS = 64  # with `exact`, batches are filled up to a multiple of this
DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}


class Runtime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a policy is called; results depend on it in their last bits, so it is part of its identity.

    device: `auto` takes a GPU if there is one.
    dtype: of the module's weights and of all floats in an observation.
    compile: runs the policy's module through `torch.compile`.
    exact: results do not depend on the batch: rows are filled up to a multiple of 64, one torch thread,
        deterministic algorithms. Slower for small batches.
    compact: leaves finished rows out of the batch: faster, but bits then depend on when others finish.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    dtype: Literal["float32", "float64", "bfloat16"] = "float32"
    compile: bool = False
    exact: bool = False
    compact: bool = False

    def __post_init__(self) -> None:
        if self.exact and self.compact:
            raise UsageError("--exact --compact", "exclude each other.", "Choose one.")

    @property
    def torch_device(self) -> torch.device:
        """The device.

        Raises:
            UsageError: a GPU is asked for and there is none.
        """
        if self.device == "cuda" and not torch.cuda.is_available():
            raise UsageError("--device", "torch finds no CUDA device here.", "Use --device cpu, or auto.")
        wanted = "cuda" if self.device != "cpu" and torch.cuda.is_available() else "cpu"
        return torch.device(wanted)

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype."""
        return DTYPES[self.dtype]

    def num_rows(self, worlds: int) -> int:
        """Rows of a batch of so many worlds."""
        return -(-worlds // EXACT_ROWS) * EXACT_ROWS if self.exact else worlds
