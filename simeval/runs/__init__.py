"""Runs: from scenarios and policies to a folder of facts that survives a crash."""

from simeval.runs.progress import Progress
from simeval.runs.result import Run
from simeval.runs.runner import evaluate, open_run, rescore, run
from simeval.runs.settings import RunSettings, settings_from

__all__ = ["Progress", "Run", "RunSettings", "evaluate", "open_run", "rescore", "run", "settings_from"]
