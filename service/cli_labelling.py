"""`litterwatch labelling ...`: from what people said and labelled to a better machine."""

import typer

from litterwatch.service.cli_datasets import datasets_app

labelling_app = typer.Typer(
    help="Data sets, training, promotion; weights and nuisance maps from verdicts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
labelling_app.add_typer(datasets_app, name="datasets")
