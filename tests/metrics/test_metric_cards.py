import pytest

from simeval.errors import InputError, UsageError
from simeval.metrics import METRICS, measure_episode
from simeval.metrics.cards import _read, load_card, load_cards


def test_every_metric_has_a_card_and_every_card_a_metric():
    assert sorted(load_cards()) == sorted(METRICS)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_card_agrees_with_the_registry(name):
    card, entry = load_card(name), METRICS[name]
    assert (card.metric, card.unit, card.better) == (name, entry.unit, entry.better)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_cards_example_gives_its_value(name):
    example = load_card(name).example
    world = example.world()
    measured = measure_episode(world.scenario, world.trace, wanted=[name], companions=world.companions)
    assert measured.value(name) == pytest.approx(example.value, abs=1e-6)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_metrics_name_ends_with_its_unit(name):
    endings = {"m": "_m", "s": "_s", "m/s": "_mps", "m/s^2": "_mps2"}
    assert name.endswith(endings.get(METRICS[name].unit, ""))


def test_an_unknown_metric_has_no_card_and_the_nearest_is_named():
    with pytest.raises(UsageError, match=r"metric 'min_tcc_s' is not known\. Did you mean 'min_ttc_s'\?"):
        load_card("min_tcc_s")


def test_a_card_without_its_fields_is_refused(tmp_path):
    path = tmp_path / "min_gap_m.toml"
    path.write_text('metric = "min_gap_m"\n')
    with pytest.raises(InputError, match=r"metrics/cards/min_gap_m\.toml: .*missing required field"):
        _read(path)
