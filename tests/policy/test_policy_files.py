"""Policies in files drive as the modules they were made from, for any number of rows."""

import sys
from importlib.util import find_spec

import pytest
import torch
from policy_nets import MEMORY, Plain, Recurrent, Scripted
from policy_projects import act, load, observation
from torch import nn

from simeval.errors import InputError, UsageError
from simeval.policy import ObservationSpec, PolicySpec
from simeval.policy.export import save_onnx, save_pt2, save_torchscript
from simeval.policy.runtime import Runtime

torch.set_num_threads(1)


def by_hand(module, given, steps, memories):
    """Actions of a module that is called in a loop."""
    num_rows = len(given["ego_history"])
    memory = {n: t.new_zeros((num_rows, *t.shape[1:])) for n, t in memories.items()}
    actions = []
    with torch.inference_mode():
        for _ in range(steps):
            action, *after = module(**given, **memory)
            memory = dict(zip(memory, after, strict=True))
            actions.append(action)
    return actions


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory):
    """One network in two files, with what it declares."""
    folder = tmp_path_factory.mktemp("recurrent")
    spec = PolicySpec(action="acceleration_curvature", replan_every=2)
    save_pt2(Recurrent(), folder / "net.pt2", spec, memory=MEMORY)
    if all(find_spec(name) for name in ("onnx", "onnxruntime", "onnxscript")):
        save_onnx(Recurrent(), folder / "net.onnx", spec, memory=MEMORY)
    return folder, spec


def test_a_pt2_with_memory_answers_bit_for_bit_as_torchs_own_loader_has_it(recurrent):
    folder, spec = recurrent
    loaded = load(str(folder / "net.pt2"))
    assert loaded.policy.spec == spec and not loaded.notes
    theirs = torch.export.load(folder / "net.pt2").module()
    for rows in (1, 2, 17, 64):
        seen = observation(rows)
        got = act(loaded.policy, seen, 3)
        given = {n: getattr(seen, n) for n in ("ego_history", "agents_history", "agents_valid")}
        assert all(map(torch.equal, got, by_hand(theirs, given, 3, MEMORY)))
        eager = by_hand(Recurrent().eval(), given, 3, MEMORY)
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(got, eager, strict=True))


def test_an_onnx_file_with_memory_answers_as_its_module(recurrent):
    folder, spec = recurrent
    if not (folder / "net.onnx").exists():
        pytest.skip("the extra onnx is not installed")
    loaded = load(str(folder / "net.onnx"))
    assert loaded.policy.spec == spec and not loaded.notes
    for rows in (1, 17, 64):
        seen = observation(rows)
        given = {n: getattr(seen, n) for n in ("ego_history", "agents_history", "agents_valid")}
        got, eager = act(loaded.policy, seen, 3), by_hand(Recurrent().eval(), given, 3, MEMORY)
        assert max(float((a - b).abs().max()) for a, b in zip(got, eager, strict=True)) < 1e-5
        assert all(map(torch.equal, got, act(loaded.policy, seen, 3)))


def test_torchscript_drives_where_it_is_trusted_and_only_there(tmp_path):
    memory = {"memory": torch.zeros(1, 4)}
    path = save_torchscript(Scripted(), tmp_path / "net.pt", memory=memory["memory"])
    with pytest.raises(InputError, match="--trust-policy-code"):
        load(str(path))
    policy, seen = load(str(path), trust=True).policy, observation(5)
    wanted = by_hand(Scripted().eval(), {"ego_history": seen.ego_history}, 3, memory)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(act(policy, seen, 3), wanted, strict=True))


def test_a_module_is_exported_in_evaluation_mode_and_left_as_it_was(tmp_path):
    module = Plain().train()
    module.layer.eval()
    path = save_pt2(module, tmp_path / "net.pt2")
    assert module.training and module.drop.training and not module.layer.training
    seen = observation()
    assert torch.equal(*act(load(str(path)).policy, seen, 2))


def test_a_file_that_says_nothing_is_taken_with_the_defaults_and_a_note(tmp_path):
    given = {"ego_history": torch.zeros(3, 10, 7)}
    program = torch.export.export(
        Plain().eval(), (), given, dynamic_shapes={"ego_history": {0: torch.export.Dim("rows")}}
    )
    torch.export.save(program, tmp_path / "net.pt2")
    loaded = load(str(tmp_path / "net.pt2"))
    assert loaded.policy.spec == PolicySpec()
    assert "the file says nothing about what it observes" in loaded.notes[0]


def test_arguments_by_place_are_as_good_as_by_name(tmp_path):
    rows = torch.export.Dim("rows")
    program = torch.export.export(Plain().eval(), (torch.zeros(3, 10, 7),), dynamic_shapes=({0: rows},))
    torch.export.save(program, tmp_path / "net.pt2")
    seen = observation(4)
    assert torch.equal(act(load(str(tmp_path / "net.pt2")).policy, seen)[0], Plain().eval()(seen.ego_history))


