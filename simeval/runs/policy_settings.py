"""How learned policies compute and what they may cost. Reading this needs no torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from simeval.errors import UsageError

if TYPE_CHECKING:
    from simeval.policy.runtime import Runtime

__all__ = ["PolicySettings"]

_policy = msgspec.Meta(extra={"changes": "policy"})
_runtime = msgspec.Meta(extra={"changes": "runtime"})

RUNTIME = ("device", "dtype", "compile", "exact", "compact")
MEMORY_SHARE = 0.75  # of memory, for the processes of a policy together, where nothing else is said
LONG_CALL = 10.0  # construction and the first call may take this many times as long as a call


class PolicySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of learned policies; the first five are those of `simeval.policy.runtime.Runtime`.

    policy_timeout_s: longest call of a policy [s]; construction and the first call get ten times that.
    policy_memory_gib: most memory of a policy's process and its children [GiB]; 0: three quarters of
        what this process may use.
    isolate: each policy gets a process of its own; without it, it runs in this one, where a crash takes
        the run with it and nothing can be stopped.
    trust_policy_code: loads files that can run code when they are loaded.
    """

    device: Annotated[Literal["auto", "cpu", "cuda"], _policy] = "auto"
    dtype: Annotated[Literal["float32", "float64", "bfloat16"], _policy] = "float32"
    compile: Annotated[bool, _policy] = False
    exact: Annotated[bool, _policy] = False
    compact: Annotated[bool, _policy] = False
    policy_timeout_s: Annotated[float, _runtime] = 30.0
    policy_memory_gib: Annotated[float, _runtime] = 0.0
    isolate: Annotated[bool, _runtime] = True
    trust_policy_code: Annotated[bool, _runtime] = False

    def __post_init__(self) -> None:
        if self.exact and self.compact:
            raise UsageError("--exact --compact", "exclude each other.", "Choose one.")
        if not 0.0 < self.policy_timeout_s < math.inf:
            raise UsageError("policy_timeout_s", f"expected a time > 0 s, got {self.policy_timeout_s}.")
        if not 0.0 <= self.policy_memory_gib < math.inf:
            raise UsageError("policy_memory_gib", f"expected a size >= 0 GiB, got {self.policy_memory_gib}.")

    def runtime(self) -> Runtime:
        """Where and how a policy computes."""
        from simeval.policy.runtime import Runtime

        return Runtime(**{name: getattr(self, name) for name in RUNTIME})
