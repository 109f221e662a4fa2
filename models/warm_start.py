"""Starts a network of ours from a COCO network without forgetting what it knows of people.

ultralytics builds a new, narrower classification branch when the number of classes changes and
throws the old one away. Here only the last 1x1 convolution of each branch is exchanged, and its
rows are copied from the COCO classes that look most alike.
"""

import copy
import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

COCO_ROWS: Mapping[str, tuple[int, ...]] = {
    "person": (0,),
    "two_wheeler": (3, 3, 1),  # motorcycle twice, bicycle
    "vehicle": (2, 2, 5, 7),  # car twice, bus, truck
    "waste": (24, 26, 28),  # backpack, handbag, suitcase
    "bin": (10, 28, 58, 72, 75),  # fire hydrant, suitcase, potted plant, refrigerator, vase
    "overflow": (10, 28, 58, 72, 75, 24, 26),
}
"""COCO classes, 0..79, whose rows are averaged for a class of ours."""

LOW_PRIOR = 0.005
"""Confidence a new class starts with where the network sees nothing in particular."""


def with_classes(network: nn.Module, names: Mapping[int, str]) -> nn.Module:
    """Return a copy of a COCO detection network that tells `names` apart instead of 80 classes."""
    result: Any = copy.deepcopy(network).float()
    head = result.model[-1]
    rows = [COCO_ROWS[names[number]] for number in sorted(names)]
    for branch in head.cv3:
        branch[-1] = _exchanged(branch[-1], rows)
    head.nc = len(rows)
    head.no = head.nc + 4 * head.reg_max
    result.nc = head.nc
    result.names = dict(names)
    result.yaml = {**result.yaml, "nc": head.nc}
    for parameter in result.parameters():
        parameter.requires_grad_(requires_grad=True)
    network_out: nn.Module = result
    return network_out


def _exchanged(last: nn.Conv2d, rows: Iterable[tuple[int, ...]]) -> nn.Conv2d:
    """Return a 1x1 convolution whose outputs are averages of rows (80, c, 1, 1) of the old one."""
    chosen = [list(group) for group in rows]
    if last.bias is None:
        raise ValueError("the last convolution of a classification branch has a bias")
    result = nn.Conv2d(last.in_channels, len(chosen), 1)
    result.weight.data = torch.stack([last.weight.data[group].mean(dim=0) for group in chosen])
    result.bias = nn.Parameter(torch.stack([last.bias.data[group].mean() for group in chosen]))
    prior = math.log(LOW_PRIOR / (1 - LOW_PRIOR))
    for number, group in enumerate(chosen):
        if len(set(group)) > 1 and 0 not in group:  # a borrowed class starts cautious
            result.bias.data[number] = torch.clamp(result.bias.data[number], max=prior)
    return result


def unfold_batch_norm(network: Any, batches: Iterable[Tensor], first: int = 0) -> int:
    """Give batch norms that were folded to identity the statistics of real pictures.

    A checkpoint rebuilt from an export has running mean 0 and variance 1 everywhere: in training
    mode its layers would be normalised by statistics they never saw, and what was learnt is lost at
    the first step (people seen at 0.84 drop to 0.03). After this the network computes the same in
    evaluation mode, and nearly the same in training mode. `batches` are (n, 3, h, w), 0..1.
    Modules before the `first` of a network of ultralytics stay as they are (they are not trained).
    Returns how many layers were changed.
    """
    parts = network.model[first:] if first else network
    folded = [m for m in parts.modules() if isinstance(m, nn.BatchNorm2d) and _is_identity(m)]
    if not folded:
        return 0
    sums = {layer: _Moments() for layer in folded}
    hooks = [layer.register_forward_pre_hook(sums[layer].add) for layer in folded]
    network.eval()
    with torch.no_grad():
        for batch in batches:
            network(batch)
    for hook in hooks:
        hook.remove()
    for layer, moments in sums.items():
        _set_statistics(layer, *moments.mean_and_variance())
    return len(folded)


class _Moments:
    """Sums the inputs (n, c, h, w) of a layer per channel."""

    def __init__(self) -> None:
        self.count = 0
        self.total: Tensor | None = None
        self.squares: Tensor | None = None

    def add(self, _layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        """Add one batch; called by torch before the layer runs."""
        values = inputs[0].double()
        total, squares = values.sum((0, 2, 3)), (values**2).sum((0, 2, 3))
        self.count += values.numel() // values.shape[1]
        self.total = total if self.total is None else self.total + total
        self.squares = squares if self.squares is None else self.squares + squares

    def mean_and_variance(self) -> tuple[Tensor, Tensor]:
        """Return both (c,) in float64."""
        if self.total is None or self.squares is None:
            raise ValueError("no picture was given to measure the batch norm on")
        mean = self.total / self.count
        return mean, (self.squares / self.count - mean**2).clamp_min(0.0)


def _is_identity(layer: nn.BatchNorm2d) -> bool:
    """Tell a folded batch norm: running mean 0 and running variance 1 in every channel."""
    if layer.running_mean is None or layer.running_var is None:
        return False
    return not bool(layer.running_mean.any()) and bool((layer.running_var == 1).all())


def _set_statistics(layer: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    """Set running statistics and change scale and shift so that the output stays what it was."""
    if layer.running_mean is None or layer.running_var is None:
        raise ValueError("a batch norm without running statistics")
    slope = layer.weight.data.double() / (layer.running_var.double() + layer.eps).sqrt()
    shift = layer.bias.data.double() - layer.running_mean.double() * slope
    layer.weight.data = (slope * (variance + layer.eps).sqrt()).float()
    layer.bias.data = (shift + mean * slope).float()
    layer.running_mean.copy_(mean.float())
    layer.running_var.copy_(variance.float())
