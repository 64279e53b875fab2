"""docs/logs.md: its recording is imported and driven, and it names what is read."""

import os
import re
import subprocess
import sys
from pathlib import Path

from simeval.readers import FORMATS
from simeval.readers.waymo_json_map import TYPES
from simeval.scenario.pack import open_pack

PAGE = (Path(__file__).parents[2] / "docs" / "logs.md").read_text(encoding="utf-8")


def test_the_recording_of_the_page_is_imported_and_driven(tmp_path):
    code = re.search(r"<!-- file: record.py -->\n```python\n(.*?)```", PAGE, re.DOTALL)[1]
    (tmp_path / "record.py").write_text(code)
    commands = re.search(r"<!-- run -->\n```sh\n(.*?)```", PAGE, re.DOTALL)[1]
    commands = commands.replace("simeval", "python -m simeval").replace("python", sys.executable)
    done = subprocess.run(
        ["bash", "-ec", commands],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    scenario = open_pack(tmp_path / "own.pack").scenario("own/two_cars")
    assert scenario.agents.ids[scenario.ego] == "ego" and len(scenario.map.lanes) == 1
    assert done.stdout.count("100%") == 2  # both drivers were judged
    assert "contact" not in done.stdout


def test_the_page_names_formats_and_map_elements():
    assert all(f"| `{name}` |" in PAGE for name, form in FORMATS.items() if form.is_read)
    assert all(f"`{name}`" in PAGE for name in TYPES)
