"""How well failures are called by their name: precision and recall of every failure mode.

    python benchmarks/taxonomy.py                   # held-out seeds, then the drives labelled by hand
    python benchmarks/taxonomy.py --half tuning     # the seeds that the rules were written with
    python benchmarks/taxonomy.py --modes contact   # only scripted modes with this in their name
    python benchmarks/taxonomy.py --labelled        # only the drives labelled by hand

Each mode is driven on demand 20 times with drawn parameters, and 10 times nearly so. Four sets of drives
were labelled by hand: docs/taxonomy.md says by whom, and what the rules said of them at first sight. Exit
code 1 where a mode of the held-out half is below 95 %, a labelled set is called right in less than 85 %, or
more than 5 % of the failures are unclassified. Intervals are exact (Clopper and Pearson) and hold 95 %.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "taxonomy"))

from judging_labelled import first_answers, labelled_answers  # noqa: E402
from labelled_episodes import FOLDERS  # noqa: E402
from validating import HELD_OUT, MODES, TUNING, answers, is_right, share_unclassified, table  # noqa: E402

from simeval.statistics import clopper_pearson  # noqa: E402

LEAST, LEAST_LABELLED, MOST_UNCLASSIFIED = 0.95, 0.85, 0.05
TITLES = {
    "seen": "Labelled by hand, seen (rules were changed with these in view)",
    "blind": "Labelled by hand, blind (rules were changed with these in view)",
    "later": "Labelled by hand, later (rules were changed with these in view)",
    "fresh": "Labelled by hand, fresh (no rule was changed with these in view)",
}


def rate(hits, total):
    """A share with its exact interval."""
    if not total:
        return f"{'-':>19s}"
    found = clopper_pearson(hits, total)
    return f"{hits / total:7.1%} ({found.low:4.0%} - {found.high:4.0%})".rjust(19)


def show(title, found):
    """Prints one line a mode and what was called otherwise."""
    print(f"\n{title}")
    print(f"{'mode':32s} {'n':>4s} {'near':>5s} {'recall':>19s} {'precision':>19s}  called otherwise")
    lines = table(found)
    for line in sorted(lines, key=lambda line: line.mode):
        other = ", ".join(f"{name or 'pass'} {n}" for name, n in line.called.most_common())
        rates = f"{rate(line.hits, line.positives)} {rate(line.hits, line.said)}"
        print(f"{line.mode:32s} {line.positives:4d} {line.negatives:5d} {rates}  {other}")
    right, lost = sum(map(is_right, found)), share_unclassified(found)
    failures = sum(a.said is not None for a in found)
    print(f"{right} of {len(found)} called right:{rate(right, len(found))}")
    print(f"unclassified {lost:.1%} of {failures} failures")
    for a in found:
        if not is_right(a):
            near = "near " if a.near else ""
            print(f"  {near}{a.tested}, number {a.seed}: said {a.said or 'pass'}, is {a.truth or 'pass'}")
    return lines, right / len(found), lost


def labelled_are_good():
    """Shows the drives labelled by hand; whether all sets are called well enough, now and at first sight."""
    sets = [(TITLES[name], labelled_answers(name)) for name in FOLDERS]
    first = [a for name in FOLDERS for a in first_answers(name)]
    found = [show(*one) for one in [*sets, ("Labelled by hand, all that was said at first sight", first)]]
    return all(share >= LEAST_LABELLED and lost <= MOST_UNCLASSIFIED for _, share, lost in found)


def on_demand_is_good(args):
    """Drives modes on demand and shows how they are called; whether each is called well enough."""
    modes = [m for m in MODES if args.modes in m]
    half = HELD_OUT if args.half == "held-out" else TUNING
    found = answers(modes, half, args.drives, (args.drives + 1) // 2)
    lines, _, lost = show(f"Driven on demand, {args.half} seeds", found)
    return all(min(line.recall, line.precision) >= LEAST for line in lines) and lost <= MOST_UNCLASSIFIED


def main():
    """Runs both validations."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=("held-out", "tuning"), default="held-out")
    parser.add_argument("--modes", default="", help="part of a mode's name")
    parser.add_argument("--drives", type=int, default=20)
    parser.add_argument("--labelled", action="store_true", help="only the drives labelled by hand")
    args = parser.parse_args()
    good = args.labelled or on_demand_is_good(args)
    return 0 if labelled_are_good() and good else 1


if __name__ == "__main__":
    sys.exit(main())
