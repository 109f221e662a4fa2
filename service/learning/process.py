"""`python -m litterwatch.service.learning.process`: makes what the desk has ordered.

What is ordered, and the settings with the password of the database, come through the standard
input: nothing of it stands in a list of processes or on the disk. The lock of the bench is
inherited.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any

from litterwatch.detector.errors import LitterwatchError
from litterwatch.models.extras import require_training
from litterwatch.service.clock import SystemClock
from litterwatch.service.learning.bench import Bench, Making, Work, WorkOrder
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.making import make
from litterwatch.service.settings import Settings
from litterwatch.service.wiring import opened_database
from litterwatch.service.wiring_learning import LABEL_SOURCES

POLITE = 10
"""Nice value: what is made gives way to the cameras that are watched beside it."""


def main() -> int:
    """Make it; 0, or 2 where it failed, which the bench then tells."""
    said: dict[str, Any] = json.load(sys.stdin)
    settings = Settings.model_validate(said["settings"])
    order = WorkOrder(Making(said["making"]), bool(said["is_freezing"]))
    os.nice(POLITE)
    with opened_database(settings) as database:
        place = LearningFolder(settings, database, SystemClock(), said["actor"], LABEL_SOURCES)
        bench = Bench(place.root, place.clock)
        work = Work(order, place.actor, datetime.fromisoformat(said["begun_at"]))
        try:
            with bench.telling(work) as told:
                if order.making is Making.CANDIDATE:
                    require_training()
                make(place, order, told)
        except LitterwatchError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        finally:
            # At once, not when Python has taken itself apart: whoever reads that this is done may
            # order the next thing.
            os.close(said["held"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
