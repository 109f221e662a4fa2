"""Labelled pictures that came from elsewhere, kept until data sets are built of them.

pool/
    pictures.jsonl     one line a picture; for the same bytes the last line counts
    images/            by the SHA-256 of the picture
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.files import write_whole
from litterwatch.labelling.picture_lines import lines, read_lines
from litterwatch.labelling.records import LabelledPicture

PICTURES: Final = "pictures.jsonl"


def pooled(pool: Path) -> list[LabelledPicture]:
    """Every picture of a pool, by its hash.

    Raises:
        ConfigError: the list cannot be read.
    """
    file = pool / PICTURES
    there = read_lines(file, pool / "images") if file.is_file() else ()
    return sorted(there, key=lambda picture: picture.sha256)


def add_to_pool(pool: Path, pictures: Sequence[LabelledPicture]) -> int:
    """Copy pictures into a pool; labels of pictures that are there already are replaced.

    Returns:
        How many were not there before.

    Raises:
        ConfigError: the pool cannot be read or written.
    """
    found = {picture.sha256: picture for picture in pooled(pool)}
    before = len(found)
    try:
        (pool / "images").mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            file = pool / "images" / f"{picture.sha256}{picture.file.suffix.lower()}"
            if not file.is_file():
                partial = file.with_name(f"{file.name}.part")
                shutil.copyfile(picture.file, partial)
                partial.replace(file)
            found[picture.sha256] = replace(picture, file=file)
    except OSError as error:
        raise ConfigError(f"{pool} cannot be written: {error.strerror}.") from error
    write_whole(pool / PICTURES, lines(found[key] for key in sorted(found)))
    return len(found) - before
