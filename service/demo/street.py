"""The drawn street: pavement, kerb, road, houses, and what stands there."""

import numpy as np

from litterwatch.detector.types import Image
from litterwatch.service.demo.cutouts import Cutout
from litterwatch.service.demo.furniture import set_bollard, set_bus, set_lamp_post, set_wheelie_bin
from litterwatch.service.demo.ground import KERB, draw_ground
from litterwatch.service.demo.house_fronts import set_houses
from litterwatch.service.demo.viewpoint import Viewpoint


def draw_street(view: Viewpoint, bus: Cutout, seed: int) -> Image:
    """The empty street (height, width, 3) uint8 BGR, the same for the same seed."""
    rng = np.random.default_rng(seed)
    picture = draw_ground(view, rng)
    set_houses(picture, view, rng)
    set_bus(picture, view, bus)
    for x in np.arange(-7.5, 8.0, 1.5):
        set_bollard(picture, view, float(x), KERB - 0.3)
    set_lamp_post(picture, view, -4.4, KERB - 0.45)
    for x, colour in ((4.15, (62, 92, 48)), (4.95, (70, 62, 60))):
        set_wheelie_bin(picture, view, (x, KERB - 0.55), colour, rng)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)
