"""The one photograph the people and the bus are cut from.

It lies inside the ultralytics package (AGPL-3.0, as ours). That package is not part of a running
system, so it is not imported here: the file is found by path, in the environment or in a folder
into which its wheel was unpacked.
"""

import hashlib
import importlib.util
from pathlib import Path

import cv2
import numpy as np

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Image

STREET_PHOTO = "bus.jpg"
STREET_PHOTO_SHA256 = "c02019c4979c191eb739ddd944445ef408dad5679acab6fd520ef9d434bfbc63"
"""The outlines in cutouts.py are traced on exactly these bytes (ultralytics 8.4)."""


def street_photo(folder: Path | None = None) -> Image:
    """The photograph, (1080, 810, 3) uint8 BGR.

    Args:
        folder: where to look; None: inside the installed ultralytics package.

    Raises:
        ConfigError: it is not there, or it is another picture than the one we know.
    """
    path = _folder_of_package() / STREET_PHOTO if folder is None else folder / STREET_PHOTO
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"Cannot read the sample picture {path}: run scripts/demo.") from error
    if hashlib.sha256(data).hexdigest() != STREET_PHOTO_SHA256:
        raise ConfigError(
            f"{path} is not the sample picture the demonstration was drawn for: "
            "run scripts/demo, which fetches the right one."
        )
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ConfigError(f"Cannot decode the sample picture {path}: run scripts/demo.")
    return np.asarray(image, np.uint8)


def _folder_of_package() -> Path:
    found = importlib.util.find_spec("ultralytics")  # finds, does not import
    if found is None or found.origin is None:
        raise ConfigError(
            "The demonstration needs the sample picture of the ultralytics package: "
            "run scripts/demo, which fetches it, or install litterwatch[train]."
        )
    return Path(found.origin).parent / "assets"
