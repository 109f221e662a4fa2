"""WS-Security: a password digest that is stamped with the camera's own time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from zeep.wsse.username import UsernameToken

from litterwatch.camera_adapters.credentials import Credentials


class ClockedToken:
    """Signs requests; a camera refuses signatures that are old by its own clock.

    Args:
        credentials: whose.
        camera_now: tells the camera's time, UTC.
    """

    def __init__(self, credentials: Credentials, camera_now: Callable[[], datetime]) -> None:
        self._credentials = credentials
        self._camera_now = camera_now

    def apply(self, envelope: Any, headers: Any) -> tuple[Any, Any]:
        """Put the signature in; a fresh one each time, so that threads may share this."""
        token = UsernameToken(
            self._credentials.user,
            self._credentials.password.reveal(),
            use_digest=True,
            created=self._camera_now(),
            zulu_timestamp=True,
        )
        signed: tuple[Any, Any] = token.apply(envelope, headers)
        return signed

    def verify(self, envelope: Any) -> None:
        """Cameras sign nothing."""
