"""Trains a network of ours over ultralytics: reproducible, resumable, on CPU or GPU.

`out` holds afterwards `weights/best.pt`, `weights/last.pt` (to resume from), `weights/start.pt`
(before training, to blend with; only after a start from COCO weights), `results.csv`, curves and
the confusion matrix as pictures, and `training.json`: seeds, versions, hashes and scores.

Of a network of two branches (models/branches.py) only the waste branch is trained: `best.pt` is
that branch, `joined.pt` the whole network with the people's branch as it was.
"""

import copy
import hashlib
import importlib.metadata
import json
import os
import platform
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from litterwatch.detector.errors import ConfigError, ModelError, ModelMissing
from litterwatch.models.blend import checkpoint_content, network_of, write_checkpoint
from litterwatch.models.branch_names import STRIDE, TRUNK, WASTE_ROWS
from litterwatch.models.data.labels import CLASSES
from litterwatch.models.torch_cure import cure
from litterwatch.models.whole_checkpoints import (
    forget_whole,
    is_begun,
    keep_whole,
    restore_whole,
)

EpochProgress = Callable[[int, int, dict[str, float]], None]
"""Called after every epoch with its number from 1, the number of epochs and the scores on val."""

CALIBRATION_PICTURES = 192
JOINED = "joined.pt"
COCO_CLASSES = 80
VERSIONS = ("torch", "torchvision", "ultralytics", "numpy", "opencv-python")


class Training(BaseModel):
    """One training (a TOML file in models/configs/); names are those of ultralytics."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    imgsz: int = Field(ge=64, multiple_of=32)
    epochs: int = Field(ge=1)
    batch: int = Field(ge=2)
    optimizer: str = "AdamW"
    lr0: float
    lrf: float
    warmup_epochs: float = 0.5
    weight_decay: float = 0.0005
    mosaic: float = 1.0
    close_mosaic: int = 1
    scale: float = 0.6
    translate: float = 0.1
    degrees: float = 0.0
    fliplr: float = 0.5
    mixup: float = 0.0
    hsv_h: float = 0.015
    hsv_s: float = 0.7
    hsv_v: float = 0.4
    patience: int = 20
    freeze: int = 0  # first layers left as they are: edges and colours are the same everywhere
    branch: bool = False  # a waste branch on COCO's trunk, whatever the start: models/branches.py
    precision: str = "bf16"  # bf16 halves the time on CPUs that know it; fp32 elsewhere
    device: str = "cpu"
    cache: bool = True  # keep the pictures in memory
    threads: int = 0  # 0 is one per core; ultralytics would leave one core idle


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a training gave; `weights` is the whole network, `joined.pt` or `best.pt`."""

    weights: Path
    weights_sha256: str
    epochs: int
    scores: dict[str, float]


def quiet(_epoch: int, _epochs: int, _scores: dict[str, float]) -> None:
    """Report progress to nobody."""


def train(
    config: Path,
    data: Path,
    out: Path,
    *,
    start: Path,
    people: Path | None = None,
    resume: bool = False,
    progress: EpochProgress = quiet,
) -> TrainReport:
    """Train from `start` weights on the data set YAML `data` into the folder `out`.

    Args:
        config: settings (TOML).
        data: a data set as `models data build` makes it.
        out: folder of the training.
        start: weights to begin with. Of a network of two branches the waste branch is trained.
        people: the network whose trunk and people's branch are kept, where `start` is not itself
            one of two branches or of COCO; only for settings with `branch`.
        resume: go on with a training that was killed, after its last whole epoch; without it, a
            folder that holds one already is refused.
        progress: told of every epoch.

    Raises:
        ConfigError: settings that cannot be read, or that do not fit the weights.
        ModelMissing: weights or data are missing, or there is nothing to resume.
        ModelError: the training failed.
    """
    settings = read_training(config)
    last = out / "weights" / "last.pt"
    if resume and not is_begun(out):
        raise ModelMissing(f"nothing to resume: {last} is missing")
    if not resume and last.exists():
        raise ConfigError(f"{out} holds a training already: resume it or choose another folder")
    for needed in (start, people, data):
        if needed and not needed.is_file():
            raise ModelMissing(f"{needed} is missing")
    kept = _kept(settings, start, people)
    if kept and settings.imgsz % STRIDE:
        raise ConfigError(
            f"{config}: imgsz is {settings.imgsz}; for a network of two branches it must be a "
            f"multiple of {STRIDE}"
        )
    out.mkdir(parents=True, exist_ok=True)
    _write_record(out, config, data, start, settings)
    if resume:
        restore_whole(out)
    trainer = _trainer(settings, data, out, start, kept, resume=resume)
    trainer.add_callback("on_model_save", lambda _: keep_whole(out))
    trainer.add_callback("on_fit_epoch_end", lambda t: progress(t.epoch + 1, t.epochs, _scores(t)))
    try:
        trainer.train()
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"training stopped: {error}") from error
    if kept:
        from litterwatch.models.branches import join  # noqa: PLC0415 - loads torch

        join(kept, out / "weights" / "best.pt", out / "weights" / JOINED)
    return _report(out, trainer)


