"""Every setting that events depend on, kept beside them by its digest, for those who replay."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import EvidenceIntegrityError
from litterwatch.service.canonical import sha256_of
from litterwatch.service.outputs import make_folder, write_whole

FOLDER: Final = "configurations"


def keep_configuration(folder: Path, config: Mapping[str, Any]) -> str:
    """Write a configuration into a data folder, once; its digest.

    Raises:
        ConfigError, EvidenceError: the folder cannot be written.
    """
    digest = sha256_of(config)
    path = folder / FOLDER / f"{digest}.json"
    if not path.is_file():
        make_folder(path.parent)
        write_whole(path, json.dumps(config, ensure_ascii=False, indent=1) + "\n")
    return digest


def read_configuration(folder: Path, digest: str) -> dict[str, Any] | None:
    """The configuration of that digest; None where it was not kept.

    Raises:
        EvidenceIntegrityError: what is kept is another one.
    """
    path = folder / FOLDER / f"{digest}.json"
    if not path.is_file():
        return None
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        is_it = sha256_of(config) == digest
    except (OSError, ValueError, TypeError):
        is_it = False
    if not is_it:
        raise EvidenceIntegrityError(
            f"{path} is not the configuration its name says: it was changed or is torn; remove it."
        )
    return config
