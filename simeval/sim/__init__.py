"""The simulator: worlds side by side in flat arrays, advanced by compiled kernels."""

from simeval.sim.rollout import Worlds, simulate
from simeval.sim.runnable import check_runnable
from simeval.sim.settings import DRIVERS, SIMULATION_SEMANTICS, SimSettings

__all__ = ["DRIVERS", "SIMULATION_SEMANTICS", "SimSettings", "Worlds", "check_runnable", "simulate"]