def trained_weights(out: Path) -> Path:
    """The whole network that a finished training gave."""
    joined = out / "weights" / JOINED
    return joined if joined.is_file() else out / "weights" / "best.pt"


def is_finished(out: Path) -> bool:
    """Whether a training came to its end and said so."""
    record = out / "training.json"
    return record.is_file() and "outcome" in json.loads(record.read_text())


def read_training(config: Path) -> Training:
    """Read a training configuration; refuse unknown keys."""
    try:
        return Training.model_validate(tomllib.loads(config.read_text()))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(f"{config}: {error}") from error


def _kept(settings: Training, start: Path, people: Path | None) -> Path | None:
    """The network whose people's branch stays as it is; None where the whole network is trained.

    Raises:
        ConfigError: a branch is wanted and nothing is there to hang it on.
    """
    cure()
    from litterwatch.models.branches import is_branched  # noqa: PLC0415 - loads torch

    network = network_of(checkpoint_content(start))
    if is_branched(network):
        return start
    if not settings.branch:
        return None
    if people is None and len(network.names) != COCO_CLASSES:
        raise ConfigError(
            f"{start.name} has no branch of its own for people: name the COCO network that sees "
            "them with --people, or start from it"
        )
    return people or start


def _trainer(
    settings: Training, data: Path, out: Path, start: Path, kept: Path | None, *, resume: bool
) -> Any:
    """Return an ultralytics trainer that starts warm."""
    cure()
    from ultralytics.models.yolo.detect import DetectionTrainer  # noqa: PLC0415 - after the cure

    class WarmTrainer(DetectionTrainer):  # type: ignore[misc]  # ultralytics has no types
        """Exchanges the last layer for our classes and keeps all else that COCO taught."""

        def get_model(self, cfg: Any = None, weights: Any = None, **options: Any) -> Any:
            """Return the network to train: ours goes on as it is, a COCO one is started warm."""
            if weights is None:
                raise ModelError("training starts from weights, never from nothing")
            network = _goes_on(weights, self.data["names"], None if kept == start else kept)
            if network is None:
                pictures = _calibration_batches(Path(self.data["train"]), settings)
                network = _warm(weights, self.data["names"], pictures, TRUNK if kept else 0)
                begun = {"epoch": -1, "train_args": vars(self.args), "date": ""}
                write_checkpoint(begun, copy.deepcopy(network), out / "weights" / "start.pt")
            return network

    overrides = _overrides(settings, data, out, start, resume=resume)
    if kept:
        learnt = [CLASSES.index(name) for name in WASTE_ROWS]
        overrides |= {"freeze": max(TRUNK, settings.freeze), "classes": learnt}
    trainer: Any = WarmTrainer(overrides=overrides)
    trainer.add_callback("on_pretrain_routine_end", lambda _: _use_threads(settings.threads))
    if settings.device == "cpu" and settings.precision == "bf16":
        trainer.add_callback("on_pretrain_routine_end", lambda t: _use_bf16_on_cpu(t.model))
    return trainer


def _goes_on(weights: Any, names: dict[int, str], trunk_of: Path | None) -> Any | None:
    """The network to train where it knows our classes already, on the trunk of another if wanted.

    None where it is a network of COCO.
    """
    from litterwatch.models.branches import (  # noqa: PLC0415 - loads torch
        is_branched,
        transplanted,
        waste_branch,
    )

    if is_branched(weights):
        return waste_branch(weights)
    if dict(weights.names) != dict(names):
        return None
    if trunk_of is None:
        return weights
    return transplanted(network_of(checkpoint_content(trunk_of)), weights)


def _warm(weights: Any, names: dict[int, str], pictures: Iterator[Any], trunk: int) -> Any:
    """A network of our classes that knows what a COCO network knows; the trunk stays as it is."""
    from litterwatch.models.branches import shrunk  # noqa: PLC0415 - loads torch
    from litterwatch.models.warm_start import (  # noqa: PLC0415 - loads torch
        unfold_batch_norm,
        with_classes,
    )

    network = with_classes(weights, names)
    if trunk:
        network = shrunk(network)
    unfold_batch_norm(network, pictures, trunk)
    return network


