"""A policy that does what the length of its ego asks for; a project of a test has a copy of this file.

The ego of code k is 4 + k/100 m long. All rows are driven by a small recurrent network, whose bits would
show any difference in shape or memory.
"""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

from simeval.policy import PolicySpec

CODES = (
    "well", "raises_at_0", "raises_at_4", "raises_at_last", "system_exit", "keyboard_interrupt",
    "recursion", "bad_str", "nan", "inf", "huge", "wrong_shape", "wrong_dtype", "wrong_device", "none",
    "list", "fewer_rows", "no_pair", "bad_memory", "differs", "generator_exit", "memory_error",
    "mutates_observation", "global_state", "prints", "aliased", "requires_grad", "not_contiguous",
    "hang_python", "hang_c", "exit", "segfault", "allocates", "child", "chatter_then_hang",
)  # fmt: skip
STEP = 4


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


class Unruly(nn.Module):
    spec = PolicySpec()

    def __init__(self, obeys: bool = True) -> None:
        super().__init__()
        self.obeys = obeys  # False: the twin that behaves well
        generator = torch.Generator().manual_seed(3)
        self.cell, self.head = nn.GRUCell(7, 16), nn.Linear(16, 2)
        with torch.no_grad():
            for weights in self.parameters():
                weights.copy_(torch.randn(weights.shape, generator=generator) * 0.2)
        self.calls = 0
        self.kept = None
        self.room = []

    def init(self, num_rows, device):
        return torch.zeros(num_rows, 16, device=device)

    def act(self, observation, memory):
        now = observation.ego_history[:, -1]
        memory = self.cell(now / 10.0, memory)
        action = 0.3 * self.head(memory)
        self.calls += 1
        if self.obeys:
            codes = torch.round((observation.ego_parameters[:, 0] - 4.0) * 100.0).long()
            step = int(round(float(observation.time_s.max()) / 0.1))
            for row in torch.nonzero(observation.active).flatten().tolist():
                code = CODES[int(codes[row])]
                if hasattr(self, code) and (
                    step == STEP or code.endswith(("_0", "_last")) or code == "differs"
                ):
                    if code == "no_pair":
                        return action
                    action, memory = getattr(self, code)(action, memory, row, step, observation)
        return action, memory

    def raises_at_0(self, action, memory, row, step, observation):
        raise ValueError("from the first step on")

    def raises_at_4(self, action, memory, row, step, observation):
        if step == STEP:
            raise ValueError("at step four\x1b[31m\ud800")
        return action, memory

    def raises_at_last(self, action, memory, row, step, observation):
        if step == 9:
            raise ValueError("at the last step")
        return action, memory

    def system_exit(self, *_):
        sys.exit("good bye")

    def keyboard_interrupt(self, *_):
        raise KeyboardInterrupt

    def generator_exit(self, *_):
        raise GeneratorExit

    def memory_error(self, *_):
        raise MemoryError("so much")

    def recursion(self, *_):
        return self.recursion(*_)

    def bad_str(self, *_):
        raise Unprintable

    def nan(self, action, memory, row, *_):
        action[row, 1] = torch.nan
        return action, memory

    def inf(self, action, memory, row, *_):
        action[row, 0] = -torch.inf
        return action, memory

    def huge(self, action, memory, row, *_):
        action[row, 0] = 1e30
        return action, memory

    def wrong_shape(self, action, memory, *_):
        return action[:, :1], memory

    def wrong_dtype(self, action, memory, *_):
        return action.half(), memory

    def wrong_device(self, action, memory, *_):
        return action.to("meta"), memory

    def none(self, action, memory, *_):
        return None, memory

    def list(self, action, memory, *_):
        return action.tolist(), memory

    def fewer_rows(self, action, memory, row, *_):
        return action[row : row + 1], memory

    def no_pair(self, action, *_):
        return action, None

    def bad_memory(self, action, memory, *_):
        return action, {"state": memory, "file": object()}

    def differs(self, action, memory, row, step, observation):
        action[row] += 0.01 * (self.calls % 2)
        return action, memory

    def mutates_observation(self, action, memory, row, step, observation):
        for tensor in observation.tensors().values():
            tensor.zero_()
        return action, memory

    def global_state(self, action, memory, *_):
        torch.manual_seed(self.calls)
        random.seed(1)
        np.random.seed(2)
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(True)
        torch.use_deterministic_algorithms(True)
        os.chdir("/")
        os.environ["OMP_NUM_THREADS"] = "7"
        warnings.simplefilter("error")
        return action, memory

    def prints(self, action, memory, *_):
        for _ in range(50):
            print("x" * 2**20)
        print("\x1b[31mthe last line", flush=True)
        return action, memory

    def aliased(self, action, memory, *_):
        if self.kept is not None:
            self.kept.fill_(7.0)  # the actions of the call before
        self.kept = action
        return action, memory

    def requires_grad(self, action, memory, *_):
        with torch.inference_mode(False):
            action = action.clone().requires_grad_()
        return action, memory

    def not_contiguous(self, action, memory, *_):
        return action.T.contiguous().T, memory

    def hang_python(self, *_):
        while True:
            time.sleep(0.01)

    def hang_c(self, *_):
        Path("hanging").touch()
        ctypes.PyDLL(None).sleep(3600)  # keeps the interpreter's lock

    def exit(self, *_):
        os._exit(3)

    def segfault(self, *_):
        ctypes.string_at(0)

    def allocates(self, *_):
        while True:
            self.room.append(np.ones(2**22))

    def child(self, action, memory, *_):
        subprocess.Popen(["sleep", "3600"], start_new_session=True)
        subprocess.Popen(["sh", "-c", "sleep 3601 & exec sleep 3602"])
        return action, memory

    def chatter_then_hang(self, *_):
        print("what it said last", flush=True)
        time.sleep(3600)


def raises(how: str = "factory"):
    if how == "factory":
        raise OSError("no weights here")
    if how == "exit":
        sys.exit(1)
    if how == "hang":
        time.sleep(3600)
    if how == "crash":
        os._exit(9)
    policy = Unruly(obeys=False)
    policy.init = lambda num_rows, device: 1 / 0
    return policy
