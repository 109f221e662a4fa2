"""What is said about an event's files, in one canonical text that can be hashed and signed.

A manifest holds nothing that differs between two runs over the same footage with the same settings
and versions: no wall clock, no folder of this machine. When files were stored is said by the
chain of custody, which holds the manifest's hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Clip, Event
from litterwatch.service.canonical import JsonValue, canonical_json, sha256_of
from litterwatch.service.evidence.store import StoredFile

FORMAT: Final = "litterwatch-manifest/1"
_FILE_TIMES: Final = (
    "all times are seconds from the first frame of the source, by its own timestamps"
)
_LIVE_TIMES: Final = (
    "Live camera: all times are seconds from captured_from, by the camera's own timestamps, kept"
    " within a quarter of a second of the clock of the computer that watched; the times of day are"
    " by that computer's clock."
)


@dataclass(frozen=True, slots=True)
class CameraClock:
    """What a camera's own clock was measured to be.

    Attributes:
        error: camera minus the computer that watched, s: negative where the camera was behind.
        uncertainty: the true error is within so much of it, s.
        measured_at: UTC.
    """

    error: float
    uncertainty: float
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Footage:
    """Where pictures came from and who judged them; the same for every run over the same input.

    Attributes:
        source: how the user names the file, relative to what was scanned; forward slashes.
        sha256: of the source file; None when it could not be read.
        size: of the source file, bytes.
        duration: s.
        codec: name as in the source.
        width, height: of the full picture as displayed, px.
        fps: frames per second, on average.
        rotation: applied to the coded picture to display it, degrees.
        captured_from: UTC of media time 0 (a file's first frame), None when nobody knows.
        live_since: UTC when this stretch of watching a live camera began; None for a file.
        zones_version: of the camera's zones in the register; None where those of a file were used.
        camera_clock: of a live camera, as last measured before the event; None if it never was.
        config_sha256: digest of every setting that the events depend on.
        model_name, model_sha256: the weights.
        software: version of litterwatch.
    """

    source: str
    sha256: str | None
    config_sha256: str
    model_name: str
    model_sha256: str
    software: str
    size: int | None = None
    duration: float | None = None
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    rotation: int | None = None
    captured_from: datetime | None = None
    live_since: datetime | None = None
    zones_version: int | None = None
    camera_clock: CameraClock | None = None

    @property
    def id(self) -> str:
        """32 hex digits: the same file, name, settings, model and version give the same.

        For a live camera: the same stretch of watching.
        """
        key = [self.source, self.sha256, self.config_sha256, self.model_sha256, self.software]
        if self.live_since is not None:
            key.append(_iso(self.live_since.astimezone(UTC)))
        return sha256_of(key)[:32]

    def event_id(self, machine_id: str) -> str:
        """32 hex digits for what the event engine calls `machine_id` in this footage."""
        return sha256_of([self.id, machine_id])[:32]


def manifest(
    event: Event,
    footage: Footage,
    files: Sequence[StoredFile],
    *,
    clip: Clip | None,
    window: tuple[float, float],
    missing: Sequence[str],
) -> bytes:
    """The canonical text (JSON, UTF-8).

    Args:
        event: what the machine suspects.
        footage: where the pictures came from.
        files: what was stored, without the manifest itself.
        clip: what was cut, None when it could not be.
        window: the media times asked for, s; the clip begins on the key frame before.
        missing: roles of files that could not be made.
    """
    document: dict[str, JsonValue] = {
        "format": FORMAT,
        "event_id": footage.event_id(event.id),
        "event": event_fields(event),
        "source": _source(footage),
        "clock": _clock(footage, event),
        "clip": None if clip is None else _clip(clip, event, window),
        "files": {
            file.path.rpartition("/")[2]: {
                "role": file.role,
                "sha256": file.sha256,
                "size": file.size,
                "media_type": file.media_type,
                "t_start": file.t_start,
                "t_end": file.t_end,
            }
            for file in files
        },
        "missing": list(missing),
        "software": {"name": "litterwatch", "version": footage.software},
        "model": {"name": footage.model_name, "sha256": footage.model_sha256},
        "config_sha256": footage.config_sha256,
    }
    return canonical_json(document) + b"\n"


def event_fields(event: Event) -> dict[str, JsonValue]:
    """All that the machine says about an event; boxes as [x, y, w, h]."""
    return {
        "machine_id": event.id,
        "camera_id": event.camera_id,
        "kind": event.kind,
        "state": event.state,
        "score": event.score,
        "t_enter": event.t_enter,
        "t_release": event.t_release,
        "t_release_uncertainty": event.t_release_uncertainty,
        "t_provisional": event.t_provisional,
        "t_confirmed": event.t_confirmed,
        "t_actor_left": event.t_actor_left,
        "box": xywh(event.box),
        "actor_box": None if event.actor_box is None else xywh(event.actor_box),
        "actor_label": event.actor_label,
        "actor_ambiguous": event.actor_ambiguous,
        "zone": event.zone,
        "n_items": event.n_items,
        "features": dict(event.features),
        "scoring": dict(event.scoring),
        "reasons": [
            {"code": reason.code, "media_time": reason.media_time, "detail": dict(reason.detail)}
            for reason in event.reasons
        ],
    }


def xywh(box: Box) -> list[JsonValue]:
    """Left, top, width, height to a hundredth of a pixel."""
    return [round(float(value), 2) + 0.0 for value in box.xywh()]


def _source(footage: Footage) -> dict[str, JsonValue]:
    live: dict[str, JsonValue] = {}
    if footage.live_since is not None:
        live = {"zones_version": footage.zones_version}
    return {
        **live,
        "name": footage.source,
        "sha256": footage.sha256,
        "size": footage.size,
        "duration": footage.duration,
        "codec": footage.codec,
        "width": footage.width,
        "height": footage.height,
        "fps": footage.fps,
        "rotation": footage.rotation,
    }


def _clock(footage: Footage, event: Event) -> dict[str, JsonValue]:
    if footage.captured_from is None:
        return {
            "captured_from": None,
            "statement": f"Recorded file: {_FILE_TIMES}; the time of day is unknown.",
        }
    start = footage.captured_from.astimezone(UTC)
    camera: dict[str, JsonValue] = {}
    if footage.live_since is not None:
        statement = _LIVE_TIMES
        camera = {"camera": _camera_clock(footage.camera_clock)}
    else:
        statement = (
            f"Recorded file: {_FILE_TIMES}; the first frame's time was given by the user and"
            " not checked against another clock."
        )
    return {
        "captured_from": _iso(start),
        "released_at": _iso(start + timedelta(seconds=event.t_release)),
        "statement": statement,
        **camera,
    }


def _camera_clock(clock: CameraClock | None) -> dict[str, JsonValue]:
    if clock is None:
        return {"statement": "The camera's own clock was not measured."}
    measured = _iso(clock.measured_at.astimezone(UTC))
    way = "behind" if clock.error < 0 else "ahead of"
    return {
        "error": round(clock.error, 3),
        "uncertainty": round(clock.uncertainty, 3),
        "measured_at": measured,
        "statement": (
            f"The camera's own clock was {abs(clock.error):.1f} s {way} the clock of the computer"
            f" that watched, measured at {measured}; times burnt into the picture are wrong by as"
            " much."
        ),
    }


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")


def _clip(clip: Clip, event: Event, window: tuple[float, float]) -> dict[str, JsonValue]:
    method = "packets copied from the source, cut on key frames, not re-encoded"
    if clip.is_masked:
        method = (
            "masked by litterwatch before storing; source bitstream not kept: pictures decoded,"
            " privacy masks of the zones blackened, encoded again"
        )
    return {
        "method": method,
        "masked": clip.is_masked,
        "codec": clip.codec,
        "t_start": clip.t_start,
        "t_end": clip.t_end,
        "asked_from": window[0],
        "asked_to": window[1],
        "seconds_before_release": event.t_release - clip.t_start,
        "seconds_after_release": clip.t_end - event.t_release,
        "gaps": [list(gap) for gap in clip.gaps],
    }
