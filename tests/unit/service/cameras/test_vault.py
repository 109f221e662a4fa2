"""Logins are sealed: with the key they come back, without it nothing does."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.detector.errors import ConfigError
from litterwatch.service.cameras.vault import Vault, opened_vault

LOGIN = Credentials("quản trị", Secret("mật khẩu \"'\\\x7f"))


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    key = tmp_path / "new" / "cameras.key"
    sealed = opened_vault(key).seal("a", LOGIN)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert opened_vault(key).unseal("a", sealed) == LOGIN


def test_who_is_slower_takes_the_key_that_is_there(tmp_path: Path) -> None:
    key = tmp_path / "cameras.key"
    with ThreadPoolExecutor(8) as threads:
        vaults = list(threads.map(lambda _: opened_vault(key), range(8)))
    sealed = vaults[0].seal("a", LOGIN)
    assert {vault.unseal("a", sealed).user for vault in vaults} == {LOGIN.user}
    assert [path.name for path in tmp_path.iterdir()] == ["cameras.key"]


def test_what_is_sealed_gives_nothing_away(tmp_path: Path) -> None:
    vault = opened_vault(tmp_path / "key")
    login = Credentials("administrator", Secret("Tr0ub4dor&3"))
    sealed = vault.seal("a", login)
    assert "Tr0ub4dor" not in sealed
    assert "administrator" not in sealed
    assert sealed != vault.seal("a", login), "the same login twice does not look the same"
    assert "Tr0ub4dor" not in repr(vault) + repr(login) + str(login)


@given(user=st.text(max_size=40), password=st.text(min_size=1, max_size=200))
def test_any_login_comes_back(
    tmp_path_factory: pytest.TempPathFactory, user: str, password: str
) -> None:
    vault = opened_vault(tmp_path_factory.getbasetemp() / "shared.key")
    login = Credentials(user, Secret(password))
    assert vault.unseal("id", vault.seal("id", login)) == login


def test_another_key_another_id_or_a_changed_seal_is_refused(tmp_path: Path) -> None:
    vault, other = opened_vault(tmp_path / "key"), opened_vault(tmp_path / "other")
    sealed = vault.seal("a", LOGIN)
    for opened, secret_id, text in (
        (other, "a", sealed),
        (vault, "b", sealed),
        (vault, "a", sealed[:-4] + "AAAA"),
        (vault, "a", ""),
    ):
        with pytest.raises(ConfigError, match="does not fit the key"):
            opened.unseal(secret_id, text)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    opened_vault(key)
    key.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        opened_vault(key)


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("letter")
    key.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no key"):
        Vault(key)
    with pytest.raises(ConfigError, match="cannot be read"):
        Vault(tmp_path / "missing")


def test_a_key_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cameras\.key_file"):
        opened_vault(tmp_path / "file" / "key")
