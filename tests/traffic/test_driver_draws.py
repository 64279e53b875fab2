"""Drivers that differ."""

import numpy as np
import pytest

from simeval.errors import UsageError
from simeval.traffic.drivers import DRIVERS, Distribution, draw_driver, draw_value
from simeval.traffic.idm import IdmParameters
from simeval.traffic.philox import key_for


def keys(count):
    return [key_for(0, "scene", f"car_{i}", "driver") for i in range(count)]


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_drawn_values_keep_their_limits_and_their_middle(name):
    d = DRIVERS[name]
    values = np.array([draw_value(d, key, 0) for key in keys(2000)])
    assert d.low <= values.min() < values.max() <= d.high
    middle = d.mean if d.kind == "normal" else 0.5 * (d.low + d.high)
    assert values.mean() == pytest.approx(middle, abs=0.05 * (d.high - d.low))


def test_a_normal_distribution_that_is_cut_off_keeps_its_shape_inside():
    d = Distribution("normal", 0.0, 10.0, 0.0, 1.0)
    values = np.array([draw_value(d, key, 0) for key in keys(4000)])
    assert values.mean() == pytest.approx(np.sqrt(2.0 / np.pi), abs=0.03)  # of a half normal


def test_a_driver_is_the_same_whoever_else_is_drawn():
    one, two = keys(2)
    alone = draw_driver(one)
    assert draw_driver(two) != alone
    assert draw_driver(one) == alone


def test_a_parameter_left_undeclared_stays_and_leaves_the_others_alone():
    key = keys(1)[0]
    declared = {n: d for n, d in DRIVERS.items() if n != "headway"}
    less, full = draw_driver(key, declared), draw_driver(key)
    assert less.idm.headway == IdmParameters().headway
    assert less.idm == full.idm._replace(headway=less.idm.headway)
    assert less.mobil == full.mobil


def test_a_distribution_nobody_has_is_named_with_the_nearest_one():
    with pytest.raises(UsageError, match="Did you mean 'headway'"):
        draw_driver(1, {"headwy": Distribution("uniform", 1.0, 2.0)})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("uniform", 2.0, 1.0), "Write low <= high"),
        (("uniform", 0.0, float("inf")), "Write low <= high"),
        (("normal", 0.0, 1.0, 2.0, 0.1), "Put the mean between"),
        (("normal", 0.0, 1.0, 0.5, 0.0), "the spread above 0"),
    ],
)
def test_a_distribution_that_cannot_be_drawn_from_is_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        Distribution(*arguments)
