"""`litterwatch models ...`: the neural networks, by manifest."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

models_app = typer.Typer(
    help="List, check, export and try object detectors.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="Build training data.", no_args_is_help=True, rich_markup_mode=None)
models_app.add_typer(data_app, name="data")

Model = Annotated[
    str | None,
    typer.Argument(
        metavar="[MODEL]",
        help="Name of an installed model, or path of a model's folder or file; the default model"
        " if left out.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class ExportFormat(StrEnum):
    """What a network can be exported to."""

    OPENVINO = "openvino"
    ONNX = "onnx"
    ENGINE = "engine"


class Backend(StrEnum):
    """Which runtime runs a network."""

    AUTO = "auto"
    OPENVINO = "openvino"
    ONNX = "onnx"
    TORCH = "torch"


class Device(StrEnum):
    """Where a network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@models_app.command("list")
def list_models(*, as_json: AsJson = False) -> None:
    """Name the models that come with the package."""
    from litterwatch.models.registry import list_models as installed

    rows = [
        {
            "name": model.manifest.name,
            "version": model.manifest.version,
            "architecture": model.manifest.architecture,
            "formats": [f"{each.format} {each.precision}" for each in model.manifest.exports],
        }
        for model in installed()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        formats = ", ".join(row["formats"])
        typer.echo(f"{row['name']}  {row['version']}  {row['architecture']}  ({formats})")


@models_app.command()
def show(model: Model = None) -> None:
    """Print what is known about a model: its manifest."""
    from litterwatch.models.registry import show as found

    installed = found(model)
    manifest = installed.manifest
    typer.echo(
        json.dumps(
            {
                "folder": str(installed.folder),
                "name": manifest.name,
                "version": manifest.version,
                "architecture": manifest.architecture,
                "input_size": manifest.input_size,
                "stride": manifest.stride,
                "classes": [str(label) if label else None for label in manifest.classes],
                "exports": [
                    {
                        "format": export.format,
                        "precision": export.precision,
                        "sha256": export.sha256,
                        "files": dict(export.files),
                    }
                    for export in manifest.exports
                ],
                "licence": manifest.licence,
                "training_data": manifest.training_data,
                "scores": dict(manifest.scores),
                "created": manifest.created,
            },
            indent=2,
            ensure_ascii=False,
        )
    )


@models_app.command()
def verify(model: Model = None) -> None:
    """Check every file of a model against its manifest."""
    from litterwatch.models.registry import verify as verified

    installed = verified(model)
    count = sum(len(export.files) for export in installed.manifest.exports)
    typer.echo(f"{installed.manifest.name}: {count} files are what the manifest says.")


@models_app.command()
def export(
    weights: Annotated[str, typer.Argument(help="Model with torch weights: name, folder or .pt.")],
    out: Annotated[Path, typer.Argument(help="Folder of the export; made if needed.")],
    *,
    wanted: Annotated[
        ExportFormat, typer.Option("--format", help="What to make.")
    ] = ExportFormat.OPENVINO,
    int8: Annotated[
        bool, typer.Option("--int8", help="8-bit weights and activations; needs --calibration.")
    ] = False,
    calibration: Annotated[
        list[Path] | None,
        typer.Option(help="Picture, or folder of pictures, of what the cameras see; repeatable."),
    ] = None,
    size: Annotated[int | None, typer.Option(help="Long side of the input, px.")] = None,
    full: Annotated[
        bool, typer.Option("--fp32", help="Store weights in 32 bits instead of 16.")
    ] = False,
) -> None:
    """Export a checkpoint for a runtime; needs litterwatch[train].

    Example: litterwatch models export yolo.pt exported --format openvino --int8 --calibration pics
    """
    from litterwatch.models.export import export_model
    from litterwatch.models.predict import pictures_in

    made = export_model(
        weights,
        wanted.value,
        out,
        int8=int8,
        calibration=pictures_in(calibration or []),
        input_size=size,
        is_half=not full,
    )
    typer.echo(f"{made.manifest.name}: exported to {made.folder}")


@models_app.command("verify-export")
def verify_export(
    exported: Annotated[str, typer.Argument(metavar="EXPORT", help="The export to judge.")],
    reference: Annotated[str, typer.Argument(help="The checkpoint it was made from (.pt).")],
    pictures: Annotated[
        list[Path], typer.Argument(help="200 or more pictures of the cameras, files or folders.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Refuse an export that sees less than its checkpoint; exit code 3 when refused."""
    from litterwatch.models.predict import pictures_in
    from litterwatch.models.verify_export import verify_export_files

    result = verify_export_files(exported, reference, pictures_in(pictures))
    if as_json:
        typer.echo(json.dumps({"frames": result.frames, "classes": result.rows()}, indent=2))
    for refusal in result.refusals:
        typer.echo(refusal, err=True)
    if not result.is_accepted:
        raise typer.Exit(3)
    if not as_json:
        typer.echo(f"Accepted on {result.frames} pictures.")


@models_app.command()
def predict(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.")],
    *,
    model: Annotated[
        str | None, typer.Option(help="Name or path; the default model if left out.")
    ] = None,
    backend: Annotated[Backend, typer.Option(help="The runtime.")] = Backend.AUTO,
    device: Annotated[Device, typer.Option(help="Where to run.")] = Device.AUTO,
    confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Boxes below are left out.")
    ] = 0.25,
) -> None:
    """Print what a model sees in pictures: one JSON object a line."""
    from litterwatch.models.predict import pictures_in
    from litterwatch.models.predict import predict as judged
    from litterwatch.models.registry import load_detector

    detector = load_detector(model, backend=backend.value, device=device.value)
    for prediction in judged(pictures_in(pictures), detector, confidence=confidence):
        typer.echo(json.dumps(prediction, ensure_ascii=False))


@models_app.command()
def train(
    config: Annotated[Path, typer.Argument(help="Training settings, TOML.")],
    data: Annotated[Path, typer.Argument(help="Data set (YAML) as `models data build` makes it.")],
    out: Annotated[Path, typer.Argument(help="Folder of the training.")],
    *,
    start: Annotated[Path, typer.Option(help="Weights to start from (.pt).")],
    people: Annotated[
        Path | None,
        typer.Option(
            help="Network whose sight of people is kept (COCO's .pt), where the weights to start "
            "from have no branch of their own for it."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was stopped.")
    ] = False,
) -> None:
    """Train a model; needs litterwatch[train]."""
    from litterwatch.models.train import train as trained

    def tell(epoch: int, epochs: int, scores: dict[str, float]) -> None:
        shown = ", ".join(f"{name} {value:.4f}" for name, value in scores.items())
        typer.echo(f"epoch {epoch} of {epochs}: {shown}", err=True)

    report = trained(config, data, out, start=start, people=people, resume=resume, progress=tell)
    typer.echo(f"{report.weights}  sha256 {report.weights_sha256}")


@models_app.command()
def evaluate(
    weights: Annotated[Path, typer.Argument(help="Folder or file of the model.")],
    data: Annotated[Path, typer.Argument(help="Data set (YAML); its val pictures are judged.")],
    out: Annotated[Path, typer.Argument(help="Folder of the report; made if needed.")],
    *,
    coco: Annotated[
        Path | None,
        typer.Option(help="COCO weights to measure what was kept of people and vehicles."),
    ] = None,
    backend: Annotated[Backend, typer.Option(help="The runtime.")] = Backend.AUTO,
    size: Annotated[int | None, typer.Option(help="Long side of the input, px.")] = None,
    confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="From which a thing counts as found.")
    ] = 0.25,
) -> None:
    """Measure a model on labelled pictures, with intervals and a page of what went wrong."""
    from litterwatch.models.evaluate import evaluate as evaluated

    report = evaluated(
        weights,
        data,
        out,
        coco=coco,
        backend=backend.value,
        input_size=size,
        confidence=confidence,
        progress=_tell,
    )
    typer.echo(f"{report.pictures} pictures: {out / 'index.html'}")


def _tell(what: str, done: int, total: int) -> None:
    typer.echo(f"{what}: {done} of {total}", err=True)


@data_app.command()
def build(
    config: Annotated[Path, typer.Argument(help="Recipe of the data set, TOML.")],
    source: Annotated[Path, typer.Argument(help="Folder of the labelled pictures.")],
    out: Annotated[Path, typer.Argument(help="Folder of the data set; made if needed.")],
) -> None:
    """Build a training set by a recipe; the same recipe and pictures give the same set."""
    from litterwatch.models.data.build import build_dataset

    report = build_dataset(config, source, out, _tell)
    typer.echo(json.dumps(report.counts(), indent=2))
