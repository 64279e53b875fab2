"""Who moves whom: the rules of `--traffic`, such as `vehicle=idm,pedestrian=replay`.

A rule is `SELECTOR=MODEL`, or a model alone; of several that fit an agent the last one holds. Rules are kept
in one canonical form, so that two ways of saying the same thing give episodes the same keys.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import NamedTuple

from simeval.errors import UsageError, unknown_name
from simeval.scenario import AgentKind, Controller, Driver, Scenario
from simeval.sim.traffic_selectors import BY_ID, SELECTORS, kinds_of_selector, shortest

__all__ = [
    "DEFAULT", "MODELS", "Model", "Rule", "canonical", "draws_drivers", "driver_of", "is_drawn",
    "parse_rules", "policies_in", "policy_of", "rule_for",
]  # fmt: skip

DEFAULT = "idm"
POLICY = "policy:"  # before the reference of a policy
VEHICLES = frozenset(k for k in AgentKind if k.is_vehicle)
EVERYONE = frozenset(AgentKind)
WALKERS, CYCLISTS = frozenset([AgentKind.PEDESTRIAN]), frozenset([AgentKind.CYCLIST])
DRAWN = ":drawn"  # behind a model whose drivers differ
DIFFER = ("idm", "reactive-replay", "mobil")


class Model(NamedTuple):
    """What a rule may name."""

    driver: Driver
    kinds: frozenset[AgentKind]  # whom it can drive
    alone: frozenset[AgentKind]  # whom it drives when it stands without a selector; others are replayed
    says: str


MODELS: dict[str, Model] = {
    "replay": Model(Driver.REPLAY, EVERYONE, EVERYONE, "moves as recorded; needs a log"),
    "idm": Model(
        Driver.IDM, VEHICLES | {AgentKind.CYCLIST}, VEHICLES, "keeps its distance on its recorded path"
    ),
    "reactive-replay": Model(
        Driver.REACTIVE_REPLAY, EVERYONE, VEHICLES, "moves as recorded until it would meet who did not"
    ),
    "idm-nuplan": Model(Driver.IDM_NUPLAN, VEHICLES, VEHICLES, "as nuPlan's reactive agents"),
    "idm-waymax": Model(
        Driver.IDM_WAYMAX, VEHICLES | {AgentKind.CYCLIST}, VEHICLES, "as Waymax's IDM sim agents"
    ),
    "mobil": Model(
        Driver.MOBIL, VEHICLES, VEHICLES, "as idm, and changes lanes where the map has them beside"
    ),
    "pedestrian": Model(
        Driver.PEDESTRIAN, WALKERS, WALKERS, "walks its recorded way, waits at roads, looks, crosses"
    ),
    "cyclist": Model(Driver.CYCLIST, CYCLISTS, CYCLISTS, "rides its recorded way, gives way at roads"),
}


POLICY_MODEL = Model(
    Driver.TRAFFIC_POLICY, VEHICLES | {AgentKind.CYCLIST}, VEHICLES, "a policy drives; REF as for --policy"
)


class Rule(NamedTuple):
    """One rule: for agents of some kinds, or for those whose id fits a pattern (`glob`)."""

    kinds: frozenset[AgentKind]
    glob: str  # empty: by kind
    model: str

    def fits(self, kind: AgentKind, name: str) -> bool:
        """Whether it speaks of an agent."""
        return _pattern(self.glob).fullmatch(name) is not None if self.glob else kind in self.kinds


@functools.cache
def _pattern(glob: str) -> re.Pattern[str]:
    """`*` and `?` match anything, all else stands for itself: ids may hold brackets."""
    return re.compile(re.escape(glob).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


@functools.lru_cache(maxsize=256)
def parse_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a text, in order, those of the default before them.

    Raises:
        UsageError: an unknown selector or model (with the nearest), a model that cannot drive a kind.
    """
    return tuple(rule for item in f"{DEFAULT},{text}".split(",") for rule in _rules_of(item.strip(), text))


def _rules_of(item: str, text: str) -> Iterable[Rule]:
    selector, equals, model = (part.strip() for part in item.partition("="))
    if selector.startswith(POLICY):  # alone; its reference may hold one
        selector, equals, model = item, "", ""
    if not item or (equals and not (selector and model)):
        what = f"{text!r}: a rule is empty." if not item else f"rule {item!r} lacks a side."
        raise UsageError("traffic", what, "Write rules like vehicle=idm,pedestrian=replay.")
    if not equals:
        found = _model(item)
        return [
            Rule(EVERYONE - found.alone, "", "replay"),
            Rule(found.alone, "", item),
        ]
    return [_selected(selector, model, item)]


def _selected(selector: str, model: str, item: str) -> Rule:
    found, by_id = _model(model), selector.startswith(BY_ID)
    if by_id:
        if selector == BY_ID:
            raise UsageError(
                "traffic", f"rule {item!r} names no agent.", "Write id:NAME; * and ? fit anything."
            )
        return Rule(frozenset(), selector.removeprefix(BY_ID), model)
    kinds = kinds_of_selector(selector)
    if beyond := kinds - found.kinds:
        raise UsageError("traffic", f"{item!r}: {cannot_drive(model, beyond)}", _instead(beyond))
    return Rule(kinds, "", model)


def cannot_drive(model: str, kinds: Iterable[AgentKind]) -> str:
    """What to say of a model and kinds that it does not drive."""
    drives = ", ".join(k.name.lower() for k in sorted(_model(model).kinds))
    return f"{model} drives {drives}; it cannot drive {', '.join(k.name.lower() for k in sorted(kinds))}."


