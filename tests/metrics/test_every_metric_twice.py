"""Every metric is computed a second time somewhere, by another method or by the peer whose metric it is."""

from pathlib import Path

import slow_contacts
import slow_crossing
import slow_later
import slow_modes
import slow_navsim
import slow_nuplan
import slow_plans
import slow_priority
import slow_rest
import slow_road
import slow_safety
import slow_situations
import slow_truck

from simeval.metrics import METRICS

MODULES = (
    slow_contacts, slow_crossing, slow_later, slow_modes, slow_navsim, slow_nuplan, slow_plans, slow_priority,
    slow_rest, slow_road, slow_safety, slow_situations, slow_truck,
)  # fmt: skip
ELSEWHERE = {"min_pet_s": "test_metric_encroachment.py"}
"""Metrics whose second implementation has a test of its own form."""


def computed():
    here = {name for module in MODULES for name in module.SLOW}
    return here | set(slow_later.CARLA) | set(slow_crossing.ROAD) | set(slow_situations.CALM)


def test_every_metric_is_computed_twice():
    assert sorted(set(METRICS) - computed() - set(ELSEWHERE)) == []


def test_what_is_said_to_be_elsewhere_is_there_and_not_here_too():
    assert sorted(computed() & set(ELSEWHERE)) == []
    for file in set(ELSEWHERE.values()):
        assert (Path(__file__).parent / file).is_file(), file
