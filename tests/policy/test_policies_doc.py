"""The page for authors of policies is true: its files are the examples, and all its commands run."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from simeval.authoring import load_suite, suite_folders
from simeval.policy import Observation, ObservationSpec
from simeval.policy.loading import load_policy
from simeval.policy.reference import parse_reference
from simeval.policy.runtime import Runtime
from simeval.sim.policy_rollout import Rollout

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policies.md").read_text()
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", PAGE, re.S))
COMMANDS = re.findall(r"<!-- run( onnx)? -->\n```sh\n(.*?)```", PAGE, re.S)
needs_onnx = pytest.mark.skipif(not find_spec("onnxruntime"), reason="the extra onnx is not installed")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A new user's folder, after the first command of each block."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for onnx, block in COMMANDS:
        if not onnx or find_spec("onnxruntime"):
            shell(block.splitlines()[0], folder)
    return folder


def shell(command, folder):
    """A command as a user types it; what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def test_the_files_on_the_page_are_the_examples_and_short():
    examples = {path.name: path.read_text() for path in (ROOT / "examples" / "policies").glob("*.py")}
    assert examples == FILES and len(FILES) == 3
    for text in FILES.values():
        assert len([line for line in text.splitlines() if line.strip()]) <= 30


@pytest.mark.parametrize(
    "reference", ["gru:Driver@gru.safetensors", "driver.pt2", pytest.param("planner.onnx", marks=needs_onnx)]
)
def test_each_example_drives_a_bundled_scenario_in_closed_loop(project, monkeypatch, reference):
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", list(sys.path))
    family = {f.name: f for f in load_suite(suite_folders()["highway"]).families}["lead_brakes"]
    policy = load_policy(parse_reference(reference), Runtime(device="cpu")).policy
    rollout = Rollout(family.scenarios()[:2], policy)
    rollout.run()
    assert not rollout.faults
    assert all(rollout.trace(row).num_steps > 20 for row in range(2))
    sys.modules.pop("gru", None)


@pytest.mark.parametrize(("onnx", "block"), COMMANDS)
def test_the_commands_of_the_page_run(project, onnx, block):
    if onnx and not find_spec("onnxruntime"):
        pytest.skip("the extra onnx is not installed")
    said = shell("\n".join(block.splitlines()[1:]), project)
    assert "1 planned" in said or "1 episode" in said, said


def test_the_python_of_the_page_runs(project):
    (block,) = re.findall(r"<!-- python -->\n```python\n(.*?)```", PAGE, re.S)
    (project / "page.py").write_text(block)
    assert "planned" in shell("python page.py", project)


def test_the_table_of_tensors_is_that_of_the_observation():
    named = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| `.*\| B.*$", PAGE, re.M))))
    forms = set(re.findall(r"^\| `(\w+)` \| B, (?:2|`num)", PAGE, re.M)) | {"num_points"}
    assert named - forms == set(Observation.zeros(ObservationSpec(), 1).tensors())
