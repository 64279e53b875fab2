import pytest

from simeval.metrics import EVENTS, METRICS, METRICS_VERSION, Reading, measure_episode, metric, registry
from simeval.metrics.registry import event_source
from simeval.metrics.worlds import straight_road


@pytest.fixture
def tables(monkeypatch):
    """A registry that a test may add to."""
    for name in ("METRICS", "EVENTS", "SERIES"):
        table = getattr(registry, name)
        before = dict(table)
        yield_back = (table, before)
        monkeypatch.setattr(registry, f"_test_{name}", yield_back, raising=False)
    yield
    for name in ("METRICS", "EVENTS", "SERIES"):
        table, before = getattr(registry, f"_test_{name}")
        table.clear()
        table.update(before)


def measured():
    made = straight_road(cars=[(0, 15), (30, 10)])
    return measure_episode(made.scenario, made.trace)


def test_a_metric_is_added_with_one_function(tables):
    @metric("top_speed_mps", unit="m/s", better="none")
    def top_speed(episode):
        """Highest speed of the ego."""
        return Reading(float(episode.ego_motion.speed.max()))

    assert METRICS["top_speed_mps"].doc == "Highest speed of the ego."
    assert measured().value("top_speed_mps") == pytest.approx(15.0)
    assert registry.version() != METRICS_VERSION


def test_two_metrics_of_one_name_are_refused(tables):
    with pytest.raises(ValueError, match=r"metric 'min_ttc_s' is registered twice\."):
        metric("min_ttc_s", unit="s", better="higher")(lambda episode: Reading(0.0))


def test_a_metric_that_raises_is_an_error_row_and_the_others_go_on(tables):
    @metric("broken", unit="1", better="none")
    def broken(episode):
        raise ZeroDivisionError("one over nothing")

    found = measured()
    row = found.measurement("broken")
    assert row.is_error
    assert (row.value, row.valid, row.reason) == (None, False, "error: ZeroDivisionError: one over nothing")
    assert found.value("duration_s") == 5.0


def test_a_metric_that_gives_nan_is_an_error_row(tables):
    metric("nothing", unit="1", better="none")(lambda episode: Reading(float("nan")))
    assert (
        measured().measurement("nothing").reason
        == "error: the metric gave nan, which is not a number to keep"
    )


def test_an_event_finder_that_raises_makes_its_metric_an_error_row(tables):
    @event_source("strange", defined_by="duration_s", value="by")
    def strange(episode):
        raise KeyError("no")

    row = measured().measurement("duration_s")
    assert row.reason == "error: event 'strange': KeyError: 'no'"


def test_every_event_is_defined_by_a_metric_and_has_only_the_details_it_declares():
    made = straight_road(cars=[(0, 20), (30, 5)], seconds=4, speed_limit=13.9, red_light_at=20.0)
    events = measure_episode(made.scenario, made.trace).events
    assert {"contact", "overspeed", "red_light", "ttc_low"} <= {e.event for e in events}
    for event in events:
        assert set(event.detail) <= set(EVENTS[event.event].detail)
        assert event.time_s == pytest.approx(event.step * 0.1)
    assert {kind.defined_by for kind in EVENTS.values()} <= set(METRICS)


def test_all_metrics_have_a_doc_line():
    assert all(entry.doc.endswith(".") for entry in METRICS.values())
    assert all(kind.doc.endswith(".") for kind in EVENTS.values())
