"""The key that signs manifests and packages: made at first use, readable by the service alone.

One file holds the private key in use. Public keys, old ones too, stand in the table `signing_keys`
and in the chain of custody, so that what an earlier key signed can be checked for ever. Rotating
destroys the private half of the old key: nothing can be signed with it again.
"""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from litterwatch.detector.errors import ConfigError, EvidenceError

FOLDER: Final = "keys"
"""Where keys lie in the data folder."""

_NAME: Final = "signing.pem"


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """One Ed25519 key pair; neither printed nor logged."""

    private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        """The 32 bytes of the public key, hex."""
        return self.private.public_key().public_bytes_raw().hex()

    @property
    def id(self) -> str:
        """Names the key: see `key_id_of`."""
        return key_id_of(self.public_hex)

    def sign(self, message: bytes) -> str:
        """The signature, 64 bytes, hex; the same message always gives the same."""
        return self.private.sign(message).hex()


def key_id_of(public_hex: str) -> str:
    """16 hex digits that name a public key: the beginning of its SHA-256."""
    return sha256(bytes.fromhex(public_hex)).hexdigest()[:16]


class SigningKeys:
    """The key of one data folder.

    Args:
        root: the data folder.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER
        self._file = self._folder / _NAME

    def current(self) -> SigningKey:
        """The key in use, made now when there is none.

        Raises:
            ConfigError: the file can be read by others, or holds no key.
            EvidenceError: the folder cannot be used.
        """
        try:
            if not self._file.exists():
                self._make()
            return self._read()
        except OSError as error:
            raise self._refused(error) from error

    def rotate(self) -> SigningKey:
        """A new key from now on; the old private key is gone when this returns.

        Raises:
            EvidenceError: the folder cannot be used; the old key stands.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._write_new().replace(self._file)
            _sync(self._folder)
            return self._read()
        except OSError as error:
            raise self._refused(error) from error

    def _make(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        _sync(self._folder.parent)
        written = self._write_new()
        # A link fails where a file is: of two processes at their first use, one key wins.
        with suppress(FileExistsError):
            os.link(written, self._file)
        written.unlink()
        _sync(self._folder)

    def _write_new(self) -> Path:
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        path = self._folder / f"{_NAME}.{os.getpid()}.part"
        path.unlink(missing_ok=True)
        write_secret(path, pem)
        return path

    def _read(self) -> SigningKey:
        private = load_pem_private_key_of(self._file)
        if not isinstance(private, Ed25519PrivateKey):
            raise ConfigError(f"{self._file} is not an Ed25519 key: restore it or rotate the key.")
        return SigningKey(private)

    def _refused(self, error: OSError) -> EvidenceError:
        return EvidenceError(
            f"The folder of keys {self._folder} cannot be used"
            f" ({error.strerror or type(error).__name__}): check the disk and its permissions."
        )


def load_pem_private_key_of(path: Path) -> object:
    """A private key from a file that nobody else can read.

    Raises:
        ConfigError: others can read it, or it holds no key.
        OSError: it cannot be read.
    """
    require_secret(path)
    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        raise ConfigError(f"{path} holds no private key: restore it or rotate the key.") from None


def require_secret(path: Path) -> None:
    """Refuse a secret that others can read.

    Raises:
        ConfigError: they can.
        OSError: it is not there.
    """
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigError(f"{path} can be read by others: run chmod 600 on it, then rotate it.")


def write_secret(path: Path, content: bytes) -> None:
    """A new file, mode 0600, durable.

    Raises:
        OSError: it cannot be written, or is there already.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
