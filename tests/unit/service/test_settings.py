"""Settings: one frozen tree, refused whole, never printing a secret."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from litterwatch.detector.errors import ConfigError
from litterwatch.service.settings import PREFIX, Settings, load_settings

SECRET = "vault-7731-marble"  # noqa: S105 - a test's own


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE__PASSWORD", "DATABASE__URL", "ANALYSIS__RATE", "DATA_FOLDER"):
        monkeypatch.delenv(PREFIX + name, raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "litterwatch.toml"
    path.write_text(text, "utf-8")
    return path


def test_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.analysis.rate == 6.0
    assert settings.evidence.before_release == 10.0
    assert settings.database_url().endswith("/litterwatch-out/litterwatch.sqlite3")


def test_command_line_beats_environment_beats_file_beats_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "[analysis]\nrate = 3\nroad_rate = 8\n")
    assert load_settings(file).analysis.rate == 3
    monkeypatch.setenv(f"{PREFIX}ANALYSIS__RATE", "4")
    assert load_settings(file).analysis.rate == 4
    settings = load_settings(file, {"analysis": {"rate": 5}})
    assert (settings.analysis.rate, settings.analysis.road_rate) == (5, 8)


def test_the_data_folder_decides_where_the_database_lies(tmp_path: Path) -> None:
    settings = load_settings(overrides={"data_folder": tmp_path})
    assert settings.database_url() == f"sqlite:///{tmp_path}/litterwatch.sqlite3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[analysis]\nrat = 3", r"There is no setting analysis\.rat\b"),
        ("[analisys]\nrate = 3", r"There is no setting analisys\b"),
        ("[analysis]\nrate = 0", r"Setting analysis\.rate: input should be greater than 0"),
        ("[analysis]\nrate = nan", r"Setting analysis\.rate"),
        ("[analysis]\nrate = 'quick'", r"Setting analysis\.rate"),
        ("[analysis]\ndevice = 'tpu'", r"Setting analysis\.device"),
        ("[evidence]\nlongest = 5", r"Setting evidence\.longest"),
        ("[database]\nurl = 'nonsense'", r"Setting database\.url: is not an address"),
        ("[analysis", "are not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_the_places_to_correct_it(
    tmp_path: Path, text: str, expected: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError, match=expected) as caught:
        load_settings(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}ANALYSIS__RATE", "quick")
    with pytest.raises(ConfigError, match=f"{PREFIX}ANALYSIS__RATE"):
        load_settings()


def test_a_wrong_option_of_the_command_line_is_named() -> None:
    with pytest.raises(ConfigError, match=r"analysis\.threads"):
        load_settings(overrides={"analysis": {"threads": 0}})


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read the settings"):
        load_settings(tmp_path / "nowhere.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="are not TOML"):
        load_settings(tmp_path / "binary.toml")


def test_other_variables_with_our_prefix_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITTERWATCH_TEST_FOOTAGE", "/somewhere")
    assert load_settings() == load_settings()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://watch:{SECRET}@db/watch",
        f"postgresql+psycopg://db/watch?password={SECRET}",
        f"postgresql+psycopg://db/watch?sslpassword={SECRET}",
    ],
)
def test_an_address_with_a_password_is_refused_without_showing_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="must not hold a password") as caught:
        load_settings(written(tmp_path, f'[database]\nurl = "{url}"'))
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_in_the_file_is_refused_without_showing_it(tmp_path: Path) -> None:
    text = f'[database]\nurl = "postgresql://w@db/w"\npassword = "{SECRET}"'
    with pytest.raises(ConfigError, match="DATABASE__PASSWORD") as caught:
        load_settings(written(tmp_path, text))
    assert SECRET not in str(caught.value)


def with_password(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(f"{PREFIX}DATABASE__URL", "postgresql+psycopg://watch@db/watch")
    monkeypatch.setenv(f"{PREFIX}DATABASE__PASSWORD", SECRET)
    return load_settings()


def test_a_password_is_used_and_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = with_password(monkeypatch)
    assert settings.database_url() == f"postgresql+psycopg://watch:{SECRET}@db/watch"
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert SECRET not in shown


def test_a_password_survives_overrides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_password(monkeypatch)
    assert SECRET in load_settings(overrides={"data_folder": tmp_path}).database_url()


@pytest.mark.parametrize("sample", ["changeme", "Password"])
def test_sample_passwords_are_refused(monkeypatch: pytest.MonkeyPatch, sample: str) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABASE__URL", "postgresql+psycopg://watch@db/watch")
    monkeypatch.setenv(f"{PREFIX}DATABASE__PASSWORD", sample)
    with pytest.raises(ConfigError, match="sample") as caught:
        load_settings()
    assert sample not in str(caught.value)


def test_a_password_without_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABASE__PASSWORD", SECRET)
    with pytest.raises(ConfigError, match="has a password and no url"):
        load_settings()


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.analysis.rate = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.data_folder = Path("elsewhere")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("custody", "advice"),
    [
        ({"timestamp_url": "https://tsa.example/"}, "needs both"),
        ({"timestamp_roots": "roots.pem"}, "needs both"),
        ({"timestamp_url": "tsa.example", "timestamp_roots": "r"}, "is not an address"),
        ({"timestamp_url": "https://a:b@tsa.example/", "timestamp_roots": "r"}, "must not hold"),
    ],
)
def test_a_time_stamping_authority_has_an_address_and_roots(
    custody: dict[str, str], advice: str
) -> None:
    with pytest.raises(ConfigError, match=advice):
        load_settings(None, {"custody": custody})
