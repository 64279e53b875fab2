"""What `--policy` may name; reading it never runs anything."""

import random
import subprocess
import sys

import pytest

from simeval.errors import UsageError
from simeval.policy.reference import Reference, parse_reference


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("net.pt2", "net.onnx", "net.pt", "net.ts", "w.safetensors"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind"),
    [("net.pt2", "pt2"), ("./net.onnx", "onnx"), ("net.pt", "torchscript"), ("net.ts", "torchscript")],
)
def test_a_file_is_known_by_its_suffix(folder, text, kind):
    reference = parse_reference(text)
    assert (reference.kind, reference.path.name) == (kind, text.removeprefix("./"))


def test_a_module_reference_holds_target_weights_and_typed_options(folder):
    found = parse_reference("my_pkg.nets:make@w.safetensors?width=64&rate=1e-3&deep=true&name=a%26b")
    assert found.target == "my_pkg.nets:make"
    assert found.weights.name == "w.safetensors"
    assert found.options == {"width": 64, "rate": 1e-3, "deep": True, "name": "a&b"}


def test_a_built_in_is_named_plainly():
    assert parse_reference("bc-small") == Reference(text="bc-small", kind="builtin", target="bc-small")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("bc-smal", "Did you mean 'bc-small'"),
        ("missing.pt2", "no such file"),
        ("w.safetensors", "package.module:factory@w.safetensors"),
        ("net.pkl", "may run code"),
        ("my.module", "neither a name, nor a module"),
        ("os:system?command=id", "module of Python itself"),
        ("builtins:exec", "module of Python itself"),
        ("pkg:make@w.pt", "must be a .safetensors file"),
        ("pkg:make@none.safetensors", "no such file of weights"),
        ("pkg:make?a=1&a=2", "given twice"),
        ("pkg:make?=1", "no key=value"),
        ("pkg:make?class=1", "no key=value"),
        ("pkg:make?a=%00", "control characters"),
        ("pkg:__class__", "no package.module:factory"),
        ("pkg:make.__globals__", "no package.module:factory"),
        ("pkg:a:b", "no package.module:factory"),
        ("pkg:make()", "no package.module:factory"),
        ("x" * 5000, "longer than"),
        ("pkg:ma\nke", "control characters"),
    ],
)
def test_what_is_wrong_is_said_with_advice(folder, text, says):
    with pytest.raises(UsageError, match=says.replace("(", r"\(")):
        parse_reference(text)


def test_a_thousand_injected_references_are_refused_or_only_read(folder):
    bits = [
        "; touch canary", "$(touch canary)", "`touch canary`", "&& touch canary", "| sh", "\n", "\0", "../",
        "'", '"', "__import__('os').system('touch canary')", "lambda: 0", "{0}", "%s", "%2e%2e%2f", "os",
        "pkg", ":", "@", "?", "=", "&", "make", "w.safetensors", "eval", ".", "[0]", "()", "\\", "~", "*",
        "\u202e", "file://", "C:\\", "#", " ", "-", "--", "subprocess", "open", "/etc/passwd", ".pt2",
        ".onnx", "💥",
    ]  # fmt: skip
    draw = random.Random(7)
    read = 0
    for _ in range(1000):
        text = "".join(draw.choice(bits) for _ in range(draw.randint(1, 7)))
        try:
            found = parse_reference(text)
        except UsageError as error:
            assert str(error).isprintable(), "a refusal must not carry control characters to a terminal"
            continue
        read += 1
        assert found.path is None or found.path.exists()
        module, _, name = found.target.partition(":")
        assert all(part.isidentifier() for part in [*module.split("."), *name.split(".")])
    assert not (folder / "canary").exists()
    assert read < 100, "nearly all of these make no sense"


def test_reading_a_reference_imports_neither_torch_nor_the_module(tmp_path):
    (tmp_path / "mine.py").write_text("raise SystemExit('imported')\n")
    code = (
        "import sys\nfrom simeval.policy.reference import parse_reference\n"
        "from simeval.policy.identity import identity_of\n"
        "assert identity_of(parse_reference('mine:make'))\n"
        "assert not {'torch', 'numba', 'mine'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
