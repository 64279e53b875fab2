"""The rules that compiled code keeps."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import simeval
from simeval.kernel_cache import sources_of

PACKAGE = Path(simeval.__file__).parent
SMALL_RUN = """
import sys, hashlib
sys.path.insert(0, {tests!r})
from sim_worlds import world
from simeval.scenario import Controller
from simeval.sim import simulate
cars = [dict(speed=12.0), dict(x=30.0, speed=8.0), dict(x=60.0, y=3.5, speed=3.0)]
cars.append(dict(x=80.0, heading=1.5, controller=4))
trace = simulate([world(cars, num_steps=61)], "idm")[0]
s = trace.states
parts = [s.xy, s.heading, s.velocity, trace.flags, trace.command, trace.steering]
print(hashlib.sha256(b"".join(p.tobytes() for p in parts)).hexdigest())
"""

SIGNATURES = """
import sys, importlib, pkgutil
sys.path.insert(0, {tests!r})
from numba.core.registry import CPUDispatcher
from sim_worlds import straight_road
from simeval.sim import Worlds, simulate
scenarios = [straight_road([(0.0, 10.0), (30.0, 5.0)], num_steps=21) for _ in range(3)]
for driver in ("idm", "constant-velocity"):
    simulate(scenarios, driver, threads=2)
Worlds(scenarios, "controls").advance(2, controls=[[0.0, 0.0]] * 3)
several = dict()
for package in ("sim", "traffic", "vehicles"):
    module = importlib.import_module("simeval." + package)
    for info in pkgutil.iter_modules(module.__path__, module.__name__ + "."):
        for name, value in vars(importlib.import_module(info.name)).items():
            own = isinstance(value, CPUDispatcher) and value.__module__ == info.name
            if own and len(value.signatures) > 1:
                several[name] = value.signatures
print(several)
"""


def run(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_compiled_bounds_checked_and_uncompiled_code_give_the_same_bits(tmp_path):
    code = SMALL_RUN.format(tests=str(Path(__file__).parent / "sim"))
    compiled = run(code)
    assert compiled == run(code, NUMBA_BOUNDSCHECK="1", SIMEVAL_CACHE=str(tmp_path))
    assert compiled == run(code, NUMBA_DISABLE_JIT="1")


def test_an_edit_in_a_called_kernel_changes_the_result_of_its_cached_caller(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "simeval", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import simeval.geometry.boxes as b; assert b.__file__.startswith(sys.path[0])\n"
        "print(b.box_gap(0.0, 0.0, 0.0, 4.0, 2.0, 10.0, 0.0, 0.0, 4.0, 2.0))"
    )
    cache = str(tmp_path / "cache")
    assert float(run(code, SIMEVAL_CACHE=cache)) == 6.0
    source = tmp_path / "simeval" / "geometry" / "boxes.py"
    text = source.read_text()
    assert "return math.sqrt(min(one, two))" in text
    source.write_text(
        text.replace("return math.sqrt(min(one, two))", "return 100.0 + math.sqrt(min(one, two))")
    )
    assert float(run(code, SIMEVAL_CACHE=cache)) == 106.0


def test_an_edit_elsewhere_leaves_compiled_kernels_as_they_are(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "simeval", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from pathlib import Path; from simeval.kernel_cache import cache_folder\n"
        "import simeval; print(cache_folder(Path(simeval.__file__).parent / 'sim' / 'advance.py'))"
    )
    folders = []
    for edited in ("runs/session.py", "geometry/boxes.py"):
        folders.append(run(code, SIMEVAL_CACHE=str(tmp_path / "cache")))
        source = tmp_path / "simeval" / edited
        source.write_text(source.read_text() + "# edited\n")
    folders.append(run(code, SIMEVAL_CACHE=str(tmp_path / "cache")))
    assert folders[0] == folders[1] != folders[2]


def imports_by_syntax(path: Path) -> set[Path]:
    """Files of simeval that a file imports, as its syntax tree tells."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    places = [PACKAGE.parent.joinpath(*m.split(".")) for m in modules if m.split(".")[0] == "simeval"]
    return {f for p in places for f in (p.with_suffix(".py"), p / "__init__.py") if f.is_file()}


def test_the_sources_of_a_kernel_are_all_that_its_file_imports():
    for path in PACKAGE.rglob("*.py"):
        assert imports_by_syntax(path) <= set(sources_of(path)), path
        assert not [n for n in ast.walk(ast.parse(path.read_text())) if getattr(n, "level", 0)], path


def test_without_a_writable_cache_kernels_still_compile(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    code = "from simeval.geometry import wrap_angle; print(wrap_angle(0.5))"
    assert float(run(code, SIMEVAL_CACHE=str(blocked))) == 0.5


def test_nothing_is_parallel_inside_a_kernel():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None)}
            assert "prange" not in names, f"{path.name}: threads are ours, prange is not used"
            if isinstance(node, ast.keyword) and node.arg == "parallel":
                assert isinstance(node.value, ast.Constant) and node.value.value is False, path.name


def test_each_kernel_of_the_simulator_is_compiled_for_one_signature(tmp_path):
    code = SIGNATURES.format(tests=str(Path(__file__).parent / "sim"))
    assert run(code, SIMEVAL_CACHE=str(tmp_path)) == "{}"


@pytest.mark.parametrize("name", ["numpy", "numba", "torch", "pandas", "matplotlib"])
def test_importing_simeval_imports_nothing_heavy(name):
    assert run(f"import sys, simeval; print({name!r} in sys.modules)") == "False"
