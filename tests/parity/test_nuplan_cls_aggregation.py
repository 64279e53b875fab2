"""Every case of nuplan_cls_aggregation: nuPlan's closed-loop score and its tables over scenarios."""

from nuplan_inputs import report

from simeval.metrics.nuplan.aggregate import MULTIPLIERS, WEIGHTS, aggregate, closed_loop_score

TOLERANCE = 1e-12


def test_scores_of_scenarios_agree_with_nuplan(cases):
    found = [(i, closed_loop_score(c["scores"]), c["score"]) for i, c in enumerate(cases["scenario_cases"])]
    report([row for row in found if abs(row[1] - row[2]) > TOLERANCE])
    assert found


def test_tables_over_scenarios_agree_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["multi_scenario_cases"]):
        scenarios = {name: (s["scenario_type"], s["scores"]) for name, s in case["scenarios"].items()}
        rows, final = aggregate(scenarios)
        for name, row in (*case["type_rows"].items(), ("final", case["final_row"])):
            ours = final if name == "final" else rows[name]
            wrong += [(i, name, k, ours.get(k), v) for k, v in row.items() if abs(ours[k] - v) > TOLERANCE]
        for name, score in case["scenario_scores"].items():
            if abs(closed_loop_score(scenarios[name][1]) - score) > TOLERANCE:
                wrong.append((i, name))
    report(wrong)


def test_weights_and_multipliers_are_those_of_the_configuration_that_ran(cases):
    meta = cases["meta"]
    assert dict(meta["weights"]) == WEIGHTS | {"default": 1.0}
    assert set(meta["multiple_metrics"]) == set(MULTIPLIERS)
