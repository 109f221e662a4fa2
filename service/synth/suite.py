"""Makes many films into a folder; goes on where it was stopped."""

from collections.abc import Callable, Sequence
from pathlib import Path

from litterwatch.detector.types import Image
from litterwatch.service.synth.footage import SynthClip, render
from litterwatch.service.synth.scenario import Scenario
from litterwatch.service.synth.scenario_file import scenario_text

Told = Callable[[int, int, str], None]
"""Called with the number of films done, of all, and the name of the latest."""


def render_all(
    scenarios: Sequence[Scenario], photo: Image, out: Path, told: Told | None = None
) -> list[SynthClip]:
    """Film every scenario that does not lie in the folder already, whole and as it is now.

    Args:
        scenarios: what to film.
        photo: the sample photograph.
        out: the folder, made if needed.
        told: how far it is.

    Raises:
        EvidenceDiskFull: a film cannot be written.
    """
    clips = []
    for index, scenario in enumerate(scenarios):
        clip = SynthClip.named(out, scenario.name)
        if not _is_done(clip, scenario):
            clip.truth.unlink(missing_ok=True)
            clip = render(scenario, photo, out)
        clips.append(clip)
        if told is not None:
            told(index + 1, len(scenarios), scenario.name)
    return clips


def _is_done(clip: SynthClip, scenario: Scenario) -> bool:
    """Whether this very scenario was filmed to its end."""
    if not (clip.is_whole and clip.video.is_file() and clip.scenario.is_file()):
        return False
    return clip.scenario.read_text(encoding="utf-8") == scenario_text(scenario)
