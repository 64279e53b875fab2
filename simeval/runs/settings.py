"""What one can choose about a run, and for each choice what it changes.

Every field is one of four kinds, and a test holds it to that:

- `identity`: what happens in an episode depends on it, so it is part of every episode's key;
- `policy`: as `identity`, for episodes that a learned policy drives; engine drivers do not know it;
- `selection`: says which episodes are planned; those that stay keep their keys;
- `runtime`: how the work is done or looked at; a stored episode stays valid when it changes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args, get_type_hints

import msgspec

from simeval.errors import UsageError, nearest, unknown_name
from simeval.runs.policy_settings import PolicySettings
from simeval.sim import SimSettings

__all__ = ["RunSettings", "kinds_of_fields", "settings_from"]

_identity = msgspec.Meta(extra={"changes": "identity"})
_selection = msgspec.Meta(extra={"changes": "selection"})
_runtime = msgspec.Meta(extra={"changes": "runtime"})

Traces: TypeAlias = Literal["all", "failed", "none"]
CHOICES = {
    "traces": get_args(Traces),
    "vehicle": get_args(get_type_hints(SimSettings)["vehicle"]),
    **{name: get_args(get_type_hints(PolicySettings)[name]) for name in ("device", "dtype")},
}
NESTED: dict[str, type[msgspec.Struct]] = {"sim": SimSettings, "policy": PolicySettings}


class RunSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings of a run, resolved; stored in its manifest with where each came from."""

    sim: Annotated[SimSettings, _identity] = SimSettings()
    policy: PolicySettings = PolicySettings()  # each of its fields says itself what it changes
    seeds: Annotated[int, msgspec.Meta(ge=1, le=1_000_000), _selection] = 1  # families with randomness only
    only: Annotated[tuple[str, ...], _selection] = ()  # scenario ids, globs or keys; empty: all
    batch_size: Annotated[int, msgspec.Meta(ge=1, le=4096), _runtime] = 32  # episodes a commit
    threads: Annotated[int, msgspec.Meta(ge=0, le=1024), _runtime] = (
        0  # of a process; 0: all processors there are
    )
    processes: Annotated[int, msgspec.Meta(ge=0, le=1024), _runtime] = 1  # 0: one for each processor
    profile: Annotated[str, _runtime] = "simeval-core"  # how measurements are judged
    traces: Annotated[Traces, _runtime] = "all"  # which trajectories are kept


def kinds_of_fields(settings: type[msgspec.Struct] = RunSettings) -> dict[str, str]:
    """Each field with its kind, nested ones as `sim.NAME`. A field that has none is missing here."""
    kinds: dict[str, str] = {}
    described = msgspec.inspect.type_info(settings)
    assert isinstance(described, msgspec.inspect.StructType)
    for field in described.fields:
        kind, inner = _kind(field), _without_meta(field)
        if isinstance(inner, msgspec.inspect.StructType):
            kinds |= {f"{field.name}.{f.name}": k for f in inner.fields if (k := kind or _kind(f))}
        elif kind:
            kinds[field.name] = kind
    return kinds


def _kind(field: msgspec.inspect.Field) -> str:
    extra = field.type.extra if isinstance(field.type, msgspec.inspect.Metadata) else None
    return str((extra or {}).get("changes", ""))


def _without_meta(field: msgspec.inspect.Field) -> msgspec.inspect.Type:
    return field.type.type if isinstance(field.type, msgspec.inspect.Metadata) else field.type


def settings_from(values: dict[str, Any]) -> RunSettings:
    """Settings from plain values; those of simulation and policies stand beside the others, not below.

    Raises:
        UsageError: for an unknown name (with the nearest) or a value that is out of range.
    """
    own = set(RunSettings.__struct_fields__) - set(NESTED)
    known = own.union(*(kind.__struct_fields__ for kind in NESTED.values()))
    for name in values:
        if name not in known:
            hint = nearest(name, sorted(known))
            raise UsageError(
                "settings", f"{name!r} is not a setting.", f"{hint}There are: {', '.join(sorted(known))}."
            )
    nested: dict[str, Any] = {k: v for k, v in values.items() if k in own}
    for group, kind in NESTED.items():
        nested[group] = {k: v for k, v in values.items() if k in kind.__struct_fields__}
    try:
        return msgspec.convert(nested, RunSettings)
    except msgspec.ValidationError as error:
        raise _refused(str(error), values) from None


def _refused(text: str, values: dict[str, Any]) -> UsageError:
    """What msgspec says of a value, in the words of the setting it is about."""
    what, _, path = text.partition(" - at `$.")
    name = path.strip("`").split(".")[-1].partition("[")[0]
    if name in CHOICES:
        return unknown_name(name, str(values[name]), CHOICES[name])
    what = what.partition(", got ")[0].replace("`", "").replace("Expected", "expected")
    return UsageError(name, f"{what}, got {values.get(name)!r}.", "`simeval run --help` says more.")
