"""Every error of zeep, requests and lxml has its translation, and hostile answers end in ours."""

import contextlib
import random
from datetime import timedelta
from typing import Any

import pytest
import requests.exceptions
import urllib3.exceptions
import zeep.exceptions
from lxml import etree

from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.device import device_information, scopes
from litterwatch.camera_adapters.onvif.errors import onvif_error, translated
from litterwatch.camera_adapters.onvif.events import Listener
from litterwatch.camera_adapters.onvif.media import profiles
from litterwatch.camera_adapters.onvif.ptz import PtzHead
from litterwatch.camera_adapters.onvif.recordings import find_recordings
from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
    SourceUnsupported,
)

LEAKY = "http://admin:hunter2@camera/?pwd=hunter2"


def classes(module: Any, base: type[Exception]) -> dict[str, type[Exception]]:
    return {
        f"{module.__name__}.{name}": kind
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, base)
    }


ALL = {
    **classes(zeep.exceptions, zeep.exceptions.Error),
    **classes(requests.exceptions, requests.exceptions.RequestException),
    **classes(urllib3.exceptions, urllib3.exceptions.HTTPError),
    **classes(etree, etree.LxmlError),
}
# Whatever is not named here and is of requests is an address or header that cannot be used.
EXPECTED: dict[str, type[SourceError]] = {
    "ConnectTimeout": SourceUnavailable,
    "ReadTimeout": SourceStalled,
    "Timeout": SourceStalled,
    "ConnectionError": SourceUnavailable,
    "ProxyError": SourceUnavailable,
    "SSLError": SourceUnavailable,
    "ChunkedEncodingError": SourceUnavailable,
    "ContentDecodingError": SourceUnreadable,
    "TooManyRedirects": SourceUnreadable,
    "JSONDecodeError": SourceUnreadable,
    "InvalidJSONError": SourceUnavailable,
    "Fault": SourceUnsupported,
}


def made(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind)
    Exception.__init__(error, LEAKY)
    for name, value in {
        "message": LEAKY,
        "subcodes": None,
        "code": None,
        "status_code": 0,
    }.items():
        if not hasattr(error, name):
            setattr(error, name, value)
    return error


def test_the_libraries_still_have_the_errors_that_are_named_here() -> None:
    assert len(ALL) > 50
    assert {name for name in EXPECTED if name != "Fault"} <= {n.rpartition(".")[2] for n in ALL}


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_error_becomes_ours_without_a_word_of_theirs(name: str) -> None:
    short = name.rpartition(".")[2]
    usual: type[SourceError]
    by_http = name.startswith(("requests", "urllib3"))
    usual = SourceUnavailable if by_http else SourceUnreadable
    if issubclass(ALL[name], urllib3.exceptions.TimeoutError):
        usual = SourceStalled
    with pytest.raises(SourceError) as caught, translated("camera:80"):
        raise made(ALL[name])
    expected = usual if name.startswith("urllib3") else EXPECTED.get(short, usual)
    assert type(caught.value) is (SourceUnreadable if short == "DecodeError" else expected)
    text = str(caught.value)
    assert text.startswith("The camera at camera:80 ")
    assert text.endswith(".")
    assert "hunter2" not in text


def fault(code: str, *subcodes: str, message: str = LEAKY) -> zeep.exceptions.Fault:
    names = [etree.QName("http://www.onvif.org/ver10/error", one) for one in subcodes]
    return zeep.exceptions.Fault(message, code=code, subcodes=names)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (fault("s:Sender", "NotAuthorized"), SourceAuthFailed),
        (fault("s:Sender", "InvalidArgs", "NotAuthorized"), SourceAuthFailed),
        (fault("s:Sender", message="Wsse authorized time check failed."), SourceAuthFailed),
        (fault("env:Receiver", message="authority failure"), SourceAuthFailed),
        (fault("s:Receiver", "ActionNotSupported"), SourceUnsupported),
        (fault("s:Receiver", "Action"), SourceUnavailable),
        (fault("SOAP-ENV:Server"), SourceUnavailable),
        (fault("s:Sender", "InvalidArgVal"), SourceUnsupported),
        (zeep.exceptions.TransportError("", 401), SourceAuthFailed),
        (zeep.exceptions.TransportError("", 403), SourceAuthFailed),
        (zeep.exceptions.TransportError("", 404), SourceUnsupported),
        (zeep.exceptions.TransportError("", 429), SourceUnavailable),
        (zeep.exceptions.TransportError("", 503), SourceUnavailable),
        (zeep.exceptions.TransportError("", 302), SourceUnreadable),
        (OSError("no route"), SourceUnavailable),
        (KeyError("x"), SourceUnreadable),
        (RuntimeError("x"), SourceUnreadable),
    ],
)
def test_faults_are_told_apart(error: Exception, expected: type[SourceError]) -> None:
    ours = onvif_error(error, "camera:80")
    assert type(ours) is expected
    assert "hunter2" not in str(ours)


def test_our_own_errors_and_mistakes_pass_untouched() -> None:
    with pytest.raises(SourceStalled, match="as it was"), translated("camera:80"):
        raise SourceStalled("as it was")
    with pytest.raises(RuntimeError), translated("camera:80"):
        raise RuntimeError


def presets(camera: OnvifCamera) -> None:
    head = PtzHead(camera, "main")
    head.standing(head.presets())


def listen(camera: OnvifCamera) -> None:
    with Listener(camera) as listener:
        listener.pull(timedelta(seconds=0))


def reconnect(camera: OnvifCamera) -> None:
    camera.connect()


@pytest.mark.parametrize("seed", range(10))
def test_answers_that_were_damaged_on_the_way_end_in_our_errors(
    pair: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Cut, with bytes turned over, or with a piece of themselves in the middle."""
    camera, fake = pair()
    camera.connect()
    whole = FakeCamera.answer_soap
    dice = random.Random(seed)  # noqa: S311 - damage, not a secret

    def damaged(self: FakeCamera, *arguments: Any) -> tuple[int, bytes]:
        status, content = whole(self, *arguments)
        place, length = dice.randrange(len(content)), dice.randrange(1, 60)
        way = dice.randrange(3)
        if way == 0:
            return status, content[:place]
        if way == 1:
            return status, content[:place] + dice.randbytes(length) + content[place + length :]
        return status, content[:place] + content[:length] + content[place:]

    monkeypatch.setattr(FakeCamera, "answer_soap", damaged)
    for ask in (device_information, scopes, profiles, presets, find_recordings, listen, reconnect):
        with contextlib.suppress(SourceError):
            ask(camera)
    assert fake.gate.refused == 0
