"""Listening to a camera: a pull point that is renewed in time and always given back."""

import contextlib
from copy import deepcopy
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

from zeep.plugins import Plugin
from zeep.wsa import WsAddressingPlugin

from litterwatch.camera_adapters.onvif.addresses import reachable
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.descriptions import Service
from litterwatch.camera_adapters.onvif.errors import translated
from litterwatch.camera_adapters.onvif.signals import Signal, signal_of
from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
)

LASTING: Final = timedelta(seconds=60)
"""How long a subscription lives without us: what a crash leaves behind is gone after so much."""
_SHARE: Final = 0.5
"""Of its life, after which it is renewed."""
_AT_ONCE: Final = 100
_IS_PARAMETER: Final = "{http://www.w3.org/2005/08/addressing}IsReferenceParameter"
_PARAMETERS: Final = "{http://www.w3.org/2005/08/addressing}ReferenceParameters"


class _Parameters(Plugin):  # type: ignore[misc]  # zeep has no types
    """Sends back what the camera tells its subscriptions apart by."""

    def __init__(self, parameters: tuple[Any, ...]) -> None:
        self._parameters = parameters

    def egress(self, envelope: Any, http_headers: Any, operation: Any, options: Any) -> Any:
        """Put them into the header of a request."""
        header = envelope.find("{*}Header")
        for parameter in self._parameters if header is not None else ():
            sent = deepcopy(parameter)
            sent.set(_IS_PARAMETER, "true")
            header.append(sent)
        return envelope, http_headers


class Listener:
    """Hears what a camera reports, as a context manager.

    Cameras give about eight subscriptions and then refuse everybody, so this one is given back
    whatever happens, and ends by itself a minute after a crash.

    Args:
        camera: connected.
        lasting: life of the subscription without renewal.
    """

    def __init__(self, camera: OnvifCamera, lasting: timedelta = LASTING) -> None:
        self._camera = camera
        self._lasting = lasting
        self._address: str | None = None
        self._plugins: tuple[Any, ...] = ()
        self._renew_at = 0.0

    def __enter__(self) -> Self:
        """Subscribe.

        Raises:
            SourceUnsupported: the camera has no events.
            SourceUnavailable: it has no subscription left to give.
            SourceError: anything else.
        """
        self._subscribe()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def pull(self, wait: timedelta = timedelta(seconds=5)) -> tuple[Signal, ...]:
        """What was reported since; waits for something, but no longer than `wait`.

        Raises:
            SourceError: the camera is gone or the subscription is; enter anew.
        """
        if self._address is None:
            raise RuntimeError("a listener pulls between entering and leaving it")
        if self._camera.clock.monotonic() >= self._renew_at:
            self._renew()
        answer = self._ask(
            Service.PULL_POINT,
            "PullMessages",
            Timeout=wait,
            MessageLimit=_AT_ONCE,
            seconds=wait.total_seconds() + self._camera.timeout,
        )
        with translated(self._camera.where):
            return tuple(signal_of(one) for one in answer.NotificationMessage or ())

    def close(self) -> None:
        """Give the subscription back; may be called twice."""
        if self._address is None:
            return
        # A camera that is gone, or has forgotten us, has nothing left that could be given back.
        with contextlib.suppress(SourceError):
            self._ask(Service.SUBSCRIPTION, "Unsubscribe")
        self._address = None

    def _subscribe(self) -> None:
        camera = self._camera
        answer = camera.call(
            Service.EVENTS,
            "CreatePullPointSubscription",
            InitialTerminationTime=_duration(self._lasting),
        )
        with translated(camera.where):
            reference = answer.SubscriptionReference
            named = str(getattr(reference.Address, "_value_1", reference.Address) or "")
            address = reachable(named, camera.address, camera.notes)
        if not address:
            raise SourceUnreadable(
                f"The camera at {camera.where} names no address for its events: do without them."
            )
        self._address = address
        self._plugins = (WsAddressingPlugin(), _Parameters(_parameters(reference)))
        self._renew_at = camera.clock.monotonic() + self._lasting.total_seconds() * _SHARE

    def _renew(self) -> None:
        try:
            self._ask(Service.SUBSCRIPTION, "Renew", TerminationTime=_duration(self._lasting))
        except (SourceAuthFailed, SourceUnavailable, SourceStalled):
            raise
        except SourceError:
            self._camera.notes.note("renew-refused")
            self.close()
            self._subscribe()
            return
        self._renew_at = self._camera.clock.monotonic() + self._lasting.total_seconds() * _SHARE

    def _ask(
        self, service: Service, operation: str, *, seconds: float | None = None, **arguments: Any
    ) -> Any:
        assert self._address is not None
        return self._camera.call_at(
            self._address,
            service,
            operation,
            plugins=self._plugins,
            seconds=seconds,
            **arguments,
        )


def _parameters(reference: Any) -> tuple[Any, ...]:
    inside = getattr(getattr(reference, "ReferenceParameters", None), "_value_1", None) or ()
    return tuple(element for element in inside if hasattr(element, "iter"))


def _duration(length: timedelta) -> str:
    """As XML has it. A duration, never a date: a wrong clock does not matter then."""
    return f"PT{round(length.total_seconds())}S"
