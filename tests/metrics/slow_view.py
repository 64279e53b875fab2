"""What slow second implementations of metrics look at: shapely's view of a world, without simeval's own
geometry, episodes or kernels."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely


@dataclass(frozen=True)
class Want:
    """What a metric should give: a value from low to high. `near`: something is within 5 % of a threshold."""

    low: float
    high: float
    near: bool = False


UNSURE = Want(-math.inf, math.inf)  # rounding decides; such scenes are counted apart


def exactly(value, near=False, slack=1e-6):
    return Want(value - slack, value + slack, bool(near))


def close_to(value, *thresholds):
    return any(abs(value - t) <= 0.05 * abs(t) for t in thresholds)


def ring(x, y, h, length, width, scale=1.0):
    """Corners [..., 4, 2] of boxes."""
    a, b = 0.5 * scale * np.array([1, -1, -1, 1]), 0.5 * scale * np.array([1, 1, -1, -1])
    along, across = np.asarray(length)[..., None] * a, np.asarray(width)[..., None] * b
    c, s = np.cos(h)[..., None], np.sin(h)[..., None]
    return np.stack(
        [
            np.asarray(x)[..., None] + along * c - across * s,
            np.asarray(y)[..., None] + along * s + across * c,
        ],
        -1,
    )


class View:
    """Bodies b of all agents over the steps t."""

    def __init__(self, made):
        self.made, self.dt = made, made.trace.dt
        self.scenario, self.trace, self.states = made.scenario, made.trace, made.trace.states
        bodies = self.trace.agents.bodies
        self.agent, self.length, self.width = bodies.agent, bodies.length, bodies.width
        self.steps = len(self.states.xy)
        self.own = np.flatnonzero(self.agent == self.trace.ego)
        self.others = np.flatnonzero(self.agent != self.trace.ego)

    @cached_property
    def pose(self):
        """x, y, heading [t, b]: a pulled body hangs at the coupling of the one before it."""
        bodies, out, pulled = self.trace.agents.bodies, np.zeros((self.steps, len(self.agent), 3)), 0
        for b, a in enumerate(self.agent):
            if b == 0 or self.agent[b - 1] != a:
                out[:, b, :2], out[:, b, 2] = self.states.xy[:, a], self.states.heading[:, a]
                continue
            before = out[:, b - 1]
            heading = before[:, 2] - self.states.hitch[:, pulled]
            pulled += 1
            reach = bodies.rear_hitch[b - 1]
            x = before[:, 0] + reach * np.cos(before[:, 2]) - bodies.front_hitch[b] * np.cos(heading)
            y = before[:, 1] + reach * np.sin(before[:, 2]) - bodies.front_hitch[b] * np.sin(heading)
            out[:, b] = np.stack([x, y, heading], axis=1)
        return out

    @cached_property
    def valid(self):
        return self.states.valid[:, self.agent]

    @cached_property
    def velocity(self):
        """[t, b, 2]; of a pulled body the difference of its places before and after, where it was there."""
        out = self.states.velocity[:, self.agent].copy()
        for b in range(1, len(self.agent)):
            if self.agent[b] == self.agent[b - 1]:
                xy = self.pose[:, b, :2]
                for t in np.flatnonzero(self.valid[:, b]):
                    first = t - 1 if t > 0 and self.valid[t - 1, b] else t
                    last = t + 1 if t + 1 < self.steps and self.valid[t + 1, b] else t
                    if last > first:
                        out[t, b] = (xy[last] - xy[first]) / ((last - first) * self.dt)
        return out

    def rings(self, scale=1.0):
        p = self.pose
        return ring(p[..., 0], p[..., 1], p[..., 2], self.length, self.width, scale)

    @cached_property
    def corners(self):
        return self.rings()

    @cached_property
    def shapes(self):
        return shapely.polygons(self.corners)

    @cached_property
    def pairs(self):
        """(i, j) of a body of the ego and one of another."""
        return [(i, j) for i in self.own for j in self.others]

    def obstacles(self, scale=1.0):
        """[t, pair] all offsets by which the ego's body could move to touch the other one: the hull of the
        differences of their corners. They touch where it holds the origin."""
        c = self.rings(scale)
        first, second = (np.array(x) for x in zip(*self.pairs, strict=True))
        apart = c[:, second][:, :, :, None, :] - c[:, first][:, :, None, :, :]
        return shapely.convex_hull(shapely.multipoints(apart.reshape(*apart.shape[:2], 16, 2)))

    @cached_property
    def obstacle(self):
        return self.obstacles()

    @cached_property
    def there(self):
        """[t, pair] whether both are there."""
        return np.stack([self.valid[:, i] & self.valid[:, j] for i, j in self.pairs], axis=1)

    @cached_property
    def gap(self):
        """[t, pair] distance [m]; inf where one is not there."""
        return np.where(self.there, shapely.distance(self.obstacle, shapely.Point(0, 0)), math.inf)

    @cached_property
    def closing(self):
        """[t, pair, 2] velocity of the other body seen from the ego's."""
        return np.stack([self.velocity[:, j] - self.velocity[:, i] for i, j in self.pairs], axis=1)

    @cached_property
    def pair_agent(self):
        return np.array([self.agent[j] for _, j in self.pairs])

    @cached_property
    def speed(self):
        """Of the ego along its heading [t]."""
        h = self.states.heading[:, self.trace.ego]
        v = self.states.velocity[:, self.trace.ego]
        return v[:, 0] * np.cos(h) + v[:, 1] * np.sin(h)

    @cached_property
    def ttc(self):
        """[t, pair] first time within 5 s at which the ray of motion enters the obstacle [s]; inf: none."""
        ends = -5.0 * self.closing
        lines = shapely.linestrings(np.stack([np.zeros_like(ends), ends], axis=-2))
        met = shapely.intersection(lines, self.obstacle)
        speed = np.hypot(*np.moveaxis(self.closing, -1, 0))
        with np.errstate(invalid="ignore", divide="ignore"):
            after = shapely.distance(met, shapely.Point(0, 0)) / speed
        after = np.where(self.gap == 0.0, 0.0, np.where(np.isnan(after), math.inf, after))
        return np.where(self.there, after, math.inf)

    @cached_property
    def touched(self):
        """First step of a contact by agent."""
        return self.first_touches(self.obstacle)

    def first_touches(self, obstacle):
        hit = self.there & shapely.intersects(obstacle, shapely.Point(0, 0))
        found = {}
        for t, k in np.argwhere(hit):
            found.setdefault(int(self.pair_agent[k]), (int(t), k))
        return found

    @cached_property
    def touches_nearly(self):
        """Whether boxes 5 % larger touch somebody whom boxes 5 % smaller do not."""
        return set(self.first_touches(self.obstacles(1.05))) != set(self.first_touches(self.obstacles(0.95)))
