"""What is written into a block comes back: to half a step of its scale, missing values as missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from report_fakes import crash_case, series_of, straight_road

from simeval.report.blocks import CENTI, MILLI, Quantised, decode_block, encode_block, fill_gaps
from simeval.report.maps import encode_map
from simeval.report.replay import encode_replay

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=12)
NUMBERS = st.floats(-2e7, 2e7)


@settings(deadline=None, max_examples=60)
@given(values=SHAPES.flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=NUMBERS)))
def test_values_come_back_to_half_a_step(values):
    _, arrays = decode_block(encode_block({}, {"x": Quantised(values=values, scale=CENTI)}))
    assert arrays["x"].shape == values.shape
    assert np.all(np.abs(arrays["x"] - values) <= CENTI / 2 + 1e-8)


@settings(deadline=None, max_examples=60)
@given(
    values=hnp.arrays(np.float64, (9, 3), elements=st.floats(-100, 100) | st.just(np.nan) | st.just(np.inf)),
)
def test_missing_values_come_back_as_missing(values):
    valid = np.isfinite(values)
    block = encode_block({}, {"x": Quantised(values=values, scale=MILLI, valid=valid)})
    _, arrays = decode_block(block)
    assert (np.isfinite(arrays["x"]) == valid).all()
    assert np.all(np.abs(arrays["x"] - values)[valid] <= MILLI / 2 + 1e-9)


@settings(deadline=None, max_examples=30)
@given(values=hnp.arrays(np.int32, st.integers(0, 30), elements=st.integers(-(2**31) + 1, 2**31 - 1)))
def test_differences_wrap_around_and_back(values):
    _, arrays = decode_block(encode_block({}, {"x": Quantised(values=values, scale=1.0)}))
    assert (arrays["x"] == values).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3e7])
def test_value_that_does_not_fit_is_refused_by_name(bad):
    with pytest.raises(ValueError, match="speed holds a value that cannot be drawn"):
        encode_block({}, {"speed": Quantised(values=np.array([0.0, bad]), scale=CENTI)})


def test_header_comes_back():
    header, arrays = decode_block(encode_block({"name": "</script>", "n": [1, 2]}, {}))
    assert (header, arrays) == ({"name": "</script>", "n": [1, 2]}, {})


def test_gaps_repeat_the_last_value():
    values, valid = np.array([5.0, 1.0, 9.0, 9.0, 2.0]), np.array([False, True, False, False, True])
    assert fill_gaps(values, valid).tolist() == [0.0, 1.0, 1.0, 1.0, 2.0]


def test_replay_holds_the_trace():
    case = crash_case("a/b", "idm")
    header, arrays = decode_block(encode_replay(case.trace, case.scenario, series_of(case.trace)))
    states = case.trace.states
    assert header["agents"]["id"][0] == "ego"
    assert header["agents"]["kind"][-2:] == ["truck", "pedestrian"]
    assert np.nanmax(np.abs(arrays["x_m"] - states.xy[..., 0])[states.valid]) <= CENTI / 2 + 1e-9
    assert (np.isnan(arrays["x_m"]) == ~states.valid).all()
    assert np.isnan(arrays["series/ttc_s"][:50]).all()
    assert arrays["signal_state"].shape == (case.trace.num_steps, 1)


def test_replay_is_small():
    case = crash_case("a/b", "idm")
    assert len(encode_replay(case.trace, case.scenario, series_of(case.trace))) < 12_000


def test_map_lines_stay_within_five_centimetres():
    from shapely import LineString, hausdorff_distance

    angle = np.linspace(0.0, np.pi, 400)
    arc = 40.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    from simeval.report.maps import _thinned

    thin = _thinned(arc)
    assert len(thin) < 60
    assert hausdorff_distance(LineString(arc), LineString(thin), densify=0.01) < 0.06


def test_map_holds_its_elements():
    header, arrays = decode_block(encode_map(straight_road()))
    assert header["area_kind"] == ["drivable", "crosswalk"]
    assert header["edge_kind"] == ["boundary", "boundary"]
    assert arrays["centre_count"].tolist() == [2, 2, 2]
