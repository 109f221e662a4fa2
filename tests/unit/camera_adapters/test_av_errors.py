"""Every error PyAV can raise has its translation."""

import errno
from pathlib import Path

import av.error
import pytest

from litterwatch.camera_adapters.av_errors import camera_error, evidence_error, source_error
from litterwatch.detector.errors import (
    EvidenceDiskFull,
    EvidenceUnavailable,
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
)

FILE = Path("gate.mp4")
CLASSES: dict[str, type[av.error.FFmpegError]] = {
    name: kind
    for name, kind in vars(av.error).items()
    if isinstance(kind, type) and issubclass(kind, av.error.FFmpegError)
}
# Whatever is not named here is a file that cannot be decoded.
EXPECTED: dict[str, type[SourceError]] = {
    "FileNotFoundError": SourceUnavailable,
    "PermissionError": SourceUnavailable,
    "IsADirectoryError": SourceUnavailable,
    "NotADirectoryError": SourceUnavailable,
    "FileExistsError": SourceUnavailable,
    "OSError": SourceUnavailable,
    "MemoryError": SourceUnavailable,
    "BlockingIOError": SourceUnavailable,
    "ChildProcessError": SourceUnavailable,
    "ProcessLookupError": SourceUnavailable,
    "InterruptedError": SourceUnavailable,
    "BrokenPipeError": SourceUnavailable,
    "ConnectionAbortedError": SourceUnavailable,
    "ConnectionRefusedError": SourceUnavailable,
    "ConnectionResetError": SourceUnavailable,
    "TimeoutError": SourceStalled,
    "HTTPUnauthorizedError": SourceAuthFailed,
    "HTTPForbiddenError": SourceAuthFailed,
    "HTTPError": SourceUnavailable,
    "HTTPClientError": SourceUnavailable,
    "HTTPBadRequestError": SourceUnavailable,
    "HTTPNotFoundError": SourceUnavailable,
    "HTTPOtherClientError": SourceUnavailable,
    "HTTPServerError": SourceUnavailable,
    "HTTPTooManyRequestsError": SourceUnavailable,
}


def test_the_library_still_has_the_errors_that_are_named_here() -> None:
    assert len(CLASSES) > 40
    assert EXPECTED.keys() <= CLASSES.keys()


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_error_becomes_ours_with_one_sentence_of_advice(name: str) -> None:
    error = source_error(CLASSES[name](errno.EIO, "low level words", "gate.mp4"), FILE)
    assert type(error) is EXPECTED.get(name, SourceUnreadable)
    text = str(error)
    assert text.startswith("gate.mp4 cannot be read: ")
    assert text.endswith(".")
    assert "low level words" not in text


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_error_while_cutting_becomes_one_of_evidence(name: str) -> None:
    error = evidence_error(CLASSES[name](errno.EIO, "low level words"), FILE, Path("clip.mp4"))
    assert type(error) is EvidenceUnavailable
    assert "low level words" not in str(error)


@pytest.mark.parametrize("kind", [OSError, av.error.OSError])
def test_a_full_disk_is_told_apart(kind: type[OSError]) -> None:
    error = evidence_error(kind(errno.ENOSPC, "no space"), FILE, Path("clip.mp4"))
    assert type(error) is EvidenceDiskFull
    assert error.retryable


def test_an_error_from_elsewhere_is_still_a_source_that_cannot_be_decoded() -> None:
    assert type(source_error(ValueError("odd"), FILE)) is SourceUnreadable


# As above; whatever is not named here may be a camera that is starting.
OF_CAMERAS: dict[str, type[SourceError]] = {
    "HTTPUnauthorizedError": SourceAuthFailed,
    "HTTPForbiddenError": SourceAuthFailed,
    "TimeoutError": SourceStalled,
    "ExitError": SourceStalled,
    "DecoderNotFoundError": SourceUnreadable,
    "ProtocolNotFoundError": SourceUnreadable,
    "PatchWelcomeError": SourceUnreadable,
    "NotImplementedError": SourceUnreadable,
}


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_of_a_camera_is_ours_and_shows_no_address(name: str) -> None:
    raised = CLASSES[name](errno.EIO, "broken", "rtsp://admin:hunter2@10.0.0.5/main")
    ours = camera_error(raised, "Camera gate (main stream)")
    assert type(ours) is OF_CAMERAS.get(name, SourceUnavailable)
    assert str(ours).startswith("Camera gate (main stream) cannot be read: ")
    assert "hunter2" not in str(ours)
