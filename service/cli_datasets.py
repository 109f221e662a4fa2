"""`litterwatch labelling datasets ...`: what is trained on, in versions that never change."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litterwatch.service.cli_custody import SettingsFile, account
from litterwatch.service.cli_export import DataOption

if TYPE_CHECKING:
    from datetime import datetime

    from litterwatch.detector.types import Label

datasets_app = typer.Typer(
    help="Build, check and exchange data sets.", no_args_is_help=True, rich_markup_mode=None
)


class ExchangeFormat(StrEnum):
    """How other tools keep labelled pictures."""

    YOLO = "yolo"
    COCO = "coco"
    CVAT = "cvat"


Version = Annotated[
    str | None,
    typer.Argument(
        metavar="[VERSION]",
        help="Name of a data set, or its beginning; the newest if left out.",
        show_default=False,
    ),
]


@datasets_app.command("build")
def build(
    *,
    freeze: Annotated[
        bool,
        typer.Option("--freeze", help="Never train on what this version tests with, for ever."),
    ] = False,
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Build a version from everything that was labelled and may be trained on.

    Whole days of cameras are trained on, choose, or test; what was given out once stays so.

    For example:

      litterwatch labelling datasets build --freeze
    """
    from litterwatch.service.cli_learning_view import CountedProgress
    from litterwatch.service.learning.bench import Bench, Making, WorkOrder
    from litterwatch.service.learning.making import make_dataset
    from litterwatch.service.wiring_learning import learning_folder

    order = WorkOrder(Making.DATASET, is_freezing=freeze)
    with (
        learning_folder(data, settings, account()) as place,
        Bench(place.root, place.clock).making(order, place.actor) as noted,
    ):
        with CountedProgress("copying pictures") as told:
            made = make_dataset(place, is_freezing=freeze, told=told)
        noted.made(made.name)
    counts = ", ".join(f"{n} {split}" for split, n in made.counts.items())
    typer.echo(f"{made.name}: {counts}")
    for why, count in made.left_out.items():
        typer.echo(f"left out: {count}, {why}")


@datasets_app.command("list")
def list_datasets(*, data: DataOption = None, settings: SettingsFile = None) -> None:
    """Name every version, the oldest first, and what is frozen."""
    from litterwatch.labelling.datasets import versions
    from litterwatch.labelling.frozen import frozen_sets
    from litterwatch.service.wiring_learning import learning_folder

    with learning_folder(data, settings, account()) as place:
        frozen = {each.name for each in frozen_sets(place.datasets)}
        for each in versions(place.datasets):
            counts = ", ".join(f"{n} {split}" for split, n in each.counts.items())
            days = f"{len(each.days)} days of {len({d.camera for d in each.days})} cameras"
            mark = "  frozen" if each.name in frozen else ""
            typer.echo(f"{each.name}  {each.made_at:%Y-%m-%d %H:%M} UTC  {counts}; {days}{mark}")


@datasets_app.command("verify")
def verify(
    version: Version = None, *, data: DataOption = None, settings: SettingsFile = None
) -> None:
    """Check every file of a version against its hash, and that nothing frozen is trained on."""
    from litterwatch.labelling.datasets import find
    from litterwatch.labelling.datasets import verify as verified
    from litterwatch.service.cli_learning_view import CountedProgress
    from litterwatch.service.wiring_learning import learning_folder

    with learning_folder(data, settings, account()) as place:
        dataset = find(place.datasets, version)
        with CountedProgress("checking files") as told:
            faults = verified(dataset, place.datasets, told)
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(3)
    typer.echo(f"{dataset.name}: {len(dataset.files)} files are what the manifest says.")


@datasets_app.command("import")
def import_pictures(
    kind: Annotated[ExchangeFormat, typer.Argument(metavar="FORMAT", help="yolo, coco or cvat.")],
    source: Annotated[Path, typer.Argument(help="Folder (yolo), or the JSON or XML file.")],
    *,
    camera: Annotated[str, typer.Option(help="Camera of pictures that do not say it.")],
    images: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the pictures; default: `images` beside the file or its `annotations`."
        ),
    ] = None,
    taken_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When, with its zone: 2026-05-01T08:00+07:00."),
    ] = None,
    may_train: Annotated[
        bool, typer.Option("--may-train", help="Their use for training is permitted.")
    ] = False,
    classes: Annotated[
        list[str] | None,
        typer.Option(
            "--class", metavar="NAME=LABEL", help="What a foreign class is here; empty: leave out."
        ),
    ] = None,
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Take labelled pictures from YOLO, COCO or CVAT; data sets built later hold them.

    For example:

      litterwatch labelling datasets import coco all.json --camera gate --may-train
    """
    from litterwatch.labelling.formats.exchange import import_from
    from litterwatch.labelling.formats.foreign import Reading
    from litterwatch.labelling.pool import add_to_pool
    from litterwatch.service.wiring_learning import learning_folder

    reading = Reading(camera, _moment(taken_at), may_train, _classes(classes or []))
    pictures = import_from(kind.value, source, images, reading)
    with learning_folder(data, settings, account()) as place:
        new = add_to_pool(place.pool, pictures)
        place.log(
            "labels.imported",
            f"pool:{kind.value}",
            pictures=len(pictures),
            new=new,
            may_train=may_train,
        )
    boxes = sum(len(picture.boxes) for picture in pictures)
    typer.echo(f"{len(pictures)} pictures with {boxes} boxes, {new} of them new.")


@datasets_app.command("export")
def export_dataset(
    kind: Annotated[ExchangeFormat, typer.Argument(metavar="FORMAT", help="yolo, coco or cvat.")],
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    version: Version = None,
    *,
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Hand a version to YOLO, COCO or CVAT. Pictures of people leave the data folder: take care."""
    from litterwatch.labelling.datasets import find
    from litterwatch.labelling.formats.exchange import export_to
    from litterwatch.labelling.splits import Split
    from litterwatch.service.wiring_learning import learning_folder

    with learning_folder(data, settings, account()) as place:
        dataset = find(place.datasets, version)
        pictures = dataset.pictures(*Split)
        place.log(
            "dataset.exported", f"dataset:{dataset.name}", format=kind.value, pictures=len(pictures)
        )
        export_to(kind.value, pictures, out)
    typer.echo(f"{len(pictures)} pictures lie in {out}")


def _moment(text: str | None) -> "datetime | None":
    from litterwatch.detector.errors import ConfigError
    from litterwatch.labelling.formats.foreign import moment

    at = moment(text)
    if text is not None and at is None:
        raise ConfigError(f"{text} is not a time with its zone, such as 2026-05-01T08:00+07:00.")
    return at


def _classes(pairs: list[str]) -> "dict[str, Label | None]":
    from litterwatch.detector.errors import ConfigError
    from litterwatch.detector.types import Label

    found: dict[str, Label | None] = {}
    for pair in pairs:
        name, sign, label = pair.partition("=")
        if not sign or (label and label not in set(Label)):
            raise ConfigError(f"--class {pair}: write NAME=LABEL with one of {', '.join(Label)}.")
        found[name] = Label(label) if label else None
    return found
