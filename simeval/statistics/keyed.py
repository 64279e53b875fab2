"""Random generators that depend on words alone, so that resampling gives the same numbers everywhere."""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["generator_for"]


def generator_for(*words: str) -> np.random.Generator:
    """A Philox generator whose key is the digest of the words (Salmon et al., SC11)."""
    digest = hashlib.sha256("\x1f".join(words).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
