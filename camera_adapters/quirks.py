"""Registry of vendor faults: what cameras do that their standard does not say.

Each fault has a name. `litterwatch fake-camera --quirk NAME` plays it, the adapter that meets it
notes it, and a probe tells it to the operator. docs/operate/cameras.md lists them; tests keep the
three together. Add one only with who was seen to do it, or say that nobody wrote it down.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Quirk:
    """One fault.

    Attributes:
        name: for the command line and for reports.
        symptom: what the camera does, and what comes of it.
        camera: who was seen to do it; "not recorded" where nobody wrote it down.
        firmware: which, as far as known.
        cure: what litterwatch does about it.
        is_noticed: whether the adapter can tell that it met it; some are cured by never asking
            otherwise.
    """

    name: str
    symptom: str
    camera: str
    firmware: str
    cure: str
    is_noticed: bool = True


_UNKNOWN: Final = "not recorded"

QUIRKS: Final = (
    Quirk(
        "addresses-behind-nat",
        "names a host in its service, stream and snapshot addresses that cannot be reached from"
        " here: it does not know that it stands behind a router",
        "any behind a router",
        _UNKNOWN,
        "host and port are replaced by those it was reached at",
    ),
    Quirk(
        "zero-times",
        "writes 0000-00-00T00:00:00Z where a time is due, which is no time",
        "Hikvision",
        _UNKNOWN,
        "read as unknown",
    ),
    Quirk(
        "no-utc-time",
        "tells its local time and not UTC",
        "HiKam A7 (github.com/agsh/onvif, pull request 65)",
        _UNKNOWN,
        "UTC is worked out from the local time and the time zone it names",
    ),
    Quirk(
        "clock-needs-login",
        "wants a login before it tells the time, which is needed for the login",
        "Axis (as onvif-zeep's source notes)",
        _UNKNOWN,
        "the login is tried with this machine's time, then with that of the camera's web server",
    ),
    Quirk(
        "capabilities-incomplete",
        "leaves services out of GetCapabilities that it has",
        _UNKNOWN,
        _UNKNOWN,
        "GetServices is asked as well, the answers are laid together",
    ),
    Quirk(
        "no-services",
        "does not know GetServices",
        "made before ONVIF 2.1",
        _UNKNOWN,
        "GetCapabilities alone is believed",
    ),
    Quirk(
        "no-media2",
        "has no Media2 service: its H.265 streams are not described",
        "made for Profile S only",
        _UNKNOWN,
        "Media is asked; codec and rate are found by opening the stream",
    ),
    Quirk(
        "unauthorised-by-http",
        "answers a wrong login with an empty HTTP 401 instead of a SOAP fault",
        "Hikvision DS-7108HGHI-F1 (github.com/home-assistant/core, issue 92732)",
        _UNKNOWN,
        "told as a refused login",
        is_noticed=False,
    ),
    Quirk(
        "http-digest-only",
        "wants an HTTP digest login for SOAP and does not look at WS-Security",
        "INSTAR IN-9408, Annke (github.com/home-assistant/core, issue 119107)",
        _UNKNOWN,
        "the digest is sent as soon as it is asked for",
    ),
    Quirk(
        "basic-only",
        "wants HTTP Basic for pictures: the password crosses the network readable",
        _UNKNOWN,
        _UNKNOWN,
        "done, and told to the operator",
    ),
    Quirk(
        "needs-termination-time",
        "answers a subscription that names no end with an error",
        "TP-Link Tapo C225, C320WS (github.com/home-assistant/core, issue 85902)",
        _UNKNOWN,
        "an end is always named",
        is_noticed=False,
    ),
    Quirk(
        "pull-point-denied",
        "says that it has no pull points, and has",
        "Bosch FLEXIDOME IP turret 3000i IR (github.com/home-assistant/core, issue 91089)",
        _UNKNOWN,
        "not believed: a subscription is tried",
        is_noticed=False,
    ),
    Quirk(
        "renew-refused",
        "refuses to renew a subscription, in a fault that is itself broken (undeclared prefix)",
        "XiongMai IPC_XM530 (github.com/mvantellingen/python-zeep, issue 1205)",
        _UNKNOWN,
        "the subscription is removed and made anew before it ends",
    ),
    Quirk(
        "subscription-by-parameter",
        "has one address for all subscriptions and tells them apart by reference parameters",
        "allowed by WS-Addressing, and often forgotten by clients",
        "any",
        "the parameters are sent back as headers",
        is_noticed=False,
    ),
    Quirk(
        "odd-topics",
        "writes topics with line breaks, doubled slashes or prefixes of its own",
        _UNKNOWN,
        _UNKNOWN,
        "prefixes, blanks and empty steps are taken out before topics are compared",
        is_noticed=False,
    ),
    Quirk(
        "credentials-in-addresses",
        "writes name and password into the addresses it gives",
        "XiongMai and relatives",
        _UNKNOWN,
        "they are taken out and neither stored nor printed; the login is sent as a login",
    ),
    Quirk(
        "no-snapshot",
        "has no snapshot address",
        _UNKNOWN,
        _UNKNOWN,
        "a picture is taken from the stream",
    ),
    Quirk(
        "position-missing",
        "does not tell where it points",
        "without encoders in the motor",
        "any",
        "the preset it was last sent to is believed until somebody else moves it",
    ),
    Quirk(
        "boundary-wrong",
        "announces another boundary for its MJPEG parts than it writes",
        _UNKNOWN,
        _UNKNOWN,
        "parts are found by their own headers and by the marks of JPEG",
        is_noticed=False,
    ),
)
"""Every fault that is known, in the order of a first conversation."""

NAMES: Final = tuple(quirk.name for quirk in QUIRKS)


def quirk(name: str) -> Quirk:
    """The fault of that name.

    Raises:
        KeyError: there is none.
    """
    for known in QUIRKS:
        if known.name == name:
            return known
    raise KeyError(name)


class QuirkNotes:
    """Which faults were met in one camera, each once, in the order they were met."""

    def __init__(self) -> None:
        self._met: dict[str, Quirk] = {}

    def note(self, name: str) -> None:
        """Remember that a cure was needed.

        Raises:
            KeyError: there is no such fault.
        """
        self._met[name] = quirk(name)

    def __iter__(self) -> Iterator[Quirk]:
        return iter(self._met.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Of the faults met."""
        return tuple(self._met)
