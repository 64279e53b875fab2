"""Keeps what torch says about itself off the terminal for a while."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet"]

LOGGERS = ("torch.export", "torch.onnx", "onnxscript")


@contextmanager
def quiet() -> Iterator[None]:
    """Warnings are dropped, and of the exporters' logs all but errors; afterwards all is as before."""
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
