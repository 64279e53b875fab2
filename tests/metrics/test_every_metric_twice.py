"""Every metric is computed a second time somewhere, by another method or by the peer whose metric it is."""

from pathlib import Path

import pytest
import slow_contacts
import slow_later
import slow_modes
import slow_navsim
import slow_nuplan
import slow_rest
import slow_road
import slow_safety

from simeval.metrics import METRICS

MODULES = (slow_contacts, slow_later, slow_modes, slow_navsim, slow_nuplan, slow_rest, slow_road, slow_safety)
PEER, TRUCK, RULES = "../parity/test_navsim_pdms.py", "test_metric_truck.py", "test_metric_rules_and_costs.py"
MODES = "../taxonomy/test_failure_modes.py"
ELSEWHERE = {
    "min_pet_s": "test_metric_encroachment.py",
    "max_swept_width_m": TRUCK, "max_off_tracking_m": TRUCK, "max_cut_in_m": TRUCK, "max_swing_out_m": TRUCK,
    "min_rollover_margin_mps2": TRUCK, "min_jackknife_margin_rad": TRUCK, "jackknife_time_s": TRUCK,
    "max_lane_encroachment_m": TRUCK,
    "stop_lines_run": RULES, "min_accepted_gap_s": RULES, "right_of_way_violations": RULES,
    "missed_exits": RULES, "acceleration_likelihood": RULES,
    "navsim_progress_ratio": PEER, "navsim_history_comfort_bounds_broken": PEER,
    "navsim_extended_comfort_bounds_broken": PEER, "navsim_human_collision_score": PEER,
    "navsim_human_time_off_road_s": PEER, "navsim_human_off_route_m": PEER, "navsim_human_red_light": PEER,
    "navsim_human_progress_ratio": PEER, "navsim_human_conflict": PEER, "navsim_human_beside_lane_s": PEER,
    "against_lane_m": MODES, "crawl_time_s": MODES, "crosswalk_conflicts": MODES, "cut_ins": MODES,
    "unexplained_wait_s": MODES,
}  # fmt: skip
"""Metrics whose tests have another form: outputs of peers, closed forms, staged drives."""


def computed():
    here = {name for module in MODULES for name in module.SLOW}
    return here | set(slow_later.CARLA)


@pytest.mark.nightly
def test_every_metric_is_computed_twice():
    assert sorted(set(METRICS) - computed() - set(ELSEWHERE)) == []


def test_what_is_said_to_be_elsewhere_is_there_and_not_here_too():
    assert sorted(computed() & set(ELSEWHERE)) == []
    for file in set(ELSEWHERE.values()):
        assert (Path(__file__).parent / file).is_file(), file
