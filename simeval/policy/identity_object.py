"""Which policy a live object is: its weights, its attributes, its code and the globals this uses."""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import msgspec
import numpy as np

__all__ = ["identity_of_object"]

DEEPEST = 30  # containers and objects inside one another
LIBRARIES = {"torch", "numpy", "simeval", "math"}  # their version stands for their code
PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, Path)
GROUPS = ("_parameters", "_buffers", "_modules")
INTERNAL = {*GROUPS, "_compiled_call_impl"}


class Undigestible(Exception):
    """Something of which equal digests would not mean equal behaviour."""


def identity_of_object(policy: Any) -> str | None:
    """Digest of a live policy. None: it holds something (a lock, an open file, code without a source
    file) for which two policies with equal digests might still behave differently."""
    feeder = Feeder()
    try:
        feeder.feed(policy, 0)
    except (Undigestible, OSError):
        return None
    return feeder.digest.hexdigest()


class Feeder:
    """Feeds a graph of objects to a digest, each object once."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.seen: dict[int, tuple[int, Any]] = {}  # keeps them alive, so that no id comes twice
        self.classes: set[type] = set()

    def feed(self, value: Any, depth: int) -> None:
        """One value and all it holds."""
        import torch

        if depth > DEEPEST:
            raise Undigestible("too deep")
        self._say(f"{type(value).__module__}.{type(value).__qualname__}")
        if isinstance(value, (*PLAIN, torch.dtype, torch.device)):
            self._say(repr(value))
            return
        if id(value) in self.seen:
            self._say(f"again {self.seen[id(value)][0]}")
            return
        self.seen[id(value)] = len(self.seen), value
        if isinstance(value, torch.Tensor):
            self._tensor(value)
        elif isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, (list, tuple)):
            self._all(value, depth)
        elif isinstance(value, dict):
            self._all([item for pair in value.items() for item in pair], depth)
        elif isinstance(value, (set, frozenset)):
            self._all(sorted(value, key=repr), depth)
        elif isinstance(value, msgspec.Struct):
            self.feed(msgspec.structs.asdict(value), depth + 1)
        else:
            self._code(value, depth)

    def _code(self, value: Any, depth: int) -> None:
        """Functions, classes and objects of them."""
        import torch

        if isinstance(value, FunctionType):
            self._function(value, depth)
        elif isinstance(value, MethodType):
            self._all([value.__func__, value.__self__], depth)
        elif isinstance(value, functools.partial):
            self._all([value.func, value.args, value.keywords, vars(value)], depth)
        elif isinstance(value, type):
            self._class(value, depth)
        elif isinstance(value, (BuiltinFunctionType, ModuleType)):
            self._say(f"{getattr(value, '__module__', '')}.{value.__name__}")
        elif isinstance(value, torch.nn.Module):
            self._class(type(value), depth)
            held = {n: v for n, v in vars(value).items() if n not in INTERNAL and not (n[0] == "_" and not v)}
            self._all([*(vars(value)[group] for group in GROUPS), held], depth)
        elif isinstance(getattr(value, "__dict__", None), dict) and not hasattr(type(value), "__slots__"):
            self._class(type(value), depth)
            self.feed(vars(value), depth + 1)
        else:
            raise Undigestible(type(value).__name__)

    def _function(self, function: FunctionType, depth: int) -> None:
        if self._source(function):
            return
        cells = []
        for cell in function.__closure__ or ():
            try:
                cells.append(cell.cell_contents)
            except ValueError:  # not assigned yet
                cells.append(None)
        names = sorted(set(_global_names(function.__code__)) & set(function.__globals__))
        used = {name: function.__globals__[name] for name in names}
        held = [function.__qualname__, function.__code__.co_code, function.__defaults__]
        self._all([*held, function.__kwdefaults__, cells, used, vars(function)], depth)

    def _class(self, kind: type, depth: int) -> None:
        self._say(f"{kind.__module__}.{kind.__qualname__}")
        if kind in self.classes:
            return
        self.classes.add(kind)
        for one in kind.__mro__:
            if one is object or self._source(one):
                continue
            for name, item in sorted(vars(one).items()):
                plain = item.__func__ if isinstance(item, (staticmethod, classmethod)) else item
                plain = plain.fget if isinstance(plain, property) else plain
                if not name.startswith("__") or isinstance(plain, FunctionType):
                    self._member(name, plain, depth)

    def _member(self, name: str, item: Any, depth: int) -> None:
        self._say(name)
        if isinstance(item, (FunctionType, *PLAIN)) or not hasattr(type(item), "__get__"):
            self.feed(item, depth + 1)

    def _source(self, thing: Any) -> bool:
        """Feeds the version of a library (True), or the source file of a user's function or class."""
        top = (thing.__module__ or "").partition(".")[0]
        if top in LIBRARIES or (top in sys.stdlib_module_names and top != "__main__"):
            version = getattr(sys.modules.get(top), "__version__", sys.version)
            self._say(f"{thing.__module__}.{thing.__qualname__} {version}")
            return True
        try:
            file = inspect.getsourcefile(thing)
        except TypeError as error:
            raise Undigestible(str(thing)) from error
        if file is None or not Path(file).is_file():
            raise Undigestible(f"no source of {thing!r}")
        self._say(hashlib.sha256(Path(file).read_bytes()).hexdigest())
        return False

    def _tensor(self, tensor: Any) -> None:
        import torch

        if tensor.layout != torch.strided or tensor.is_meta:
            raise Undigestible("a tensor that is not dense")
        self._say(f"{tensor.dtype} {tuple(tensor.shape)}")
        plain = tensor.detach().to("cpu").contiguous().view(-1)
        self.digest.update(plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b"")

    def _array(self, array: Any) -> None:
        if array.dtype.hasobject:
            raise Undigestible("an array of objects")
        self._say(f"{array.dtype} {array.shape}")
        self.digest.update(np.ascontiguousarray(array).tobytes())

    def _all(self, values: Any, depth: int) -> None:
        self._say(str(len(values)))
        for value in values:
            self.feed(value, depth + 1)

    def _say(self, text: str) -> None:
        self.digest.update(f"{len(text)}:{text};".encode())


def _global_names(code: CodeType) -> Iterator[str]:
    """Names that a function's code, and the code of functions inside it, may look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)
