"""The composition root of explaining: an event's record, its footage, the engine that judged it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import cv2
from pydantic import TypeAdapter

from litterwatch.camera_adapters.clips import RecordedFootage
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.errors import EvidenceUnavailable, NotFound
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Image, Site
from litterwatch.service.canonical import plain
from litterwatch.service.configurations import read_configuration
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.explaining.page import Explanation, Still
from litterwatch.service.explaining.record import Recorded, find_event, recompute
from litterwatch.service.explaining.replay import Again, Replay, replay_clip, replay_footage
from litterwatch.service.learning.use import LEARNED
from litterwatch.service.settings import Settings
from litterwatch.service.wiring import LONG_SIDE, detector_of, engine_code, engine_parameters
from litterwatch.service.wiring_custody import data_folder

_STILLS: Final = (
    (Role.STILL_BEFORE, "Trước · before"),
    (Role.STILL_ACT, "Lúc bỏ lại · the act"),
    (Role.STILL_AFTER, "Sau · after"),
)
_SHOWN: Final = 480
"""Long side of a still on the page, px."""
_MOST_STILLS: Final = 6
_SITES: Final = TypeAdapter(Site)


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What is to be explained.

    Attributes:
        event: its id, or the beginning of it.
        folder: the data folder; None for that of the settings.
        footage: where the recorded file lies now; None for where it lay.
        settings_file: further settings.
        watch_again: whether the engine is shown the footage again.
    """

    event: str
    folder: Path | None = None
    footage: Path | None = None
    settings_file: Path | None = None
    watch_again: bool = True


