"""Blends a trained network with the one its training started from.

A short training on few places makes a network sure of those places and lets it forget others; the
mean of both sets of weights keeps most of what was learnt and of what was known (Wortsman et al.,
"Robust fine-tuning of zero-shot models", 2022). Both have the same layers, so it costs nothing at
run time. The share is chosen on held-out pictures.
"""

import hashlib
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litterwatch.detector.errors import ConfigError, ModelError, ModelMissing
from litterwatch.models.torch_cure import cure

_CONVOLUTION = 4  # dimensions of its weights
_WORTH_ROUNDING = 2_000  # weights; the others together take little room
_LEAST_STEP = 2.0**-20


def blend(start: Path, trained: Path, share: float, out: Path) -> str:
    """Write `share` of `trained` and the rest of `start` to the checkpoint `out`.

    Args:
        start: the network before training, `weights/start.pt` of a training from COCO weights.
        trained: a checkpoint of the same architecture and classes, `weights/last.pt` or `best.pt`.
        share: 0 gives `start`, 1 gives `trained`.
        out: the checkpoint to write.

    Returns:
        SHA-256 of `out`.

    Raises:
        ConfigError: the share is not within 0 and 1.
        ModelMissing: a checkpoint is missing.
        ModelError: the two have not the same layers or classes.
    """
    if not 0 <= share <= 1:
        raise ConfigError(f"the share of the trained network is {share}; it must be 0 to 1")
    content, known = checkpoint_content(trained), network_of(checkpoint_content(start))
    network = network_of(content)
    if dict(known.names) != dict(network.names):
        raise ModelError(f"{start.name} and {trained.name} tell different classes apart")
    old, new = known.state_dict(), network.state_dict()
    if {k: v.shape for k, v in old.items()} != {k: v.shape for k, v in new.items()}:
        raise ModelError(f"{start.name} and {trained.name} have not the same layers")
    mixed = {
        name: (1 - share) * old[name] + share * value if value.is_floating_point() else value
        for name, value in new.items()
    }
    network.load_state_dict(mixed)
    return write_checkpoint({**content, "ema": None, "optimizer": None}, network, out)


def calibrate(checkpoint: Path, thresholds: Mapping[str, float], working: float, out: Path) -> str:
    """Shift confidences so that each class works best at one and the same confidence.

    Adds a constant to the score of a class before the sigmoid: order and average precision stay as
    they are, `thresholds[class]` becomes `working`. Classes that are not named stay as they are.

    Returns:
        SHA-256 of `out`.

    Raises:
        ConfigError: a threshold is not between 0 and 1, or the network has no such class.
        ModelMissing, ModelError: as `blend`.
    """
    content = checkpoint_content(checkpoint)
    network = network_of(content)
    numbers = {name: number for number, name in dict(network.names).items()}
    for name, threshold in thresholds.items():
        if name not in numbers or not (0 < threshold < 1 and 0 < working < 1):
            raise ConfigError(f"{name}: {threshold} is no threshold of a class of the network")
        shift = math.log(working / (1 - working)) - math.log(threshold / (1 - threshold))
        for branch in network.model[-1].cv3:
            bias = _bias(branch[-1])
            rows = len(bias) // len(numbers)  # three where the best of three classes counts
            bias[rows * numbers[name] : rows * (numbers[name] + 1)] += shift
    return write_checkpoint({**content, "ema": None, "optimizer": None}, network, out)


def round_weights(checkpoint: Path, bits: int, out: Path) -> Path:
    """Round the weights of the larger convolutions, so that a packed checkpoint is small.

    Each output channel keeps whole multiples of a power of two: between 2 ** (bits - 2) and
    2 ** (bits - 1) of them on either side of zero.

    Raises:
        ModelMissing: the checkpoint is missing.
        ModelError: it is no checkpoint.
    """
    content = checkpoint_content(checkpoint)
    network = network_of(content)
    for module in network.modules():
        weight = getattr(module, "weight", None)
        if weight is None or weight.dim() != _CONVOLUTION or weight.numel() < _WORTH_ROUNDING:
            continue
        largest = weight.data.float().abs().amax(dim=(1, 2, 3), keepdim=True)
        step = 2 ** (largest / 2 ** (bits - 1)).clamp_min(_LEAST_STEP).log2().ceil()
        weight.data = (weight.data.float() / step).round() * step
    write_checkpoint({**content, "ema": None, "optimizer": None}, network, out)
    return out


def _bias(last: Any) -> Any:
    """Bias of the last convolution of a classification branch (models/branches.py pools it)."""
    return last.bias.data if hasattr(last, "bias") else last[0].bias.data


def write_checkpoint(content: dict[str, Any], network: Any, out: Path) -> str:
    """Write a checkpoint in half precision, as ultralytics does; return its SHA-256."""
    import torch  # noqa: PLC0415 - heavy

    memory = io.BytesIO()
    torch.save({**content, "model": network.half()}, memory)
    out.write_bytes(memory.getvalue())
    return hashlib.sha256(memory.getvalue()).hexdigest()


def checkpoint_content(checkpoint: Path) -> dict[str, Any]:
    """Read a checkpoint of ultralytics, known layers and plain data only."""
    if not checkpoint.is_file():
        raise ModelMissing(f"{checkpoint} is missing")
    cure()
    from ultralytics.nn import tasks  # noqa: PLC0415 - after the cure

    try:
        content: dict[str, Any] = tasks.torch_safe_load(checkpoint, safe_only=True)[0]
    except (RuntimeError, OSError, EOFError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{checkpoint.name} is no checkpoint: {error}") from error
    return content


def network_of(content: dict[str, Any]) -> Any:
    """Return the network of a checkpoint in float32, averaged over training where it is."""
    return (content.get("ema") or content["model"]).float()
