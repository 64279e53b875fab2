"""Times MetaDrive's physics without graphics: a straight road, and its procedural maps.

Its archive of models and textures is fetched from a web site at the first start. Physics do not need it: an
empty folder of this process stands in for it, nothing is written into the installation.
"""

from __future__ import annotations

import logging
import tempfile
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import metadrive.engine.asset_loader as assets
import metadrive.version
from metadrive.envs.metadrive_env import MetaDriveEnv
from metadrive.policy.idm_policy import IDMPolicy
from timing import Steps, Workload, report, stopwatch

STEPS, DT = 100, 0.1


def without_archive(folder: Path) -> None:
    """Lets it start without its models."""
    (folder / "textures" / "grass1").mkdir(parents=True)
    (folder / "textures" / "grass1" / "GroundGrassGreen002_COL_1K.jpg").touch()
    (folder / "version.txt").write_text(metadrive.version.VERSION)
    assets.AssetLoader.asset_path = PurePosixPath(folder)
    assets.AssetLoader.should_update_asset = classmethod(lambda cls: False)


def environment(**chosen: Any) -> MetaDriveEnv:
    """An environment without graphics whose ego drives by IDM."""
    return MetaDriveEnv(
        {
            "use_render": False, "log_level": logging.ERROR, "agent_policy": IDMPolicy,
            "traffic_mode": "respawn", "horizon": 10_000, "physics_world_step_size": 0.02,
            "decision_repeat": 5, **chosen,
        }
    )  # fmt: skip


def drive(env: MetaDriveEnv) -> Steps:
    """Steps it; resets are part of the time."""

    def work() -> tuple[int, int]:
        agents = 0
        for _ in range(STEPS):
            _, _, terminated, truncated, _ = env.step([0.0, 0.0])
            agents += 1 + len(env.engine.traffic_manager.traffic_vehicles)
            if terminated or truncated:
                env.reset()
        return agents, STEPS

    return stopwatch(work)


def main() -> None:
    """One environment at a time: there is one engine a process."""
    with tempfile.TemporaryDirectory() as name:
        without_archive(Path(name))
        made: dict[str, MetaDriveEnv] = {}

        def run(key: str, **chosen: Any) -> Steps:
            if key not in made:
                for other in made.values():
                    other.close()
                made[key] = environment(**chosen)
                made[key].reset(seed=0)
            return drive(made[key])

        says = "Bullet physics x 5, IDM and lane changes, lidar observation of the ego"
        report(
            "MetaDrive",
            version("metadrive-simulator"),
            [
                Workload(
                    "motorway", says, DT,
                    lambda: run("motorway", map="SSSSSS", traffic_density=0.3, num_scenarios=1),
                ),
                Workload(
                    "procedural maps", says, DT,
                    lambda: run("maps", num_scenarios=20, traffic_density=0.1),
                ),
            ],
        )  # fmt: skip


if __name__ == "__main__":
    main()
