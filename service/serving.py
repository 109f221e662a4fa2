"""Runs the desk with uvicorn and says where it is."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import FastAPI

from litterwatch.detector.errors import ConfigError
from litterwatch.service.app import create_app
from litterwatch.service.clock import SystemClock
from litterwatch.service.settings import DeskSettings, Settings
from litterwatch.service.users.first_run import issue_token
from litterwatch.service.wiring import opened_database

_BACKLOG: Final = 128


def serve_desk(settings: Settings, say: Callable[[str], object]) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        settings: the whole tree.
        say: prints a line for whoever has started it.

    Raises:
        ConfigError: the address cannot be listened on, or would send passwords in the clear.
        StoreError: the database cannot be used.
    """
    desk = settings.desk
    require_encryption(desk)
    _make_folder(settings)
    with opened_database(settings) as database, database.writing() as session:
        token = issue_token(session, SystemClock())
    with _listening(desk) as listener:
        address = f"{_scheme(desk)}://{_shown(desk.host)}:{listener.getsockname()[1]}"
        say(f"The desk is at {address} (Ctrl-C ends it).")
        if token is not None:
            say(
                f"Nobody has an account yet. Make the first ones: {address}/first-run?token={token}"
            )
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # the audit log says who looked; addresses hold the first-run token
            server_header=False,
            proxy_headers=desk.behind_proxy,
            ssl_certfile=desk.tls_certificate,
            ssl_keyfile=desk.tls_key,
        )
        DeskServer(config, app).run(sockets=[listener])


class DeskServer(uvicorn.Server):
    """A server that ends streams when it is to stop, instead of waiting for their browsers.

    Args:
        config: of uvicorn.
        app: as `create_app` makes it.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in order."""
        self._app.state.desk.feed.close()
        await super().shutdown(sockets)


def require_encryption(desk: DeskSettings) -> None:
    """Refuse to send passwords and pictures of people over a network in the clear.

    Raises:
        ConfigError: another address than this machine's own, without certificate and proxy.
    """
    if desk.tls_certificate is None and not desk.behind_proxy and not _is_own(desk.host):
        raise ConfigError(
            f"desk.host {desk.host} can be reached over the network: set desk.tls_certificate and"
            " desk.tls_key, or put a proxy that encrypts in front and set desk.behind_proxy."
        )


def _is_own(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _make_folder(settings: Settings) -> None:
    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {settings.data_folder} cannot be made ({error.strerror}): name another."
        ) from error


def _listening(desk: DeskSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in desk.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((desk.host, desk.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Cannot listen on {desk.host}:{desk.port} ({error.strerror}): choose another --port."
        ) from error
    return listener


def _scheme(desk: DeskSettings) -> str:
    return "https" if desk.tls_certificate is not None else "http"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
