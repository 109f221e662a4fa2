"""Where camera logins are kept, and which certificates: sealed, the key in a file beside.

Somebody who copies the database alone cannot log in to a camera. Somebody who can read both can:
keep the key file out of backups of the database, or keep those backups as safe as the cameras.
"""

import contextlib
import json
import os
import stat
import uuid
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from litterwatch.camera_adapters.certificates import Trust, trust_of
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.detector.errors import ConfigError
from litterwatch.service.settings import Settings

KEY_NAME: Final = "cameras.key"
"""The key file's name in the data folder, unless a setting names another."""


def key_file(settings: Settings) -> Path:
    """Where the key of the camera logins lies."""
    return settings.cameras.key_file or settings.data_folder / KEY_NAME


class Vault:
    """Seals and unseals logins with one key.

    Args:
        key_file: 32 random bytes in base64; only its owner may read it.

    Raises:
        ConfigError: the file is missing, readable by others, or no key.
    """

    def __init__(self, key_file: Path) -> None:
        self._file = key_file
        try:
            mode = stat.S_IMODE(key_file.stat().st_mode)
            content = key_file.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"The key of the camera logins cannot be read from {key_file} ({error.strerror}):"
                " restore it, or add the cameras again."
            ) from error
        if mode & 0o077:
            raise ConfigError(
                f"Others may read the key of the camera logins: run chmod 600 {key_file}."
            )
        try:
            self._fernet = Fernet(content.strip())
        except ValueError:
            raise ConfigError(
                f"{key_file} holds no key of camera logins: restore it, or add the cameras again."
            ) from None

    def __repr__(self) -> str:
        return f"Vault({str(self._file)!r})"

    def seal(self, secret_id: str, credentials: Credentials) -> str:
        """What is stored under this id; it fits no other."""
        return self._sealed(
            secret_id, user=credentials.user, password=credentials.password.reveal()
        )

    def unseal(self, secret_id: str, sealed: str) -> Credentials:
        """The login that was sealed under this id.

        Raises:
            ConfigError: it was sealed with another key, under another id, or was changed.
        """
        content = self._unsealed(secret_id, sealed)
        return Credentials(content["user"], Secret(content["password"]))

    def seal_trust(self, secret_id: str, trust: Trust) -> str:
        """The same for what a camera's certificate must be: who lacks the key cannot change it."""
        return self._sealed(secret_id, trust=trust.text)

    def unseal_trust(self, secret_id: str, sealed: str) -> Trust:
        """What was sealed by `seal_trust` under this id.

        Raises:
            ConfigError: it was sealed with another key, under another id, or was changed.
        """
        return trust_of(self._unsealed(secret_id, sealed)["trust"])

    def _sealed(self, secret_id: str, **content: str) -> str:
        whole = json.dumps({"id": secret_id, **content})
        return self._fernet.encrypt(whole.encode()).decode("ascii")

    def _unsealed(self, secret_id: str, sealed: str) -> dict[str, str]:
        try:
            content: dict[str, str] = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            content = {}
        if content.get("id") != secret_id:
            raise ConfigError(
                f"A camera login does not fit the key in {self._file}: restore that file, or add"
                " the camera again with --replace."
            )
        return content


def opened_vault(key_file: Path) -> Vault:
    """The vault, its key made if there is none yet.

    Raises:
        ConfigError: the key cannot be made or used.
    """
    if not key_file.exists():
        try:
            key_file.parent.mkdir(parents=True, exist_ok=True)
            _make_key(key_file)
        except OSError as error:
            raise ConfigError(
                f"The key of the camera logins cannot be made at {key_file} ({error.strerror}):"
                " choose another place with the setting cameras.key_file."
            ) from error
    return Vault(key_file)


def _make_key(key_file: Path) -> None:
    """Whole or not at all, whenever the power goes; whoever is faster makes it."""
    draft = key_file.with_name(f".{key_file.name}.{uuid.uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, Fernet.generate_key())
        os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):  # nobody's key is ever written over
            os.link(draft, key_file)
    finally:
        os.close(descriptor)
        draft.unlink()
    folder = os.open(key_file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
