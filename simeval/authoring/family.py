"""A family: one TOML file that stands for one scenario or a grid of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from simeval.authoring.build import build_scenario
from simeval.authoring.decode import decode
from simeval.authoring.files import read_suite_file, read_toml
from simeval.authoring.parameters import (
    Parameter,
    Value,
    draw,
    grid,
    read_parameters,
    scenario_id,
    substitute,
)
from simeval.authoring.schema import FamilyFile, SuiteFile
from simeval.authoring.where import Where
from simeval.errors import UsageError
from simeval.scenario import Expect, Scenario
from simeval.scenario.names import sanitised

__all__ = ["Case", "Family", "family_of", "load_family"]


@dataclass(frozen=True)
class Case:
    """One scenario that a family stands for: named, not built yet."""

    id: str
    seed: int
    values: Mapping[str, Value]


@dataclass(frozen=True, eq=False)
class Family:
    """A family file, checked; `scenarios` builds what it stands for."""

    suite: str
    name: str
    doc: str
    tags: tuple[str, ...]
    expect: Expect
    path: Path
    parameters: tuple[Parameter, ...]
    defaults: SuiteFile
    _tables: Mapping[str, Any]

    @property
    def is_random(self) -> bool:
        """Whether a parameter is drawn from a range, so that seeds from 1 on differ."""
        return any(p.range for p in self.parameters)

    @cached_property
    def template(self) -> str:
        """Name of the road template."""
        return str(self._tables["map"]["template"])

    def cases(self, seed: int = 0) -> list[Case]:
        """Every combination of the parameters' values, in file order; builds nothing.

        With seed 0 parameters with a range stand at their defaults; any other seed draws them, for each
        scenario and parameter on its own, and the drawn values appear in the scenario's id.
        """
        if seed < 0:
            raise UsageError("seed", f"{seed} is negative.", "Seeds count from 0.")
        return [self._case(values, seed) for values in grid(self.parameters)]

    def build(self, case: Case) -> Scenario:
        """The scenario of one of `cases`.

        Raises:
            InputError: a combination of values that makes no sense.
        """
        return self._build(case.values, case.id, Where(str(self.path)))

    def scenarios(self, seed: int = 0) -> list[Scenario]:
        """The scenarios of all `cases`.

        Raises:
            InputError: a combination of values that makes no sense.
        """
        return [self.build(case) for case in self.cases(seed)]

    def _case(self, values: dict[str, Value], seed: int) -> Case:
        base = f"{self.suite}/{scenario_id(self.name, self.parameters, values)}"
        for p in self.parameters:
            if seed and p.range:
                values[p.name] = draw(p.range, seed, base, p.name)
        name = scenario_id(self.name, self.parameters, values)
        return Case(id=f"{self.suite}/{name}", seed=seed, values=values)

    def _build(self, values: Mapping[str, Value], name: str, where: Where) -> Scenario:
        used: set[str] = set()
        file = decode(substitute(self._tables, values, where, used), FamilyFile, where)
        for unused in values.keys() - used:
            raise (where / "parameters" / unused).error(
                "is used nowhere.", f'Write "${unused}" where it belongs, or delete it.'
            )
        timing = (file.dt_s or self.defaults.dt_s, file.duration_s or self.defaults.duration_s)
        if timing[1] < 2.0 * timing[0]:
            raise (where / "duration_s").error(
                f"{timing[1]} s is less than two steps.", "Write a longer one."
            )
        return build_scenario(
            file,
            scenario_id=name,
            suite=self.suite,
            parameters=tuple(values.items()),
            timing=timing,
            where=where,
        )


def load_family(path: Path) -> Family:
    """Reads and checks one family file; the folder it lies in is its suite.

    Raises:
        InputError: naming file, key and remedy.
    """
    return family_of(path, read_suite_file(path.parent))


def family_of(path: Path, defaults: SuiteFile) -> Family:
    """`load_family` with the suite's defaults at hand."""
    where = Where(str(path))
    tables = read_toml(path)
    parameters = read_parameters(_parameter_tables(tables, where), where / "parameters")
    rest = {key: value for key, value in tables.items() if key != "parameters"}
    values = {p.name: p.default for p in parameters}
    file = decode(substitute(rest, values, where, set()), FamilyFile, where)
    if file.family != path.stem:
        raise (where / "family").error(
            f"{file.family!r} is not the file's name {path.stem!r}.", "Write one name in both places."
        )
    family = Family(
        suite=sanitised(path.resolve().parent.name), name=file.family, doc=file.doc.strip(), tags=file.tags,
        expect=Expect(solvable_by=file.expect.solvable_by, failed_by=file.expect.failed_by),
        path=path, parameters=parameters, defaults=defaults, _tables=rest,
    )  # fmt: skip
    family._build(values, f"{family.suite}/{family.name}", where)
    return family


def _parameter_tables(tables: Mapping[str, Any], where: Where) -> Mapping[str, object]:
    found = tables.get("parameters", {})
    if not isinstance(found, dict):
        raise (where / "parameters").error(f"expected a table, got {found!r}.", "Write [parameters].")
    return found
