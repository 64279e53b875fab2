"""What `--policy` may name. Reading a reference imports nothing, runs nothing and needs no torch."""

from __future__ import annotations

import keyword
import math
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import unquote

from simeval.errors import UsageError, unknown_name
from simeval.policy.builtin import BUILTIN

__all__ = ["FORMS", "Kind", "Option", "Reference", "parse_reference"]

Kind: TypeAlias = Literal["builtin", "module", "pt2", "torchscript", "onnx"]
Option: TypeAlias = bool | int | float | str

FORMS = (
    "A policy is a built-in name, package.module:factory[@weights.safetensors][?key=value&key=value], "
    "or a file .pt2, .onnx or (TorchScript) .pt, .ts."
)
SUFFIXES: dict[str, Kind] = {
    ".pt2": "pt2", ".onnx": "onnx",
    **dict.fromkeys((".pt", ".pth", ".ts", ".jit", ".torchscript", ".ckpt"), "torchscript"),
}  # fmt: skip
PICKLES = {".pkl", ".pickle", ".joblib", ".npy", ".npz", ".bin", ".tar", ".h5", ".keras"}
NAME = r"[A-Za-z][A-Za-z0-9_]*"
TARGET = re.compile(rf"(_?{NAME}(?:\.{NAME}|\._{NAME})*):({NAME}(?:\.{NAME})*)", re.ASCII)
WITH_WEIGHTS = re.compile(r"[\w.]+:[\w.]+@", re.ASCII)
BUILTIN_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
LONGEST = 4096  # characters of a reference
MOST_OPTIONS = 64


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A policy, named; `parse_reference` makes one.

    path: of a file. target: the built-in's name, or `package.module:factory`.
    """

    text: str
    kind: Kind
    path: Path | None = None
    target: str = ""
    options: dict[str, Option] = field(default_factory=dict)
    weights: Path | None = None


def parse_reference(text: str) -> Reference:
    """The policy that a text names; files must be there, modules are not looked for yet.

    Raises:
        UsageError: malformed, no such built-in policy, no such file, a kind of file that is not read.
    """
    if not text.strip():
        raise UsageError("--policy", "is empty.", FORMS)
    if len(text) > LONGEST or not text.isprintable():
        what = f"is longer than {LONGEST} characters." if len(text) > LONGEST else "holds control characters."
        raise UsageError(f"--policy {text[:60]!a}", what, FORMS)
    suffix = Path(text).suffix.lower()
    is_file = suffix in SUFFIXES or suffix in PICKLES or suffix == ".safetensors"
    if is_file and not WITH_WEIGHTS.match(text):
        return _file(text, suffix)
    if ":" in text:
        return _module(text)
    return _named(text)


def _file(text: str, suffix: str) -> Reference:
    path = Path(text).expanduser()
    if suffix == ".safetensors":
        fix = f"Weights need the code that uses them: --policy package.module:factory@{text}."
        raise UsageError(text, "holds weights, not a policy.", fix)
    if suffix not in SUFFIXES:
        raise UsageError(text, f"a {suffix} file is not read: it may run code, or says too little.", FORMS)
    if not path.exists():
        raise UsageError(text, "no such file.", f"Looked in {Path.cwd()}. {FORMS}")
    return Reference(text=text, kind=SUFFIXES[suffix], path=path)


def _named(text: str) -> Reference:
    if text in BUILTIN:
        return Reference(text=text, kind="builtin", target=text)
    if "/" in text or "\\" in text or "." in text or not BUILTIN_NAME.fullmatch(text):
        raise UsageError(
            f"--policy {text}", "is neither a name, nor a module, nor a file that is read.", FORMS
        )
    raise unknown_name("policy", text, BUILTIN)


def _module(text: str) -> Reference:
    body, has_options, query = text.partition("?")
    target, has_weights, weights = body.partition("@")
    match = TARGET.fullmatch(target)
    if not match or any(keyword.iskeyword(part) for part in re.split(r"[.:]", target)):
        raise UsageError(f"--policy {text}", f"{target!r} is no package.module:factory.", FORMS)
    top = match[1].split(".")[0]
    if top in sys.stdlib_module_names:
        fix = f"If you have a {top}.py of your own, give it another name."
        raise UsageError(f"--policy {text}", f"{top!r} is a module of Python itself, not a policy.", fix)
    return Reference(
        text=text,
        kind="module",
        target=target,
        options=_options(text, query) if has_options else {},
        weights=_weights(text, weights) if has_weights else None,
    )


def _weights(text: str, name: str) -> Path:
    path = Path(name).expanduser()
    if path.suffix.lower() != ".safetensors":
        fix = "Save them with safetensors.torch.save_file(module.state_dict(), 'weights.safetensors')."
        raise UsageError(
            f"--policy {text}", f"weights after @ must be a .safetensors file, got {name!r}.", fix
        )
    if not path.is_file():
        raise UsageError(f"--policy {text}", f"no such file of weights: {name}.")
    return path


def _options(text: str, query: str) -> dict[str, Option]:
    options: dict[str, Option] = {}
    pairs = query.split("&")
    if len(pairs) > MOST_OPTIONS:
        raise UsageError("--policy", f"{len(pairs)} options, at most {MOST_OPTIONS} are read.")
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(NAME, key, re.ASCII) or keyword.iskeyword(key):
            raise UsageError(f"--policy {text}", f"{pair!r} is no key=value.", FORMS)
        if key in options:
            raise UsageError(f"--policy {text}", f"option {key} is given twice.", "Give it once.")
        options[key] = _value(unquote(value))
        if not str(options[key]).isprintable():
            raise UsageError("--policy", f"the value of option {key} holds control characters.")
    return options


def _value(text: str) -> Option:
    """`true` and `false`, whole numbers, finite numbers; everything else is text."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        number = float(text)
        if math.isfinite(number):
            return number
    return text