def test_a_graph_computes_in_its_own_dtype_whatever_the_runtime(tmp_path):
    path = save_pt2(Plain(), tmp_path / "net.pt2")
    loaded = load(str(path), Runtime(device="cpu", dtype="float64"))
    assert "--dtype float64 has no effect" in loaded.notes[0]
    seen = observation(dtype=torch.float64)
    assert act(loaded.policy, seen)[0].dtype == torch.float32


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_a_pt2_can_be_compiled(tmp_path):
    path = save_pt2(Plain(), tmp_path / "net.pt2")
    policy = load(str(path), Runtime(device="cpu", compile=True)).policy
    assert policy.module._compiled_call_impl is not None
    policy.module.compile(backend="aot_eager")
    seen = observation(4)
    assert torch.allclose(act(policy, seen)[0], Plain().eval()(seen.ego_history))


def exported(module, given, path, **how):
    torch.export.save(torch.export.export(module.eval(), (), given, **how), path)
    return str(path)


def test_a_fixed_number_of_rows_is_refused_with_the_line_that_exports_it_properly(tmp_path):
    path = exported(Plain(), {"ego_history": torch.zeros(3, 10, 7)}, tmp_path / "net.pt2")
    with pytest.raises(InputError, match=r"fixed number of rows. Export it with .*save_pt2.*Dim\('rows'\)"):
        load(path)


def test_a_limit_on_rows_is_kept(tmp_path):
    shapes = {"ego_history": {0: torch.export.Dim("rows", min=1, max=8)}}
    path = exported(
        Plain(), {"ego_history": torch.zeros(3, 10, 7)}, tmp_path / "net.pt2", dynamic_shapes=shapes
    )
    policy = load(path).policy
    assert policy.init(8, torch.device("cpu")) == ()
    with pytest.raises(ValueError, match=r"exported for at most 8 rows, not 9"):
        policy.init(9, torch.device("cpu"))


class Wrong(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = what
        self.register_buffer("count", torch.zeros(1))

    def forward(self, ego_history, memory):
        if self.what == "state":
            self.count.add_(1.0)
            return ego_history[:, -1, :2] + self.count, memory
        if self.what == "columns":
            return ego_history[:, -1, :3], memory
        return (ego_history[:, -1, :2],)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("state", "changes a weight or an input in place|keeps state in itself"),
        ("columns", r"returns \[rows, 3\] first, expected an action of \[rows, 2\]"),
        ("memory", r"takes memories of shapes \[\(4,\)\] and returns \[\] after the action"),
    ],
)
def test_a_pt2_that_is_no_policy_is_refused_when_it_is_loaded(tmp_path, what, says):
    path = save_pt2(Wrong(what), tmp_path / "net.pt2", memory=torch.zeros(1, 4))
    with pytest.raises(InputError, match=says):
        load(str(path))


def test_inputs_must_be_observation_tensors_of_the_declared_sizes(tmp_path):
    rows = {0: torch.export.Dim("rows")}

    class Named(nn.Module):
        def forward(self, state):
            return state[:, :2]

    path = exported(Named(), {"state": torch.zeros(3, 4)}, tmp_path / "a.pt2", dynamic_shapes={"state": rows})
    with pytest.raises(InputError, match=r"input 'state' is none that is known. Name the inputs after"):
        load(path)
    path = exported(
        Plain(),
        {"ego_history": torch.zeros(3, 5, 7)},
        tmp_path / "b.pt2",
        dynamic_shapes={"ego_history": rows},
    )
    with pytest.raises(InputError, match=r"shape \[rows, 5, 7\], its spec says \[rows, 10, 7\]"):
        load(path)
    short = PolicySpec(observation=ObservationSpec(history=5))
    policy = load(str(save_pt2(Plain(), tmp_path / "c.pt2", short))).policy
    assert act(policy, observation(2, spec=short.observation))[0].shape == (2, 2)


@pytest.mark.parametrize(
    ("memory", "says"),
    [
        ({"state": torch.zeros(1, 4)}, "must be called memory or memory_"),
        (None, "forward() takes 'memory', which is none"),
        ({"memory": torch.zeros(1, 4), "memory_b": torch.zeros(1, 4)}, "does not take the memory 'memory_b'"),
        (3.0, "a float is neither a tensor nor tensors by name"),
    ],
)
def test_exporting_says_what_does_not_fit(tmp_path, memory, says):
    with pytest.raises(UsageError) as caught:
        save_pt2(Scripted(), tmp_path / "net.pt2", memory=memory)
    assert says in str(caught.value)


def test_a_pt2_with_its_own_operators_is_loaded_by_torch_where_it_is_trusted(tmp_path):
    class Conditional(nn.Module):
        def forward(self, ego_history):
            now = ego_history[:, -1, :2]
            return torch.cond(now.sum() > 0, lambda x: x * 2.0, lambda x: x - 1.0, (now,))

    path = str(save_pt2(Conditional(), tmp_path / "net.pt2"))
    with pytest.raises(InputError, match="--trust-policy-code"):
        load(path)
    loaded = load(path, trust=True)
    assert "which may run what the file holds" in loaded.notes[-1]
    seen = observation(4)
    assert torch.equal(act(loaded.policy, seen)[0], seen.ego_history[:, -1, :2] * 2.0)


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_without_the_extra_an_onnx_file_says_what_to_install(recurrent, monkeypatch, package):
    folder, _ = recurrent
    if not (folder / "net.onnx").exists():
        pytest.skip("the extra onnx is not installed")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=r"pip install 'simeval\[onnx\]'"):
        load(str(folder / "net.onnx"))
