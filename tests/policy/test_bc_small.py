"""The network of `bc-small`: small, blind to padding and order, the same for a row whatever the batch."""

import dataclasses

import numpy as np
import pytest
import torch

from simeval.authoring import load_family
from simeval.content import builtin_root
from simeval.errors import InputError
from simeval.policy import Observation, ObservationSpec, Policy, builtin
from simeval.policy.bc_small import WEIGHTS, BcSmall, load, make
from simeval.policy.bc_small.ahead import Way, extended_route, on_way, stop_ahead
from simeval.policy.bc_small.features import features_of
from simeval.policy.identity import identity_of
from simeval.policy.reference import parse_reference
from simeval.scenario import Ending
from simeval.sim.policy_rollout import Rollout

HELD_OUT = ["highway/lead_brakes", "highway/curve_too_fast", "urban/red_light", "urban/crossing_traffic"]


def scenarios(seed):
    files = [builtin_root() / "scenarios" / f"{name}.toml" for name in HELD_OUT]
    return [load_family(path).scenarios(seed)[-1] for path in files]


@pytest.fixture(scope="module")
def policy():
    return make()


@pytest.fixture(scope="module")
def seen(policy):
    """What four egos see after four seconds, twice each: 8 rows, the last one over."""
    rollout = Rollout([*scenarios(3), *scenarios(4)], policy)
    for _ in range(40):
        rollout.step()
    observation = rollout.observe()
    assert observation.active[:7].all()
    return observation


def act(policy, observation):
    with torch.inference_mode():
        return policy.act(observation, None)[0]


def test_it_is_small(policy):
    assert sum(p.numel() for p in policy.parameters()) <= 500_000
    assert WEIGHTS.stat().st_size <= 2 * 2**20
    assert {p.dtype for p in policy.parameters()} == {torch.float32}


def test_it_is_a_policy_without_memory(policy, seen):
    assert isinstance(policy, Policy)
    action, memory = policy.act(seen, policy.init(8, torch.device("cpu")))
    assert action.shape == (8, 2)
    assert memory is None


def test_equal_calls_give_equal_bits(policy, seen):
    assert torch.equal(act(policy, seen), act(make(), seen))


def test_a_row_does_not_depend_on_the_others(policy, seen):
    together = act(policy, seen)
    for row in range(seen.num_rows):
        alone = act(policy, seen.map(lambda tensor, row=row: tensor[row : row + 1]))
        assert torch.allclose(alone[0], together[row], atol=1e-5)


def test_rows_differ_because_what_they_see_differs(policy, seen):
    assert act(policy, seen)[:, 0].unique().numel() >= 6


def test_what_is_masked_does_not_matter(policy, seen):
    def spoilt(name, valid):
        tensor = getattr(seen, name)
        while valid.ndim < tensor.ndim:
            valid = valid.unsqueeze(-1)
        return torch.where(valid, tensor, torch.full_like(tensor, 3))

    other = dataclasses.replace(
        seen,
        agents_history=spoilt("agents_history", seen.agents_valid),
        agents_kind=spoilt("agents_kind", seen.agents_valid[..., -1]),
        lanes=spoilt("lanes", seen.lanes_valid),
        lanes_attributes=spoilt("lanes_attributes", seen.lanes_valid.any(dim=-1)),
        lanes_signal=spoilt("lanes_signal", seen.lanes_valid.any(dim=-1)),
        route=spoilt("route", seen.route_valid),
        edges=spoilt("edges", seen.edges_valid),
    )
    assert not torch.equal(other.lanes, seen.lanes)
    assert not torch.equal(other.agents_history, seen.agents_history)
    assert torch.equal(act(policy, other), act(policy, seen))


@pytest.mark.parametrize(("prefix", "count"), [("agents", 16), ("lanes", 32)])
def test_the_order_of_agents_and_of_lanes_does_not_matter(policy, seen, prefix, count):
    order = torch.randperm(count, generator=torch.Generator().manual_seed(1))
    names = [name for name in seen.tensors() if name.startswith(prefix)]
    other = dataclasses.replace(seen, **{name: getattr(seen, name)[:, order] for name in names})
    assert not torch.equal(getattr(other, names[0]), getattr(seen, names[0]))
    assert (act(policy, other) - act(policy, seen)).abs().max() <= 1e-4


def test_rows_that_see_nothing_are_answered_with_finite_numbers(policy):
    action = act(policy, Observation.zeros(ObservationSpec(), 3))
    assert torch.isfinite(action).all()
    assert torch.allclose(action[0], action[1], atol=1e-5)


@pytest.mark.parametrize("factor", [1e4, -1e4])
def test_whatever_it_sees_the_action_is_one_that_vehicles_have(policy, seen, factor):
    wild = seen.map(lambda t: t * factor if t.is_floating_point() else t)
    action = act(policy, wild)
    assert torch.isfinite(action).all()
    assert action[:, 0].min() >= -8.5
    assert action[:, 0].max() <= 2.5
    assert action[:, 1].abs().max() <= 0.65


@pytest.mark.parametrize(("dtype", "most"), [(torch.float64, 1e-3), (torch.bfloat16, 0.6)])
def test_other_precisions_give_nearly_the_same(policy, seen, dtype, most):
    other = act(make().to(dtype), seen.to(torch.device("cpu"), dtype))
    assert other.dtype == dtype
    assert (other.float() - act(policy, seen)).abs().max() < most


def test_other_sizes_of_the_layout_are_seen_too(policy):
    spec = ObservationSpec(history=3, agents=4, lanes=8, lane_points=6, route=12)
    assert torch.isfinite(act(policy, Observation.zeros(spec, 2))).all()


