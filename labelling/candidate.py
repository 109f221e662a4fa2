"""From a data set to a candidate: trained, blended, exported; what is done survives a kill."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError
from litterwatch.labelling.datasets import Dataset
from litterwatch.labelling.files import file_sha256
from litterwatch.labelling.formats.yolo import names_yaml
from litterwatch.labelling.gate import GateRules
from litterwatch.labelling.job import Candidate, Step
from litterwatch.labelling.records import LabelledPicture
from litterwatch.labelling.sights import mean_ap50, sighted
from litterwatch.labelling.splits import Split
from litterwatch.models.blend import blend
from litterwatch.models.registry import InstalledModel
from litterwatch.models.release import Description, install_default
from litterwatch.models.train import EpochProgress, is_finished, train, trained_weights
from litterwatch.models.whole_checkpoints import is_begun

SHARES: Final = (0.5, 0.75, 1.0)
"""Of the trained network in the blend; the one that does best on val is taken."""

CLEARLY: Final = 0.02
"""Mean AP50 by which another input size must do better to be taken."""

CALIBRATED_ON: Final = 64
"""Pictures for the 8-bit export at most; they are not compared on."""

Told = Callable[[str, int, int], None]
"""Called with what is done in words, how many are done, and of all."""


def make(
    candidate: Candidate,
    dataset: Dataset,
    active: InstalledModel,
    config: Path,
    rules: GateRules,
    *,
    told: Told,
    epochs: EpochProgress,
) -> None:
    """Every step up to the export that is not done yet.

    Raises:
        ConfigError: too few pictures, or the disk refuses.
        ModelError: the training or the export failed; what is done stays done.
    """
    start = active.folder / active.manifest.of_format("torch").main
    data = candidate.folder / "data"
    candidate.do(Step.PREPARED, lambda: {"pictures": _prepare(data, dataset)})
    candidate.do(Step.TRAINED, lambda: _trained(candidate, config, start, epochs))
    candidate.do(Step.BLENDED, lambda: _blended(candidate, dataset, active, start, told))
    candidate.do(Step.EXPORTED, lambda: _exported(candidate, dataset, rules, told))


def _prepare(folder: Path, dataset: Dataset) -> int:
    """What ultralytics reads; it writes caches beside labels, so it gets copies of its own."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(dataset.folder / "labels", folder / "labels")
        (folder / "images").symlink_to((dataset.folder / "images").resolve())
        for split in (Split.TRAIN, Split.VAL):
            shutil.copyfile(dataset.folder / f"{split}.txt", folder / f"{split}.txt")
        # Without `test`: a training has no business there.
        yaml = "".join(
            line for line in names_yaml().splitlines(keepends=True) if not line.startswith("test:")
        )
        (folder / "data.yaml").write_text(yaml, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}.") from error
    return sum(dataset.counts[split] for split in (Split.TRAIN, Split.VAL))


def _trained(
    candidate: Candidate, config: Path, start: Path, epochs: EpochProgress
) -> dict[str, Any]:
    """Train, or go on after the last whole epoch; what was killed before the first begins anew."""
    out = candidate.folder / "training"
    if not is_finished(out):
        is_resumed = is_begun(out)
        if not is_resumed:
            shutil.rmtree(out, ignore_errors=True)
        data = candidate.folder / "data" / "data.yaml"
        train(config, data, out, start=start, resume=is_resumed, progress=epochs)
    return {"weights_sha256": file_sha256(trained_weights(out))}


def _blended(
    candidate: Candidate, dataset: Dataset, active: InstalledModel, start: Path, told: Told
) -> dict[str, Any]:
    """The blend with the model in use that does best on val, and the size it does best at.

    That is the size of the model in use, unless the size of the training does clearly better: the
    engine was tuned at the first.
    """
    trained = trained_weights(candidate.folder / "training")
    pictures = dataset.pictures(Split.VAL)
    size = active.manifest.input_size

    def score(file: Path, words: str, at: int | None) -> float:
        return round(mean_ap50(sighted(file, pictures, partial(told, words), at)), 4)

    scores: dict[float, float] = {}
    for number, share in enumerate(SHARES, start=1):
        file = candidate.folder / f"blend-{share}.pt"
        blend(start, trained, share, file)
        scores[share] = score(file, f"looking at val, blend {number} of {len(SHARES)}", size)
    best = max(SHARES, key=lambda share: (scores[share], share))
    (candidate.folder / f"blend-{best}.pt").replace(candidate.folder / "blend.pt")
    for share in SHARES:
        (candidate.folder / f"blend-{share}.pt").unlink(missing_ok=True)
    own = score(candidate.folder / "blend.pt", "looking at val, size of the training", None)
    return {
        "share": best,
        "val_map50": {str(share): value for share, value in scores.items()},
        "val_map50_at_training_size": own,
        "input_size": size if own <= scores[best] + CLEARLY else None,
    }


def _exported(
    candidate: Candidate, dataset: Dataset, rules: GateRules, told: Told
) -> dict[str, Any]:
    """The candidate as it would be installed."""
    told("exporting and comparing with the checkpoint", 0, 1)
    calibration, frames = export_pictures(dataset)
    blended = candidate.done[Step.BLENDED]
    description = Description(
        training_data=f"Data set {dataset.name}, from the model in use before.",
        card=_card(candidate, dataset),
        scores={"val_map50": blended["val_map50"], "blend": blended["share"]},
    )
    release = install_default(
        candidate.folder / "blend.pt",
        description=description,
        calibration=[picture.file for picture in calibration],
        frames=[picture.file for picture in frames],
        input_size=blended["input_size"],
        name=candidate.name,
        weights=candidate.folder / "model",
        least_frames=rules.least_frames,
    )
    told("exporting and comparing with the checkpoint", 1, 1)
    return {
        "precision": release.precision,
        "sha256": release.model.manifest.of_format("openvino").sha256,
        "frames": release.checks[release.precision].frames,
        "check": release.checks[release.precision].rows(),
    }


def export_pictures(
    dataset: Dataset,
) -> tuple[Sequence[LabelledPicture], Sequence[LabelledPicture]]:
    """Pictures to calibrate on, and others to compare on; those that were trained on come last."""
    seen = dataset.pictures(Split.TRAIN)
    count = min(CALIBRATED_ON, len(seen) // 2)
    return seen[:count], [*dataset.pictures(Split.TEST, Split.VAL), *seen[count:]]


def _card(candidate: Candidate, dataset: Dataset) -> str:
    counts = ", ".join(f"{n} pictures in {split}" for split, n in dataset.counts.items())
    return (
        f"# {candidate.name}\n\nTrained here by `litterwatch labelling train` on the"
        f" data set {dataset.name} ({counts}), from the model in use before"
        f" ({candidate.about['active_sha256'][:12]}). What it can do stands on its page.\n"
    )
