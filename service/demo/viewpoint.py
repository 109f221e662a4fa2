"""Where the imagined camera hangs and how the ground maps to its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CAMERA_HEIGHT = 4.0
"""Height of the lens above the ground, m: a pole or the first floor."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A level camera whose picture is shifted down, so that upright things stay upright.

    World: X to the right, Z away from the camera along the ground, both m. Pictures have 16:9.

    Attributes:
        width, height: of the picture, px.
    """

    width: int = 1280
    height: int = 720

    @property
    def focal(self) -> float:
        """Focal length, px: about 70 degrees from side to side."""
        return 900 / 1280 * self.width

    @property
    def horizon(self) -> float:
        """Row of the horizon, px."""
        return 100 / 720 * self.height

    def px_per_metre(self, z: float) -> float:
        """Scale of an upright thing at depth z."""
        return self.focal / z

    def to_picture(self, x: float, z: float) -> tuple[float, float]:
        """Where a point on the ground appears, px."""
        return (
            self.width / 2 + self.focal * x / z,
            self.horizon + self.focal * CAMERA_HEIGHT / z,
        )

    def depth_of_row(self, row: float) -> float:
        """Depth of the ground seen in that row below the horizon, m."""
        return self.focal * CAMERA_HEIGHT / (row - self.horizon)

    def ground_homography(
        self, x0: float, z0: float, px_per_metre: float, supersampling: float = 1.0
    ) -> NDArray[np.float64]:
        """Matrix (3, 3) from a ground plan to the picture.

        The plan's pixel (0, 0) lies at (x0, z0); its columns run along X and its rows along Z.
        """
        to_world = np.array(
            [[1 / px_per_metre, 0, x0], [0, 1 / px_per_metre, z0], [0, 0, 1]], np.float64
        )
        project = np.array(
            [
                [self.focal, self.width / 2, 0],
                [0, self.horizon, self.focal * CAMERA_HEIGHT],
                [0, 1, 0],
            ],
            np.float64,
        )
        scale = np.diag([supersampling, supersampling, 1.0])
        return np.asarray(scale @ project @ to_world, np.float64)
