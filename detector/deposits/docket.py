"""Everything the parts of the engine share about one camera: the open files and the memory."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.deposits.case import Case
from litterwatch.detector.deposits.learned import Learned
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Frame, PassedOver, Site, Zone, ZoneKind

NOWHERE = Zone("outside", ZoneKind.EXCLUDE, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
"""The zone of what lies in none: not watched."""

PASSED_KEPT = 256
"""Of what became no event, kept until somebody asks; the oldest go first."""

_FIRST = frozenset({ZoneKind.MASK, ZoneKind.EXCLUDE, ZoneKind.BIN_MOUTH})


@dataclass(slots=True)
class Docket:
    """The live cases of one camera and what is needed to judge them.

    Attributes:
        site: zones and hints.
        parameters: the numbers it rests on.
        change: the change model, for reference patches and healing.
        memory: actors, pictures, flights and so on of the last minutes.
        cases: live cases in the order in which they were opened.
        refused: refused cases and when their region was last seen: they keep others out.
        tally: closed cases that are no event, by reason code.
        passed: the latest of them that were never given as an event: what was missed is there.
        seeds: media times at which cases were opened in the last minute.
        frame: the frame being judged.
        ordinals: numbers for new cases.
        learned: what verdicts taught about this camera.
    """

    site: Site
    parameters: DepositParameters
    change: ChangeModel
    memory: Memory
    cases: list[Case] = field(default_factory=list)
    refused: list[tuple[Case, float]] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    passed: deque[PassedOver] = field(default_factory=lambda: deque(maxlen=PASSED_KEPT))
    seeds: deque[float] = field(default_factory=deque)
    frame: Frame | None = None
    ordinals: Iterator[int] = field(default_factory=lambda: count(1))
    learned: Learned = field(default_factory=Learned)

    @property
    def captured_at(self) -> datetime | None:
        """When the frame being judged was taken; None where nobody knows."""
        return self.frame.captured_at if self.frame else None

    def zone_of(self, box: Box, look: Look) -> Zone:
        """The zone under the foot of a thing; exclusions and bin mouths before all others."""
        zones = sorted(self.site.zones, key=lambda z: z.kind not in _FIRST)
        foot = Box(box.x1, box.y1, box.x2, min(box.y2, look.size[1] - 0.5)).foot
        return next((z for z in zones if z.holds(foot, look.size)), NOWHERE)

    def count_seed(self, media_time: float) -> None:
        """Note that a case was opened; the last minute is kept."""
        self.seeds.append(media_time)
        while media_time - self.seeds[0] > 60:
            self.seeds.popleft()


def permits(zone: Zone, captured_at: datetime | None) -> bool:
    """Whether a zone permits deposits at that time of day.

    A collection point without hours is always open; without a clock its hours are not held against
    anybody.
    """
    if zone.kind is not ZoneKind.COLLECTION_POINT:
        return False
    if not zone.permitted or captured_at is None:
        return True
    minute = captured_at.hour * 60 + captured_at.minute
    return any(
        start <= minute < end if start <= end else minute >= start or minute < end
        for start, end in zone.permitted
    )
