"""What must hold of an episode; a violation says what was measured, where the limit is, and when."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import TracebackType
from typing import Any

from simeval.errors import unknown_name
from simeval.metrics import EVENTS, METRICS
from simeval.scenario import Ending
from simeval.testing.messages import event_line, verdict_lines
from simeval.testing.playing import Episode

__all__ = ["Comparison", "Expectation", "expect"]

MOST_EVENTS = 5
ENDINGS = tuple(e.name.lower() for e in Ending if e is not Ending.RUNNING)


def expect(episode: Episode) -> Expectation:
    """What must hold of an episode.

    Each call raises AssertionError as soon as something does not hold. As a context manager,
    `with expect(episode) as the:`, everything that does not hold inside is told together at the end.
    """
    return Expectation(episode)


class Expectation:
    """See `expect`. Every method returns the expectation, so that calls can be chained."""

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self._violations: list[str] | None = None

    def __enter__(self) -> Expectation:
        self._violations = []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        violations, self._violations = self._violations, None
        if violations and kind is None:
            raise AssertionError(self._told(violations))

    def no(self, event: str) -> Expectation:
        """No event of this name happened.

        Raises:
            UsageError: there is no event of this name; the message has the nearest.
        """
        __tracebackhide__ = True
        if event not in EVENTS:
            raise unknown_name("event", event, EVENTS)
        found = [e for e in self.episode.events if e.event == event]
        lines = [event_line({f: getattr(e, f) for f in e.__struct_fields__}) for e in found[:MOST_EVENTS]]
        lines += [f"  … and {len(found) - MOST_EVENTS} more"] if len(found) > MOST_EVENTS else []
        return self._check(not found, "\n".join([f"no {event!r} expected, {len(found)} happened", *lines]))

    def ends(self, *endings: str) -> Expectation:
        """The episode ended in one of these ways.

        Raises:
            UsageError: there is no such ending; the message has the nearest.
        """
        __tracebackhide__ = True
        for ending in endings:
            if ending not in ENDINGS:
                raise unknown_name("ending", ending, ENDINGS)
        now = self.episode.ending
        detail = f" ({self.episode.trace.ending_detail})" if self.episode.trace.ending_detail else ""
        said = (
            f"ends by {now}{detail} at {self.episode.trace.duration:.1f} s, expected {' or '.join(endings)}"
        )
        return self._check(now in endings, said)

    def passes(self) -> Expectation:
        """No failure rule of the profile fired, and none that is required is undecided."""
        __tracebackhide__ = True
        lines = verdict_lines(self.episode.verdict)
        return self._check(self.episode.outcome == "pass", "\n".join(["expected to pass", *lines]))

    def fails(self, mode: str | None = None) -> Expectation:
        """The episode failed (in this mode, or by this rule of the profile): a scenario is as hard as it is
        meant to be."""
        __tracebackhide__ = True
        holds = self.episode.outcome == "fail" and mode in (
            None,
            self.episode.mode,
            self.episode.verdict.rule,
        )
        wanted = f"expected to fail{f' by {mode}' if mode else ''}"
        return self._check(holds, "\n".join([wanted, *verdict_lines(self.episode.verdict)]))

    def metric(self, name: str, *, missing_ok: bool = False) -> Comparison:
        """The value of a metric, to be compared: `expect(episode).metric("min_ttc_s") >= 1.0`.

        A value that is undefined, such as the gap to nobody, holds in no comparison unless `missing_ok`.

        Raises:
            UsageError: there is no metric of this name; the message has the nearest.
        """
        if name not in METRICS:
            raise unknown_name("metric", name, METRICS)
        return Comparison(self, name, missing_ok=missing_ok)

    def _check(self, holds: bool, said: str) -> Expectation:
        __tracebackhide__ = True
        if not holds:
            if self._violations is None:
                raise AssertionError(self._told([said]))
            self._violations.append(said)
        return self

    def _told(self, violations: list[str]) -> str:
        e = self.episode
        lines = [*violations, "", f"{e.scenario.id} · {e.policy}"]
        lines += [f"fault      {e.error[0]}: {e.error[1]}", *_indented(e.error[2])] if e.error else []
        lines += [f"reproduce  {e.reproduce}"] if e.reproduce else []
        return "\n".join(lines)


class Comparison:
    """A metric of an episode, waiting for a limit. Each comparison checks, and gives True."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expectation: Expectation, name: str, *, missing_ok: bool) -> None:
        self._expectation, self._name, self._missing_ok = expectation, name, missing_ok

    def __ge__(self, limit: float) -> bool:
        __tracebackhide__ = True
        return self._compare(operator.ge, ">=", limit)

    def __gt__(self, limit: float) -> bool:
        __tracebackhide__ = True
        return self._compare(operator.gt, ">", limit)

    def __le__(self, limit: float) -> bool:
        __tracebackhide__ = True
        return self._compare(operator.le, "<=", limit)

    def __lt__(self, limit: float) -> bool:
        __tracebackhide__ = True
        return self._compare(operator.lt, "<", limit)

    def __eq__(self, limit: object) -> bool:
        __tracebackhide__ = True
        return self._compare(operator.eq, "==", limit)

    def __ne__(self, limit: object) -> bool:
        __tracebackhide__ = True
        return self._compare(operator.ne, "!=", limit)

    def __bool__(self) -> bool:
        raise TypeError(f"metric({self._name!r}) is compared to something: `... >= 1.0`")

    def _compare(self, holds: Callable[[Any, Any], bool], sign: str, limit: Any) -> bool:
        __tracebackhide__ = True
        found = self._expectation.episode.metrics[self._name]
        unit = "" if found.unit in ("", "1") else f" {found.unit}"
        wanted = f"{self._name} {sign} {limit}{unit}"
        if found.value is None:
            ok = self._missing_ok and not found.is_error
            self._expectation._check(ok, f"{wanted} cannot be told: {found.reason}")
            return True
        said = f"{wanted} does not hold: {found.value:.4g}{unit}{self._where()}"
        self._expectation._check(bool(holds(found.value, limit)), said)
        return True

    def _where(self) -> str:
        found = self._expectation.episode.metrics[self._name]
        trace = self._expectation.episode.trace
        when = "" if found.step_of_extreme is None else f" at {found.step_of_extreme * trace.dt:.1f} s"
        return when + (f" with {found.agent}" if found.agent else "")


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
