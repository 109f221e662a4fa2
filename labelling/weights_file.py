"""Score weights as a file: written once, named by its content, read by whoever judges."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.deposits.score import ScoreWeights
from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.files import bytes_of, require_format, sha256_of, write_new
from litterwatch.labelling.refit import Refit

FORMAT: Final = "litterwatch-score-weights/1"


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """Score weights as they lie on disk.

    Attributes:
        made_at: UTC.
        weights: for a camera nothing is known of.
        intercepts: added to the bias, by camera.
        sha256: of the file.
    """

    made_at: datetime
    weights: ScoreWeights
    intercepts: Mapping[str, float]
    sha256: str

    def weights_of(self, camera: str) -> ScoreWeights:
        """The weights of one camera."""
        bias = self.weights.bias + self.intercepts.get(camera, 0.0)
        return ScoreWeights(bias, self.weights.weights)


def write_weights(folder: Path, found: Refit, prior: ScoreWeights, now: datetime) -> Path:
    """Write the weights as a new file, named by its content.

    Raises:
        ConfigError: the folder cannot be written.
    """
    content = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "bias": found.weights.bias,
        "weights": dict(found.weights.weights),
        "cameras": dict(found.intercepts),
        "prior": {"bias": prior.bias, "weights": dict(prior.weights), "spread": list(found.spread)},
        "verdicts": {"deposits": found.deposits, "refused": found.refused},
        "shift": found.shift,
        "held_out": {
            "recall": found.recall,
            "false": found.false,
            "loss": found.loss,
            "loss_before": found.loss_before,
            "chance": found.chance,
            "bins": [asdict(each) for each in found.bins],
        },
    }
    data = bytes_of(content)
    return write_new(folder, f"score-weights-{sha256_of(data)[:12]}.json", data)


def read_weights(file: Path) -> WeightsFile:
    """Read score weights.

    Raises:
        ConfigError: the file holds none, or other features than this version has.
    """
    try:
        data = file.read_bytes()
        said: dict[str, Any] = json.loads(data)
        require_format(said, FORMAT)
        named = {str(name): float(value) for name, value in said["weights"].items()}
        return WeightsFile(
            made_at=datetime.fromisoformat(said["made_at"]),
            weights=ScoreWeights(float(said["bias"]), named),
            intercepts={str(name): float(value) for name, value in said["cameras"].items()},
            sha256=sha256_of(data),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{file} holds no score weights of this version ({error}): make them with"
            " `litterwatch labelling weights`."
        ) from error