def explain_event(
    request: ExplainRequest,
    *,
    detector: ObjectDetector | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Explanation:
    """Gather why an event was suspected.

    Args:
        request: which one.
        detector: loaded by the settings, unless given.
        progress: told the media time of each picture that is watched again, s.

    Raises:
        ConfigError: there is no such folder.
        NotFound: no such event.
        EvidenceIntegrityError: a kept configuration was changed.
    """
    opened = data_folder(request.folder, request.settings_file)
    with opened as (settings, database), database.reading() as session:
        recorded = find_event(session, request.event)
        session.expunge_all()
    footage = _file_of(recorded, request)
    replay, why_not = None, "it was not asked for."
    if request.watch_again:
        cv2.setNumThreads(1)
        with detector_of(settings, detector) as eyes:
            replay, why_not = _watch_again(recorded, settings, eyes, footage, progress)
    stored = _stored_stills(recorded, settings.data_folder)
    stills = [*stored, *_turns(recorded, replay, footage, _masks(settings, recorded))]
    return Explanation(
        recorded,
        recompute(recorded.event),
        replay,
        why_not,
        tuple(sorted(stills, key=lambda still: still.media_time)),
    )


def _file_of(recorded: Recorded, request: ExplainRequest) -> Path | None:
    """The footage, if it is the very file that was judged."""
    if recorded.footage.live_since is not None or recorded.footage.sha256 is None:
        return None
    path = request.footage or Path(recorded.footage.source)
    if not path.is_file():
        if request.footage is not None:
            raise NotFound(f"{path}: there is no such file; name the footage of the event.")
        return None
    if sha256_of_file(path) == recorded.footage.sha256:
        return path
    if request.footage is not None:
        raise NotFound(f"{path} is not the file the event was found in: its content is another.")
    return None


def _watch_again(
    recorded: Recorded,
    settings: Settings,
    detector: ObjectDetector,
    footage: Path | None,
    progress: Callable[[float], None],
) -> tuple[Replay | None, str]:
    """What came of it, and why not all of the footage could be watched as it was then."""
    config = read_configuration(settings.data_folder, recorded.footage.config_sha256)
    why = _why_not(recorded, config, detector, footage)
    if config is not None and footage is not None and not why:
        site = _SITES.validate_python(config["site"])
        source = RecordedSource(
            footage,
            camera_id=recorded.footage.source,
            rate=config["rate"],
            long_side=config["long_side"],
            start_time=_start(config),
            masks=Masks(site.masks),
        )
        pipeline = CameraPipeline(site)
        again = Again(source, pipeline, detector, config["infer_every_frame"], progress)
        return replay_footage(again, recorded.event), ""
    clip = recorded.files.get(Role.CLIP)
    path = settings.data_folder / clip.path if clip is not None else None
    if clip is None or path is None or not path.is_file():
        return None, f"{why} Its clip is not there either."
    site = Site() if config is None else _SITES.validate_python(config["site"])
    rate = settings.analysis.rate if config is None else config["rate"]
    source = RecordedSource(path, camera_id=recorded.footage.source, rate=rate, long_side=LONG_SIDE)
    again = Again(source, CameraPipeline(site), detector, progress=progress)
    return replay_clip(again, recorded.event, clip.t_start or 0.0), why


def _why_not(
    recorded: Recorded,
    config: Mapping[str, Any] | None,
    detector: ObjectDetector,
    footage: Path | None,
) -> str:
    if recorded.footage.live_since is not None:
        return "it came from a live camera and is not kept as a whole."
    if footage is None:
        return "the file is not where it was, or has other content (name it with --footage)."
    if config is None:
        return "its configuration was not kept, or it went on from the file before it."
    if detector.sha256 != recorded.footage.model_sha256:
        return "another model is in use now (choose that one in the settings)."
    is_other = config["engine_code"] != engine_code()
    if is_other or config["engine"] != plain(engine_parameters()) or LEARNED & config.keys():
        # A nuisance map fades with time: what it was then cannot be put back.
        return "the engine, or what verdicts had taught it, has changed since."
    return ""


def _masks(settings: Settings, recorded: Recorded) -> Masks | None:
    """The privacy masks of its footage; None where nobody knows whether there were any."""
    config = read_configuration(settings.data_folder, recorded.footage.config_sha256)
    return None if config is None else Masks(_SITES.validate_python(config["site"]).masks)


def _start(config: Mapping[str, Any]) -> datetime | None:
    said = config["started_at"]
    return None if said is None else datetime.fromisoformat(said)


def _stored_stills(recorded: Recorded, folder: Path) -> list[Still]:
    stills = []
    for role, caption in _STILLS:
        row = recorded.files.get(role)
        image = None if row is None else _read(folder, row)
        if row is not None and image is not None:
            stills.append(Still(caption, row.t_start or 0.0, _jpeg(image, recorded)))
    return stills


def _read(folder: Path, row: EvidenceRow) -> Image | None:
    path = folder / row.path
    image = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    return None if image is None else image.astype("uint8", copy=False)


def _turns(
    recorded: Recorded, replay: Replay | None, footage: Path | None, masks: Masks | None
) -> list[Still]:
    """Pictures of the moments at which the case moved, from the footage itself."""
    if replay is None or footage is None or masks is None:
        return []
    clips, stills = RecordedFootage(footage, masks), []
    seen = None
    for moment in replay.moments:
        if moment.insight.state is seen:
            continue
        seen = moment.insight.state
        try:
            image = clips.still(moment.media_time)
        except EvidenceUnavailable:
            break  # behind the end of what can be decoded
        stills.append(Still(str(seen.value), moment.media_time, _jpeg(image, recorded)))
    return stills[:_MOST_STILLS]


def _jpeg(image: Image, recorded: Recorded) -> bytes:
    """The picture made small, with the thing's place drawn in."""
    drawn = image.copy()
    x, y, width, height = (round(float(str(value))) for value in recorded.event.box)
    thick = max(1, max(drawn.shape[:2]) // 320)
    cv2.rectangle(drawn, (x, y), (x + width, y + height), (40, 90, 240), thick)
    factor = min(1.0, _SHOWN / max(drawn.shape[:2]))
    size = (round(drawn.shape[1] * factor), round(drawn.shape[0] * factor))
    small = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
