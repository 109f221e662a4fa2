"""CAMERAS.toml: which cameras are watched, and how they are reached.

The format is described in docs/reference/cameras-file.md. As with site files, a file is refused
whole: a camera that is silently left out is a camera nobody watches. Passwords never stand in the
file: each camera names an environment variable or a file that holds its password.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust, names_file, trust_of
from litterwatch.camera_adapters.connection import CameraConnection, Transport
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.onvif.addresses import device_address
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Site
from litterwatch.service.site_file import load_site

CAMERA_KEYS: Final = (
    "id",
    "main",
    "sub",
    "site",
    "user",
    "password_env",
    "password_file",
    "transport",
    "certificate",
    "onvif",
    "preset",
)


@dataclass(frozen=True, slots=True)
class OnvifDoor:
    """Where a camera is asked for its clock, and where it points.

    Attributes:
        address: of its device service, without credentials.
        credentials: None asks what anybody may ask.
        profile: token of the profile whose head is asked; empty for the first one.
    """

    address: str
    credentials: Credentials | None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class CameraEntry:
    """A camera to watch.

    Attributes:
        connection: how it is reached.
        site: what is known about the place.
        zones_version: of the zones in the register; None where a file says them, or nobody.
        preset: token of the PTZ preset the zones belong to; None for a camera that stands.
        onvif: where it is asked for its clock and position; None asks nothing.
        is_asleep: its zones sleep, because it points elsewhere: nothing is judged.
    """

    connection: CameraConnection
    site: Site
    zones_version: int | None = None
    preset: str | None = None
    onvif: OnvifDoor | None = None
    is_asleep: bool = False

    @property
    def id(self) -> str:
        return self.connection.camera_id


@dataclass(frozen=True, slots=True)
class CamerasRead:
    """Which cameras are to be watched, read at one moment.

    Attributes:
        entries: the cameras.
        stamp: changes when what was read does; ask `stamp` of the list for the present one.
        files: that were read: the cameras file, site files, password files, the key of logins.
        left_out: cameras that cannot be watched as they stand there, and why.
    """

    entries: tuple[CameraEntry, ...]
    stamp: tuple[object, ...]
    files: tuple[Path, ...]
    left_out: tuple[tuple[str, str], ...] = ()


class CamerasFile:
    """Reads a cameras file, and tells when it has changed.

    Args:
        path: the file; what it names is looked for beside it.
        environment: where passwords may stand; the process's own by default.
    """

    def __init__(self, path: Path, environment: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._environment = os.environ if environment is None else environment

    def read(self) -> CamerasRead:
        """The cameras as the files say now.

        Raises:
            ConfigError: a file cannot be read or says something that is not allowed.
        """
        document = self._document()
        for key in document:
            if key != "camera":
                raise self._wrong(key, "is not known; write each camera as a table [[camera]]")
        tables = document.get("camera", [])
        if not isinstance(tables, list) or not tables:
            raise self._wrong("camera", "is missing; write each camera as a table [[camera]]")
        files = [self.path, *self._named_files(tables)]
        stamp = self.stamp(files)
        entries = tuple(self._entry(table, n) for n, table in enumerate(tables, start=1))
        seen: set[str] = set()
        for entry in entries:
            if entry.id in seen:
                raise self._wrong("id", f"two cameras are called {entry.id!r}; rename one")
            seen.add(entry.id)
        return CamerasRead(entries, stamp, tuple(files))

    def stamp(self, files: list[Path] | tuple[Path, ...]) -> tuple[object, ...]:
        """What tells apart two states of these files, a missing one included."""
        return tuple(file_stamp(file) for file in files)

    def _document(self) -> Mapping[str, object]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(
                f"{self.path}: cannot be read ({error.strerror}); check --cameras."
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            # The parser's text could show a line, and on it what should not stand there.
            raise ConfigError(f"{self.path}: is not valid TOML in UTF-8.") from None

    def _named_files(self, tables: list[object]) -> Iterator[Path]:
        for table in tables:
            if isinstance(table, dict):
                for key in ("site", "password_file"):
                    if isinstance(table.get(key), str):
                        yield self._beside(table[key])
                certificate = table.get("certificate")
                if isinstance(certificate, str) and names_file(certificate):
                    yield self._beside(certificate)

    def _entry(self, value: object, number: int) -> CameraEntry:
        if not isinstance(value, dict):
            raise self._wrong("camera", "must be a table headed [[camera]]")
        where = f"camera {value.get('id', number)!r}"
        self._only_known(value, where)
        texts = {key: self._text(value, key, where) for key in CAMERA_KEYS if key in value}
        for key in ("id", "main"):
            if key not in texts:
                raise self._wrong(f"{where}: {key}", "is missing; every camera needs it")
        try:
            connection = CameraConnection(
                camera_id=texts["id"],
                main=texts["main"],
                sub=texts.get("sub"),
                username=texts.get("user", ""),
                password=self._password(texts, where),
                transport=self._transport(texts.get("transport", "tcp"), where),
                trust=self._trust(texts, where),
            )
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {error}") from None
        if "certificate" in texts and not connection.encrypts:
            raise self._wrong(f"{where}: certificate", "is for rtsps:// addresses; write one")
        site = load_site(self._beside(texts["site"])) if "site" in texts else Site()
        door = self._door(texts, connection, where)
        return CameraEntry(connection, site, preset=texts.get("preset"), onvif=door)

    def _door(
        self, texts: Mapping[str, str], connection: CameraConnection, where: str
    ) -> OnvifDoor | None:
        address = texts.get("onvif")
        if address is None:
            if "preset" in texts:
                raise self._wrong(f"{where}: preset", "needs onvif, to ask where it points")
            return None
        try:
            door = device_address(address)
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {where}: onvif: {error}") from None
        name = connection.username
        return OnvifDoor(door, Credentials(name, connection.password) if name else None)

    def _only_known(self, table: Mapping[str, object], where: str) -> None:
        for key in table:
            if key == "password":
                raise self._wrong(
                    f"{where}: password",
                    "must not stand in this file, files get copied; name a variable with"
                    " password_env or a file with password_file",
                )
            if key not in CAMERA_KEYS:
                allowed = ", ".join(CAMERA_KEYS)
                raise self._wrong(f"{where}: {key}", f"is not known; allowed here: {allowed}")

    def _text(self, table: Mapping[str, object], key: str, where: str) -> str:
        value = table[key]
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(f"{where}: {key}", "must be a text that is not empty")
        return value

    def _password(self, texts: Mapping[str, str], where: str) -> Secret:
        if "password_env" in texts and "password_file" in texts:
            raise self._wrong(where, "has password_env and password_file; keep one")
        if "password_env" in texts:
            name = texts["password_env"]
            if name not in self._environment:
                raise self._wrong(f"{where}: password_env", f"{name} is not set; set it")
            return Secret(self._environment[name])
        if "password_file" in texts:
            path = self._beside(texts["password_file"])
            try:
                return Secret(path.read_text(encoding="utf-8").rstrip("\r\n"))
            except (OSError, UnicodeDecodeError) as error:
                raise self._wrong(
                    f"{where}: password_file", f"{path} cannot be read ({type(error).__name__})"
                ) from None
        return Secret("")

    def _transport(self, text: str, where: str) -> Transport:
        allowed = [transport.value for transport in Transport]
        if text not in allowed:
            raise self._wrong(f"{where}: transport", f"must be one of {', '.join(allowed)}")
        return Transport(text)

    def _trust(self, texts: Mapping[str, str], where: str) -> Trust:
        text = texts.get("certificate")
        if text is None:
            return KNOWN_HERE
        try:
            return trust_of(self._beside(text).read_text("utf-8") if names_file(text) else text)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{where}: certificate: {self._beside(text)} cannot be read"
                f" ({type(error).__name__}); name a file in PEM form, or sha256:..."
            ) from None
        except ConfigError as error:
            raise ConfigError(f"{where}: certificate: {error}") from None

    def _beside(self, name: str) -> Path:
        return self.path.parent / name

    def _wrong(self, key: str, what: str) -> ConfigError:
        return ConfigError(f"{self.path}: {key} {what}.")


def file_stamp(path: Path) -> object:
    """What tells apart two states of a file; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
