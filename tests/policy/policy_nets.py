"""Networks that a user might have, with `forward` in the words of the observation."""

import torch
from torch import nn


class Plain(nn.Module):
    """One linear layer on what the ego does now."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.layer, self.drop = nn.Linear(7, 2), nn.Dropout(0.5)

    def forward(self, ego_history):
        return self.drop(torch.tanh(self.layer(ego_history[:, -1])))


class Recurrent(nn.Module):
    """GRU over the ego's history, attention over agents, two memories."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.cell = nn.GRU(7, 8, batch_first=True)
        self.read = nn.Linear(8, 8)
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)
        self.out = nn.Linear(8, 2)
        self.register_buffer("scale", torch.tensor([2.0, 0.3]))

    def forward(self, ego_history, agents_history, agents_valid, memory, memory_count):
        with torch.no_grad():
            seen, hidden = self.cell(ego_history, memory.unsqueeze(0))
        agents = self.read(agents_history[:, :, -1])
        near, _ = self.attend(seen[:, -1:], agents, agents, need_weights=False)
        valid = agents_valid.any(-1).any(-1, keepdim=True)
        near = torch.where(valid, near[:, 0], torch.zeros(agents.shape[0], 8))
        action = torch.tanh(self.out(near + hidden[0])) * self.scale
        return action, hidden[0], memory_count + 1


MEMORY = {"memory": torch.zeros(1, 8), "memory_count": torch.zeros(1, dtype=torch.int64)}


class Scripted(nn.Module):
    """Memory in a form that TorchScript can script."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(5)
        self.cell = nn.GRUCell(7, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, ego_history, memory):
        memory = self.cell(ego_history[:, -1], memory)
        return self.out(memory), memory
