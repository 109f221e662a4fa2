"""What people said of what stood here before, asked when a thing can be seen by itself (0090)."""

from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.descriptor import described
from litterwatch.detector.deposits.docket import Docket
from litterwatch.detector.deposits.observing import Look


def recall(docket: Docket, case: Case, look: Look) -> None:
    """Let the nuisance map see what the thing looks like: once, when whoever left it has gone.

    Until then, and where the map knows no looks, its place alone speaks.
    """
    nuisance, frame = docket.learned.nuisance, docket.frame
    if case.looks is not None or frame is None or not nuisance.knows_looks:
        return
    motion = docket.memory.motion_at(look.media_time)
    box = case.box if motion is None else motion.box_to_picture(case.box)
    case.looks = described(frame.image, box)
    case.bar = nuisance.bar(case.box.foot, look.size, case.person_height, case.looks)
