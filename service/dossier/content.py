"""What stands in a dossier: plain values, read from rows or typed in by an officer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from litterwatch.service.dossier.sketch import Sketch


class Parts(StrEnum):
    """How much of a dossier is printed."""

    ALL = "all"
    RESULT_RECORD = "result_record"


@dataclass(frozen=True, slots=True)
class Particulars:
    """What only an officer knows; what is None is left blank on paper.

    Attributes:
        authority: the body above the unit, for the head of each paper.
        unit: of the officer.
        user, position: who used the technical means.
        device: name and serial number of the camera.
        approval: number, day and signer of the decision that allows it.
        place: where the act was, in words.
        involved: name and address of the person involved, if verified.
        act: what is suspected, in words, with its basis in law.
        other: anything else.
        recipient: to whom the file goes.
    """

    unit: str
    authority: str | None = None
    user: str | None = None
    position: str | None = None
    device: str | None = None
    approval: str | None = None
    place: str | None = None
    involved: str | None = None
    act: str | None = None
    other: str | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class FilePrinted:
    """One file of evidence: its name, size in bytes, SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PicturePrinted:
    """One still: what it shows, the media time of the source, s, and the JPEG itself."""

    caption: str
    media_time: float | None
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class EventPrinted:
    """One event of a dossier.

    Attributes:
        id: which.
        occurred_at: local, for people; None where the time of day is unknown.
        clock: how the time is known, in one sentence.
        kind: of the suspicion, in words.
        source: name of the footage.
        release: media time of the act, s.
        model, software: what found it.
        files: all that is stored.
        pictures: before, act, after.
        are_blurred: whether the pictures are blurred copies.
        is_masked: whether privacy masks were laid on all pictures before they were stored.
    """

    id: str
    occurred_at: str | None
    clock: str
    kind: str
    source: str
    release: float
    model: str
    software: str
    files: Sequence[FilePrinted]
    pictures: Sequence[PicturePrinted]
    are_blurred: bool
    is_masked: bool


@dataclass(frozen=True, slots=True)
class ReportPrinted:
    """What a citizen reported: when it came, the place, the words, the files with their hashes."""

    received_at: str
    place: str
    text: str
    files: Sequence[FilePrinted]


@dataclass(frozen=True, slots=True)
class PaperPrinted:
    """A line of the index: title and sheets, numbered through."""

    number: int
    title: str
    first_sheet: int
    last_sheet: int


@dataclass(frozen=True, slots=True)
class LogPrinted:
    """A row of the chain of custody, or of a case's history."""

    number: int
    at: str
    who: str
    what: str
    detail: str
    hash: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is printed.

    Attributes:
        case_id: which case.
        state: of the case, in words.
        printed_at: local.
        particulars: typed in by the officer.
        events: what was seen.
        papers: the index.
        missing: what the file still lacks, in words.
        history: what was done to the case.
        custody: what was done to the evidence.
        head: number and hash of the last row of the chain.
        sketch: where it was; None where nobody knows.
        reports: what citizens reported about it, without who they are.
        parts: how much is printed.
    """

    case_id: str
    state: str
    printed_at: str
    particulars: Particulars
    events: Sequence[EventPrinted]
    papers: Sequence[PaperPrinted]
    missing: Sequence[str]
    history: Sequence[LogPrinted]
    custody: Sequence[LogPrinted]
    head: tuple[int, str]
    sketch: Sketch | None = None
    reports: Sequence[ReportPrinted] = ()
    parts: Parts = Parts.ALL