def _use_threads(count: int) -> None:
    """Let torch compute on `count` threads, or on one per core."""
    import torch  # noqa: PLC0415 - heavy

    torch.set_num_threads(count or os.cpu_count() or 1)


def _use_bf16_on_cpu(network: Any) -> None:
    """Run the forward pass in bfloat16, as ultralytics does on CUDA only; the loss stays float32.

    Called once the average that is saved has been copied off, so nothing of it enters a checkpoint.
    With pictures laid out channels last a step takes 0.086 s of one core per picture of 416 px
    instead of 0.132 s (yolo11n, AVX-512 with bf16).
    """
    import torch  # noqa: PLC0415 - heavy

    exact = network.predict
    network.to(memory_format=torch.channels_last)

    def predict(pictures: Any, *args: Any, **options: Any) -> Any:
        if not network.training:
            return exact(pictures, *args, **options)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            laid_out = pictures.contiguous(memory_format=torch.channels_last)
            return _as_float32(exact(laid_out, *args, **options))

    network.predict = predict


def _as_float32(found: Any) -> Any:
    """Return nested outputs of a network with every tensor in float32."""
    if isinstance(found, dict):
        return {name: _as_float32(part) for name, part in found.items()}
    if isinstance(found, list | tuple):
        return type(found)(_as_float32(part) for part in found)
    return found.float()


def _overrides(
    settings: Training, data: Path, out: Path, start: Path, *, resume: bool
) -> dict[str, Any]:
    """Return the arguments of ultralytics."""
    own = settings.model_dump(exclude={"precision", "threads", "branch"})
    return {
        **own,
        "amp": settings.device != "cpu" and settings.precision == "bf16" and "bf16",
        "nbs": settings.batch,
        "cos_lr": True,
        "model": str(start),
        "data": str(data),
        "project": str(out.parent),
        "name": out.name,
        "exist_ok": True,
        "plots": True,
        "deterministic": True,
        "warmup_bias_lr": 0.0,
        "resume": str(out / "weights" / "last.pt") if resume else False,
    }


def _calibration_batches(listing: Path, settings: Training) -> Iterator[Any]:
    """Yield training pictures, squeezed to the training size, as batches (n, 3, s, s) of 0..1."""
    import torch  # noqa: PLC0415 - heavy

    files = [listing.parent / line for line in listing.read_text().split()]
    order = np.random.default_rng(settings.seed).permutation(len(files))
    chosen = [files[number] for number in order[:CALIBRATION_PICTURES]]
    for first in range(0, len(chosen), settings.batch):
        size = (settings.imgsz, settings.imgsz)
        pictures = [
            cv2.resize(np.asarray(cv2.imread(str(file))), size)[..., ::-1].transpose(2, 0, 1)
            for file in chosen[first : first + settings.batch]
        ]
        yield torch.from_numpy(np.stack(pictures).astype(np.float32) / 255)


def _scores(trainer: Any) -> dict[str, float]:
    """Return the scores of the last validation."""
    return {str(name): float(value) for name, value in trainer.metrics.items()}


def _write_record(out: Path, config: Path, data: Path, start: Path, settings: Training) -> None:
    """Write what is needed to repeat the training."""
    record = {
        "settings": settings.model_dump(),
        "config_sha256": sha256(config),
        "start_weights": {"name": start.name, "sha256": sha256(start)},
        "data": {"name": data.name, "lists_sha256": _lists_sha256(data)},
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
        "python": platform.python_version(),
        "machine": platform.processor() or platform.machine(),
    }
    (out / "training.json").write_text(json.dumps(record, indent=1))


def _lists_sha256(data: Path) -> dict[str, str]:
    """Hash the lists of pictures and the build report beside a data set YAML."""
    files = [*sorted(data.parent.glob("*.txt")), data.parent / "build.json"]
    return {file.name: sha256(file) for file in files if file.is_file()}


def _report(out: Path, trainer: Any) -> TrainReport:
    """Add the outcome to the record and return it."""
    weights = trained_weights(out)
    report = TrainReport(weights, sha256(weights), int(trainer.epoch) + 1, _scores(trainer))
    record = json.loads((out / "training.json").read_text())
    record["outcome"] = {**asdict(report), "weights": weights.name}
    (out / "training.json").write_text(json.dumps(record, indent=1))
    forget_whole(out)
    return report


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
