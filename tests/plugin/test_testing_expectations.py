"""`simulate` and `expect`, for tests of one's own."""

import pytest
import torch
from plugin_files import STANDING, family, write_suite

from simeval.errors import InputError, UsageError
from simeval.testing import expect, simulate


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_suite(
        tmp_path_factory.mktemp("own"),
        blocked=family("blocked", (10.0, 24.0), agents=STANDING),
        free=family("free", (12.0,)),
    )


@pytest.fixture(scope="module")
def crash(folder):
    return simulate(folder / "blocked.toml", "constant-velocity", end_on=("contact",))


@pytest.fixture(scope="module")
def free(folder):
    return simulate(f"{folder}/free.toml", "idm")


def keep_speed(observation):
    return torch.zeros(len(observation.active), 2)


def test_scenarios_are_found_by_id_file_and_item(folder, crash):
    assert crash.scenario.id == "roads/blocked"
    by_item = simulate(f"{folder}/blocked.toml::blocked[speed_mps-24.0]-s0", "constant-velocity")
    assert by_item.scenario.id == "roads/blocked[speed_mps-24.0]"
    assert simulate(by_item.scenario, "constant-velocity").trace.num_steps == by_item.trace.num_steps
    bundled = simulate("highway/lead_brakes[gap_m-25.0]", "constant-velocity", horizon_s=6.0)
    assert bundled.mode == "contact/rear_end" and bundled.ending == "contact"
    drawn = simulate("highway/lead_brakes", "constant-velocity", seed=2, horizon_s=1.0)
    assert drawn.scenario.id.startswith("highway/lead_brakes[decel_mps2-")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("highway/lead_brake", "'highway/lead_brake' is not known. Did you mean 'highway/lead_brakes'"),
        ("lead_brakes", "is not a scenario"),
        ("none/there.toml", "there is no such file"),
        ("highway/lead_brakes[gap_m-26.0]", "It has lead_brakes[gap_m-25.0], lead_brakes"),
    ],
)
def test_what_is_not_found_is_told(given, said):
    with pytest.raises((UsageError, InputError)) as raised:
        simulate(given, "idm")
    assert said in str(raised.value)


def test_settings_that_mean_nothing_here_are_refused(folder):
    with pytest.raises(UsageError, match=r"'horizon' is not a setting of it. Did you mean 'horizon_s'"):
        simulate(folder / "free.toml", "idm", horizon=1.0)
    with pytest.raises(UsageError, match=r"'isolate'"):
        simulate(folder / "free.toml", "idm", isolate=True)


def test_a_live_function_drives(folder, crash):
    driven = simulate(folder / "blocked.toml", keep_speed)
    assert driven.policy == "keep_speed" and driven.reproduce == ""
    assert driven.mode == crash.mode == "contact/standing_vehicle"


def test_a_policy_at_fault_ends_its_episode(folder):
    def broken(observation):
        if float(observation.time_s[0]) > 0.45:
            raise ValueError("lost my way")
        return keep_speed(observation)

    driven = simulate(folder / "free.toml", broken)
    assert (driven.outcome, driven.ending, driven.trace.num_steps) == ("policy_fault", "policy_error", 6)
    with pytest.raises(AssertionError, match=r"(?s)ValueError: lost my way.*in broken: raise"):
        expect(driven).passes()


def test_what_holds_says_nothing_and_can_be_chained(free):
    assert expect(free).no("contact").no("off_road").ends("horizon", "route_end").passes().episode is free
    assert expect(free).metric("duration_s") <= 30.0
    assert expect(free).metric("route_progress_m") > 1.0
    assert expect(free).metric("contacts") == 0.0
    assert expect(free).metric("min_gap_m", missing_ok=True) >= 1.0


def test_a_violation_says_value_limit_time_and_reproduction(crash, folder):
    with pytest.raises(AssertionError) as raised:
        expect(crash).metric("min_ttc_s") >= 1.0  # noqa: B015
    told = str(raised.value)
    assert told.startswith("min_ttc_s >= 1.0 s does not hold: 0 s at ")
    assert "with wreck" in told
    command = (
        f"simeval run {folder}/blocked.toml --policy constant-velocity --only roads/blocked --end-on contact"
    )
    assert f"reproduce  {command}" in told


def test_an_event_that_happened_is_told_with_its_numbers(crash):
    with pytest.raises(
        AssertionError, match=r"(?s)no 'contact' expected, 1 happened.*s  contact with wreck .*10 m/s"
    ):
        expect(crash).no("contact")
    with pytest.raises(
        AssertionError, match=r"ends by contact \(contact with wreck\) at 2.5 s, expected route_end"
    ):
        expect(crash).ends("route_end")
    with pytest.raises(
        AssertionError, match=r"(?s)expected to pass.*rule       contact/at_fault: contact with wreck"
    ):
        expect(crash).passes()
    expect(crash).fails("contact/standing_vehicle").fails("contact/at_fault")
    with pytest.raises(AssertionError, match="expected to fail by road/left"):
        expect(crash).fails("road/left")


def test_an_undefined_value_holds_in_no_comparison(free):
    with pytest.raises(AssertionError, match=r"min_gap_m >= 1.0 m cannot be told: .+"):
        expect(free).metric("min_gap_m") >= 1.0  # noqa: B015


def test_everything_inside_a_with_block_is_told_together(crash):
    with pytest.raises(AssertionError) as raised, expect(crash) as the:
        the.no("contact")
        assert the.metric("min_ttc_s") >= 1.0
        the.no("off_road")
        the.ends("route_end")
    told = str(raised.value)
    assert told.index("no 'contact'") < told.index("min_ttc_s >= 1.0") < told.index("ends by contact")
    assert "off_road" not in told and told.count("reproduce") == 1


def test_unknown_names_are_told_with_the_nearest(crash):
    with pytest.raises(UsageError, match=r"event 'contacts' is not known. Did you mean 'contact'"):
        expect(crash).no("contacts")
    with pytest.raises(UsageError, match=r"metric 'min_ttc' is not known. Did you mean 'min_ttc_s'"):
        expect(crash).metric("min_ttc")
    with pytest.raises(UsageError, match=r"ending 'route_ends' is not known. Did you mean 'route_end'"):
        expect(crash).ends("route_ends")


def test_a_metric_without_a_limit_is_a_mistake(crash):
    with pytest.raises(TypeError, match="compared to something"):
        assert expect(crash).metric("min_ttc_s")


def test_the_fixtures_give_both(simulate, expect, folder):
    expect(simulate(folder / "free.toml", "idm")).passes()
