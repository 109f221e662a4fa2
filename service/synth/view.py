"""Where the imagined camera of a scenario hangs, and how the ground maps to its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litterwatch.service.demo.viewpoint import Viewpoint
from litterwatch.service.synth.scenario import Camera


@dataclass(frozen=True, slots=True)
class View(Viewpoint):
    """The viewpoint of the demonstration with another lens at another height.

    Attributes:
        lens_height: m.
        lens: focal length in picture widths.
        skyline: row of the horizon in picture heights.
    """

    lens_height: float = 4.0
    lens: float = 0.7
    skyline: float = 0.14

    @staticmethod
    def of(camera: Camera) -> "View":
        """The view of a scenario's camera."""
        return View(camera.width, camera.height, camera.lens_height, camera.focal, camera.horizon)

    @property
    def focal(self) -> float:
        return self.lens * self.width

    @property
    def horizon(self) -> float:
        return self.skyline * self.height

    @property
    def near(self) -> float:
        """Depth of the ground at the lower edge of the picture, m."""
        return self.depth_of_row(self.height)

    def half_width(self, z: float) -> float:
        """How far the picture reaches to either side at that depth, m."""
        return z * self.width / 2 / self.focal

    def to_picture(self, x: float, z: float) -> tuple[float, float]:
        return (
            self.width / 2 + self.focal * x / z,
            self.horizon + self.focal * self.lens_height / z,
        )

    def depth_of_row(self, row: float) -> float:
        return self.focal * self.lens_height / (row - self.horizon)

    def ground_homography(
        self, x0: float, z0: float, px_per_metre: float, supersampling: float = 1.0
    ) -> NDArray[np.float64]:
        to_world = np.array(
            [[1 / px_per_metre, 0, x0], [0, 1 / px_per_metre, z0], [0, 0, 1]], np.float64
        )
        project = np.array(
            [
                [self.focal, self.width / 2, 0],
                [0, self.horizon, self.focal * self.lens_height],
                [0, 1, 0],
            ],
            np.float64,
        )
        scale = np.diag([supersampling, supersampling, 1.0])
        return np.asarray(scale @ project @ to_world, np.float64)
