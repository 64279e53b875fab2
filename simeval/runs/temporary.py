"""Names of files and folders that are not finished, and how to tell that nobody will finish them."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import secrets
import socket
import time
from pathlib import Path

__all__ = ["PREFIX", "is_abandoned", "temporary_beside"]

PREFIX = ".tmp-"
ABANDONED_AFTER_S = 86400.0  # on another machine, where one cannot see whether the process still runs

_counter = itertools.count()
_host = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname())[:12] or "host"
_token = secrets.token_hex(4)  # tells this process from an earlier one with the same number


def temporary_beside(path: Path) -> Path:
    """A name in the same folder that nobody else uses."""
    return path.with_name(f"{PREFIX}{_host}-{os.getpid()}-{_token}-{next(_counter)}-{path.name}")


def is_abandoned(path: Path) -> bool:
    """Whether a temporary file or folder was left by a process that is gone. Those of a process that
    runs, or may run on another machine, are left alone for a day."""
    if not path.name.startswith(PREFIX):
        return False
    host, pid, token = [*path.name.removeprefix(PREFIX).split("-", 3), "", "", ""][:3]
    if host == _host and pid.isdigit():
        return token != _token and (int(pid) == os.getpid() or not _runs(int(pid)))
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime > ABANDONED_AFTER_S
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
