"""The failure modes and what each means, in one line."""

from __future__ import annotations

import tomllib

import msgspec

from simeval import content
from simeval.errors import InputError

__all__ = ["load_taxonomy"]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    modes: dict[str, str]


def load_taxonomy() -> dict[str, str]:
    """Mode to meaning, ours and then the user's own from metrics/taxonomy.toml.

    Raises:
        InputError: when a file is not TOML or has another form.
    """
    modes: dict[str, str] = {}
    for root in reversed(content.roots()):
        path = root / "metrics" / "taxonomy.toml"
        if path.is_file():
            try:
                modes |= msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).modes
            except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or another form
                raise InputError(
                    "metrics/taxonomy.toml", f"{error}.", 'Write "mode" = "meaning" lines.'
                ) from None
    return modes
