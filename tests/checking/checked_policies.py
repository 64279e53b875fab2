"""Policies to be checked: sound ones, and each mistake on top of one that is sound."""

import math
import os

import torch
from torch import nn

from simeval.policy import PolicySpec


def point_on_route(seen, distance):
    """The point of the route at a distance [b] from each ego: x, y and the route's heading there."""
    away = (seen.route[..., 0] ** 2 + seen.route[..., 1] ** 2).sqrt()
    nearest = (away - distance[:, None]).abs().masked_fill(~seen.route_valid, 1e6).argmin(dim=1)
    point = seen.route[torch.arange(len(nearest)), nearest]
    return point[:, 0], point[:, 1], torch.atan2(point[:, 3], point[:, 2])


class Pursuit:
    """Pure pursuit of the route at 10 m/s, from the observation alone; `change` makes it wrong."""

    spec = PolicySpec()

    def __init__(self, change=lambda acceleration, steering, seen: (acceleration, steering), **spec):
        self.change, self.spec = change, PolicySpec(**spec)

    def init(self, num_rows, device):
        return None

    def command(self, seen):
        speed = seen.ego_history[:, -1, 4]
        x, y, _ = point_on_route(seen, 4.0 + 0.6 * speed)
        curvature = 2.0 * y / (x * x + y * y).clamp(min=1.0)
        acceleration = (0.5 * (10.0 - speed)).clamp(-3.0, 1.5)
        return acceleration, torch.atan(seen.ego_parameters[:, 2] * curvature)

    def act(self, seen, memory):
        return torch.stack(self.change(*self.command(seen), seen), dim=1), memory


class Planner:
    """Poses along the route at the present speed; `change` makes them wrong."""

    def __init__(self, change=lambda plan, seen: plan, points=20, plan_dt=0.1, **spec):
        self.change = change
        self.spec = PolicySpec(action="trajectory", num_points=points, plan_dt_s=plan_dt, **spec)

    def init(self, num_rows, device):
        return None

    def act(self, seen, memory):
        speed = seen.ego_history[:, -1, 4]
        times = self.spec.plan_dt_s * torch.arange(1, self.spec.num_points + 1)
        x, y, _ = point_on_route(seen, (4.0 + 0.6 * speed).clamp(min=6.0))
        bend = 2.0 * y / (x * x + y * y).clamp(min=1.0)
        along = speed[:, None] * times
        turned = bend[:, None] * along
        half = 0.5 * turned
        plan = torch.stack([along * torch.cos(half), along * torch.sin(half), turned], dim=2)
        return self.change(plan, seen), memory


class Recurrent(nn.Module):
    """A small recurrent network with random weights."""

    spec = PolicySpec()

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.cell, self.head = nn.GRUCell(7, 16), nn.Linear(16, 2)
        self.eval()

    def init(self, num_rows, device):
        return torch.zeros(num_rows, 16, device=device)

    def act(self, seen, memory):
        memory = self.cell(seen.ego_history[:, -1], memory)
        return torch.tanh(self.head(memory)) * torch.tensor([2.0, 0.1]), memory


class MixesMemory(Recurrent):
    def act(self, seen, memory):
        return super().act(seen, memory.roll(1, dims=0))


class MemoryOnAxisOne(Recurrent):
    def act(self, seen, memory):
        action, memory = super().act(seen, memory.T.reshape(-1, 16))
        return action, memory.T


class WithDropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, seen):
        return self.drop(torch.ones(seen.num_rows, 2)) * 0.01


class Counts(Pursuit):
    calls = 0

    def act(self, seen, memory):
        if seen.time_s.max() < 1.0:
            self.calls += 1
        action, _ = super().act(seen, memory)
        return action + 0.001 * self.calls, memory


class Mutates(Pursuit):
    def act(self, seen, memory):
        action = super().act(seen, memory)
        seen.lanes.zero_()
        return action


class Meddles(Pursuit):
    def act(self, seen, memory):
        torch.manual_seed(3)
        torch.set_default_dtype(torch.float64)
        os.chdir("/")
        return super().act(seen, memory)


def unlike_its_neighbours(acceleration, steering, seen):
    return acceleration - acceleration.mean(), steering


def nan_without_agents(acceleration, steering, seen):
    weights = seen.agents_valid[:, :, -1].float()
    return acceleration + 0.0 * (weights / weights.sum(dim=1, keepdim=True)).sum(dim=1), steering


def nan_where_not_active(acceleration, steering, seen):
    return acceleration / seen.active, steering


def raises():
    raise FileNotFoundError("weights.bin")


def hangs(observation):
    while True:
        pass


def good():
    return Pursuit()


def degrees():
    return Pursuit(lambda a, s, seen: (a, s * 180.0 / math.pi))
