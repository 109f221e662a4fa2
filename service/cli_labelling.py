"""`litterwatch labelling ...`: from what people said and labelled to a better machine."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

from pathlib import Path
from typing import Annotated

import typer

from litterwatch.service.cli_custody import SettingsFile, account
from litterwatch.service.cli_datasets import datasets_app
from litterwatch.service.cli_export import DataOption

labelling_app = typer.Typer(
    help="Data sets, training, promotion; weights and nuisance maps from verdicts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
labelling_app.add_typer(datasets_app, name="datasets")

Name = Annotated[str, typer.Argument(metavar="CANDIDATE", help="Name, or its beginning.")]


@labelling_app.command("train")
def train(
    *,
    dataset: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Data set; default: the newest.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help="Settings of the training; default: learning.training, else finetune.toml.",
        ),
    ] = None,
    gate: Annotated[
        Path | None,
        typer.Option(
            metavar="GATE.toml", help="What is asked of the candidate; default: learning.gate."
        ),
    ] = None,
    events: Annotated[
        int, typer.Option(min=0, help="Reviewed events to watch again at most.")
    ] = 200,
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Train a candidate from the model in use, compare both, and let the gate judge.

    Ends with 3 where the gate refuses. What was killed goes on when the command is given again.
    Needs litterwatch[train].

    For example:

      litterwatch labelling train --dataset v0003
    """
    from litterwatch.models.extras import require_training

    require_training()
    from litterwatch.service.cli_learning_view import CountedProgress
    from litterwatch.service.learning.bench import Bench, Making, WorkOrder
    from litterwatch.service.learning.making import training_order
    from litterwatch.service.learning.training import PAGE, train_candidate
    from litterwatch.service.wiring_learning import learning_folder

    with (
        learning_folder(data, settings, account()) as place,
        CountedProgress("training") as shown,
        Bench(place.root, place.clock).making(WorkOrder(Making.CANDIDATE), place.actor) as noted,
    ):

        def told(words: str, done: int, of: int) -> None:
            shown(done, of, words)
            noted(words, done, of)

        order = training_order(place, dataset=dataset, config=config, gate=gate, last_events=events)
        candidate, result = train_candidate(place, order, told)
        noted.made(candidate.name, is_accepted=result.is_accepted)
    for each in result.results:
        where = f" ({each.subject})" if each.subject else ""
        typer.echo(f"{each.answer}: {each.rule}{where}. {each.why}")
    verdict = "accepted" if result.is_accepted else "refused"
    typer.echo(f"{candidate.name} is {verdict}: {candidate.folder / PAGE}")
    if not result.is_accepted:
        raise typer.Exit(3)


@labelling_app.command("candidates")
def candidates(*, data: DataOption = None, settings: SettingsFile = None) -> None:
    """Name the default model, and every candidate with what the gate said of it."""
    from litterwatch.labelling.job import JOB, Step, read_candidate
    from litterwatch.models.shelf import Shelf
    from litterwatch.service.wiring_learning import learning_folder

    with learning_folder(data, settings, account()) as place:
        pointer = Shelf(place.models).pointer()
        before = f", before it {', '.join(pointer.before)}" if pointer.before else ""
        typer.echo(f"default: {pointer.default}{before}")
        for file in sorted(place.candidates.glob(f"*/{JOB}")):
            candidate = read_candidate(file.parent)
            judged = candidate.done.get(Step.JUDGED)
            if judged is None:
                last = max(candidate.done, key=list(Step).index, default="begun")
                typer.echo(f"{candidate.name}  {last}")
            else:
                said = "accepted" if judged["is_accepted"] else "refused"
                typer.echo(f"{candidate.name}  {said} by the gate")


@labelling_app.command("shadow")
def shadow(name: Name, *, data: DataOption = None, settings: SettingsFile = None) -> None:
    """Tell what a candidate found beside the model in use.

    It judges there as long as the setting learning.shadow names its folder.
    """
    from litterwatch.service.learning.shadow import shadow_counts, shadow_sentence
    from litterwatch.service.wiring_learning import found_candidate, learning_folder

    with learning_folder(data, settings, account()) as place:
        candidate = found_candidate(place, name)
    counts = shadow_counts(candidate.folder)
    for each in counts:
        typer.echo(
            f"{each.camera}: {each.hours:.2f} h, both {each.both}, model in use alone"
            f" {each.only_active}, candidate alone {each.only_candidate}"
        )
    typer.echo(shadow_sentence(counts))


@labelling_app.command("promote")
def promote(
    name: Name,
    *,
    without_shadow: Annotated[
        bool, typer.Option("--without-shadow", help="Though it has not judged in the shadow.")
    ] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; for the log.")] = "",
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Make a candidate the default model; the gate must have accepted it."""
    from litterwatch.service.learning.promotion import promote as promoted
    from litterwatch.service.wiring_learning import found_candidate, learning_folder

    with learning_folder(data, settings, account()) as place:
        candidate = found_candidate(place, name)
        sha256 = promoted(place, candidate, without_shadow=without_shadow, reason=reason)
    typer.echo(f"The default model is {candidate.name}, SHA-256 {sha256}.")


@labelling_app.command("rollback")
def rollback(
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; for the log.")] = "",
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Make the model before the default again."""
    from litterwatch.service.learning.promotion import roll_back
    from litterwatch.service.wiring_learning import learning_folder

    with learning_folder(data, settings, account()) as place:
        typer.echo(f"The default model is {roll_back(place, reason)}.")


@labelling_app.command("weights")
def weights(*, data: DataOption = None, settings: SettingsFile = None) -> None:
    """Refit the score's weights on what people said; 50 verdicts are needed.

    Writes a file and a picture of how well scores and verdicts agree, and changes nothing: the
    setting learning.score_weights says which file is used.
    """
    from litterwatch.service.learning.lessons import learn_weights
    from litterwatch.service.wiring_learning import learning_folder

    with learning_folder(data, settings, account()) as place:
        file, found = learn_weights(place)
    typer.echo(
        f"{file}: from {found.deposits} confirmed and {found.refused} refused; on days not fitted"
        f" on its loss is {found.loss:.3f}, that of the weights set by hand {found.loss_before:.3f}"
    )
    typer.echo(
        f"On those days it reports {found.recall:.1%} of the confirmed events that were reported"
        f" before, and {found.false:.1%} of the refused ones."
    )
    for name, value in found.weights.weights.items():
        typer.echo(f"  {name} {value:+.3f}")
    typer.echo(f"To use it: learning.score_weights = {file}")


@labelling_app.command("nuisance")
def nuisance(*, data: DataOption = None, settings: SettingsFile = None) -> None:
    """Write down where in each camera's picture alarms keep being refused, and what stood there.

    The setting learning.nuisance_map says which file is used; what was refused two weeks ago counts
    half. A daily run keeps it fresh.
    """
    from litterwatch.service.learning.lessons import NUISANCE_LINK, learn_nuisance
    from litterwatch.service.wiring_learning import learning_folder

    with learning_folder(data, settings, account()) as place:
        file, count = learn_nuisance(place)
    typer.echo(f"{file}: from {count} verdicts")
    typer.echo(f"To use the latest: learning.nuisance_map = {file.with_name(NUISANCE_LINK)}")
