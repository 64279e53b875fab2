"""What a policy's file says about itself: `simeval.json` inside it."""

from __future__ import annotations

import msgspec

from simeval.errors import InputError, UsageError
from simeval.policy.spec import PolicySpec

__all__ = ["KEY", "Facts", "MemoryShape", "read_facts", "write_facts"]

KEY = "simeval.json"
LONGEST = 100_000  # bytes
MISSING = (
    "the file says nothing about what it observes and returns; taken are the defaults of PolicySpec "
    "(simeval.policy.export writes it into the file)"
)


class MemoryShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A memory tensor of one row: its shape without axis 0, and its dtype."""

    shape: list[int]
    dtype: str = "float32"


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Content of `simeval.json`."""

    format: int = 1
    spec: PolicySpec = PolicySpec()
    memory: dict[str, MemoryShape] = {}


def write_facts(facts: Facts) -> str:
    """As JSON."""
    return msgspec.json.encode(facts).decode()


def read_facts(text: str | bytes | None, where: str) -> tuple[Facts, tuple[str, ...]]:
    """The facts, and what to tell the user if there are none.

    Raises:
        InputError: they make no sense, or are of a later format.
    """
    if not text:
        return Facts(), (f"{where}: {MISSING}",)
    if len(text) > LONGEST:
        raise InputError(f"{where}: {KEY}", f"is longer than {LONGEST} bytes.", "Export it again.")
    try:
        facts = msgspec.json.decode(text, type=Facts)
    except (msgspec.MsgspecError, UsageError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(f"{where}: {KEY}", f"cannot be read: {error}", "Export the policy again.") from error
    if facts.format != 1:
        raise InputError(f"{where}: {KEY}", f"has format {facts.format}, 1 is read.", "Update simeval.")
    return facts, ()
