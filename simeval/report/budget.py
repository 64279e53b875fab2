"""Which replays go into the page: all that did not pass, then passing ones while there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simeval.report.maps import encode_map
from simeval.report.replay import encode_replay
from simeval.report.rows import READ_ERRORS, Row, words_of
from simeval.report.source import RunFolder

__all__ = ["MIB", "Replays", "choose_replays"]

MIB = 1024 * 1024
NEVER_RAN = ("not_run", "harness_error")  # endings of episodes that were never simulated
AROUND_BLOCK = 90  # characters of a block's element and its places in the index


@dataclass(kw_only=True)
class Replays:
    """Encoded replays and maps by name, and for each episode without one the reason in words."""

    replays: dict[str, str] = field(default_factory=dict)  # by episode key
    maps: dict[str, str] = field(default_factory=dict)  # by map id
    map_of: dict[str, str] = field(default_factory=dict)  # episode key -> map id
    missing: dict[str, str] = field(default_factory=dict)  # episode key -> why
    num_left_out: int = 0  # passing ones that the budget had no room for
    size: int = 0  # characters

    def add(self, key: str, text: str, map_id: str, road: str | None) -> None:
        """Takes one replay, and its map if it is new."""
        self.replays[key], self.map_of[key] = text, map_id
        self.size += len(text) + AROUND_BLOCK
        if road is not None:
            self.maps[map_id] = road
            self.size += len(road) + AROUND_BLOCK


def choose_replays(
    run: RunFolder, rows: Sequence[Row], budget: int, done: Callable[[], None] = lambda: None
) -> Replays:
    """Encodes replays until `budget` characters are used.

    Episodes that failed, or have no verdict, are always taken, even beyond the budget: nothing that needs
    a look is dropped. Passing ones follow in the order of the plan. `done` is called once an episode.
    """
    chosen = Replays()
    for row in sorted(rows, key=lambda r: r.outcome == "pass"):
        may_drop = row.outcome == "pass"
        if row.episode is None or row.episode.get("ending") in NEVER_RAN:
            chosen.missing[row.key] = "This episode has not run."
        elif may_drop and chosen.num_left_out:
            chosen.num_left_out += 1
        else:
            _take(run, row, chosen, budget if may_drop else None)
        done()
    return chosen


def _take(run: RunFolder, row: Row, chosen: Replays, budget: int | None) -> None:
    try:
        trace, scenario = run.trace(row.key), run.scenario(row.key)
        series = dict(run.series(row.key))
        text = encode_replay(trace, scenario, series)
        road = None if scenario.map.id in chosen.maps else encode_map(scenario.map)
    except READ_ERRORS as error:
        chosen.missing[row.key] = words_of(error)
        return
    if budget is not None and chosen.size + len(text) + len(road or "") + 2 * AROUND_BLOCK > budget:
        chosen.num_left_out += 1
        return
    chosen.add(row.key, text, scenario.map.id, road)
