"""The examples of docs/comparing.md do what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from simeval.runs.compare_pairs import CHANGES
from simeval.runs.compare_words import CHANGE_WORDS
from simeval.runs.summary import GROUPS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "comparing.md").read_text("utf-8")
ENTRY = 'simeval() { "$PYTHON" -c "from simeval.cli import main; main()" "$@"; }\n'


def test_every_command_of_the_example_works(tmp_path):
    [script] = re.findall(r"<!-- example -->\n```sh\n(.*?)```", TEXT, re.DOTALL)
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", "-ec", ENTRY + script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    families = pd.read_csv(tmp_path / "families.csv")
    assert list(families["family"]) == ["highway/lead_brakes", "total"]
    same = json.loads((tmp_path / "same.json").read_text())
    assert same["verdict"]["word"] == "not_worse"
    comment = (tmp_path / "comment.md").read_text("utf-8")
    assert "regressed" in comment.splitlines()[0] and "highway/lead_brakes" in comment
    [page] = tmp_path.glob("runs/*/report/compare-*.html")
    assert (page.parent / "index.html").is_file()


def test_the_page_names_every_group_and_change():
    for name in GROUPS:
        assert f"`{name}`" in TEXT
    for name in CHANGES:
        assert CHANGE_WORDS[name].partition(",")[0] in TEXT
