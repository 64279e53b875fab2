"""How well failures are called by their name: precision and recall of every failure mode.

    python benchmarks/taxonomy.py                   # held-out seeds, then the drives labelled by hand
    python benchmarks/taxonomy.py --half tuning     # the seeds that the rules were written with
    python benchmarks/taxonomy.py --modes contact   # only modes with this in their name

Each mode is driven on demand 20 times with drawn parameters, and 10 times nearly so. Exit code 1 where a
mode of the held-out half is below 95 %, the drives labelled by hand are called right in less than 85 %, or
more than 5 % are unclassified.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "taxonomy"))

from judging_labelled import labelled_answers  # noqa: E402
from validating import HELD_OUT, MODES, TUNING, answers, is_right, table  # noqa: E402

LEAST, LEAST_LABELLED, MOST_UNCLASSIFIED = 0.95, 0.85, 0.05


def show(title, found):
    """Prints one line a mode and what was called otherwise."""
    print(f"\n{title}")
    print(f"{'mode':32s} {'drives':>6s} {'near':>5s} {'recall':>7s} {'precision':>9s}  called otherwise")
    lines = table(found)
    for line in lines:
        other = ", ".join(f"{name or 'pass'} {n}" for name, n in line.called.most_common())
        rates = f"{line.recall:7.1%} {line.precision:9.1%}"
        print(f"{line.mode:32s} {line.positives:6d} {line.negatives:5d} {rates}  {other}")
    wrong = [a for a in found if not is_right(a)]
    lost = sum(a.said == "unclassified" for a in found) / len(found)
    print(f"{len(found) - len(wrong)} of {len(found)} called right, unclassified {lost:.1%}")
    for a in wrong:
        near = "near " if a.near else ""
        print(f"  {near}{a.tested}, seed {a.seed}: said {a.said or 'pass'}, is {a.truth or 'pass'}")
    return lines, 1.0 - len(wrong) / len(found), lost


def main():
    """Runs both validations."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=("held-out", "tuning"), default="held-out")
    parser.add_argument("--modes", default="", help="part of a mode's name")
    parser.add_argument("--drives", type=int, default=20)
    args = parser.parse_args()
    modes = [m for m in MODES if args.modes in m]
    half = HELD_OUT if args.half == "held-out" else TUNING
    found = answers(modes, half, args.drives, (args.drives + 1) // 2)
    lines, _, lost = show(f"Driven on demand, {args.half} seeds", found)
    good = all(min(line.recall, line.precision) >= LEAST for line in lines) and lost <= MOST_UNCLASSIFIED
    _, share, lost = show("Learned and naive drivers, labelled by hand", labelled_answers())
    good = good and share >= LEAST_LABELLED and lost <= MOST_UNCLASSIFIED
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