def _instead(kinds: frozenset[AgentKind]) -> str:
    able = [name for name, model in MODELS.items() if kinds <= model.kinds]
    return f"For {', '.join(k.name.lower() for k in sorted(kinds))} there is {', '.join(able)}."


@functools.cache
def _model(name: str) -> Model:
    if name.removesuffix(DRAWN) in DIFFER and name.removesuffix(DRAWN) in MODELS:
        return MODELS[name.removesuffix(DRAWN)]
    if name in MODELS:
        return MODELS[name]
    if name.endswith(DRAWN) and name.removesuffix(DRAWN) in MODELS:
        what = f"{name.removesuffix(DRAWN)} has no drivers that differ."
        raise UsageError("traffic", what, f"Those of {', '.join(DIFFER)} do.")
    if name.startswith(POLICY) and name != POLICY:
        return POLICY_MODEL
    if name in SELECTORS or name.startswith(BY_ID):
        what = f"{name!r} says who, not what moves them."
        raise UsageError("traffic", what, f"Write {name}=MODEL; models: {', '.join(sorted(MODELS))}.")
    raise unknown_name("model", name, [*MODELS, f"{POLICY}REF"], where="traffic")


def rule_for(rules: tuple[Rule, ...], kind: AgentKind, name: str) -> Rule:
    """The rule that holds for an agent."""
    return _for_kind(rules, kind) or next(rule for rule in reversed(rules) if rule.fits(kind, name))


@functools.lru_cache(maxsize=1024)
def _for_kind(rules: tuple[Rule, ...], kind: AgentKind) -> Rule | None:
    """The rule that holds for everyone of a kind; None where ids matter."""
    if any(rule.glob for rule in rules):
        return None
    return next(rule for rule in reversed(rules) if rule.fits(kind, ""))


@functools.lru_cache(maxsize=8192)
def driver_of(text: str, kind: AgentKind, name: str) -> Driver:
    """Who moves an agent that the scenario leaves open.

    Raises:
        UsageError: a rule by id gives it a model that cannot drive its kind.
    """
    rule = rule_for(parse_rules(text), kind, name)
    if kind not in _model(rule.model).kinds:
        what = f"id:{rule.glob}={rule.model} fits {name!r}: {cannot_drive(rule.model, [kind])}"
        raise UsageError("traffic", what, _instead(frozenset([kind])))
    return _model(rule.model).driver


def policy_of(text: str, kind: AgentKind, name: str) -> str:
    """The reference of the policy that drives an agent; empty if none does."""
    model = rule_for(parse_rules(text), kind, name).model
    return model.removeprefix(POLICY) if model.startswith(POLICY) else ""


def policies_in(text: str) -> tuple[str, ...]:
    """The references of all policies that rules name, each once, in order."""
    models = (rule.model for rule in parse_rules(text))
    return tuple(dict.fromkeys(m.removeprefix(POLICY) for m in models if m.startswith(POLICY)))


def draws_drivers(text: str) -> bool:
    """Whether some rule asks for drivers that differ, so that seeds matter."""
    return any(rule.model.endswith(DRAWN) for rule in parse_rules(text))


def is_drawn(text: str, scenario: Scenario, agent: int) -> bool:
    """Whether the driver of an agent is drawn."""
    agents = scenario.agents
    if agents.controller[agent] != Controller.AUTO or not draws_drivers(text):
        return False
    return rule_for(parse_rules(text), agents.kind_of(agent), agents.ids[agent]).model.endswith(DRAWN)


def canonical(text: str) -> str:
    """The shortest text that means the same, always the same one for rules that mean the same.

    Raises:
        UsageError: as `parse_rules`.
    """
    blocks: list[tuple[dict[AgentKind, str], dict[str, str]]] = [({}, {})]
    for rule in parse_rules(text):
        if rule.glob:
            blocks[-1][1].pop(rule.glob, None)  # the later of two with one pattern
            blocks[-1][1][rule.glob] = rule.model
            continue
        if blocks[-1][1] and rule.kinds:
            blocks.append(({}, {}))
        for kinds, _ in blocks[:-1]:  # what is decided again later was never decided
            for kind in rule.kinds:
                kinds.pop(kind, None)
        blocks[-1][0].update(dict.fromkeys(rule.kinds, rule.model))
    whole = next((i for i in reversed(range(len(blocks))) if len(blocks[i][0]) == len(AgentKind)), 0)
    return _written(blocks[whole:])


def _written(blocks: list[tuple[dict[AgentKind, str], dict[str, str]]]) -> str:
    words: list[str] = []
    for number, (kinds, globs) in enumerate(blocks):
        words += _base(kinds, blocks) if number == 0 else shortest(kinds)
        words += [f"{BY_ID}{glob}={model}" for glob, model in globs.items()]
    return ",".join(words) or DEFAULT


def _base(
    kinds: dict[AgentKind, str], blocks: list[tuple[dict[AgentKind, str], dict[str, str]]]
) -> list[str]:
    """The first block: the model that comes nearest when it stands alone, then what differs from it."""
    later = {kind for others, _ in blocks[1:] for kind in others}
    best: tuple[int, list[str]] | None = None
    for name in sorted(MODELS, key=lambda n: n != DEFAULT):  # of equals the default, then in their order
        model = MODELS[name]
        means = {k: name if k in model.alone else "replay" for k in AgentKind}
        words = shortest({k: m for k, m in kinds.items() if means[k] != m and k not in later})
        if best is None or len(words) < best[0]:
            best = len(words), [name] * (name != DEFAULT) + words
    assert best is not None
    return best[1]
