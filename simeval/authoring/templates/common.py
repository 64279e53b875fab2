"""Bounds that the settings of several templates share."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = ["Count", "LaneWidth", "Length", "NotNegative", "OptionalCount", "Shoulder", "SpeedLimit"]

Count = Annotated[int, Meta(ge=1, le=8)]
OptionalCount = Annotated[int, Meta(ge=0, le=8)]
Length = Annotated[float, Meta(gt=0, le=5000)]
NotNegative = Annotated[float, Meta(ge=0, le=5000)]
LaneWidth = Annotated[float, Meta(ge=2, le=10)]
SpeedLimit = Annotated[float, Meta(gt=0, le=100)]
Shoulder = Annotated[float, Meta(ge=0, le=20)]
