"""Whether an event's clip is the camera's own bitstream, or was masked before it was kept."""

import json
from collections.abc import Mapping
from pathlib import Path

from litterwatch.detector.errors import EvidenceIntegrityError
from litterwatch.service.evidence.sealed import require_size
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.texts import N_


def is_masked(root: Path, files: Mapping[Role, EvidenceRow]) -> bool:
    """What the manifest says of the clip: privacy masks blackened, pictures encoded again.

    False where there is no clip, and for manifests written before there were masks.

    Args:
        root: the data folder.
        files: of one event, by role.

    Raises:
        EvidenceIntegrityError: the manifest is not what was stored, as far as reading it tells.
    """
    if Role.CLIP not in files or Role.MANIFEST not in files:
        return False
    return told_masked(require_size(root, files[Role.MANIFEST]).read_bytes())


def told_masked(manifest: bytes) -> bool:
    """The same, of a manifest that was read.

    Raises:
        EvidenceIntegrityError: this is no manifest.
    """
    try:
        clip = json.loads(manifest)["clip"]
        return bool(clip is not None and clip.get("masked", False))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise EvidenceIntegrityError(
            N_("The evidence of this event is not what was stored: tell the administrator.")
        ) from error
