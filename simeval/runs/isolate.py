"""Finds the episodes that a policy fails in, and lets all others have the results they would have had.

An attempt at a batch that fails as a whole is repeated in halves: rows that are absent stay as padding, so
that the shape of the batch, and with it every bit of the other rows, is the same. A guilty row ends up
alone; it is driven once more, to the step at which it failed, so that there is a trace up to there.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from simeval.policy.faults import Fault
from simeval.runs.attempts import Attempt, Failure

__all__ = ["GIVEN_UP", "Isolation", "Patience"]

Result = TypeVar("Result")
Rows = tuple[int, ...]

COSTLY = {"timeout": 3, "crash": 8, "out_of_memory": 8}
"""Faults that take a process with them, and how many in a row are tried."""
GIVEN_UP = "not tried any more"
MOST_REPLAYS = 2


@dataclass
class Patience:
    """How many costly failures in a row a policy is allowed; kept from one batch to the next.

    Failures of single episodes count, and of whole batches while no call ever came back.
    """

    strikes: int = 0
    last: Fault | None = None
    is_over: bool = False

    def succeeded(self) -> None:
        """Something was driven to its end."""
        self.strikes, self.last = 0, None

    def failed(self, failure: Failure, *, alone: bool) -> None:
        """An attempt failed."""
        if failure.fault.kind in COSTLY and (alone or failure.first_call):
            self.strikes, self.last = self.strikes + 1, failure.fault

    @property
    def is_exhausted(self) -> bool:
        """Whether to stop trying one episode after the other."""
        return self.last is not None and self.strikes >= COSTLY[self.last.kind]

    def verdict(self) -> Fault:
        """The fault of the episodes that are not tried any more."""
        assert self.last is not None
        told = f"{GIVEN_UP}, after failures in a row: {self.last.message}"
        return replace(self.last, step=0, message=told, trace="")

    @staticmethod
    def after(rows: Sequence[Mapping[str, Any]]) -> Patience:
        """The patience that is left after finished episodes, rows of `episodes` in plan order."""
        patience = Patience()
        for row in rows:
            kind, message = row["error_type"], row["error_message"] or ""
            if kind not in COSTLY:
                patience.succeeded()
                continue
            if not patience.is_over:
                patience.is_over = message.startswith(GIVEN_UP)
                patience.strikes += not patience.is_over
                told = message.partition("in a row: ")[2] if patience.is_over else message
                by_traffic = "traffic" if row.get("ending") == "traffic_error" else ""
                patience.last = Fault(kind=kind, step=0, message=told, traffic=by_traffic)
        return patience


@dataclass
class Isolation(Generic[Result]):
    """Drives one batch, however its policy behaves.

    attempt: one go at the batch.
    patience: of this policy.
    is_smaller: whether a batch of fewer rows has a smaller shape.
    note: says one thing to the person who waits.
    """

    attempt: Callable[[Attempt], dict[int, Result] | Failure]
    patience: Patience
    is_smaller: Callable[[int, int], bool] = lambda few, many: few < many
    note: Callable[[str], None] = lambda message: None
    tries: Counter[int] = field(default_factory=Counter)  # attempts that a row took part in
    _todo: deque[tuple[Rows, Rows]] = field(default_factory=deque)  # members, present; in row order
    _found: dict[int, Result | Fault] = field(default_factory=dict)

    def run(self, members: Rows) -> dict[int, Result | Fault]:
        """What became of each row: a result, or, where nothing could be driven, a fault."""
        self._todo.append((members, members))
        while self._todo:
            members, present = self._todo.popleft()
            if self.patience.is_over:
                self._found |= dict.fromkeys(present, self.patience.verdict())
            else:
                self._go(members, present)
        return self._found

    def _go(self, members: Rows, present: Rows) -> None:
        is_last = self.patience.is_exhausted
        if is_last:  # everything that is left, at once: the failures may be neighbours by chance
            present = self._rest(members, present)
        failure = self._try(Attempt(members=members, present=present))
        if failure is None:
            return
        if is_last:
            self.patience.is_over = True
            self._todo.appendleft((members, present))
        else:
            self._after(failure, members, present)

    def _rest(self, members: Rows, present: Rows) -> Rows:
        same = [group for group in self._todo if group[0] == members]
        self._todo = deque(group for group in self._todo if group[0] != members)
        return present + tuple(row for _, rows in same for row in rows)

    def _after(self, failure: Failure, members: Rows, present: Rows) -> None:
        if failure.everywhere:
            self._found |= dict.fromkeys(present, failure.fault.at(0))
            return
        self.patience.failed(failure, alone=len(present) == 1)
        if len(present) == 1:
            self._found[present[0]] = self._replayed(members, present[0], failure.fault)
        elif failure.fault.kind == "out_of_memory" and present == members:
            self._with_less_memory(members)
        else:
            middle = len(present) // 2
            self._todo.extendleft([(members, present[middle:]), (members, present[:middle])])

    def _replayed(self, members: Rows, row: int, fault: Fault) -> Result | Fault:
        """The guilty row alone up to its fault. One that fails earlier this time ends there."""
        for _ in range(MOST_REPLAYS):
            if fault.step <= 0:
                break
            got = self._ask(Attempt(members=members, present=(row,), stops={row: fault}))
            if not isinstance(got, Failure):
                return got[row]
            fault = got.fault
        return fault.at(0)

    def _with_less_memory(self, members: Rows) -> None:
        """One row may be to blame, or the size of the batch. If both halves fail in the full shape, the
        batch is cut in two for good, where that makes it smaller."""
        middle = len(members) // 2
        parts = (members[:middle], members[middle:])
        tried = [(part, self._try(Attempt(members=members, present=part))) for part in parts]
        failed = [(part, failure) for part, failure in tried if failure is not None]
        if len(failed) == 2 and self.is_smaller(len(parts[1]), len(members)):
            self.note(
                f"out of memory with {len(members)} episodes at once: they run as {len(parts[0])} and "
                f"{len(parts[1])}; the last bits of their results depend on that."
            )
            self._todo.extendleft([(part, part) for part in reversed(parts)])
            return
        for part, failure in reversed(failed):
            self._after(failure, members, part)

    def _try(self, attempt: Attempt) -> Failure | None:
        got = self._ask(attempt)
        if isinstance(got, Failure):
            return got
        self.patience.succeeded()
        self._found |= got
        return None

    def _ask(self, attempt: Attempt) -> dict[int, Result] | Failure:
        self.tries.update(attempt.present)
        return self.attempt(attempt)
