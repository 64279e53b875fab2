import sys
import tempfile
from pathlib import Path

import platformdirs
import pytest

CACHE = Path(platformdirs.user_cache_dir())  # before anything changes HOME


class OwnModules:
    """In place of what `pytester` does after a session in this process: it forgets every module that was
    imported meanwhile, but parts of numba and numpy cannot be imported twice."""

    def __init__(self, preserve=None):
        self.before = set(sys.modules)

    def restore(self):
        for name in set(sys.modules) - self.before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if file.startswith(tempfile.gettempdir()) and "pytest-of" in file:
                del sys.modules[name]


@pytest.fixture(autouse=True)
def _sessions_share_what_is_expensive(monkeypatch):
    """Modules, and compiled code: `pytester` moves HOME, and each session would compile anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(CACHE))
    monkeypatch.setattr("_pytest.pytester.SysModulesSnapshot", OwnModules)
