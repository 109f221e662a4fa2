"""What the commands about cameras read and write besides the database."""

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Final

import cv2

from litterwatch.camera_adapters.credentials import Secret
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Image

PASSWORD_VARIABLE: Final = "LITTERWATCH_CAMERA_PASSWORD"  # noqa: S105 - its name


def asked_password() -> Secret:
    """From the environment, a terminal, or standard input; never from the command line.

    Raises:
        ConfigError: there is none.
    """
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is None:
        if sys.stdin.isatty():
            given = getpass("Password of the camera: ")
        else:
            given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise ConfigError(
            f"The camera's password is missing: type it, send it to standard input, or set"
            f" {PASSWORD_VARIABLE}."
        )
    return Secret(given)


def text_of(path: Path, option: str = "--site") -> str:
    """The text of a file that an option names.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check {option}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not a text file in UTF-8; save it as UTF-8.") from error


def write_picture(picture: Image | None, path: Path) -> None:
    """Put a picture into a JPEG file; none writes nothing.

    Raises:
        ConfigError: it cannot be written.
    """
    if picture is None:
        return
    done, jpeg = cv2.imencode(".jpg", picture)
    assert done
    try:
        path.write_bytes(jpeg.tobytes())
    except OSError as error:
        raise ConfigError(
            f"The picture cannot be written to {path} ({error.strerror}): choose another place."
        ) from error
