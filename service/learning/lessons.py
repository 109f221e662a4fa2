"""Weights and nuisance maps from the verdicts of the desk, as files that settings name."""

from pathlib import Path
from typing import Final

from litterwatch.detector.deposits.score import BY_HAND
from litterwatch.detector.errors import CandidateRefused, ConfigError
from litterwatch.labelling.charts import calibration_svg
from litterwatch.labelling.files import file_sha256, write_whole
from litterwatch.labelling.nuisance import still_counting, write_nuisance
from litterwatch.labelling.refit import Refit, refit
from litterwatch.labelling.weights_file import write_weights
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.verdicts import verdicts, with_looks

WEIGHTS_LINK: Final = "score-weights.json"
NUISANCE_LINK: Final = "nuisance-map.json"
"""Lead to the latest file; settings may name them, events name the hash of what they led to."""


def learn_weights(place: LearningFolder) -> tuple[Path, Refit]:
    """Refit the score's weights; the file, and what the refit came to.

    Raises:
        CandidateRefused: the new weights say no better than those set by hand what people said.
        ConfigError: the disk refuses.
        TooFewVerdicts: people have not judged enough yet.
    """
    with place.database.reading() as session:
        given = verdicts(session)
    found = refit(given)
    if not found.is_better:
        raise CandidateRefused(
            f"On days they were not fitted on, weights from {len(given)} verdicts do not say better"
            f" what people said, beyond chance (loss {found.loss:.3f} against"
            f" {found.loss_before:.3f}, give or take {found.chance:.3f}): judge more events, or use"
            " the nuisance map."
        )
    file = write_weights(place.learned, found, BY_HAND, place.clock.now())
    title = f"Refitted score on days not fitted on, {len(given)} verdicts"
    write_whole(file.with_suffix(".svg"), calibration_svg(found.bins, title).encode())
    _lead(place.learned / WEIGHTS_LINK, file)
    place.log(
        "weights.learned", f"weights:{file.stem}", sha256=file_sha256(file), verdicts=len(given)
    )
    return file, found


def learn_nuisance(place: LearningFolder) -> tuple[Path, int]:
    """Write down where alarms keep being refused; the file, and from how many verdicts.

    What the things looked like is written as well, where a picture of them is still there.

    Raises:
        ConfigError: the disk refuses.
    """
    now = place.clock.now()
    with place.database.reading() as session:
        given = verdicts(session, false_alarms_only=True)
        fresh = still_counting(given, now)
        seen = with_looks(session, place.settings.data_folder, fresh)
    file = write_nuisance(place.learned, seen, now)
    _lead(place.learned / NUISANCE_LINK, file)
    place.log(
        "nuisance.learned", f"nuisance:{file.stem}", sha256=file_sha256(file), verdicts=len(given)
    )
    return file, len(given)


def _lead(link: Path, file: Path) -> None:
    """Let a name lead to a file, whatever it led to before."""
    fresh = link.with_name(f".{link.name}.part")
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(file.name)
        fresh.replace(link)
    except OSError as error:
        raise ConfigError(f"{link} cannot be written: {error.strerror}.") from error
