"""Which draws of the bundled families are for learning, for choosing, and for judging.

The three ranges of seeds do not meet. Seed 0, every parameter at its default, is never learned from either,
and a family that draws nothing is only judged.
"""

from __future__ import annotations

from collections.abc import Iterable

from simeval import content
from simeval.authoring import Family, load_suite
from simeval.errors import unknown_name
from simeval.scenario import Scenario

__all__ = ["CAR_FAMILIES", "HELD_OUT", "TRAIN", "VALIDATION", "bundled_families", "drawn", "judged"]

HELD_OUT = range(1, 1000)  # judged: what `simeval run --seeds N` draws
VALIDATION = range(5000, 6000)  # the best iteration is chosen on these
TRAIN = range(10_000, 20_000)  # learned from

CAR_FAMILIES = frozenset([
    "curve_too_fast", "cut_in", "cut_out", "empty_road", "lead_brakes", "on_ramp_merge", "slow_truck",
    "stop_and_go", "truck_merges", "bus_pulls_out", "crossing_traffic", "cyclist_ahead", "narrow_gap",
    "oncoming_left_turn", "parked_ahead", "pedestrian_crossing", "queue_behind_bend", "red_light",
    "turning_lead_waits",
])  # fmt: skip
"""What `bc-small` learned from and is judged on; families that came later would change its figures."""


def bundled_families(names: Iterable[str] = CAR_FAMILIES) -> list[Family]:
    """Families that come with simeval, by suite and name; those of the given names, or all if there are none.

    Raises:
        UsageError: no family has one of the names.
    """
    chosen = set(names)
    folders = sorted(p.parent for p in (content.builtin_root() / "scenarios").glob("*/suite.toml"))
    families = [family for folder in folders for family in load_suite(folder).families]
    for name in chosen - {family.name for family in families}:
        raise unknown_name("family", name, [family.name for family in families])
    return [family for family in families if not chosen or family.name in chosen]


def drawn(families: Iterable[Family], seeds: Iterable[int]) -> list[Scenario]:
    """Every scenario of the families that draw parameters, for each of the seeds."""
    random = [family for family in families if family.is_random]
    return [scenario for seed in seeds for family in random for scenario in family.scenarios(seed)]


def judged(families: Iterable[Family], seeds: Iterable[int]) -> list[Scenario]:
    """The same, and those of the other families once."""
    families = list(families)
    fixed = [s for family in families if not family.is_random for s in family.scenarios()]
    return fixed + drawn(families, seeds)
