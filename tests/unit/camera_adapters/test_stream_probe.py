"""Every error PyAV can raise while a stream is opened has its translation."""

import errno

import av.error
import pytest

from litterwatch.camera_adapters.av_errors import camera_error
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.stream_probe import probe_stream, stream_error
from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
    SourceUnsupported,
)
from litterwatch.service.clock import SystemClock

CLASSES: dict[str, type[av.error.FFmpegError]] = {
    name: kind
    for name, kind in vars(av.error).items()
    if isinstance(kind, type) and issubclass(kind, av.error.FFmpegError)
}
LEAKY = "rtsp://admin:hunter2@camera/main"
# Errors of the operating system are "unavailable", others "unreadable", unless named here.
EXPECTED: dict[str, type[SourceError]] = {
    "HTTPUnauthorizedError": SourceAuthFailed,
    "HTTPForbiddenError": SourceAuthFailed,
    "HTTPNotFoundError": SourceUnsupported,
    "HTTPBadRequestError": SourceUnsupported,
    "HTTPOtherClientError": SourceUnsupported,
    "HTTPTooManyRequestsError": SourceUnavailable,
    "HTTPClientError": SourceUnsupported,
    "HTTPError": SourceUnsupported,
    "HTTPServerError": SourceUnavailable,
    "ExitError": SourceStalled,
    "TimeoutError": SourceStalled,
}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_error_becomes_ours_without_a_word_of_theirs(name: str) -> None:
    kind = CLASSES[name]
    ours = stream_error(kind(errno.EIO, LEAKY, LEAKY), "camera:554")
    usual = SourceUnavailable if issubclass(kind, OSError) else SourceUnreadable
    assert type(ours) is EXPECTED.get(name, usual)
    text = str(ours)
    assert text.startswith("The camera at camera:554 ")
    assert text.endswith(".")
    assert "hunter2" not in text


def test_a_camera_that_refuses_the_transport_is_told_as_such() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - whichever of its kinds FFmpeg's is
        av.error.err_check(-errno.EPROTONOSUPPORT)
    ours = stream_error(caught.value, "camera:554")
    assert "choose the other transport" in str(ours)
    assert "choose the other transport" in str(camera_error(caught.value, "Camera gate"))


def test_nobody_there_is_unavailable_and_gives_nothing_away() -> None:
    login = Credentials("admin", Secret("hunter2"))
    with pytest.raises(SourceUnavailable) as caught:
        probe_stream("rtsp://127.0.0.1:1/main", login, SystemClock(), 3)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "rtsp://", "http://127.0.0.1:1/x", "/etc/hostname", "file:///etc/hostname"],
)
def test_an_address_that_is_none_is_our_error(address: str) -> None:
    with pytest.raises(SourceError):
        probe_stream(address, None, SystemClock(), 2)
