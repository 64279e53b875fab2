"""Names that may stand in an id."""

from __future__ import annotations

import re

__all__ = ["sanitised"]

MAX_LENGTH = 120


def sanitised(text: str) -> str:
    """`text` with only the characters an id may hold, at most 120 of them."""
    return re.sub(r"[^A-Za-z0-9_.\-]+", "_", text)[:MAX_LENGTH].strip("_") or "unnamed"
