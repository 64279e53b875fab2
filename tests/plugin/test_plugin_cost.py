"""What the plugin costs where it is not used, and what many items cost."""

import subprocess
import sys
import time

import pytest
from plugin_files import family, write_suite

HEAVY = ("numpy", "numba", "torch", "scipy", "pandas", "msgspec", "simeval.errors", "simeval.testing")


def test_unused_it_imports_nothing_heavy(tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import sys\n"
        "def test_own(request):\n"
        "    assert 'simeval.pytest_plugin' in sys.modules\n"
        f"    assert not set({HEAVY!r}) & set(sys.modules)\n"
    )
    write_suite(tmp_path, free=family("free"))
    off = ("-p", "no:hypothesispytest", "-p", "no:jaxtyping", "-p", "no:cacheprovider")
    done = run(tmp_path, "-m", "pytest", "-q", *off, ".")
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr


def test_unused_it_takes_at_most_five_milliseconds(tmp_path):
    """Import and options, measured in one process that has pytest already: the least of several times."""
    code = """
        import sys, time, importlib, pytest
        from _pytest.config.argparsing import Parser
        took = []
        for _ in range(7):
            for name in [n for n in sys.modules if n.split(".")[0] == "simeval"]:
                del sys.modules[name]
            began = time.perf_counter()
            plugin = importlib.import_module("simeval.pytest_plugin")
            plugin.pytest_addoption(Parser(_ispytest=True), None)
            took.append(time.perf_counter() - began)
        print(1e3 * min(took))
    """
    done = run(tmp_path, "-c", "\n".join(line[8:] for line in code.splitlines()))
    assert float(done.stdout) <= 5.0, done.stdout + done.stderr


@pytest.mark.parametrize("policies", [1])
def test_five_thousand_items_are_collected_in_three_seconds(tmp_path, policies):
    speeds = [round(1.0 + i / 200.0, 3) for i in range(5000)]
    write_suite(tmp_path, many=family("many", speeds))
    words = ("-m", "pytest", "scenarios", "--collect-only", "-q", "--simeval-policy=idm")
    took = []
    for _ in range(2):  # other work on the machine disturbs one of them at most, it is hoped
        began = time.perf_counter()
        done = run(tmp_path, *words, "-p", "no:hypothesispytest", "-p", "no:cacheprovider")
        took.append(time.perf_counter() - began)
        assert "5000 tests collected" in done.stdout, done.stdout[-2000:] + done.stderr
    assert min(took) <= 3.0, took


def run(folder, *words):
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
