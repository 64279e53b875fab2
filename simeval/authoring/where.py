"""The place in an authored file that an error speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from simeval.errors import InputError, nearest

__all__ = ["Where", "listed"]


@dataclass(frozen=True)
class Where:
    """A file and a key path in it, e.g. `lead_brakes.toml` and `agent[0].at.lane`."""

    file: str
    key: str = ""

    def __truediv__(self, step: str | int) -> Where:
        """The place of a key, or of an entry of a list, below this one."""
        if isinstance(step, int):
            return replace(self, key=f"{self.key}[{step}]")
        return replace(self, key=f"{self.key}.{step}" if self.key else step)

    def error(self, what: str, fix: str) -> InputError:
        """The error at this place: what is wrong, and what to do."""
        return InputError(": ".join(p for p in (self.file, self.key) if p), what, fix)

    def unknown(self, kind: str, name: str, known: Iterable[str]) -> InputError:
        """The error for a name that is not among the known ones."""
        names = list(known)
        return self.error(f"{kind} {name!r} is not known.", nearest(name, names) + listed(names))


def listed(known: Iterable[str]) -> str:
    """All known names in one sentence."""
    names = list(known)
    return f"Known: {', '.join(names)}." if names else "There are none."
