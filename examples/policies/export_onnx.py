"""A planner as ONNX: two seconds along the route at the present speed, planned anew every 0.5 s."""

import torch
from torch import nn

from simeval.policy import PolicySpec
from simeval.policy.export import save_onnx


class FollowRoute(nn.Module):
    def forward(self, ego_history, route):
        speed = ego_history[:, -1, 4:5].clamp(min=1.0)
        place = (speed * 0.1 * torch.arange(1, 21) / 2.0).clamp(max=38.0)  # route points are 2 m apart
        before = place.long()
        part = (place - before).unsqueeze(-1)
        index = before.unsqueeze(-1).expand(-1, -1, 4)
        x, y, cos, sin = torch.lerp(route.gather(1, index), route.gather(1, index + 1), part).unbind(-1)
        return torch.stack([x, y, torch.atan2(sin, cos)], dim=-1)


if __name__ == "__main__":
    spec = PolicySpec(action="trajectory", num_points=20, plan_dt_s=0.1, tracker="lqr", replan_every=5)
    save_onnx(FollowRoute(), "planner.onnx", spec)
