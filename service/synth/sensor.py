"""What light, weather and a camera make of a drawn scene."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.types import Image
from litterwatch.service.demo.surfaces import cloudy
from litterwatch.service.synth.scenario import Camera, LightChange, Scenario
from litterwatch.service.synth.view import View

_CLOUD_SPEED: Final = 0.025
"""How fast shade moves over the picture, picture widths a second."""
_BLACK: Final = 16.0
"""Luma of black in video."""
_INFRARED_MIX: Final = (0.10, 0.25, 0.85)
"""What blue, green and red surfaces send back under an infrared lamp."""


class Sensor:
    """Turns drawn pictures into what a camera delivers; the same for the same scenario and time."""

    def __init__(self, scenario: Scenario, view: View) -> None:
        self._scenario, self._view = scenario, view
        rng = np.random.default_rng((scenario.seed, 2))
        shape = (view.height, int(view.width * (1 + _CLOUD_SPEED * scenario.seconds)) + 2)
        field = cloudy(rng, shape, view.width / 4)
        shade = cv2.GaussianBlur(np.clip(field - 0.1, 0, 1), (0, 0), view.width / 40)
        self._clouds = 1 - scenario.weather.clouds * np.asarray(shade, np.float32)
        grain = rng.standard_normal((view.height + 96, view.width + 96)).astype(np.float32)
        self._noise = scenario.camera.noise * grain
        self._phase = rng.uniform(0, 6.28, 4)
        self._spot = _spot(view)
        self._leaves = _foliage(rng, view) if scenario.street.tree else None

    def expose(self, picture: Image, t: float, index: int) -> NDArray[np.uint8]:
        """The picture at time t as planar YUV 4:2:0, (h * 3 / 2, w) uint8.

        Args:
            picture: the scene (h, w, 3) BGR.
            t: media time, s.
            index: of the frame; gives its noise.
        """
        rng = np.random.default_rng((self._scenario.seed, 3, index))
        seen = self._with_leaves(picture, t)
        seen = self._with_rain(seen, t, rng)
        seen = self._displaced(seen, t, rng)
        share = _share(self._changes("infrared"), t)
        height, width = self._view.height, self._view.width
        planes = np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2YUV_I420), np.uint8)
        luma = planes[:height].astype(np.float32) - _BLACK
        gain = self._gain(t)
        luma = luma * self._passing_clouds(t) * np.float32(gain)
        planes[height:] = np.rint(128 + gain * (planes[height:].astype(np.float32) - 128)).clip(
            0, 255
        )
        if share > 0:
            mix = np.asarray(seen @ np.array(_INFRARED_MIX, np.float32), np.float32)
            lamp = 205 * np.clip(mix / 255 * self._spot, 0, 1) ** 0.75
            luma = (1 - share) * luma + share * lamp
            chroma = 128 + (1 - share) * (planes[height:].astype(np.float32) - 128)
            planes[height:] = np.rint(chroma)
        top, left = rng.integers(0, 96, 2)
        noise = self._noise[top : top + height, left : left + width]
        planes[:height] = cv2.convertScaleAbs(np.clip(luma + _BLACK + (1 + share) * noise, 0, 255))
        return planes

    def _changes(self, kind: str) -> list[LightChange]:
        return [change for change in self._scenario.weather.changes if change.kind == kind]

    def _gain(self, t: float) -> float:
        """What all light is multiplied with: daylight's drift and sudden changes."""
        a, b = self._phase[:2]
        drift = 1 + 0.03 * np.sin(2 * np.pi * t / 41 + a) + 0.012 * np.sin(2 * np.pi * t / 13 + b)
        gain = 1.0
        for change in self._changes("gain"):
            gain += _share([change], t) * (change.gain - gain)
        return float(drift * gain)

    def _passing_clouds(self, t: float) -> NDArray[np.float32]:
        start = int(self._view.width * _CLOUD_SPEED * t)
        return self._clouds[:, start : start + self._view.width]

    def _with_rain(self, picture: Image, t: float, rng: np.random.Generator) -> Image:
        weather = self._scenario.weather
        if weather.rain <= 0 or t < weather.rain_from:
            return picture
        view = self._view
        count = int(weather.rain * view.width * view.height / 1000)
        streaks = np.zeros((view.height, view.width), np.uint8)
        length = view.height / 18
        for x, y, size in rng.uniform((0, 0, 0.4), (view.width, view.height, 1.0), (count, 3)):
            end = (round(x + 0.12 * length * size), round(y + length * size))
            cv2.line(streaks, (round(x), round(y)), end, int(60 + 90 * size), 1)
        veil = cv2.blur(streaks, (1, 3))[..., None].astype(np.float32) / 255 * 0.75
        dull = 0.92 * picture + 0.08 * 150
        return np.asarray(np.rint(dull + (205 - dull) * veil), np.uint8)

    def _with_leaves(self, picture: Image, t: float) -> Image:
        if self._leaves is None:
            return picture
        bgr, alpha = self._leaves
        if self._scenario.weather.wind > 0:
            bgr, alpha = self._blown(bgr, alpha, t)
        height, width = alpha.shape
        result = picture.copy()
        part = result[:height, :width]
        part[:] = np.rint(part + (bgr - part) * alpha[..., None])
        return result

    def _blown(
        self, bgr: NDArray[np.float32], alpha: NDArray[np.float32], t: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The foliage as the wind bends it at time t."""
        wind, (a, b) = self._scenario.weather.wind, self._phase[2:]
        height, width = alpha.shape
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        gust = 0.6 + 0.4 * np.sin(2 * np.pi * t / 7.3 + b)
        sway = wind * gust * np.sin(2 * np.pi * t / 1.6 + rows / 17 + a)
        flutter = 0.4 * wind * gust * np.sin(2 * np.pi * t / 0.55 + columns / 9 + rows / 6)
        map_x = np.asarray(columns + sway + flutter, np.float32)
        map_y = np.asarray(rows + 0.6 * flutter, np.float32)
        leaves = cv2.remap(bgr, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        weight = cv2.remap(alpha, map_x, map_y, cv2.INTER_LINEAR)
        return np.asarray(leaves, np.float32), np.asarray(weight, np.float32)

    def _displaced(self, picture: Image, t: float, rng: np.random.Generator) -> Image:
        camera = self._scenario.camera
        dx, dy = displacement(camera, t)
        if camera.shake > 0:
            sway = camera.shake * rng.standard_normal(2)
            dx, dy = dx + float(sway[0]), dy + float(sway[1])
        if dx == 0 and dy == 0:
            return picture
        matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
        size = (self._view.width, self._view.height)
        moved = cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(moved, np.uint8)


def displacement(camera: Camera, t: float) -> tuple[float, float]:
    """By how much the camera has been pushed at time t, px."""
    return next(((x, y) for at, x, y in reversed(camera.nudges) if at <= t), (0.0, 0.0))


def _share(changes: list[LightChange], t: float) -> float:
    """How far the latest change has come, 0..1."""
    past = [change for change in changes if change.at <= t]
    if not past:
        return 0.0
    return float(min((t - past[-1].at) / max(past[-1].seconds, 1e-6), 1.0))


def _spot(view: View) -> NDArray[np.float32]:
    """The camera's own lamp: bright in the middle, dark in the corners."""
    rows, columns = np.mgrid[0 : view.height, 0 : view.width].astype(np.float32)
    radius = np.hypot((columns / view.width - 0.5) * 1.5, (rows / view.height - 0.62) * 1.1)
    return np.asarray(np.clip(1.15 - 0.9 * radius**1.5, 0.25, 1.15), np.float32)


def _foliage(
    rng: np.random.Generator, view: View
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Leaves hanging into the upper left of the picture: colours and alpha."""
    height, width = round(0.42 * view.height), round(0.38 * view.width)
    field = cloudy(rng, (height, width), 5) + 0.8 * cloudy(rng, (height, width), 14)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    edge = 1.0 - (columns / width) ** 1.5 - (rows / height) ** 1.6
    alpha = np.clip((0.55 * field + 3.2 * edge) * 2.0, 0, 1)
    tone = np.clip(0.75 + 0.28 * cloudy(rng, (height, width), 3), 0.25, 1.5)
    bgr = tone[..., None] * np.array((52, 104, 78), np.float32)
    return np.asarray(bgr, np.float32), np.asarray(alpha, np.float32)
