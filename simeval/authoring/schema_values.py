"""Numbers and names as the tables of a family file accept them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

__all__ = ["Coordinate", "Name", "NotNegative", "Offset", "Positive", "Side", "Size", "SpeedMps"]

# Bounds far beyond any road: they keep a slip of the pen, or worse, from filling the memory.
Positive = Annotated[float, Meta(gt=0, le=10_000)]
NotNegative = Annotated[float, Meta(ge=0, le=10_000)]
SpeedMps = Annotated[float, Meta(ge=0, le=100)]
Offset = Annotated[float, Meta(ge=-1_000, le=1_000)]
Size = Annotated[float, Meta(ge=0.1, le=50)]
Coordinate = Annotated[float, Meta(ge=-10_000, le=10_000)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.\-]+$")]
Side = Literal["left", "right"]
