"""Random numbers that depend on their key and counter alone: Philox 4x32-10.

A key names what is drawn for whom (run, scenario, agent, purpose), the counter says when. A world's draws
therefore never depend on its neighbours, on the order of calls or on the number of threads.
Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11.
"""

from __future__ import annotations

import hashlib
import math

import msgspec

from simeval.kernel import kernel

__all__ = ["key_for", "normal", "philox", "uniform"]

ROUNDS = 10
LOW = 0xFFFFFFFF
MULTIPLY_0, MULTIPLY_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85


@kernel
def philox(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """Four random 32-bit words of the key (k0, k1) and the counter (c0, c1, c2, c3), all 32-bit words.

    Plain 64-bit integers throughout: a product may wrap, and the masks take the right bits out of it.
    """
    for _ in range(ROUNDS):
        one, two = MULTIPLY_0 * c0, MULTIPLY_1 * c2
        c0, c1 = ((two >> 32) & LOW) ^ c1 ^ k0, two & LOW
        c2, c3 = ((one >> 32) & LOW) ^ c3 ^ k1, one & LOW
        k0, k1 = (k0 + WEYL_0) & LOW, (k1 + WEYL_1) & LOW
    return c0, c1, c2, c3


@kernel
def _unit(high: int, low: int) -> float:
    """The number in [0, 1) that the upper 53 of 64 bits make."""
    return ((high >> 5) * 67108864.0 + (low >> 6)) / 9007199254740992.0


@kernel
def uniform(key: int, step: int, draw: int) -> float:
    """A number in [0, 1): number `draw` of step `step`; `key` is any 64-bit integer, signed or not."""
    a, b, _, _ = philox(key & LOW, (key >> 32) & LOW, step & LOW, (step >> 32) & LOW, draw & LOW, 0)
    return _unit(a, b)


@kernel
def normal(key: int, step: int, draw: int) -> float:
    """A standard normal number (Box & Muller 1958); its uniforms are not those of `uniform`."""
    a, b, c, d = philox(key & LOW, (key >> 32) & LOW, step & LOW, (step >> 32) & LOW, draw & LOW, 1)
    radius = math.sqrt(-2.0 * math.log(1.0 - _unit(a, b)))
    return radius * math.cos(2.0 * math.pi * _unit(c, d))


def key_for(seed: int, scenario: str, agent: str, purpose: str) -> int:
    """The key of what is drawn for one agent of one scenario, as a signed 64-bit integer.

    The first eight bytes of the SHA-256 of the four; agents are named, not numbered, so that adding one
    leaves the others' draws alone.
    """
    text = msgspec.json.encode([seed, scenario, agent, purpose])
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little", signed=True)
