"""`python -m litterwatch.service.soak`: see scripts/soak."""

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import av
import typer

from litterwatch.detector.errors import LitterwatchError
from litterwatch.service.clock import SystemClock
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.soak.page import page
from litterwatch.service.soak.run import Film, Soak
from litterwatch.service.synth.footage import render
from litterwatch.service.synth.kinds import build

# s of the film: somebody leaves a bag, somebody else takes it away, and the street is as before, so
# that it can be played round and round.
_LENGTH = 60.0
_SEED = 3  # of the street and the people


def main() -> int:
    """0 when every check holds, 1 when one does not, 2 where it could not be run."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="kept; default: one that is deleted")
    parser.add_argument("--pictures", type=Path, help="folder with bus.jpg, see synth make")
    parser.add_argument("--json", type=Path, help="where the result goes; default: print it")
    parser.add_argument("--page", type=Path, help="Markdown page to write")
    arguments = parser.parse_args()
    seconds = 3600 * arguments.hours + 60 * arguments.minutes
    if seconds <= 0 or arguments.cameras < 1:
        parser.error("say how long, with --hours or --minutes, and at least one camera")
    try:
        with tempfile.TemporaryDirectory() as temporary:
            folder = arguments.folder or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            soak = Soak(
                _filmed(folder, arguments.pictures),
                arguments.cameras,
                seconds,
                arguments.seed,
                folder,
                SystemClock(),
                lambda line: typer.echo(line, err=True),
            )
            result = soak.run()
    except LitterwatchError as error:
        typer.echo(f"soak: {error}", err=True)
        return 2
    text = json.dumps(result, ensure_ascii=False, indent=1)
    if arguments.json is None:
        typer.echo(text)
    else:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    if arguments.page is not None:
        arguments.page.write_text(page(result), encoding="utf-8")
    return 0 if result["passed"] else 1


def _filmed(folder: Path, pictures: Path | None) -> Film:
    scenario = replace(build("dump_collected", _SEED, "dev"), seconds=_LENGTH)
    clip = render(scenario, street_photo(pictures), folder)
    truth = json.loads(clip.truth.read_text("utf-8"))
    with av.open(str(clip.video)) as container:
        video = container.streams.video[0]
        keys = [
            float((packet.pts or 0) * packet.time_base)
            for packet in container.demux(video)
            if packet.is_keyframe
        ]
    gop = max(after - before for before, after in zip(keys, [*keys[1:], _LENGTH], strict=True))
    (event,) = truth["events"]
    length, release = float(truth["duration_s"]), float(event["t_release"])
    return Film(clip.video, length, release, gop)


sys.exit(main())
