"""Random numbers from a key and a counter."""

import numpy as np
import pytest

from simeval.traffic.philox import key_for, normal, philox, uniform

# (multipliers, Weyl constants) of the 4-word generator, by word size: Salmon et al. (2011), table 2 ff.
CONSTANTS = {
    32: ((0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85)),
    64: ((0xD2E7470EE14C6C93, 0xCA5A826395121157), (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)),
}


def textbook(bits, key, counter):
    """The ten rounds with integers of any length."""
    (m0, m1), weyl = CONSTANTS[bits]
    mask, words, key = 2**bits - 1, list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(m0 * words[0], 2**bits)
        high1, low1 = divmod(m1 * words[2], 2**bits)
        words = [high1 ^ words[1] ^ key[0], low1, high0 ^ words[3] ^ key[1], low0]
        key = [(k + w) & mask for k, w in zip(key, weyl, strict=True)]
    return words


def test_the_textbook_rounds_give_the_numbers_of_numpy():
    rng = np.random.default_rng(1)
    for _ in range(20):
        key = [int(k) for k in rng.integers(0, 2**64, 2, dtype=np.uint64)]
        counter = [int(c) for c in rng.integers(0, 2**63, 4, dtype=np.uint64)]
        numpy = np.random.Philox(
            key=np.array(key, dtype=np.uint64), counter=np.array(counter, dtype=np.uint64)
        )
        counter[0] += 1  # NumPy counts up before it draws
        assert [int(w) for w in numpy.random_raw(4)] == textbook(64, key, counter)


def test_the_kernel_gives_the_textbook_rounds_of_32_bit_words():
    rng = np.random.default_rng(2)
    for _ in range(200):
        key, counter = ([int(w) for w in rng.integers(0, 2**32, n)] for n in (2, 4))
        assert list(philox(*key, *counter)) == textbook(32, key, counter)


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ("00000000 00000000", "00000000 " * 4, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff", "ffffffff " * 4, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            "a4093822 299f31d0",
            "243f6a88 85a308d3 13198a2e 03707344",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_the_kernel_gives_the_known_answers_of_its_authors(key, counter, words):
    numbers = [[int(w, 16) for w in text.split()] for text in (key, counter, words)]
    assert list(philox(*numbers[0], *numbers[1])) == numbers[2]


def test_the_kernel_gives_the_same_words_uncompiled():
    words = (2**32 - 1, 7, 2**31, 2**32 - 5, 0, 123456789)
    assert philox(*words) == getattr(philox, "py_func", philox)(*words)


def test_a_draw_depends_on_key_step_and_number_and_on_nothing_else():
    key = key_for(5, "merge", "car_3", "noise")
    assert key == key_for(5, "merge", "car_3", "noise")
    assert len({key_for(5, "merge", a, p) for a in ("car_3", "car_4") for p in ("noise", "driver")}) == 4
    first = uniform(key, 3, 0)
    uniform(key, 4, 0)
    assert uniform(key, 3, 0) == first
    assert len({uniform(key, s, n) for s in range(10) for n in range(10)}) == 100
    assert uniform(-1, 0, 0) != uniform(2**32 - 1, 0, 0), "the upper half of the key counts"


def test_draws_are_spread_evenly_and_normally():
    key = key_for(0, "a", "b", "c")
    even = np.array([uniform(key, s, 0) for s in range(20000)])
    assert even.min() >= 0.0
    assert even.max() < 1.0
    assert np.abs(np.histogram(even, 20, (0.0, 1.0))[0] - 1000).max() < 5 * np.sqrt(1000)
    bell = np.array([normal(key, s, 0) for s in range(20000)])
    assert abs(bell.mean()) < 0.035
    assert abs(bell.std() - 1.0) < 0.025
    assert abs(np.corrcoef(even, bell)[0, 1]) < 0.03
