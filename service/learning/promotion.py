"""Which model is the default: a candidate takes its place, or the one before comes back.

The log says so before the pointer is moved, and after: a power cut in between leaves an order of
which nobody knows whether it was carried out, never a change that nobody ordered.
"""

from litterwatch.detector.errors import CandidateRefused
from litterwatch.labelling.job import Candidate, Step, require_made
from litterwatch.models.registry import verify
from litterwatch.models.shelf import SHIPPED, Shelf
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.shadow import shadow_counts, shadow_sentence


def promote(
    place: LearningFolder,
    candidate: Candidate,
    *,
    without_shadow: bool = False,
    reason: str = "",
) -> str:
    """Make a candidate the default model; its SHA-256.

    Args:
        place: the labelling folder.
        candidate: that the gate has accepted.
        without_shadow: it need not have judged beside the model in use before.
        reason: why, in somebody's words; for the log.

    Raises:
        CandidateRefused: the gate has not accepted it, or it has not judged in the shadow.
        ConfigError: the disk refuses.
        ModelError: its files are not those its manifest names.
    """
    require_made(candidate)
    judged = candidate.done.get(Step.JUDGED)
    if judged is None:
        raise CandidateRefused(
            f"No gate has judged {candidate.name} yet: run `litterwatch labelling train` again."
        )
    if not judged["is_accepted"]:
        raise CandidateRefused(
            f"The gate has refused {candidate.name}: {'; '.join(judged['refusals'])}"
        )
    shadow = shadow_counts(candidate.folder)
    if not shadow and not without_shadow:
        raise CandidateRefused(
            f"{candidate.name} has not judged beside the model in use: set learning.shadow to"
            f" {candidate.folder} for a while, or promote it with --without-shadow."
        )
    sha256 = verify(candidate.model).manifest.of_format("openvino").sha256
    shelf, subject = Shelf(place.models), f"model:{candidate.name}"
    place.log(
        "model.promoting",
        subject,
        sha256=sha256,
        before=shelf.pointer().default,
        shadow=shadow_sentence(shadow),
        note=reason,
    )
    shelf.promote(candidate.model, candidate.name)
    place.log("model.promoted", subject, sha256=sha256, note=reason)
    return sha256


def roll_back(place: LearningFolder, reason: str = "") -> str:
    """Make the model before the default again; its name, in words.

    Args:
        place: the labelling folder.
        reason: why, in somebody's words; for the log.

    Raises:
        ConfigError: there was none before, or the disk refuses.
        ModelError: the one before is missing or damaged; the default stays.
    """
    shelf = Shelf(place.models)
    now = shelf.pointer()
    place.log("model.rolling_back", f"model:{now.default}", note=reason)
    name = shelf.roll_back()
    place.log("model.rolled_back", f"model:{now.default}", to=name, note=reason)
    return "the model that ships" if name == SHIPPED else name
