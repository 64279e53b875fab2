"""The scenarios behind a name on the command line: of a pack lazily, of files and suites at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simeval.errors import InputError, UsageError, unknown_name
from simeval.scenario.pack import open_pack
from simeval.scenario.scenario import Scenario

__all__ = ["Found", "open_source"]


@dataclass(frozen=True)
class Found:
    """Scenarios by id."""

    source: str
    ids: tuple[str, ...]
    rows: Callable[[], list[dict[str, Any]]]
    scenario: Callable[[str], Scenario]

    def find(self, part: str | None) -> str:
        """The id that `part` stands for: itself, or the only one that contains it.

        Raises:
            UsageError: when none or several do.
        """
        if part in self.ids:
            return str(part)
        matches = [name for name in self.ids if part is None or part in name]
        if len(matches) == 1:
            return matches[0]
        if not matches:
            raise unknown_name("scenario", str(part), self.ids, where=self.source)
        what = f"{part!r} is part of {len(matches)} ids" if part else f"holds {len(matches)} scenarios"
        raise UsageError(self.source, f"{what}.", f"Name one, such as {matches[0]}.")


def open_source(source: str) -> Found:
    """Opens a pack, a suite or family, or a scenario file.

    Raises:
        InputError, UsageError: when it is none of these, or damaged.
    """
    path = Path(source)
    if (path / "scenarios.parquet").is_file() or path.suffix == ".pack":
        pack = open_pack(path)
        return Found(source, pack.ids, lambda: _pack_rows(pack.table()), pack.scenario)
    scenarios = _foreign(path) if path.is_file() and path.suffix != ".toml" else _authored(source)
    by_id = {s.id: s for s in scenarios}
    return Found(source, tuple(by_id), lambda: [_row(s) for s in scenarios], by_id.__getitem__)


def _foreign(path: Path) -> list[Scenario]:
    from simeval.readers import Rejected, read_path

    found = list(read_path(path))
    for result in found:
        if isinstance(result, Rejected):
            raise InputError("", result.reason)
    return [s for s in found if isinstance(s, Scenario)]


def _authored(source: str) -> list[Scenario]:
    from simeval.runs.sources import resolve

    return [scenario for scenario, _ in resolve(source).scenarios(1)]


def _pack_rows(table: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": r["id"],
            "format": r["format"],
            "steps": int(r["num_steps"]),
            "start": int(r["start_step"]),
            "dt_s": float(r["dt_s"]),
            "agents": int(r["num_agents"]),
            "ego": bool(r["ego_index"] == r["ego_index"] and r["ego_index"] is not None),
            "missing": ", ".join(r["missing"]),
            "repaired": len(r["repaired"]),
        }
        for r in table.to_dict("records")
    ]


def _row(s: Scenario) -> dict[str, Any]:
    return {
        "id": s.id,
        "format": s.provenance.format,
        "steps": s.num_steps,
        "start": s.start_step,
        "dt_s": s.dt,
        "agents": len(s.agents),
        "ego": s.ego is not None,
        "missing": ", ".join(s.missing),
        "repaired": len(s.repaired),
    }
