"""Which package may import which: the legs load, drive and judge meet only in `runs`."""

import ast
from pathlib import Path

import simeval

PACKAGE = Path(simeval.__file__).parent
OPEN = {"errors", "content", "kernel", "kernel_cache", "arrays", "content_hash"}
DIRECT = {
    "geometry": set(),
    "scenario": {"geometry"},
    "readers": {"scenario"},
    "authoring": {"traffic", "vehicles"},
    "safety": {"scenario"},
    "vehicles": {"safety"},
    "traffic": {"safety"},
    "policy": {"vehicles", "traffic"},
    "sim": {"policy"},
    "metrics": {"safety", "vehicles"},
    "judge": {"metrics"},
    "statistics": set(),
    "runs": {"readers", "authoring", "sim", "judge", "statistics"},
    "train": {"runs"},
    "testing": {"runs"},
    "checking": {"runs"},
    "report": {"runs"},
    "cli": {"report", "runs", "checking"},
}


def allowed(package):
    seen, todo = set(), [package]
    while todo:
        for name in DIRECT[todo.pop()] - seen:
            seen.add(name)
            todo.append(name)
    return seen | {package} | OPEN


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("simeval."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("simeval."))


def test_every_package_imports_only_what_it_may():
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        if len(parts) == 1 or parts[0].startswith("_"):
            continue
        assert parts[0] in DIRECT, f"{parts[0]}: a package that has no place in the order"
        wrong += [
            f"{'/'.join(parts)} imports {name}" for name in imported(path) if name not in allowed(parts[0])
        ]
    assert not wrong, "\n".join(wrong)


def test_content_folders_hold_no_python():
    from simeval.content import builtin_root

    for folder in ("scenarios", "metrics", "reports"):
        assert not list((builtin_root() / folder).rglob("*.py"))


def test_nothing_unpickles_or_evaluates():
    banned = {"pickle", "shelve", "marshal", "joblib", "dill"}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not banned & {a.name.split(".")[0] for a in node.names}, path.name
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in banned, path.name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, path.name
