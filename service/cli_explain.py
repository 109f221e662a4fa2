"""`litterwatch explain` and `litterwatch debug-video`: why the machine says what it says."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

from pathlib import Path
from typing import Annotated

import typer

NOT_THE_SAME = 3


def explain(
    event: Annotated[str, typer.Argument(help="Its event_id, or the first digits of it.")],
    *,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder of results, as `scan --out` made it."),
    ] = None,
    footage: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The recorded file, where it has been moved."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write DIR/explanation.html, with pictures."),
    ] = None,
    record_only: Annotated[
        bool, typer.Option("--record-only", help="Do not watch the footage again.")
    ] = False,
    settings: Annotated[
        Path | None, typer.Option(metavar="SETTINGS.toml", help="File with further settings.")
    ] = None,
) -> None:
    """Explain an event: its steps, features and weights; compute it again, watch it again.

    The score is computed again from the record alone. Where the recorded file and the settings of
    then are at hand, the engine watches it again and every recorded field is compared; else it
    watches the evidence clip, which is an indication. What was done is said.

    Exit code: 0 the record gives its score and what was watched again agrees; 3 it does not.

    For example:

      litterwatch explain 3f9a --data litterwatch-out --out why
    """
    from litterwatch.service.explaining.page import PAGE_FILE, proofs, render, steps_of
    from litterwatch.service.outputs import make_folder, write_whole
    from litterwatch.service.report.view import exact_time
    from litterwatch.service.wiring_explain import ExplainRequest, explain_event

    request = ExplainRequest(event, data, footage, settings, watch_again=not record_only)
    explanation = explain_event(request)
    row = explanation.recorded.event
    typer.echo(f"{row.kind}, {row.state}, score {row.score}, {explanation.recorded.footage.source}")
    for step in steps_of(explanation):
        detail = f" ({step.details.en})" if step.details.en else ""
        typer.echo(f"  {exact_time(step.media_time)}  {step.code:<28} {step.words.en}{detail}")
    for part in explanation.recomputed.parts:
        typer.echo(f"  {part.name:<16} {part.value:9.6f} x {part.weight:+.2f} = {part.adds:+.3f}")
    held = proofs(explanation)
    for holds, sentence in held:
        typer.echo(("holds: " if holds else "DOES NOT HOLD: ") + sentence)
    if out is not None:
        make_folder(out)
        write_whole(out / PAGE_FILE, render(explanation))
        typer.echo(f"Look at it: {out / PAGE_FILE}")
    watched = explanation.replay is None or held[1][0]
    if not (held[0][0] and watched):
        raise typer.Exit(NOT_THE_SAME)


def debug_video(
    file: Annotated[Path, typer.Argument(help="A video file.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="X.mp4", help="The video to write.  [default: FILE-seen.mp4 here]"),
    ] = None,
    site: Annotated[
        Path | None, typer.Option(metavar="SITE.toml", help="Zones, hours and person heights.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=0.0, max=60.0, help="Pictures a second; 0 takes every one.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="SETTINGS.toml", help="File with further settings.")
    ] = None,
) -> None:
    """Film what the engine sees: people with their numbers, what is new, every case and its state.

    For example:

      litterwatch debug-video monday.mp4 --out seen.mp4
    """
    from litterwatch.service.settings import load_settings
    from litterwatch.service.wiring_debug import DebugRequest, film_what_is_seen

    into = out or Path(f"{file.stem}-seen.mp4")
    made = film_what_is_seen(DebugRequest(file, into, load_settings(settings), site, fps))
    typer.echo(f"{made.pictures} pictures, {made.events} suspected events: {into}")
