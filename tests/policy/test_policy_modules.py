"""Policies that are Python code: what may be named, what is said when it does not fit."""

import sys

import pytest
import safetensors.torch
import torch
from policy_projects import CPU, NET, act, forget_modules, load, observation, write_files

from simeval.errors import UsageError
from simeval.policy.faults import PolicyFault
from simeval.policy.runtime import Runtime


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    forget_modules("mine", "pack")


def test_a_torch_module_class_drives_in_evaluation_mode(project):
    write_files(project, mine=NET)
    loaded = load("mine:Net?width=16")
    assert loaded.notes == ("imported mine from mine.py",)
    module = loaded.policy.function
    assert not module.training and module.layer.out_features == 16
    first, second = act(loaded.policy, observation(), steps=2)
    assert torch.equal(first, second), "dropout must be off"


def test_weights_are_loaded_into_a_module_that_does_not_ask_for_them(project):
    write_files(project, mine=NET)
    state = {
        name: torch.full_like(t, 0.5) for name, t in load("mine:Net").policy.function.state_dict().items()
    }
    safetensors.torch.save_file(state, "w.safetensors")
    module = load("mine:Net@w.safetensors").policy.function
    assert all(torch.equal(state[name], t) for name, t in module.state_dict().items())
    with pytest.raises(UsageError, match="the weights do not fit"):
        load("mine:Net@w.safetensors?width=4")


def test_a_factory_function_is_given_weights_and_options(project):
    safetensors.torch.save_file({"gain": torch.tensor([2.0])}, "w.safetensors")
    write_files(
        project,
        mine="""
        from simeval.policy import PolicySpec

        def make(weights, offset=0.0):
            def drive(observation):
                return weights["gain"] * observation.goal[:, :2] + offset
            drive.spec = PolicySpec(action="acceleration_curvature")
            return drive
        """,
    )
    policy, seen = load("mine:make@w.safetensors?offset=0.25").policy, observation()
    assert policy.spec.action == "acceleration_curvature"
    assert torch.equal(act(policy, seen)[0], 2.0 * seen.goal[:, :2] + 0.25)


def test_a_plain_function_of_the_observation_is_a_policy_and_takes_options(project):
    write_files(
        project, mine="def drive(observation, gain=1.0):\n    return gain * observation.goal[:, :2]\n"
    )
    seen = observation()
    assert torch.equal(act(load("mine:drive").policy, seen)[0], seen.goal[:, :2])
    assert torch.equal(act(load("mine:drive?gain=3.0").policy, seen)[0], 3.0 * seen.goal[:, :2])


def test_an_object_in_a_package_is_taken_as_it_is(project):
    write_files(project, pack____init__="", pack__net=NET + "\n    policy = Net()\n")
    loaded = load("pack.net:policy")
    assert loaded.notes == ("imported pack.net from pack/net.py",)
    with pytest.raises(UsageError, match="takes no options"):
        load("pack.net:policy?width=3")


def test_modules_inside_a_policy_are_moved_to_the_dtype(project):
    write_files(
        project,
        mine=NET
        + """
    from simeval.policy import PolicySpec

    class Recurrent:
        spec = PolicySpec()
        def __init__(self):
            self.net = Net()
        def init(self, num_rows, device):
            return torch.zeros(num_rows, 2, dtype=torch.float64)
        def act(self, observation, memory):
            memory = memory + self.net(observation)
            return memory, memory
    """,
    )
    policy = load("mine:Recurrent", Runtime(device="cpu", dtype="float64")).policy
    assert policy.net.layer.weight.dtype == torch.float64 and not policy.net.training
    first, second = act(policy, observation(dtype=torch.float64), steps=2)
    assert torch.allclose(second, 2 * first)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_compile_gives_nearly_the_same_answers_and_says_when_there_is_nothing_to_compile(project):
    write_files(project, mine=NET + "\n    def drive(observation):\n        return observation.goal[:, :2]\n")
    torch.manual_seed(1)
    plain = load("mine:Net").policy
    torch.manual_seed(1)
    compiled = load("mine:Net", Runtime(device="cpu", compile=True)).policy
    assert compiled.function._compiled_call_impl is not None
    with torch.inference_mode():
        compiled.function.compile(backend="aot_eager")  # the same path, without a C++ compiler
        assert torch.allclose(act(compiled, observation())[0], act(plain, observation())[0])
    assert "nothing is compiled" in " ".join(load("mine:drive", Runtime(device="cpu", compile=True)).notes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mien:Net", "no module 'mien'. Did you mean 'mine'"),
        ("mine:Nett", "mine has no 'Nett'. Did you mean 'Net'"),
        ("mine.sub:Net", "no module 'mine.sub'"),
        ("pack.nett:Net", "no module 'pack.nett'. Did you mean 'net'"),
        ("mine:NUMBER", "is a int. Name a class"),
        ("mine:nothing", "of type NoneType is not a policy"),
        ("mine:needs", "missing a required argument: 'path' of needs. It takes (path, width=3)"),
        ("mine:needs?path=a&depth=1", "unexpected keyword argument 'depth'"),
        ("mine:Act", "has act() but no init and no spec"),
        ("mine:wrong_spec", "its spec is a str"),
    ],
)
def test_what_does_not_fit_is_named(project, text, says):
    write_files(
        project,
        mine=NET
        + """
    NUMBER = 3
    def nothing(): return None
    def needs(path, width=3): return Net()
    class Act:
        def act(self, observation, memory): return None
    def wrong_spec():
        net = Net()
        net.spec = "vector/1"
        return net
    """,
        pack____init__="",
        pack__net=NET,
    )
    with pytest.raises(UsageError) as caught:
        load(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def make():\n    return 1 / 0\n", "mine:make: ZeroDivisionError"),
        ("import no_such_thing_anywhere\n", "importing mine: ModuleNotFoundError"),
        ("def make(:\n", "importing mine: SyntaxError"),
        ("raise SystemExit('bye')\n", "importing mine: SystemExit: bye"),
        ("def make():\n    raise SystemExit(3)\n", "mine:make: SystemExit: 3"),
    ],
)
def test_code_that_raises_is_a_fault_of_construction_with_its_own_frames(project, source, says):
    write_files(project, mine=source)
    with pytest.raises(PolicyFault) as caught:
        load("mine:make")
    fault = caught.value.fault
    assert fault.kind == "construction" and says in fault.message
    assert "simeval/policy" not in fault.trace
    if "ZeroDivision" in says:
        assert fault.trace == f"{project / 'mine.py'}:2 in make: return 1 / 0"


def test_a_module_from_elsewhere_is_announced_with_its_place(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("installed")
    write_files(elsewhere, mine=NET)
    sys.path.append(str(elsewhere))
    (note,) = load("mine:Net", CPU).notes
    assert note == f"imported mine from {elsewhere / 'mine.py'} (outside the current directory)"
