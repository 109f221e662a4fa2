"""Logging in to a camera's web server by whatever it asks for, once."""

from collections.abc import Generator
from typing import Final

import httpx

from litterwatch.camera_adapters.credentials import Credentials

_REFUSED: Final = 401


class CameraLogin(httpx.Auth):
    """Answers a challenge with digest or, where the camera knows nothing better, with basic.

    Nothing is sent before it is asked for, and a refused login is not tried a second time: cameras
    lock accounts.

    Attributes:
        is_basic: whether the password has crossed the network readable.
    """

    def __init__(self, credentials: Credentials | None) -> None:
        self.is_basic = False
        self._credentials = credentials
        self._known: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The requests to send for one answer."""
        login = self._credentials
        if login is None:
            yield request
            return
        if self._known is not None:
            yield from self._known.auth_flow(request)
            return
        response = yield request
        asked = response.headers.get("www-authenticate", "").lower()
        if response.status_code != _REFUSED or not asked:
            return
        user, password = login.user, login.password.reveal()
        if "digest" in asked:
            self._known = _Digest(user, password, response)
        elif "basic" in asked:
            self.is_basic = True
            self._known = httpx.BasicAuth(user, password)
        else:
            return
        yield from self._known.auth_flow(request)


class _Digest(httpx.DigestAuth):
    """Digest that begins with a challenge that has come already."""

    def __init__(self, user: str, password: str, response: httpx.Response) -> None:
        super().__init__(user, password)
        self._first: httpx.Response | None = response

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """As httpx does it, but the first answer is the one that is here."""
        flow = super().auth_flow(request)
        sent = next(flow)
        first, self._first = self._first, None
        if first is None:
            response = yield sent
        else:
            response = first
        while True:
            try:
                sent = flow.send(response)
            except StopIteration:
                return
            response = yield sent
