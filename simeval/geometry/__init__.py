"""Geometry of the plane: scalar kernels and their array front-ends. It has never heard of cars."""

from simeval.geometry.angles import wrap_angle
from simeval.geometry.boundary import Boundary
from simeval.geometry.boxes import box_gap, boxes_touch, corners, gaps, touches
from simeval.geometry.polyline import Line, arc_lengths, point_at, project

__all__ = [
    "Boundary",
    "Line",
    "arc_lengths",
    "box_gap",
    "boxes_touch",
    "corners",
    "gaps",
    "point_at",
    "project",
    "touches",
    "wrap_angle",
]
