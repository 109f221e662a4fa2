"""One trunk and two branches: people and vehicles as COCO taught them, waste beside them.

A network that learns waste from pictures in which hardly anybody walks forgets people. So the two
never share what is trained: both branches read the same trunk (the first layers of YOLO11's
backbone), which stays as COCO left it. The people's branch is COCO's own, to the last number; the
waste branch is a second backbone above the trunk, neck and head, and reads the trunk's maps shrunk
to three quarters: people far away need every pixel, waste is learnt from pictures in which it is
large, and costs half as much so. In one network they are one head over six maps (three of each
branch), so it is an ordinary ultralytics checkpoint that runs, exports and loads like any other.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, overload

import torch
from torch import nn

from litterwatch.detector.errors import ModelError
from litterwatch.models.blend import checkpoint_content, network_of, write_checkpoint
from litterwatch.models.branch_names import (
    BODY,
    LEVELS,
    PEOPLE_ROWS,
    SHARE,
    STRIDE,
    TRUNK,
    WASTE_ROWS,
)
from litterwatch.models.data.labels import CLASSES

OURS = tuple(enumerate(CLASSES))

SILENT = -20.0
"""Score before the sigmoid of a class that a branch says nothing about: 2e-9."""


def is_branched(network: Any) -> bool:
    """Tell a network of two branches from one of a single branch."""
    return int(network.model[-1].nl) == 2 * LEVELS


def join(people: Path, waste: Path, out: Path) -> str:
    """Write one checkpoint that sees what both see; return its SHA-256.

    Args:
        people: a YOLO11 checkpoint of COCO's 80 classes, or one of two branches.
        waste: a checkpoint of our classes that was trained with the trunk of `people` frozen.
        out: the checkpoint to write.

    Raises:
        ModelMissing: a checkpoint is missing.
        ModelError: one is no checkpoint, or the two have not the same trunk.
    """
    content = checkpoint_content(waste)
    known = network_of(checkpoint_content(people))
    network = joined(known, network_of(content))
    return write_checkpoint({**content, "ema": None, "optimizer": None}, network, out)


def joined(people: Any, waste: Any) -> nn.Module:
    """Return one network of two branches; see `join`."""
    if dict(waste.names) != dict(OURS):
        raise ModelError("a waste branch tells our classes apart")
    _check_trunk(people, waste)
    result: Any = copy.deepcopy(people).float()
    source = copy.deepcopy(waste).float()
    layers, head = list(result.model)[:BODY], result.model[-1]
    for layer in list(source.model)[TRUNK:-1]:
        layer.f = _moved(layer.f, BODY - TRUNK)
        layer.i += BODY - TRUNK
        layers.append(layer)
    ends = _moved([int(number) for number in source.model[-1].f], BODY - TRUNK)
    head.f = [*head.f[:LEVELS], *ends]
    head.i = len(layers)
    _read_both(head, people.model[-1], source.model[-1], dict(people.names))
    result.model = nn.Sequential(*layers, head)
    result.save = sorted(_sources(result.model))
    _tell(result)
    return _trainable(result)


def waste_branch(network: Any) -> nn.Module:
    """Return the trunk and the waste branch of a network of two as one, for training.

    It has all classes of ours; about people it is silent.
    """
    result: Any = copy.deepcopy(network).float()
    layers, head = list(result.model), result.model[-1]
    own = layers[BODY:-1]
    for layer in own:
        layer.f = _moved(layer.f, TRUNK - BODY, least=BODY)
        layer.i += TRUNK - BODY
    head.f = [int(end) + TRUNK - BODY for end in head.f[LEVELS:]]
    head.i = TRUNK + len(own)
    head.cv2, head.cv3 = head.cv2[LEVELS:], head.cv3[LEVELS:]
    head.nl, head.stride = LEVELS, head.stride[LEVELS:]
    result.model = nn.Sequential(*layers[:TRUNK], *own, head)
    result.save = sorted(_sources(result.model))
    _tell(result)
    return _trainable(result)


def transplanted(trunk_of: Any, rest_of: Any) -> nn.Module:
    """Return `rest_of` with the trunk of `trunk_of`: a waste branch to begin a training with."""
    result: Any = copy.deepcopy(rest_of).float()
    source: Any = copy.deepcopy(trunk_of).float()
    for number in range(TRUNK):
        result.model[number] = source.model[number]
    return _trainable(result if len(result.model) == BODY + 2 else shrunk(result))


def shrunk(network: Any) -> nn.Module:
    """Return a YOLO11 network whose layers above the trunk see its maps at `SHARE` of the size."""
    result: Any = copy.deepcopy(network).float()
    layers, head = list(result.model), result.model[-1]
    smaller: Any = nn.Upsample(scale_factor=SHARE, mode="bilinear", align_corners=False)
    smaller.f, smaller.i, smaller.np = TRUNK - 1, TRUNK, 0
    smaller.type = f"{type(smaller).__module__}.{type(smaller).__name__}"
    for layer in layers[TRUNK:]:
        layer.f = _moved(layer.f, 1)
        layer.i += 1
    result.model = nn.Sequential(*layers[:TRUNK], smaller, *layers[TRUNK:])
    result.save = sorted(_sources(result.model))
    head.stride = head.stride / SHARE
    head.shape = None
    result.stride = torch.tensor([float(STRIDE)])
    return _trainable(result)


def _check_trunk(people: Any, waste: Any) -> None:
    """Refuse networks that do not read the same trunk."""
    if len(waste.model) != BODY + 2 or len(people.model) <= BODY:
        raise ModelError(
            "branches are made of a YOLO11 network of 24 layers and a waste branch that was "
            "trained as one (`branch = true`)"
        )
    for number in range(TRUNK):
        ours, theirs = (n.model[number].state_dict() for n in (waste, people))
        same = ours.keys() == theirs.keys() and all(
            torch.allclose(ours[key].float(), theirs[key].float(), rtol=2e-3, atol=1e-4)
            for key in ours
        )
        if not same:
            raise ModelError(
                f"layer {number} was trained too: a waste branch is trained with the first "
                f"{TRUNK} layers frozen at those of the people's network"
            )


def _read_both(head: Any, people: Any, waste: Any, seen: Mapping[int, str]) -> None:
    """Make `head` read the three maps of each branch, each with its own classes."""
    boxes = [*copy.deepcopy(people.cv2)[:LEVELS], *waste.cv2]
    scores = [*copy.deepcopy(people.cv3)[:LEVELS], *waste.cv3]
    numbers = {label: number for number, label in seen.items()}
    for branch in scores[:LEVELS]:
        if len(seen) != len(CLASSES):  # else it was joined before
            branch[-1] = _best_of_three(branch[-1], numbers)
    for branch in scores[LEVELS:]:
        branch[-1] = _with_rows(branch[-1], [n if c in WASTE_ROWS else None for n, c in OURS])
    head.cv2, head.cv3 = nn.ModuleList(boxes), nn.ModuleList(scores)
    head.nl = 2 * LEVELS
    head.stride = torch.cat([people.stride[:LEVELS], waste.stride])


def _best_of_three(last: nn.Conv2d, numbers: Mapping[str, int]) -> nn.Sequential:
    """Give for each class of ours the best score of its three classes of COCO, or silence."""
    rows: list[int | None] = []
    for _, name in OURS:
        rows += [numbers[coco] for coco in PEOPLE_ROWS[name]] if name in PEOPLE_ROWS else [None] * 3
    return nn.Sequential(
        _with_rows(last, rows),
        nn.Unflatten(1, (len(CLASSES), 3)),
        nn.MaxPool3d((3, 1, 1)),
        nn.Flatten(1, 2),
    )


def _with_rows(last: nn.Conv2d, rows: list[int | None]) -> nn.Conv2d:
    """Return a 1x1 convolution that gives those rows of the old one, None as silence."""
    if last.bias is None:
        raise ValueError("the last convolution of a classification branch has a bias")
    weight = torch.zeros(len(rows), *last.weight.shape[1:])
    bias = torch.full((len(rows),), SILENT)
    for number, row in enumerate(rows):
        if row is not None:
            weight[number], bias[number] = last.weight.data[row], last.bias.data[row]
    result = nn.Conv2d(last.in_channels, len(rows), 1)
    result.weight.data = weight
    result.bias = nn.Parameter(bias)
    return result


@overload
def _moved(sources: int, by: int, *, least: int = TRUNK) -> int: ...


@overload
def _moved(sources: list[int], by: int, *, least: int = TRUNK) -> list[int]: ...


def _moved(sources: int | list[int], by: int, *, least: int = TRUNK) -> int | list[int]:
    """Return where a layer reads from after it moved; -1 and layers before `least` stay."""
    if isinstance(sources, list):
        return [_moved_one(number, by, least) for number in sources]
    return _moved_one(sources, by, least)


def _moved_one(source: int, by: int, least: int) -> int:
    return source + by if source >= least else source


def _sources(layers: Any) -> set[int]:
    """Numbers of the layers whose output a later layer reads."""
    read: set[int] = set()
    for layer in layers:
        sources = layer.f if isinstance(layer.f, list) else [layer.f]
        read.update(source for source in sources if source != -1)
    return read


def _tell(network: Any) -> None:
    """Tell a network what it sees now."""
    head = network.model[-1]
    head.nc = network.nc = len(CLASSES)
    head.no = head.nc + 4 * head.reg_max
    head.shape = None
    network.names = dict(OURS)
    network.stride = torch.tensor([float(STRIDE)])
    network.yaml = {**network.yaml, "nc": head.nc}


def _trainable(network: Any) -> nn.Module:
    """Let every layer of a network be trained."""
    for parameter in network.parameters():
        parameter.requires_grad_(requires_grad=True)
    result: nn.Module = network
    return result
