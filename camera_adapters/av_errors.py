"""What PyAV and the operating system raise, said in our own errors.

Every class of `av.error` has its line in the tables below; tests/unit/camera_adapters/
test_av_errors.py walks through all of them. A class is looked up along its bases, so a table may
name a group (`HTTPError`) instead of each member.
"""

import errno
from pathlib import Path

import av.error

from litterwatch.detector.errors import (
    EvidenceDiskFull,
    EvidenceError,
    EvidenceUnavailable,
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
)

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
WRONG_WAY = errno.EPROTONOSUPPORT
"""What FFmpeg makes of a camera that refuses the transport (461)."""

# Error class -> (our error, what happened, what to do). The first line that fits counts.
_SOURCE_TABLE: tuple[tuple[type[Exception], type[SourceError], str], ...] = (
    (FileNotFoundError, SourceUnavailable, "there is no such file; check the path"),
    (
        PermissionError,
        SourceUnavailable,
        "this account may not read it; give it permission to read the file",
    ),
    (IsADirectoryError, SourceUnavailable, "it is a folder; name a video file inside it"),
    (NotADirectoryError, SourceUnavailable, "a part of its path is not a folder; check the path"),
    (
        av.error.HTTPUnauthorizedError,
        SourceAuthFailed,
        "the name or password was refused; correct the credentials",
    ),
    (
        av.error.HTTPForbiddenError,
        SourceAuthFailed,
        "this account is not allowed to see it; ask for the right to view",
    ),
    (av.error.HTTPError, SourceUnavailable, "the server has a fault; try again later"),
    (av.error.HTTPClientError, SourceUnavailable, "the server refused; check the address"),
    (TimeoutError, SourceStalled, "it gave no data in time; check the disk or the network"),
    (ConnectionError, SourceUnavailable, "the connection broke; check the disk or the network"),
    (MemoryError, SourceUnavailable, "there is not enough memory; close other programs"),
    (
        av.error.DecoderNotFoundError,
        SourceUnreadable,
        "its video codec is not supported; convert it to H.264",
    ),
    (
        av.error.DemuxerNotFoundError,
        SourceUnreadable,
        "it is not a kind of video file that is supported; convert it to MP4",
    ),
    (
        av.error.ProtocolNotFoundError,
        SourceUnreadable,
        "it refers to another place, which is not followed; name the video file itself",
    ),
    (
        av.error.PatchWelcomeError,
        SourceUnreadable,
        "it uses a feature that is not supported; convert it to H.264",
    ),
    (
        NotImplementedError,
        SourceUnreadable,
        "it uses a feature that is not supported; convert it to H.264",
    ),
    # EIO, a vanished network drive, a broken disk: another attempt can help.
    (OSError, SourceUnavailable, "it cannot be read; check the disk or the network"),
    (
        av.error.InvalidDataError,
        SourceUnreadable,
        "it is not a video or it is damaged; fetch it from the recorder again",
    ),
    (
        av.error.ArgumentError,
        SourceUnreadable,
        "it is not a kind of video file that is supported; convert it to MP4",
    ),
    (
        av.error.FFmpegError,
        SourceUnreadable,
        "it cannot be decoded; fetch it from the recorder again or convert it to MP4",
    ),
)


def source_error(error: Exception, path: Path) -> SourceError:
    """Our error for one that came up while a video file was opened or read.

    Args:
        error: any class of `av.error`, or an OSError of Python's own.
        path: the file, for the text.

    Returns:
        The error to raise; its text is one sentence that says what to do.
    """
    for kind, ours, advice in _SOURCE_TABLE:
        if isinstance(error, kind):
            return ours(f"{path} cannot be read: {advice}.")
    return SourceUnreadable(f"{path} cannot be read: it cannot be decoded.")


# The same for a camera; av's HTTP errors are RTSP's as well, which has the same numbers.
_CAMERA_TABLE: tuple[tuple[type[Exception], type[SourceError], str], ...] = (
    (
        av.error.HTTPUnauthorizedError,
        SourceAuthFailed,
        "it refused the name or password; correct them",
    ),
    (
        av.error.HTTPForbiddenError,
        SourceAuthFailed,
        "it does not let this account see the stream; ask for the right to view",
    ),
    (
        av.error.HTTPNotFoundError,
        SourceUnavailable,
        "it has no such stream; correct the path of the address",
    ),
    (av.error.HTTPError, SourceUnavailable, "it has a fault or is busy; it is tried again"),
    (av.error.HTTPClientError, SourceUnavailable, "it refused; correct the address"),
    (av.error.ExitError, SourceStalled, "it gave nothing in time; check the network"),
    (TimeoutError, SourceStalled, "it gave nothing in time; check the network"),
    (ConnectionError, SourceUnavailable, "it does not answer; check its power and the network"),
    (MemoryError, SourceUnavailable, "there is not enough memory; watch fewer cameras"),
    (
        av.error.DecoderNotFoundError,
        SourceUnreadable,
        "its video codec is not supported; set it to H.264 or H.265",
    ),
    (
        av.error.ProtocolNotFoundError,
        SourceUnreadable,
        "this kind of address is not supported here; use rtsp://",
    ),
    (
        av.error.PatchWelcomeError,
        SourceUnreadable,
        "it uses a feature that is not supported; set it to H.264 or H.265",
    ),
    (
        NotImplementedError,
        SourceUnreadable,
        "it uses a feature that is not supported; set it to H.264 or H.265",
    ),
    (OSError, SourceUnavailable, "it cannot be reached; check its power and the network"),
    # Half an answer of a camera that is starting looks like this as well.
    (
        av.error.FFmpegError,
        SourceUnavailable,
        "its answer cannot be understood; it may be starting, it is tried again",
    ),
)


def camera_error(error: Exception, who: str) -> SourceError:
    """Our error for one that came up while a camera was opened or read.

    The library's texts hold the address and with it the password: raise what is given here where
    `error` is handled no longer, so that it is not chained.

    Args:
        error: any class of `av.error`, or an OSError of Python's own.
        who: the camera and its stream, for the text.
    """
    if isinstance(error, OSError) and error.errno == WRONG_WAY:
        return SourceUnavailable(
            f"{who} cannot be read: it does not send its video that way; choose the other transport"
            " (tcp or udp)."
        )
    for kind, ours, advice in _CAMERA_TABLE:
        if isinstance(error, kind):
            return ours(f"{who} cannot be read: {advice}.")
    return SourceUnavailable(f"{who} cannot be read: its answer cannot be understood.")


def evidence_error(error: Exception, source: Path, into: Path) -> EvidenceError:
    """Our error for one that came up while a clip was cut from `source` and written to `into`."""
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return EvidenceDiskFull(f"There is no room for {into}: free some space on that disk.")
    if isinstance(error, OSError | av.error.FFmpegError):
        return EvidenceUnavailable(
            f"No clip could be cut from {source} into {into}: check that the footage can still be "
            "read and the folder be written."
        )
    return EvidenceUnavailable(f"No clip could be cut from {source}: {error}")
