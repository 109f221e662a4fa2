"""Drawn vehicles and a dog, seen from the side, looking to the right."""

import cv2
import numpy as np

from litterwatch.service.demo.cutouts import Cutout
from litterwatch.service.demo.surfaces import Colour, Picture, cloudy, lay_over

_SCALE = 110
"""Pixels per metre of the drawings."""
_DARK = (40.0, 38.0, 36.0)

Corners = tuple[tuple[float, float], ...]


def car(rng: np.random.Generator, colour: Colour) -> Cutout:
    """A hatchback, 4.1 m long and 1.5 m high."""
    sheet = _Sheet(4.1, 1.5)
    sheet.fill(
        ((0.05, 0.32), (0.06, 0.78), (0.35, 0.93), (0.85, 1.42), (1.1, 1.48), (2.3, 1.47),
         (2.6, 1.40), (3.2, 0.98), (3.9, 0.82), (4.06, 0.62), (4.06, 0.32)), colour,
    )  # fmt: skip
    sheet.bgr *= np.linspace(1.15, 0.72, sheet.bgr.shape[0], dtype=np.float32)[:, None, None]
    sheet.fill(((0.72, 0.97), (1.05, 1.38), (1.62, 1.39), (1.62, 0.97)), (74, 66, 58))
    sheet.fill(((1.72, 0.97), (1.72, 1.39), (2.35, 1.38), (2.98, 0.97)), (84, 76, 66))
    sheet.fill(((1.66, 0.4), (1.66, 0.97), (1.69, 0.97), (1.69, 0.4)), _DARK)
    sheet.fill(((3.9, 0.66), (3.98, 0.78), (4.05, 0.70)), (210, 228, 236))
    sheet.fill(((0.06, 0.66), (0.06, 0.82), (0.16, 0.82), (0.16, 0.66)), (40, 40, 190))
    sheet.fill(((0.3, 0.22), (0.3, 0.36), (3.8, 0.36), (3.8, 0.22)), _DARK)
    for wheel in (0.82, 3.25):
        sheet.wheel(wheel, 0.32)
    return sheet.cutout(rng)


def scooter(rng: np.random.Generator, rider: Cutout, colour: Colour) -> Cutout:
    """A scooter with the upper body of a walker as its rider, 1.75 m high in all."""
    sheet = _Sheet(1.95, 1.80)
    for wheel in (0.34, 1.60):
        sheet.wheel(wheel, 0.25)
    sheet.fill(
        ((0.12, 0.48), (0.10, 0.80), (0.95, 0.82), (1.02, 0.48), (1.30, 0.42), (1.52, 0.95),
         (1.62, 0.95), (1.66, 0.40), (1.40, 0.26), (0.72, 0.26)), colour,
    )  # fmt: skip
    sheet.fill(((0.1, 0.78), (0.12, 0.90), (0.92, 0.88), (0.94, 0.79)), _DARK)
    sheet.fill(((1.42, 1.05), (1.66, 1.10), (1.67, 1.02), (1.44, 0.98)), _DARK)
    trousers = (96.0, 62.0, 44.0)
    sheet.fill(((0.5, 0.80), (0.5, 1.00), (1.12, 0.95), (1.16, 0.80)), trousers)
    sheet.fill(((1.02, 0.94), (1.18, 0.92), (1.34, 0.40), (1.20, 0.36)), trousers)
    torso = rider.scaled(1.70 * _SCALE / rider.tall)
    cut = int(torso.alpha.shape[0] * 0.52)
    corner = (round(0.66 * _SCALE - torso.foot[0]), round((1.84 - 1.76) * _SCALE))
    sheet.paste(torso.bgr[:cut], torso.alpha[:cut], corner)
    return sheet.cutout(rng)


def dog(rng: np.random.Generator) -> Cutout:
    """A brown dog, half a metre high."""
    sheet = _Sheet(0.85, 0.55)
    coat = (48.0, 78.0, 112.0)
    sheet.oval((0.38, 0.34), (0.27, 0.11), coat)
    sheet.oval((0.68, 0.46), (0.10, 0.075), coat)
    sheet.oval((0.76, 0.43), (0.06, 0.04), (36.0, 58.0, 84.0))
    sheet.fill(((0.56, 0.34), (0.64, 0.50), (0.72, 0.42), (0.62, 0.28)), coat)
    for leg in (0.18, 0.26, 0.54, 0.60):
        sheet.fill(((leg, 0.0), (leg, 0.30), (leg + 0.06, 0.30), (leg + 0.05, 0.0)), coat)
    sheet.fill(((0.02, 0.48), (0.12, 0.40), (0.16, 0.34), (0.12, 0.34)), coat)
    return sheet.cutout(rng)


class _Sheet:
    """A drawing in metres from its lower left corner."""

    def __init__(self, length: float, height: float) -> None:
        shape = (round((height + 0.04) * _SCALE), round((length + 0.04) * _SCALE))
        self.bgr: Picture = np.zeros((*shape, 3), np.float32)
        self.alpha = np.zeros(shape, np.float32)
        self._height = height + 0.04

    def _px(self, x: float, y: float) -> tuple[int, int]:
        return round((x + 0.02) * _SCALE), round((self._height - y) * _SCALE)

    def fill(self, corners: Corners, colour: Colour) -> None:
        points = np.array([self._px(*corner) for corner in corners], np.int32)
        cv2.fillPoly(self.bgr, [points], colour, cv2.LINE_AA)
        cv2.fillPoly(self.alpha, [points], 1.0, cv2.LINE_AA)

    def oval(self, centre: tuple[float, float], axes: tuple[float, float], colour: Colour) -> None:
        at, size = self._px(*centre), (round(axes[0] * _SCALE), round(axes[1] * _SCALE))
        cv2.ellipse(self.bgr, at, size, 0, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.ellipse(self.alpha, at, size, 0, 0, 360, 1.0, -1, cv2.LINE_AA)

    def wheel(self, x: float, radius: float) -> None:
        self.oval((x, radius), (radius, radius), (30.0, 30.0, 32.0))
        self.oval((x, radius), (0.6 * radius, 0.6 * radius), (150.0, 152.0, 154.0))
        self.oval((x, radius), (0.2 * radius, 0.2 * radius), (70.0, 70.0, 72.0))

    def paste(self, bgr: Picture, alpha: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]",
              corner: tuple[int, int]) -> None:  # fmt: skip
        lay_over(self.bgr, bgr, alpha, corner)
        covered = np.zeros((*self.alpha.shape, 3), np.float32)
        lay_over(covered, np.full((*alpha.shape, 3), 255, np.float32), alpha, corner)
        self.alpha = np.maximum(self.alpha, covered[..., 0] / 255)

    def cutout(self, rng: np.random.Generator) -> Cutout:
        grain = 4 * cloudy(rng, self.alpha.shape, 3) + 4 * cloudy(rng, self.alpha.shape, 24)
        soft = np.asarray(cv2.GaussianBlur(self.alpha, (0, 0), 0.8), np.float32)
        rows = np.flatnonzero(soft.max(axis=1) > 0.5)
        return Cutout(
            np.asarray(np.clip(self.bgr + grain[..., None], 0, 255), np.float32), soft,
            (self.alpha.shape[1] / 2, float(rows[-1] + 1)), float(rows[-1] - rows[0] + 1),
        )  # fmt: skip
