"""A torch module with memory: a GRU over what the vehicle does and where its route goes."""

import safetensors.torch
import torch
from torch import nn

from simeval.policy import PolicySpec


class Driver(nn.Module):
    spec = PolicySpec(action="acceleration_steering")

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.see = nn.Linear(7 + 4, width)
        self.cell = nn.GRUCell(width, width)
        self.decide = nn.Linear(width, 2)

    def init(self, num_rows, device):
        return self.decide.weight.new_zeros(num_rows, self.cell.hidden_size)

    def act(self, observation, memory):
        seen = torch.cat([observation.ego_history[:, -1], observation.route[:, 5]], dim=-1)
        memory = self.cell(torch.relu(self.see(seen)), memory)
        return torch.tanh(self.decide(memory)) * memory.new_tensor([2.0, 0.1]), memory


if __name__ == "__main__":  # you would train it first
    torch.manual_seed(0)
    safetensors.torch.save_file(Driver().state_dict(), "gru.safetensors")
