"""No file of a policy runs code, opens another file or talks to anyone; each is refused with advice."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import safetensors.torch
import torch
from malicious_files import corpus, harmless, onnx_models
from policy_nets import Plain

from simeval.policy.export import save_pt2

LOADER = """
import json, sys, warnings
from pathlib import Path
sys.path.insert(0, {tests!r})
warnings.simplefilter("error")
from policy_projects import act, load, observation
from simeval.errors import SimevalError

act(load("good.pt2").policy, observation())  # imports everything that a good file needs
load("mine:make@good.safetensors")
try:
    import encodings.cp437, onnx, onnxruntime
    load("good.onnx")
except (ImportError, SimevalError):
    pass

watched, seen = {watched!r}, []

def hook(event, args):
    if event.startswith(tuple(watched)):
        seen.append([event, str(args)[:200]])
    elif event == "open":
        path, mode = str(args[0]), args[1]
        if not path.startswith({folder!r}) or (mode and set(mode) & set("wax+")):
            seen.append([event, str(args)[:200]])

sys.addaudithook(hook)
answers = {{}}
for name, reference in json.loads(Path("references.json").read_text()).items():
    before = len(seen)
    try:
        policy = load(reference).policy
        answers[name] = ["loaded", ""]
        if {drive}:
            act(policy, observation())
    except SimevalError as error:
        answers[name] = ["refused", str(error), error.fix]
    except BaseException as error:
        answers[name] = ["ESCAPED", repr(error)]
    answers[name].append(seen[before:])
print(json.dumps(answers))
"""
WATCHED = [
    "os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.remove", "os.rename", "os.putenv",
    "subprocess.", "socket.", "urllib.", "ftplib.", "pickle.find_class", "marshal.", "ctypes.", "import",
    "shutil.", "webbrowser.", "pty.", "code.__new__",
]  # fmt: skip


def load_all(folder, references, *, watched, drive=False):
    """What became of each reference, loaded in a process of its own that is watched."""
    (folder / "references.json").write_text(json.dumps(references))
    tests = str(Path(__file__).parent)
    code = LOADER.format(tests=tests, folder=str(folder), watched=watched, drive=drive)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def write_good(folder):
    save_pt2(Plain(), folder / "good.pt2")
    safetensors.torch.save_file({"a": torch.zeros(2)}, folder / "good.safetensors")
    (folder / "good.onnx").write_bytes(b"\x08\x07")
    (folder / "mine.py").write_text(
        "def make(weights):\n    return lambda observation: observation.goal[:, :2]\n"
    )


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder, canary = tmp_path_factory.mktemp("bad"), tmp_path_factory.mktemp("canary") / "touched"
    kinds = corpus(folder, canary)
    if find_spec("onnx"):
        kinds |= onnx_models(folder, canary)
    write_good(folder)
    references = {name: reference for name, (reference, _) in kinds.items()}
    return kinds, load_all(folder, references, watched=[*WATCHED, "exec", "compile"]), canary


def test_at_least_thirty_kinds_of_malicious_files_are_refused_with_advice(bad):
    kinds, answers, _ = bad
    assert len(kinds) >= 100 and answers.keys() == kinds.keys()
    wrong = []
    for name, (_, says) in kinds.items():
        kind, message, *rest = answers[name]
        words = [re.escape(part) for part in says.split("|")]
        if kind != "refused" or not re.search("|".join(words), message) or not rest[0]:
            wrong.append(f"{name}: {kind}: {message[:300]}")
    assert not wrong, "\n".join(wrong)


def test_no_malicious_file_runs_imports_opens_or_unpickles_anything(bad):
    _, answers, canary = bad
    assert not canary.exists()
    did = {name: answer[-1] for name, answer in answers.items() if answer[-1]}
    assert not did, "\n".join(f"{name}: {events[:3]}" for name, events in did.items())


def test_code_where_only_torchs_own_loader_looks_is_not_even_read(tmp_path):
    folder, canary = tmp_path / "in", tmp_path / "touched"
    folder.mkdir()
    references = harmless(folder, canary)
    write_good(folder)
    answers = load_all(folder, references, watched=WATCHED, drive=True)
    assert {name: answer[0] for name, answer in answers.items()} == dict.fromkeys(references, "loaded")
    assert not canary.exists()
    assert not [answer for answer in answers.values() if answer[-1]]
