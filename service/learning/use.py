"""What was learned, as the engine is given it: weights and nuisance map of one camera."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from litterwatch.detector.deposits.learned import Learned, NuisanceMap
from litterwatch.detector.deposits.score import BY_HAND
from litterwatch.labelling.nuisance import NuisanceFile, read_nuisance
from litterwatch.labelling.weights_file import WeightsFile, read_weights
from litterwatch.models.shelf import Shelf
from litterwatch.service.learning.folders import models_folder
from litterwatch.service.learning.verdicts import camera_among
from litterwatch.service.settings import Settings

LEARNED: Final = frozenset({"score_weights", "nuisance_map"})
"""What `Lessons.digest` may name."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """Both files, read once.

    Attributes:
        weights: None where the weights set by hand are used.
        nuisance: None where no place is thought special.
    """

    weights: WeightsFile | None = None
    nuisance: NuisanceFile | None = None

    def of(self, source: str, now: datetime) -> Learned:
        """What the engine is given for a camera, or for a recording of one."""
        weights, nuisance = BY_HAND, NuisanceMap()
        if self.weights is not None:
            weights = self.weights.weights_of(camera_among(self.weights.intercepts, source))
        if self.nuisance is not None:
            nuisance = self.nuisance.map_of(camera_among(self.nuisance.places, source), now)
        return Learned(weights, nuisance, self.digest())

    def digest(self) -> dict[str, str]:
        """Hashes of the files, for events and the digest of what they depend on; or empty."""
        found: dict[str, str] = {}
        if self.weights is not None:
            found["score_weights"] = self.weights.sha256
        if self.nuisance is not None:
            found["nuisance_map"] = self.nuisance.sha256
        return found


def lessons(settings: Settings) -> Lessons:
    """What the settings name.

    Raises:
        ConfigError: a file is not what it should be.
    """
    learning = settings.learning
    weights, nuisance = learning.score_weights, learning.nuisance_map
    return Lessons(
        None if weights is None else read_weights(weights),
        None if nuisance is None else read_nuisance(nuisance),
    )


def chosen_model(settings: Settings) -> str | Path | None:
    """The model the settings name, else the installation's default; None is the shipped one.

    Raises:
        ModelIntegrityError: the pointer to the default cannot be understood.
    """
    if settings.analysis.model is not None:
        return settings.analysis.model
    return Shelf(models_folder(settings.data_folder)).default()
