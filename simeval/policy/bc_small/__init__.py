"""`bc-small`: the learned policy that comes with simeval. docs/bc-small.md is its card."""

from __future__ import annotations

from pathlib import Path

from simeval.errors import InputError
from simeval.policy.bc_small.network import BcSmall

__all__ = ["VERSION", "WEIGHTS", "BcSmall", "load", "make"]

VERSION = 1
WEIGHTS = Path(__file__).with_name("bc_small.safetensors")


def make() -> BcSmall:
    """The policy with the weights that come with simeval."""
    return load(WEIGHTS)


def load(weights: Path) -> BcSmall:
    """The policy with other weights, such as those that `python -m simeval.train.clone` writes.

    Raises:
        InputError: not a safetensors file, or not of this network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    network = BcSmall()
    try:
        network.load_state_dict(load_file(weights))
    except (OSError, SafetensorError, RuntimeError) as error:
        what = str(error).splitlines()[0]
        raise InputError(str(weights), f"holds no weights of bc-small: {what}.", "Train it again.") from None
    return network.eval().requires_grad_(False)
