"""What zeep, requests and a camera's faults say, said in our own errors.

Every error class of zeep, requests and urllib3 has its line in the table; a test walks through all
of them. Texts never repeat what a camera or a library wrote: it may hold an address
with a login.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import requests.exceptions
import urllib3.exceptions
import zeep.exceptions
from lxml import etree

from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
    SourceUnsupported,
)

_REFUSED: Final = (
    "refused the name or password; correct the credentials (it is not asked again, accounts get"
    " locked)"
)
_LACKS: Final = "does not offer what was asked; look for a newer firmware"
_BUSY: Final = "has a fault or is busy; try again later, or restart it"
_GARBLED: Final = "answered with something that is not ONVIF; check address and port"

# Error class -> (our error, what happened, what to do). The first line that fits counts.
_TABLE: Final[tuple[tuple[type[BaseException], type[SourceError], str], ...]] = (
    (
        requests.exceptions.ConnectTimeout,
        SourceUnavailable,
        "did not answer; check its address, cable and power",
    ),
    (requests.exceptions.Timeout, SourceStalled, "stopped answering; check the network"),
    (
        requests.exceptions.SSLError,
        SourceUnavailable,
        "has a certificate this machine does not trust; install its certificate or use http",
    ),
    (
        requests.exceptions.ConnectionError,
        SourceUnavailable,
        "cannot be reached; check its address, port, cable and power",
    ),
    (requests.exceptions.ChunkedEncodingError, SourceUnavailable, "broke off; try again"),
    (requests.exceptions.ContentDecodingError, SourceUnreadable, _GARBLED),
    (requests.exceptions.TooManyRedirects, SourceUnreadable, _GARBLED),
    (requests.exceptions.JSONDecodeError, SourceUnreadable, _GARBLED),
    # What is left of requests: addresses that are none, headers that are none.
    (
        requests.exceptions.RequestException,
        SourceUnavailable,
        "has an address that cannot be used; check it",
    ),
    (
        urllib3.exceptions.TimeoutError,
        SourceStalled,
        "stopped answering; check the network",
    ),
    (urllib3.exceptions.DecodeError, SourceUnreadable, _GARBLED),
    (urllib3.exceptions.HTTPError, SourceUnavailable, "broke off; try again"),
    (zeep.exceptions.Error, SourceUnreadable, _GARBLED),
    (etree.LxmlError, SourceUnreadable, _GARBLED),
    (OSError, SourceUnavailable, "cannot be reached; check the network"),
    # zeep's own stumbling over answers that contradict their description.
    (ValueError, SourceUnreadable, _GARBLED),
    (LookupError, SourceUnreadable, _GARBLED),
    (AttributeError, SourceUnreadable, _GARBLED),
    (TypeError, SourceUnreadable, _GARBLED),
)
CAUGHT: Final = tuple(kind for kind, _, _ in _TABLE)

_AUTH_CODES: Final = frozenset(
    {
        "NotAuthorized",
        "SenderNotAuthorized",
        "FailedAuthentication",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "FailedCheck",
    }
)
_AUTH_WORDS: Final = ("authoriz", "authoris", "authority", "authentic", "time check")
_LACKS_CODES: Final = frozenset(
    {
        "ActionNotSupported",
        "OptionalActionNotImplemented",
        "NotImplemented",
        "NoSuchService",
        "UnknownAction",
        "DestinationUnreachable",
    }
)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """The libraries' errors become ours.

    Args:
        where: `host:port`, for the text.

    Raises:
        SourceError: one of its kinds.
    """
    try:
        yield
    except SourceError:
        raise
    except CAUGHT as error:
        raise onvif_error(error, where) from error


def onvif_error(error: BaseException, where: str) -> SourceError:
    """Our error for one that came up while a camera was asked.

    Args:
        error: of zeep, requests, lxml or the operating system.
        where: `host:port`, for the text.
    """
    if isinstance(error, zeep.exceptions.Fault):
        return _from_fault(error, where)
    if isinstance(error, zeep.exceptions.TransportError):
        return _from_status(int(error.status_code or 0), where)
    for kind, ours, advice in _TABLE:
        if isinstance(error, kind):
            return ours(f"The camera at {where} {advice}.")
    return SourceUnreadable(f"The camera at {where} {_GARBLED}.")


def _from_fault(fault: zeep.exceptions.Fault, where: str) -> SourceError:
    codes = {etree.QName(code).localname for code in fault.subcodes or () if code is not None}
    said = str(fault.message or "").lower()
    if codes & _AUTH_CODES or any(word in said for word in _AUTH_WORDS):
        return SourceAuthFailed(f"The camera at {where} {_REFUSED}.")
    if codes & _LACKS_CODES:
        return SourceUnsupported(f"The camera at {where} {_LACKS}.")
    if str(fault.code or "").rpartition(":")[2] in {"Receiver", "Server"}:
        return SourceUnavailable(f"The camera at {where} {_BUSY}.")
    return SourceUnsupported(f"The camera at {where} {_LACKS}.")


def _from_status(status: int, where: str) -> SourceError:
    if status in {401, 403}:
        return SourceAuthFailed(f"The camera at {where} {_REFUSED}.")
    if status in {404, 405, 501}:
        return SourceUnsupported(f"The camera at {where} {_LACKS}.")
    if status == 429 or status >= 500:
        return SourceUnavailable(f"The camera at {where} {_BUSY}.")
    return SourceUnreadable(f"The camera at {where} {_GARBLED}.")
