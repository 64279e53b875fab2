"""The README's tour and example do what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text()
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def block(mark):
    return re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, re.DOTALL)[1]


def test_every_command_of_the_tour_works(tmp_path):
    done = subprocess.run(
        ["bash", "-ec", block("tour")],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "contact/rear_end" in done.stdout
    assert (tmp_path / "lead_brakes.png").read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.glob("runs/*/report/index.html"))


def test_the_python_example_works(tmp_path):
    code = block("python") + "\nassert len(table) >= 20 and trace.num_steps > 1"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_readme_counts_what_is_bundled():
    from simeval.authoring import load_suite
    from simeval.content import builtin_root

    suites = [load_suite(p.parent) for p in (builtin_root() / "scenarios").glob("*/suite.toml")]
    families = sum(len(s.families) for s in suites)
    assert f"{families} families" in README and len(suites) == 3


def test_linked_documents_exist():
    root = Path(__file__).parent.parent
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (root / target).exists(), target
