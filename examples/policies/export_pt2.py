"""A network with memory as a `.pt2`: one file that drives by itself."""

import torch
from torch import nn

from simeval.policy import PolicySpec
from simeval.policy.export import save_pt2


class Net(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.see = nn.Linear(7 + 4, width)
        self.cell = nn.GRUCell(width, width)
        self.decide = nn.Linear(width, 2)

    def forward(self, ego_history, route, memory):
        seen = torch.cat([ego_history[:, -1], route[:, 5]], dim=-1)
        memory = self.cell(torch.relu(self.see(seen)), memory)
        return torch.tanh(self.decide(memory)) * torch.tensor([2.0, 0.1]), memory


if __name__ == "__main__":
    torch.manual_seed(0)
    spec = PolicySpec(action="acceleration_steering")
    save_pt2(Net(), "driver.pt2", spec, memory=torch.zeros(1, 32))
