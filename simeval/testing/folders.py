"""Where the runs of a test session go."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

__all__ = ["new_session"]

KEPT = 3  # sessions; older ones are removed


def new_session(parent: Path, keep: int | None = KEPT) -> Path:
    """A folder for one session, named after its time; it is made when a run is written.

    Of the sessions before it, all but the last `keep - 1` are removed, unless their process still runs.
    """
    if keep is not None:
        for old in _sessions(parent)[: 1 - keep]:
            if not _runs(old):
                shutil.rmtree(old, ignore_errors=True)
    now = time.time_ns() // 10**6
    stamp = time.strftime("%y%m%d-%H%M%S", time.localtime(now // 1000))
    return parent / f"{stamp}.{now % 1000:03d}-{os.getpid()}"


def _sessions(parent: Path) -> list[Path]:
    try:
        return sorted(p for p in parent.iterdir() if p.is_dir())
    except OSError:
        return []


def _runs(folder: Path) -> bool:
    pid = folder.name.rpartition("-")[2]
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:
        return True
    return True
