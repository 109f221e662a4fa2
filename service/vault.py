"""Names and addresses of people, encrypted before they reach the database.

The key lies beside the data (`keys/identities.key`, mode 0600), not in the database: whoever gets
a copy of the database alone reads no identity. Several keys may stand in the file, one a line:
the first encrypts, all decrypt.
"""

from contextlib import suppress
from os import getpid, link
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from litterwatch.detector.errors import ConfigError, EvidenceError, EvidenceIntegrityError
from litterwatch.service.evidence.disk import OsDisk
from litterwatch.service.evidence.keys import FOLDER, require_secret, write_secret

_NAME: Final = "identities.key"


class Vault:
    """Encrypts texts for one data folder.

    Args:
        root: the data folder.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER
        self._file = self._folder / _NAME

    def seal(self, text: str) -> str:
        """The text, encrypted; twice the same text gives two different results.

        Raises:
            ConfigError: the key can be read by others, or is no key.
            EvidenceError: the folder of keys cannot be used.
        """
        return self._keys().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again.

        Raises:
            EvidenceIntegrityError: it was changed, or sealed with a key that is gone.
            ConfigError, EvidenceError: as for `seal`.
        """
        try:
            return self._keys().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise EvidenceIntegrityError(
                f"This was changed, or sealed with a key that is not in {self._file} any more."
            ) from None

    def rotate(self) -> None:
        """Encrypt with a new key from now on; what was sealed before can still be opened.

        Raises:
            ConfigError, EvidenceError: as for `seal`; the old key stands.
        """
        self._keys()
        try:
            self._write(Fernet.generate_key() + b"\n" + self._file.read_bytes()).replace(self._file)
            OsDisk().sync(self._folder)
        except OSError as error:
            raise self._refused(error) from error

    def _keys(self) -> MultiFernet:
        try:
            if not self._file.exists():
                self._make()
            require_secret(self._file)
            return MultiFernet([Fernet(line) for line in self._file.read_bytes().split()])
        except ValueError:
            raise ConfigError(f"{self._file} holds no keys: restore it from a backup.") from None
        except OSError as error:
            raise self._refused(error) from error

    def _make(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        written = self._write(Fernet.generate_key() + b"\n")
        with suppress(FileExistsError):  # of two processes at their first use, one key wins
            link(written, self._file)
        written.unlink()
        OsDisk().sync(self._folder)

    def _write(self, content: bytes) -> Path:
        path = self._folder / f"{_NAME}.{getpid()}.part"
        path.unlink(missing_ok=True)
        write_secret(path, content)
        return path

    def _refused(self, error: OSError) -> EvidenceError:
        return EvidenceError(
            f"The folder of keys {self._folder} cannot be used"
            f" ({error.strerror or type(error).__name__}): check the disk and its permissions."
        )
