"""What the page says, before anybody thinks of HTML.

Paths are relative to the folder of the page, with forward slashes. Boxes are left, top, width,
height in pixels of the full picture as displayed. Times are seconds of media time from the start
of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

PixelBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class StillShown:
    """One picture of an event.

    Attributes:
        role: "before", "act" or "after".
        path: the picture.
        media_time: when it was taken, s.
    """

    role: str
    path: str
    media_time: float


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """One step of the machine's explanation."""

    code: str
    media_time: float
    detail: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClipShown:
    """The evidence clip: the original bitstream.

    Attributes:
        path: the file.
        t_start, t_end: what it covers, s of media time of the source.
        codec: as in the source; browsers play "h264" and few others.
        sha256: of the file.
        manifest: path of the manifest, None where there is none.
    """

    path: str
    t_start: float
    t_end: float
    codec: str
    sha256: str
    manifest: str | None = None


@dataclass(frozen=True, slots=True)
class EventShown:
    """One suspected event with its evidence; fields as in `litterwatch.detector.types.Event`.

    Attributes:
        started_at: when the footage began (UTC), None where nobody knows.
        picture: (width, height) of the full picture, px.
    """

    event_id: str
    source: str
    kind: str
    state: str
    score: float
    t_enter: float | None
    t_release: float
    t_confirmed: float | None
    t_actor_left: float | None
    box: PixelBox | None
    actor_box: PixelBox | None
    actor_label: str | None
    zone: str
    n_items: int
    features: Mapping[str, float]
    reasons: tuple[ReasonShown, ...]
    picture: tuple[int, int]
    stills: tuple[StillShown, ...]
    clip: ClipShown | None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileShown:
    """One file of footage: read (problem is None) or failed (problem says why)."""

    source: str
    seconds: float
    events: int
    problem: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class PageHeading:
    """Who judged: names and digests.

    Attributes:
        site: name of the site.
        model, model_sha256: the weights.
        config_sha256: digest of the settings.
        version: of litterwatch.
        is_masked: whether the site has privacy masks, so that clips are no original bitstream.
    """

    site: str
    model: str
    model_sha256: str
    config_sha256: str
    version: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class PageContent:
    """Everything on the page."""

    events: tuple[EventShown, ...]
    files: tuple[FileShown, ...]
    tally: Mapping[str, int]
    heading: PageHeading

    @property
    def failed(self) -> tuple[FileShown, ...]:
        return tuple(file for file in self.files if file.problem is not None)

    @property
    def read(self) -> tuple[FileShown, ...]:
        return tuple(file for file in self.files if file.problem is None)

    @property
    def footage_seconds(self) -> float:
        return sum(file.seconds for file in self.read)
