"""Runs metrics and their slow second implementations on the same scenes and counts what the scenes cover."""

from collections import Counter

from slow_view import UNSURE, View

from simeval.metrics import METRICS, Episode


def compare(name, slow, episode, view, counts, wrong, label):
    """Adds one scene of one metric to the counts; a disagreement to `wrong`."""
    row, want = METRICS[name].measure(episode), slow(view)
    counts["scenes"] += 1
    if row.is_error:
        wrong.append((label, name, row.reason))
    elif want is UNSURE:
        counts["unsure"] += 1
    elif want is None or row.value is None:
        counts["undefined"] += 1
        if want is not None or row.value is not None:
            wrong.append((label, name, row.value, row.reason, want))
    else:
        counts["defined"] += 1
        counts["nontrivial"] += row.value != trivial(name)
        counts["near"] += want.near
        if not want.low <= row.value <= want.high:
            wrong.append((label, name, row.value, row.step_of_extreme, row.agent, want))


def trivial(name):
    """The value that says nothing happened."""
    return 1.0 if METRICS[name].better == "higher" and METRICS[name].unit == "1" else 0.0


def episode_of(made):
    return Episode(scenario=made.scenario, trace=made.trace, companions=made.companions)


def run(table, scene, pool, tune, each):
    """Counts by metric: `pool` scenes for all of `table` and, where `tune(name, seed)` makes one, `each` more
    near a threshold of each metric."""
    counts, wrong = {name: Counter() for name in table}, []
    for seed in range(pool):
        made = scene(seed)
        episode, view = episode_of(made), View(made)
        for name, slow in table.items():
            compare(name, slow, episode, view, counts[name], wrong, seed)
    for name, slow in table.items():
        found, seed = 0, 0
        while found < each and seed < 20 * each:
            made = tune(name, seed)
            seed += 1
            if made is not None:
                found += 1
                episode = episode_of(made)
                compare(name, slow, episode, View(made), counts[name], wrong, f"tuned {seed - 1}")
    assert not wrong, "\n".join(map(str, wrong[:20]))
    return counts


def covered(counts, *, scenes, nontrivial, near=0):
    """All that asks for these counts; few scenes may rest on rounding."""
    for name, c in counts.items():
        print(
            f"| {name} | {c['scenes']} | {c['defined']} | {c['nontrivial']} | {c['near']} | {c['unsure']} |"
        )
    for name, c in counts.items():
        assert c["scenes"] >= scenes, (name, c)
        assert c["nontrivial"] >= nontrivial, (name, c)
        assert c["near"] >= near, (name, c)
        assert c["unsure"] <= 0.05 * c["scenes"], (name, c)
