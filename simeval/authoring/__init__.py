"""Authored scenarios: families in TOML, road templates, parameter sweeps."""

from simeval.authoring.family import Case, Family, load_family
from simeval.authoring.populate import populate
from simeval.authoring.suite import Suite, load_suite, suite_folders
from simeval.authoring.templates import TEMPLATES, Template, make_map
from simeval.authoring.vehicles import VEHICLES, Vehicle

__all__ = [
    "TEMPLATES",
    "VEHICLES",
    "Case",
    "Family",
    "Suite",
    "Template",
    "Vehicle",
    "load_family",
    "load_suite",
    "make_map",
    "populate",
    "suite_folders",
]
