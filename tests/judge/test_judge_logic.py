import itertools

import pytest

from simeval.judge.truth import all_of, any_of, negation

T, F, U = True, False, None


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (T, T, T, T), (T, F, F, T), (T, U, U, T),
        (F, T, F, T), (F, F, F, F), (F, U, F, U),
        (U, T, U, T), (U, F, F, U), (U, U, U, U),
    ],
)  # fmt: skip
def test_tables_of_three_valued_logic(a, b, both, either):
    assert all_of([a, b]) is both
    assert any_of([a, b]) is either


def test_the_opposite_of_unknown_is_unknown():
    assert (negation(T), negation(F), negation(U)) == (F, T, U)


def test_of_nothing_all_hold_and_none_holds():
    assert all_of([]) is True
    assert any_of([]) is False


def test_de_morgan_holds_for_three_values():
    for a, b, c in itertools.product((T, F, U), repeat=3):
        assert negation(all_of([a, b, c])) is any_of([negation(a), negation(b), negation(c)])
