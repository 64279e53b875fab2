"""The table of evidence counts what there is, and the policy that comes with simeval meets its bar."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from simeval.judge import Verdict
from simeval.policy.bc_small import WEIGHTS, make
from simeval.train.draws import HELD_OUT, TRAIN, bundled_families, judged
from simeval.train.evaluate_clone import main
from simeval.train.held_out import HeldOut, compare

SCENARIOS = judged(bundled_families(["cut_in", "empty_road"]), HELD_OUT[:2])  # 2 of the fixed, 4 drawn


def verdicts(passes):
    return [
        Verdict(outcome="pass", total=0.5) if p else Verdict(outcome="fail", mode="road/left", total=0.0)
        for p in passes
    ]


def found(ours, theirs):
    told = {"bc-small": verdicts(ours), "constant-velocity": verdicts(theirs)}
    return HeldOut(scenarios=SCENARIOS, verdicts=told)


def test_counts_by_family_and_in_all():
    document = found([1, 1, 1, 1, 0, 1], [1, 1, 0, 0, 0, 0]).document()
    assert document["families"] == {
        "cut_in": {"planned": 4, "bc-small": 3, "constant-velocity": 0},
        "empty_road": {"planned": 2, "bc-small": 2, "constant-velocity": 2},
    }
    total = document["drivers"]["bc-small"]
    assert (total["passed"], total["planned"]) == (5, 6)
    assert total["low"] < 5 / 6 < total["high"]
    assert total["mean_score"] == pytest.approx(2.5 / 6, abs=1e-4)
    assert document["paired_p"] == pytest.approx(2 * 0.5**3)
    assert document["families_p"] == 1.0  # one family has a vote, and one vote is nothing
    assert document["failures"] == {SCENARIOS[4].id: "road/left"}


def test_the_table_says_the_same():
    table = found([1, 1, 1, 1, 0, 1], [1, 1, 0, 0, 0, 0]).table()
    assert "83.3 %" in table
    assert f"not passed by bc-small: {SCENARIOS[4].id} (road/left)" in table
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines()}
    assert rows["cut_in"] == ["4", "3", "0"]
    assert rows["all"] == ["6", "5", "2"]


def test_a_driver_that_only_brakes_gets_what_it_deserves():
    class Brake:
        spec = make().spec

        def init(self, num_rows, device):
            return None

        def act(self, observation, memory):
            return torch.tensor([[-6.0, 0.0]]).repeat(observation.num_rows, 1), None

    scenarios = judged(bundled_families(["empty_road", "curve_too_fast"]), HELD_OUT[:1])
    told = compare(scenarios, Brake(), "brake").document()
    assert told["drivers"]["brake"]["passed"] == 0
    assert set(told["failures"].values()) == {"progress/phantom_braking"}
    assert told["drivers"]["idm"]["passed"] == len(scenarios)
    assert told["drivers"]["constant-velocity"]["passed"] == 2


def command(*arguments):
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, arguments)


def test_the_command_prints_the_table():
    result = command("--seeds", "1", "--family", "cut_in", "--family", "slow_truck")
    assert result.exit_code == 0, result.output
    assert "pass rate" in result.output
    assert "bc-small against constant-velocity: p = 0.12" in result.output  # 4 of 4 against none


def test_the_command_says_what_it_cannot_do(tmp_path):
    for arguments, told in [
        (["--family", "cutin"], "cut_in"),
        (["--weights", str(tmp_path / "none.safetensors")], "holds no weights"),
        (["--seeds", "1", "--family", "empty_road", "--card", str(tmp_path / "card.json")], "record"),
    ]:
        result = command(*arguments)
        assert result.exit_code == 2
        assert told in result.output
    assert not (tmp_path / "card.json").exists()


def test_the_card_is_of_the_weights_that_come_with_simeval():
    card = json.loads(WEIGHTS.with_name("card.json").read_text())
    assert card["weights_sha256"] == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert card["parameters"] == sum(p.numel() for p in make().parameters())
    learned, held_out = range(*card["training"]["train_seeds"]), range(*card["held_out"]["seeds"])
    assert not set(learned) & set(held_out)
    assert set(learned) <= set(TRAIN)
    assert set(held_out) <= set(HELD_OUT)
    assert card["held_out"]["drivers"]["bc-small"]["rate"] >= 0.8
    assert card["held_out"]["paired_p"] < 0.01


def test_the_document_gives_the_figures_of_the_card():
    card = json.loads(WEIGHTS.with_name("card.json").read_text())
    text = (Path(__file__).parents[2] / "docs" / "bc-small.md").read_text()
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}
    families = card["held_out"]["families"]
    assert {name: rows[name] for name in families} == {
        name: [str(count) for count in row.values()] for name, row in families.items()
    }
    totals = card["held_out"]["drivers"]
    assert rows["all"][1:] == [str(driver["passed"]) for driver in totals.values()]
    assert f"{card['parameters']:,}" in text
    assert f"{card['training']['iterations'][-1]['samples']:,}" in text


@pytest.mark.slow
def test_on_held_out_draws_it_passes_four_of_five_and_more_than_constant_velocity():
    held_out = compare(judged(bundled_families(), HELD_OUT[:3]), make())
    document = held_out.document()
    assert document["drivers"]["bc-small"]["rate"] >= 0.8, held_out.table()
    assert document["paired_p"] < 0.01
    assert document["families_p"] < 0.01
