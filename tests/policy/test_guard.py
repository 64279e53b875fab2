import os
import random
from pathlib import Path

import numpy as np
import torch

from simeval.policy.guard import guarded, untouched


def test_threads_dtype_folder_and_modes_are_as_before_whatever_is_done(tmp_path):
    threads, folder = torch.get_num_threads(), Path.cwd()
    with guarded():
        torch.set_num_threads(threads + 1)
        torch.set_default_dtype(torch.float64)
        torch.use_deterministic_algorithms(True)
        torch.set_grad_enabled(True)
        os.chdir(tmp_path)
    assert torch.get_num_threads() == threads
    assert torch.get_default_dtype() == torch.float32
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.is_grad_enabled()
    assert Path.cwd() == folder


def test_inside_no_gradient_is_recorded_and_exact_takes_one_thread():
    weight = torch.ones(2, requires_grad=True)
    with guarded(one_thread=True):
        assert not (weight * 2).requires_grad
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
    assert not torch.are_deterministic_algorithms_enabled()


def test_random_generators_go_on_as_if_nothing_had_happened():
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    expected = (torch.rand(1).item(), np.random.rand(), random.random())
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    with untouched():
        torch.manual_seed(99), np.random.seed(99), random.seed(99)
        torch.rand(5)
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected
