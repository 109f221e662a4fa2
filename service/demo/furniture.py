"""What stands in the drawn street: bollards, a lamp post, wheelie bins, a parked bus."""

import cv2
import numpy as np

from litterwatch.service.demo.cutouts import Cutout
from litterwatch.service.demo.ground import FAR_KERB
from litterwatch.service.demo.surfaces import Colour, Picture, lay_over
from litterwatch.service.demo.viewpoint import Viewpoint


def set_bus(picture: Picture, view: Viewpoint, bus: Cutout) -> None:
    """Parks the bus at the far kerb, its front beyond the left edge of the picture."""
    depth = FAR_KERB - 1.0
    small = bus.scaled(3.45 * view.px_per_metre(depth) / bus.tall)
    _, foot = view.to_picture(0, depth)
    height, width = small.alpha.shape
    top = round(foot - small.foot[1])
    shadow = np.zeros(picture.shape[:2], np.float32)
    base = round(foot)
    corners = np.array(
        [(0, base - 12), (width - 18, base - round(0.19 * height)), (width, base - 22),
         (width - 6, base - 6), (0, base + round(0.05 * height))]
    )  # fmt: skip
    cv2.fillPoly(shadow, [corners.astype(np.int32)], 1.0)
    shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), view.width / 320), np.float32)
    picture *= 1 - 0.62 * shadow[..., None]
    # The photograph was taken in harder light than this street has.
    lay_over(picture, small.bgr * 0.93 + 6, small.alpha, (-3, top))


def _cast(picture: Picture, view: Viewpoint, place: tuple[float, float], size: Colour) -> None:
    """Shadow of an upright box: (width, height, strength), to the left and a little forward."""
    x, foot = view.to_picture(*place)
    scale = view.px_per_metre(place[1])
    width, height, strength = size[0] * scale, size[1] * scale, size[2]
    corners = np.array(
        [(x - width / 2, foot), (x + width / 2, foot),
         (x + width / 2 - 0.6 * height, foot + 0.1 * height),
         (x - width / 2 - 0.6 * height, foot + 0.1 * height)]
    )  # fmt: skip
    shadow = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(shadow, [np.rint(corners).astype(np.int32)], 1.0)
    shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), view.width / 700), np.float32)
    picture *= 1 - strength * shadow[..., None]


def _cylinder(
    picture: Picture, view: Viewpoint, place: tuple[float, float], size: tuple[float, float],
    colour: Colour,
) -> None:  # fmt: skip
    """An upright round post of (diameter, height), m, lit from the right."""
    x, foot = view.to_picture(*place)
    scale = view.px_per_metre(place[1])
    width, height = max(3, round(size[0] * scale)), round(size[1] * scale)
    u = np.linspace(-1, 1, width, dtype=np.float32)
    light = 0.55 + 0.55 * np.sqrt(np.clip(1 - (u - 0.45) ** 2 / 2.2, 0, 1))
    bgr = np.ones((height, 1, 1), np.float32) * light[None, :, None] * np.array(colour, np.float32)
    alpha = np.ones((height, width), np.float32)
    alpha[:, 0] = alpha[:, -1] = 0.5
    lay_over(picture, bgr, alpha, (round(x - width / 2), round(foot - height)))


def set_bollard(picture: Picture, view: Viewpoint, x: float, z: float) -> None:
    """A cast-iron post at the kerb."""
    _cast(picture, view, (x, z), (0.16, 0.85, 0.38))
    _cylinder(picture, view, (x, z), (0.17, 0.85), (78, 80, 82))
    _, foot = view.to_picture(x, z)
    scale = view.px_per_metre(z)
    top = foot - 0.85 * scale
    centre = round(view.to_picture(x, z)[0])
    for height, colour in ((0.0, (104, 106, 108)), (0.13, (58, 60, 62)), (0.19, (58, 60, 62))):
        row = round(top + height * scale)
        half = round(0.085 * scale)
        cv2.line(picture, (centre - half, row), (centre + half - 1, row), colour, 1)


def set_lamp_post(picture: Picture, view: Viewpoint, x: float, z: float) -> None:
    """A post that reaches beyond the upper edge of the picture."""
    _cast(picture, view, (x, z), (0.14, 2.6, 0.34))
    _cylinder(picture, view, (x, z), (0.24, 0.5), (66, 74, 68))
    _cylinder(picture, view, (x, z), (0.13, 6.0), (70, 80, 72))


def set_wheelie_bin(
    picture: Picture, view: Viewpoint, place: tuple[float, float], colour: Colour,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """A 240 litre bin, 0.58 m wide and 1.07 m high, its lid closed."""
    _cast(picture, view, place, (0.58, 1.05, 0.42))
    x, foot = view.to_picture(*place)
    scale = view.px_per_metre(place[1])
    width, height = 0.58 * scale, 1.07 * scale
    lid = 0.17 * height  # the top is seen from above
    left, right, top = x - width / 2, x + width / 2, foot - height

    def fill(corners: list[tuple[float, float]], factor: float) -> None:
        shade = tuple(float(c) * factor for c in colour)
        points = np.rint(np.array(corners) * 16).astype(np.int32)
        cv2.fillPoly(picture, [points], shade, cv2.LINE_AA, 4)

    fill([(left, top + lid), (right, top + lid), (right - 0.07 * width, foot - 3),
          (left + 0.07 * width, foot - 3)], 1.0)  # fmt: skip
    fill([(left + 0.05 * width, top), (right - 0.05 * width, top), (right + 2, top + lid),
          (left - 2, top + lid)], 1.45)  # fmt: skip
    fill([(left - 2, top + lid), (right + 2, top + lid), (right + 2, top + lid + 5),
          (left - 2, top + lid + 5)], 0.72)  # fmt: skip
    fill([(left + 0.38 * width, top + 0.45 * height), (left + 0.64 * width, top + 0.45 * height),
          (left + 0.63 * width, top + 0.62 * height), (left + 0.39 * width, top + 0.62 * height)],
         1.25)  # fmt: skip
    for wheel in (left + 0.2 * width, right - 0.2 * width):
        cv2.ellipse(picture, (round(wheel), round(foot - 3)), (round(0.07 * width), 5), 0, 0, 360,
                    (34, 34, 36), -1, cv2.LINE_AA)  # fmt: skip
    body = picture[round(top + lid) : round(foot), round(left) : round(right)]
    body += 3.0 * rng.standard_normal(body.shape[:2])[..., None].astype(np.float32)