def test_weights_of_another_network_are_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(2)}, tmp_path / "w.safetensors")
    (tmp_path / "no.safetensors").write_bytes(b"not weights at all")
    for name in ("w.safetensors", "no.safetensors", "missing.safetensors"):
        with pytest.raises(InputError, match="holds no weights of bc-small"):
            load(tmp_path / name)


def test_it_drives_draws_that_it_has_not_learned_from_without_contact(policy):
    rollout = Rollout(scenarios(2), policy)
    rollout.run()
    traces = [rollout.trace(row) for row in range(len(HELD_OUT))]
    assert rollout.faults == {}
    assert {t.ending for t in traces} <= {Ending.ROUTE_END, Ending.HORIZON}
    for trace in traces:
        way = trace.states.xy[-1, trace.ego] - trace.states.xy[0, trace.ego]
        assert np.hypot(*way) > 40.0


def test_an_untrained_one_does_not(seen):
    torch.manual_seed(0)
    assert not torch.allclose(act(BcSmall().eval(), seen), act(make(), seen), atol=0.3)


def straight(count=40):
    x = torch.arange(count, dtype=torch.float32).unsqueeze(0) * 2.0
    one, nil = torch.ones_like(x), torch.zeros_like(x)
    return Way(x=x, y=nil, c=one, s=nil, known=torch.ones(1))


def box(x, y, heading=0.0, vx=0.0, vy=0.0, length=4.0, width=2.0):
    h = torch.tensor(heading)
    return torch.tensor([[[x, y, h.cos(), h.sin(), vx, vy, length, width]]])


def test_a_car_ahead_begins_at_its_rear_bumper_and_fills_the_way():
    found = on_way(straight(), box(30.0, 0.0, vx=7.0))
    assert found.start.item() == pytest.approx(28.0)
    assert found.aside.item() == pytest.approx(-1.0)
    assert found.speed.item() == pytest.approx(7.0)


def test_a_car_beside_the_way_leaves_room_and_tells_how_fast_it_comes():
    found = on_way(straight(), box(30.0, 3.5, vy=-1.0))
    assert found.aside.item() == pytest.approx(2.5)
    assert found.left.item() == pytest.approx(3.5)
    assert found.drift.item() == pytest.approx(1.0)


def test_a_car_far_beyond_the_seen_way_is_on_it():
    assert on_way(straight(), box(200.0, 0.0)).start.item() == pytest.approx(198.0)
    assert on_way(straight(), box(200.0, 0.0)).aside.item() == pytest.approx(-1.0)


def test_a_car_behind_is_not_on_the_way():
    assert on_way(straight(), box(-15.0, 0.0)).aside.item() > 10.0


def test_a_bus_across_the_way_begins_at_its_side():
    found = on_way(straight(), box(40.0, 3.0, heading=1.5708, length=12.0, width=2.5))
    assert found.start.item() == pytest.approx(38.75, abs=0.01)
    assert found.aside.item() == pytest.approx(-3.0, abs=0.01)


def test_the_stop_line_is_where_the_last_red_piece_of_the_lane_ends():
    ends = torch.tensor([[[0.0, 0.0], [20.0, 0.0], [50.0, 0.0], [70.0, 0.0]]])
    first, last = ends[:, [0, 1, 3]], ends[:, [1, 2, 3]] + torch.tensor([0.0, 0.0]).view(1, 1, 2)
    red = torch.tensor([[True, True, False]])
    assert stop_ahead(straight(), first, last, red).item() == pytest.approx(50.0)
    assert stop_ahead(straight(), first, last, ~red & False).item() == 200.0


def test_a_route_that_is_short_goes_straight_on_and_none_is_straight_ahead():
    nothing = Observation.zeros(ObservationSpec(), 1)
    way = extended_route(nothing)
    assert way.known.item() == 0
    assert way.x[0, 10].item() == 20.0
    route, valid = nothing.route.clone(), nothing.route_valid.clone()
    route[0, :2] = torch.tensor([[0.0, 0.0, 0.0, 1.0], [0.0, 2.0, 0.0, 1.0]])
    valid[0, :2] = True
    way = extended_route(dataclasses.replace(nothing, route=route, route_valid=valid))
    assert (way.x[0, 9].item(), way.y[0, 9].item()) == (0.0, 18.0)


def test_own_past_accelerations_change_nothing(seen):
    history = seen.ego_history.clone()
    history[:, :-1] += 1.0
    history[:, :, 5:] -= 2.0
    other = features_of(dataclasses.replace(seen, ego_history=history))
    assert all(torch.equal(a, b) for a, b in zip(other, features_of(seen), strict=True))


def test_its_identity_is_its_own_code_and_weights(tmp_path, monkeypatch):
    reference = parse_reference("bc-small")
    before = identity_of(reference)
    assert {"network.py", "features.py", "ahead.py", WEIGHTS.name} <= set(builtin.files_of("bc-small"))
    copies = {name: tmp_path / name for name in builtin.files_of("bc-small")}
    for name, path in builtin.files_of("bc-small").items():
        copies[name].write_bytes(path.read_bytes())
    monkeypatch.setattr("simeval.policy.identity.files_of", lambda name: copies)
    monkeypatch.chdir(tmp_path)
    assert identity_of(reference) == before
    for name in (WEIGHTS.name, "features.py"):
        copies[name].write_bytes(copies[name].read_bytes()[:-1] + b" ")
        assert identity_of(reference) != before
        before = identity_of(reference)
