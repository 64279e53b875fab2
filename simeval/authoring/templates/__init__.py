"""Road templates: each is one file with a Struct of settings and a function that returns a RoadMap."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from simeval.authoring.decode import decode
from simeval.authoring.templates.curve import Curve, curve
from simeval.authoring.templates.intersection import Intersection, intersection
from simeval.authoring.templates.lane_drop import LaneDrop, lane_drop
from simeval.authoring.templates.merge import Merge, merge
from simeval.authoring.templates.on_ramp import OnRamp, on_ramp
from simeval.authoring.templates.roundabout import Roundabout, roundabout
from simeval.authoring.templates.straight import Straight, straight
from simeval.authoring.templates.t_junction import TJunction, t_junction
from simeval.authoring.where import Where, listed
from simeval.scenario import RoadMap

__all__ = ["TEMPLATES", "Template", "build_map", "make_map"]


@dataclass(frozen=True)
class Template:
    """A kind of road: its settings and the function that builds it."""

    settings: type[msgspec.Struct]
    build: Callable[[Any, Where], RoadMap]
    doc: str


TEMPLATES: dict[str, Template] = {
    "straight": Template(Straight, straight, "A straight road, one way or two ways, with crosswalks."),
    "curve": Template(Curve, curve, "A one-way road with one bend: a straight, an arc, a straight."),
    "on_ramp": Template(OnRamp, on_ramp, "A motorway, a ramp and an acceleration lane that ends."),
    "lane_drop": Template(LaneDrop, lane_drop, "A one-way road whose outermost lane ends."),
    "merge": Template(Merge, merge, "Two roads that become one, whose rightmost lane may end."),
    "roundabout": Template(Roundabout, roundabout, "Four arms, one lane; who is in it goes first."),
    "t_junction": Template(TJunction, t_junction, "A side road that gives way where it meets a main road."),
    "intersection": Template(Intersection, intersection, "Four arms with crosswalks and stop lines."),
}


def build_map(table: Mapping[str, object], where: Where) -> RoadMap:
    """The map that a `[map]` table describes; equal tables give the same object.

    Raises:
        InputError: an unknown template or setting, or a road that cannot be built.
    """
    name = table.get("template")
    if not isinstance(name, str):
        raise where.error("key 'template' is missing.", f"Add template = ... . {listed(TEMPLATES)}")
    if name not in TEMPLATES:
        raise (where / "template").unknown("road template", name, TEMPLATES)
    settings = {key: value for key, value in table.items() if key != "template"}
    return _built(name, decode(settings, TEMPLATES[name].settings, where), where)


def make_map(template: str, **settings: object) -> RoadMap:
    """The map of a template from Python, e.g. `make_map("straight", num_lanes=2)`."""
    return build_map({"template": template, **settings}, Where("make_map"))


@functools.lru_cache(maxsize=256)
def _built(name: str, settings: msgspec.Struct, where: Where) -> RoadMap:
    return TEMPLATES[name].build(settings, where)
