"""The look of a security camera: few pixels, noise, blur, night, infra-red, rain, compression.

Every function takes a picture (h, w, 3) uint8 BGR and returns a new one of the same shape.
"""

import io
from collections.abc import Callable

import av
import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def camera_look(picture: Picture, rng: Generator) -> Picture:
    """Pass a picture through a random camera: optics, light, sensor, codec, in that order."""
    steps: list[tuple[float, Callable[[Picture, Generator], Picture]]] = [
        (0.6, few_pixels),
        (0.25, motion_blur),
        (0.25, dusk),
        (0.2, infra_red),
        (0.08, rain),
        (0.5, sensor_noise),
        (0.8, compressed),
    ]
    for chance, step in steps:
        if rng.random() < chance:
            picture = step(picture, rng)
    return picture


def few_pixels(picture: Picture, rng: Generator) -> Picture:
    """Scale down by up to 3 and up again: a far scene, or digital zoom."""
    height, width = picture.shape[:2]
    factor = rng.uniform(0.33, 0.85)
    small = cv2.resize(
        picture,
        (max(8, int(width * factor)), max(8, int(height * factor))),
        None,
        0,
        0,
        cv2.INTER_AREA,
    )
    return np.asarray(cv2.resize(small, (width, height), None, 0, 0, cv2.INTER_LINEAR), np.uint8)


def motion_blur(picture: Picture, rng: Generator) -> Picture:
    """Blur along a random direction by 3 to 7 pixels."""
    length = int(rng.integers(3, 8))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1.0
    centre = ((length - 1) / 2, (length - 1) / 2)
    kernel = cv2.warpAffine(
        line, cv2.getRotationMatrix2D(centre, rng.uniform(0, 180), 1.0), (length, length)
    )
    return np.asarray(cv2.filter2D(picture, -1, kernel / max(kernel.sum(), 1e-6)), np.uint8)


def dusk(picture: Picture, rng: Generator) -> Picture:
    """Darken by gamma and gain, with less colour and a warm or cold lamp."""
    gamma, gain = rng.uniform(1.2, 2.2), rng.uniform(0.45, 0.9)
    light = (picture.astype(np.float32) / 255) ** gamma * gain
    grey = light.mean(axis=2, keepdims=True)
    light = grey + (light - grey) * rng.uniform(0.3, 1.0)
    return to_picture(light * rng.uniform(0.85, 1.1, 3) * 255)


def infra_red(picture: Picture, rng: Generator) -> Picture:
    """Grey picture lit by the lamp of the camera: bright in the middle, dark at the border."""
    height, width = picture.shape[:2]
    weights = rng.dirichlet([2.0, 2.0, 3.0])
    grey = (picture.astype(np.float32) * weights).sum(axis=2)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = rng.uniform(0.35, 0.65) * width, rng.uniform(0.4, 0.7) * height
    distance = ((columns - x) / width) ** 2 + ((rows - y) / height) ** 2
    lamp = np.exp(-distance * rng.uniform(0.5, 4.0))
    return to_picture(np.repeat((grey * lamp * rng.uniform(0.7, 1.1))[..., None], 3, axis=2))


def rain(picture: Picture, rng: Generator) -> Picture:
    """Draw bright streaks that slant together."""
    height, width = picture.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slant, length = rng.uniform(-0.3, 0.3), rng.uniform(0.03, 0.08) * height
    for _ in range(int(rng.integers(60, 250))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        cv2.line(streaks, (x, y), (int(x + slant * length), int(y + length)), 255, 1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(streaks, (3, 3), 0).astype(np.float32)[..., None] / 255
    return to_picture(picture + soft * rng.uniform(40, 110))


def sensor_noise(picture: Picture, rng: Generator) -> Picture:
    """Add noise of 2 to 12 grey levels, stronger in the dark, in grains of one or two pixels."""
    height, width = picture.shape[:2]
    grain = int(rng.integers(1, 3))
    grains = rng.standard_normal((height // grain + 1, width // grain + 1, 3)).astype(np.float32)
    noise = cv2.resize(grains, (width, height), None, 0, 0, cv2.INTER_LINEAR)
    sigma = rng.uniform(2, 12) * (1.3 - picture.mean(axis=2, keepdims=True) / 255)
    return to_picture(picture + noise * sigma)


def compressed(picture: Picture, rng: Generator) -> Picture:
    """Compress and decode: one H.264 picture in two of three cases, else JPEG."""
    if rng.random() < 2 / 3:
        return h264(picture, crf=int(rng.integers(26, 39)))
    quality = int(rng.integers(18, 60))
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def h264(picture: Picture, crf: int) -> Picture:
    """Pass a picture through x264 at a constant rate factor (0 best, 51 worst)."""
    height, width = picture.shape[:2]
    even = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as writer:
        stream = writer.add_stream(
            "libx264", rate=1, options={"crf": str(crf), "preset": "veryfast"}
        )
        stream.width, stream.height, stream.pix_fmt = even.shape[1], even.shape[0], "yuv420p"
        stream.codec_context.thread_count = 1
        writer.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="bgr24")))
        writer.mux(stream.encode(None))
    memory.seek(0)
    with av.open(memory, "r") as reader:
        decoded = next(reader.decode(video=0)).to_ndarray(format="bgr24")
    return np.asarray(decoded[:height, :width], np.uint8)


def to_picture(values: NDArray[np.floating]) -> Picture:
    """Round and clip to uint8."""
    clipped: Picture = np.clip(values, 0, 255).astype(np.uint8)
    return clipped
