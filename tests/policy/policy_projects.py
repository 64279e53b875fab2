"""A user's project in three lines: files in a folder that is the current directory."""

import sys
import textwrap

import torch

from simeval.policy.observation import Observation
from simeval.policy.reference import parse_reference
from simeval.policy.runtime import Runtime
from simeval.policy.spec import ObservationSpec

CPU = Runtime(device="cpu")
NET = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, width=8):
            super().__init__()
            self.layer, self.drop = nn.Linear(7, width), nn.Dropout(0.5)
            self.out = nn.Linear(width, 2)

        def forward(self, observation):
            return self.out(self.drop(self.layer(observation.ego_history[:, -1])))
"""


def write_files(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/', 1)}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))


def forget_modules(*names):
    for name in [n for n in sys.modules if n.split(".")[0] in names]:
        del sys.modules[name]


def load(text, runtime=CPU, **how):
    from simeval.policy.loading import load_policy

    return load_policy(parse_reference(text), runtime, **how)


def observation(rows=3, dtype=torch.float32, spec=None):
    """A full observation of small random numbers."""
    draw = torch.Generator().manual_seed(5)
    seen = Observation.zeros(spec or ObservationSpec(), rows)
    return seen.map(lambda t: torch.rand(t.shape, generator=draw) if t.is_floating_point() else t).to(
        torch.device("cpu"), dtype
    )


def act(policy, seen, steps=1):
    """Actions of a few calls one after the other."""
    memory, actions = policy.init(seen.num_rows, torch.device("cpu")), []
    with torch.inference_mode():
        for _ in range(steps):
            action, memory = policy.act(seen, memory)
            actions.append(action)
    return actions
