"""Keeps what a policy does to the process, and what we do to torch, away from everyone else."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

__all__ = ["guarded", "random_state", "restore_random", "untouched"]


@contextmanager
def guarded(*, one_thread: bool = False) -> Iterator[None]:
    """Inference mode inside; afterwards torch's threads, default dtype, determinism and the working
    directory are as before, whatever was done to them."""
    threads, dtype, folder = torch.get_num_threads(), torch.get_default_dtype(), Path.cwd()
    strict, warn = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    if one_thread:
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
    try:
        with torch.inference_mode():
            yield
    finally:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        if torch.get_default_dtype() != dtype:
            torch.set_default_dtype(dtype)
        if torch.are_deterministic_algorithms_enabled() != strict:
            torch.use_deterministic_algorithms(strict, warn_only=warn)
        os.chdir(folder)


def random_state() -> dict[str, Any]:
    """State of every global random generator that a policy may use."""
    state: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def restore_random(state: dict[str, Any]) -> None:
    """Puts it back."""
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
    torch.set_rng_state(state["torch"])
    if "cuda" in state:
        torch.cuda.set_rng_state_all(state["cuda"])


@contextmanager
def untouched() -> Iterator[None]:
    """Afterwards random generators, torch's threads and modes are as before: safe in a training loop."""
    state, grad, threads = random_state(), torch.is_grad_enabled(), torch.get_num_threads()
    dtype, folder = torch.get_default_dtype(), Path.cwd()
    try:
        yield
    finally:
        restore_random(state)
        torch.set_grad_enabled(grad)
        torch.set_num_threads(threads)
        torch.set_default_dtype(dtype)
        os.chdir(folder)
