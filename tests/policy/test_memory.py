import dataclasses
from typing import NamedTuple

import pytest
import torch

from simeval.policy.memory import find_wrong, map_tensors, put, take


@dataclasses.dataclass
class State:
    hidden: torch.Tensor
    parts: dict


class Pair(NamedTuple):
    a: torch.Tensor
    b: torch.Tensor


def tree():
    rows = torch.arange(4.0)
    return State(
        hidden=rows[:, None] * 10, parts={"pair": Pair(rows, rows.int()), "list": [rows + 1], "none": None}
    )


def test_taking_rows_reorders_and_repeats_every_tensor_of_the_tree():
    taken = take(tree(), torch.tensor([3, 3, 0]))
    assert taken.hidden[:, 0].tolist() == [30.0, 30.0, 0.0]
    assert isinstance(taken.parts["pair"], Pair)
    assert taken.parts["pair"].b.tolist() == [3, 3, 0]
    assert taken.parts["list"][0].tolist() == [4.0, 4.0, 1.0]
    assert taken.parts["none"] is None


def test_what_was_taken_is_a_copy():
    memory = torch.zeros(2, 3)
    taken = take(memory, torch.tensor([0]))
    taken += 1
    assert memory.sum() == 0


def test_one_row_is_put_into_another_and_the_rest_stays():
    memory = tree()
    changed = put(memory, 1, take(memory, torch.tensor([3])))
    assert changed.hidden[:, 0].tolist() == [0.0, 30.0, 20.0, 30.0]
    assert memory.hidden[:, 0].tolist() == [0.0, 10.0, 20.0, 30.0]


def test_no_memory_is_a_memory():
    assert take(None, torch.tensor([0])) is None
    assert find_wrong(None, 5) == ""


def test_a_tensor_without_the_row_axis_is_named_with_its_shape():
    assert find_wrong({"h": torch.zeros(3, 2)}, 4) == (
        "a tensor of shape (3, 2): axis 0 must be the row, 4 of them"
    )
    assert "shape ()" in find_wrong(torch.tensor(1.0), 4)


def test_something_that_is_no_tensor_is_named_and_pointed_to_take():
    assert find_wrong({"h": 3}, 4) == (
        "a int is not a tensor, tuple, list, dict or dataclass; "
        "a policy that keeps something else offers take(memory, rows)"
    )
    with pytest.raises(TypeError, match="a set is not"):
        map_tensors({1, 2}, torch.clone)
