"""How far the work is, in words for people: the trainer tells it in English sentences."""

from typing import Final

from litterwatch.service.learning.bench import Making, Work, WorkState
from litterwatch.service.texts import N_

STEPS: Final = (
    ("collecting what was labelled", N_("Covering faces and plates in what was labelled")),
    ("copying pictures", N_("Copying pictures")),
    ("checking the data set", N_("Checking the data set")),
    ("training on", N_("Training; rounds through all pictures")),
    ("looking at val", N_("Looking at the pictures to choose by")),
    ("exporting", N_("Making the installed form and comparing it with what was trained")),
    ("both models look", N_("Both models look at the frozen test pictures")),
    ("both models watch", N_("Both models watch the clips of judged events")),
)
"""Beginning of what the trainer says, and what people read."""

MAKINGS: Final = {
    Making.DATASET: N_("A data set"),
    Making.CANDIDATE: N_("A candidate"),
}
STATES: Final = {
    WorkState.RUNNING: N_("is being made"),
    WorkState.STOPPED: N_("was stopped before it was finished"),
    WorkState.DONE: N_("was made"),
    WorkState.FAILED: N_("could not be made"),
}


def step_text(work: Work) -> str:
    """What is being done now, to be translated; what no table knows, as the trainer says it."""
    return next((text for start, text in STEPS if work.step.startswith(start)), work.step)
