"""Which changes make another policy of it, and which do not."""

import sys
import threading

import pytest
import safetensors.torch
import torch
from policy_projects import NET, forget_modules, write_files

from simeval.policy import PolicySpec
from simeval.policy.identity import identity_of, identity_of_object
from simeval.policy.reference import parse_reference


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    write_files(
        tmp_path,
        pack____init__="",
        pack__net="import helper\nSTATS = 'stats.json'\n",
        pack__other="A = 1\n",
        helper="B = 1\n",
        unrelated="C = 1\n",
        mine=NET,
    )
    (tmp_path / "stats.json").write_text("{}")
    safetensors.torch.save_file({"w": torch.zeros(3)}, tmp_path / "w.safetensors")
    yield tmp_path
    forget_modules("mine", "pack", "helper")


def identity(text="pack.net:make@w.safetensors?width=3"):
    found = identity_of(parse_reference(text))
    assert found is None or len(found) == 64
    return found


@pytest.mark.parametrize("name", ["pack/net.py", "pack/other.py", "helper.py", "stats.json", "w.safetensors"])
def test_one_byte_of_what_it_is_made_of_makes_another_policy(project, name):
    before = identity()
    data = bytearray((project / name).read_bytes())
    (project / name).write_bytes(
        bytes([*data[:-1], data[-1] ^ 1]) if name == "w.safetensors" else data + b" "
    )
    assert identity() != before
    (project / name).write_bytes(data)
    assert identity() == before


def test_options_and_target_belong_to_the_identity_and_other_files_do_not(project):
    base = identity()
    texts = ["pack.net:make@w.safetensors?width=4", "pack.net:make@w.safetensors", "pack.net:other?width=3"]
    texts += ["pack.net:make@w.safetensors?width=3.0", "pack.net:make@w.safetensors?width=3&deep=true"]
    assert len({base, *map(identity, texts)}) == len(texts) + 1
    (project / "unrelated.py").write_text("C = 2\n")
    assert identity() == base


def test_a_file_named_by_an_option_belongs_to_the_identity(project):
    before = identity("pack.net:make?path=stats.json")
    (project / "stats.json").write_text("{ }")
    assert identity("pack.net:make?path=stats.json") != before


def test_the_place_of_the_project_does_not_matter(project, tmp_path_factory, monkeypatch):
    import shutil

    before = identity()
    other = tmp_path_factory.mktemp("moved") / "deep"
    shutil.copytree(project, other)
    monkeypatch.chdir(other)
    assert identity() == before


def test_a_model_file_is_its_bytes(project):
    (project / "a.pt2").write_bytes(b"one")
    (project / "b.pt2").write_bytes(b"one")
    assert identity("a.pt2") == identity("b.pt2")
    (project / "b.pt2").write_bytes(b"two")
    assert identity("a.pt2") != identity("b.pt2")


def test_what_cannot_be_found_or_is_too_much_has_no_identity(project, monkeypatch):
    assert identity("no_such_package:make") is None
    monkeypatch.setattr("simeval.policy.sources.MOST_FILES", 1)
    assert identity() is None


def test_a_live_module_is_its_weights_its_settings_and_its_source(project):
    import mine

    torch.manual_seed(0)
    one, width = mine.Net(), mine.Net(width=9)
    torch.manual_seed(0)
    same = mine.Net()
    assert identity_of_object(one) == identity_of_object(same) != identity_of_object(width)
    with torch.no_grad():
        same.out.bias[0] += 1e-6
    assert identity_of_object(one) != identity_of_object(same)
    same.load_state_dict(one.state_dict())
    same.gain = 2.0
    assert identity_of_object(one) != identity_of_object(same)


def test_a_live_object_is_also_its_source_and_its_base_class(project):
    write_files(project, pack__base="class Base:\n    gain = 1\n")
    write_files(project, mine="from pack.base import Base\nclass Car(Base):\n    def act(self, o, m): ...\n")
    import mine

    before = identity_of_object(mine.Car())
    assert before == identity_of_object(mine.Car())
    write_files(project, pack__base="class Base:\n    gain = 2\n")
    assert identity_of_object(mine.Car()) != before


NETS = {}


def drive_global(observation):
    return NETS["now"](observation)


def test_globals_closures_and_defaults_of_a_function_belong_to_it():
    def policy_of(net, speed=3):
        def drive(observation, net=net):
            return net(observation) * speed

        return drive

    torch.manual_seed(0)
    one, two = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    assert identity_of_object(policy_of(one)) == identity_of_object(policy_of(one))
    assert len({identity_of_object(policy_of(n, s)) for n in (one, two) for s in (3, 4)}) == 4
    NETS["now"] = one
    before = identity_of_object(drive_global)
    NETS["now"] = two
    assert before is not None and identity_of_object(drive_global) != before


def test_what_cannot_be_digested_has_no_identity():
    class Locked:
        spec = PolicySpec()

        def __init__(self):
            self.lock = threading.Lock()

    assert identity_of_object(Locked()) is None
