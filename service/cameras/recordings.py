"""What `litterwatch cameras recordings` does: what lies in a camera, and fetching it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from litterwatch.camera_adapters.certificates import KNOWN_HERE
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.fetching import Fetched, fetch_recording
from litterwatch.camera_adapters.onvif.recordings import Recording, find_recordings
from litterwatch.detector.errors import ConfigError, NotFound, SourceError
from litterwatch.service.cameras.asking import asked_camera
from litterwatch.service.cameras.commands import masked
from litterwatch.service.local_time import LOCAL

_EVER: Final = datetime(1980, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_TELL_EVERY: Final = 60.0  # s of footage


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording; times by our clock, with the camera's as it stands now."""

    token: str
    source: str
    begins: datetime | None
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was fetched, and what could not be."""

    camera_id: str
    files: tuple[Fetched, ...]
    failed: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.failed and not any(one.missing or one.gaps for one in self.files)

    def as_json(self) -> str:
        """For programs."""
        files = [_plain(asdict(one)) for one in self.files]
        content = {"camera": self.camera_id, "files": files, "failed": list(self.failed)}
        return json.dumps(content, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """For people."""
        lines = [line for one in self.files for line in _file_lines(one)]
        return "\n".join([*lines, *(f"!! {why}" for why in self.failed)])


def found(
    camera_id: str, begins: str | None, ends: str | None, out: Path | None, settings: Path | None
) -> list[Listed]:
    """The recordings of a camera that may hold something of that time.

    Raises:
        ConfigError: a time cannot be read, or the camera has no ONVIF address.
        NotFound: there is no such camera.
        SourceError: it does not tell.
    """
    stretch = _stretch(begins, ends)
    with asked_camera(camera_id, out, settings) as (camera, _):
        off = _off(camera)
        return [
            Listed(one.token, one.source, _ours(one.begins, off), _ours(one.ends, off))
            for one in _within(camera, stretch)
        ]


def fetched(  # noqa: PLR0917 - what the command line says
    camera_id: str,
    begins: str | None,
    ends: str | None,
    into: Path,
    out: Path | None,
    settings: Path | None,
    tell: Callable[[str], None],
) -> Outcome:
    """Fetch what a camera has of a stretch of time, a file for each recording.

    Raises:
        ConfigError: a time is missing or cannot be read, or the folder cannot be made.
        NotFound: there is no such camera, or it holds nothing of that time.
        SourceError: it does not tell what it has.
        EvidenceError: a file cannot be written.
    """
    if begins is None or ends is None:
        raise ConfigError("Say which stretch is to be fetched: --from and --to.")
    stretch = _stretch(begins, ends)
    if masked(camera_id, out, settings):
        raise ConfigError(
            f"Camera {camera_id} has privacy masks, and its own recordings lack them: they are not"
            " fetched. Set the masks in the camera as well, or take those of the desk off first."
        )
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {into} cannot be made ({error.strerror}): choose another with --into."
        ) from error
    files, failed = [], []
    with asked_camera(camera_id, out, settings) as (camera, reach):
        wanted = _within(camera, stretch)
        if not wanted:
            raise NotFound(f"Camera {camera_id} holds no recording of that time.")
        for recording in wanted:
            tell(f"fetching {recording.token} ...")
            name = f"{camera_id}-{stretch[0]:%Y%m%dT%H%M%SZ}-{_safe(recording.token)}.mp4"
            try:
                one = fetch_recording(
                    camera,
                    recording,
                    stretch,
                    into / name,
                    reach.login,
                    _teller(tell),
                    reach.trust or KNOWN_HERE,
                )
            except SourceError as error:
                failed.append(f"{recording.token}: {error}")
            else:
                files.append(one)
    return Outcome(camera_id, tuple(files), tuple(failed))


def text_of(listed: Sequence[Listed], *, as_json: bool) -> str:
    """Recordings, a line each."""
    if as_json:
        return json.dumps([_plain(asdict(one)) for one in listed], ensure_ascii=False, indent=2)
    if not listed:
        return "The camera holds no recording of that time."
    return "\n".join(
        f"{one.token}  {_written(one.begins)} to {_written(one.ends)}  {one.source}"
        for one in listed
    )


def _within(camera: OnvifCamera, stretch: tuple[datetime, datetime]) -> list[Recording]:
    begins, ends = (at + _off(camera) for at in stretch)
    return [one for one in find_recordings(camera) if one.overlaps(begins, ends)]


def _off(camera: OnvifCamera) -> timedelta:
    """How far the camera's clock is ahead of ours."""
    return timedelta() if camera.reading is None else camera.reading.known_difference


def _stretch(begins: str | None, ends: str | None) -> tuple[datetime, datetime]:
    first = _EVER[0] if begins is None else _time(begins, "--from")
    last = _EVER[1] if ends is None else _time(ends, "--to")
    if first >= last:
        raise ConfigError("--to must be after --from.")
    return first, last


def _time(text: str, option: str) -> datetime:
    try:
        written = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option} {text}: write it like 2026-11-23T06:30.") from error
    return (written if written.tzinfo else written.replace(tzinfo=LOCAL)).astimezone(UTC)


def _teller(tell: Callable[[str], None]) -> Callable[[float], None]:
    told = 0.0

    def progress(seconds: float) -> None:
        nonlocal told
        if seconds - told >= _TELL_EVERY:
            told = seconds
            tell(f"{seconds / 60:.0f} minutes")

    return progress


def _ours(at: datetime | None, off: timedelta) -> datetime | None:
    return None if at is None else at - off


def _written(at: datetime | None) -> str:
    return "?" if at is None else f"{at.astimezone(LOCAL):%Y-%m-%dT%H:%M:%S}"


def _file_lines(one: Fetched) -> Iterator[str]:
    told = "" if one.is_hour_told else " (as asked for: the camera does not tell the hour)"
    yield f"{one.path}  {one.seconds:.1f} s of {one.codec} from {_written(one.begins)}{told}"
    for begins, ends in one.gaps:
        yield f" ! pictures are missing from {begins:.1f} to {ends:.1f} s"
    if one.missing is not None:
        yield f" ! it ends early: {one.missing}"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, Path)
        else value
        for key, value in values.items()
    }


def _safe(token: str) -> str:
    """A token as a part of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in token)[:64]
