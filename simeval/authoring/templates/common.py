"""Bounds that the settings of several templates share."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = ["Count", "Length", "NotNegative", "OptionalCount"]

Count = Annotated[int, Meta(ge=1, le=8)]
OptionalCount = Annotated[int, Meta(ge=0, le=8)]
Length = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
