"""Every setting, in one frozen tree, read once in `cli.py` and passed on.

A value comes from, strongest first: the command line, the environment
(`LITTERWATCH_ANALYSIS__RATE=12`), a TOML file, the default. An unknown key is an error. Passwords
come from the environment only; nothing here prints them. docs/reference/settings.md is tested to
be complete.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from litterwatch.detector.errors import ConfigError
from litterwatch.service.db import sqlite_url

PREFIX: Final = "LITTERWATCH_"
_SAMPLES: Final = frozenset({"changeme", "password", "secret", "litterwatch", "postgres"})

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True
    )


class DatabaseSettings(_Part):
    """Where rows are kept."""

    url: str | None = Field(
        None,
        description="SQLAlchemy address without a password, such as"
        " postgresql+psycopg://litterwatch@db/litterwatch; default: litterwatch.sqlite3 in the"
        " data folder.",
    )
    password: SecretStr | None = Field(
        None, description="Password for that address; from the environment only."
    )

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise ValueError("is not an address such as sqlite:////folder/file.sqlite3") from None
        secret = parsed.password is not None or any("pass" in key.lower() for key in parsed.query)
        if secret:
            raise ValueError(
                f"must not hold a password: take it out and set {PREFIX}DATABASE__PASSWORD"
            )
        return url

    @field_validator("password")
    @classmethod
    def _no_sample(cls, password: SecretStr | None) -> SecretStr | None:
        if password is not None and password.get_secret_value().lower() in _SAMPLES:
            raise ValueError("is a sample that everybody knows: choose another")
        return password

    @model_validator(mode="after")
    def _password_has_its_address(self) -> "DatabaseSettings":
        if self.password is not None and self.url is None:
            raise ValueError("has a password and no url")
        return self


class AnalysisSettings(_Part):
    """How footage is looked at."""

    rate: float = Field(
        6.0, gt=0, le=60, allow_inf_nan=False, description="Pictures analysed per second."
    )
    road_rate: float = Field(
        12.0,
        gt=0,
        le=60,
        allow_inf_nan=False,
        description="The same where the site has a road zone: things are thrown from vehicles.",
    )
    model: str | None = Field(
        None, description="Name or path of the weights; default: the ones that ship."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where the model runs.")
    threads: int | None = Field(
        None, ge=1, le=256, description="Threads of the model; default: the machine's cores."
    )


class EvidenceSettings(_Part):
    """What is kept of an event."""

    before_release: Seconds = Field(10.0, description="Least footage before the release, s.")
    margin_before: Seconds = Field(3.0, description="Footage before the actor enters, s.")
    margin_after: Seconds = Field(5.0, description="Footage after the actor has left, s.")
    longest: float = Field(
        120.0, ge=30, le=3600, allow_inf_nan=False, description="Longest clip asked for, s."
    )
    reserve_bytes: int = Field(
        1 << 30, ge=0, description="Room on the disk that evidence never takes, bytes."
    )


class LiveSettings(_Part):
    """How live cameras are watched."""

    ring: Literal["disk", "memory"] = Field(
        "disk", description="Where the last minutes of each camera are kept."
    )
    ring_folder: Path | None = Field(
        None, description="Folder of the rings; default: `ring` in the data folder, or /dev/shm."
    )
    ring_seconds: float = Field(
        900.0, ge=60, le=604800, allow_inf_nan=False, description="Footage of each camera, s."
    )
    ring_bytes: int = Field(
        1 << 30, ge=1 << 20, description="Most bytes of each camera's ring; the smaller counts."
    )
    group_size: int = Field(
        16, ge=1, le=256, description="Cameras that share a process and a loaded model."
    )
    metrics_address: str = Field(
        "127.0.0.1", description="Where /metrics is served; only this machine by default."
    )
    metrics_port: int = Field(9464, ge=0, le=65535, description="Its port; 0 serves none.")


class CamerasSettings(_Part):
    """Live cameras."""

    key_file: Path | None = Field(
        None,
        description="Key of the camera logins, mode 600; default: cameras.key in the data folder.",
    )


class DeskSettings(_Part):
    """The desk: pages for officers, `litterwatch serve`."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8700, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    tls_certificate: Path | None = Field(
        None, description="PEM file with the certificate and its chain; needs desk.tls_key."
    )
    tls_key: Path | None = Field(None, description="PEM file with the certificate's key.")
    behind_proxy: bool = Field(
        default=False,
        description="A proxy on this machine does the encryption and tells who asks.",
    )
    idle_minutes: int = Field(
        30, ge=1, le=1440, description="A session without any request ends after so many minutes."
    )
    session_hours: int = Field(12, ge=1, le=168, description="Longest session, hours.")
    address: str | None = Field(
        None,
        description="How people reach the desk, such as https://desk.example, for links in messages"
        " to other systems; default: links without a beginning.",
    )
    second_factor: Literal["optional", "required"] = Field(
        "optional", description="Whether everybody must have a second factor."
    )

    @field_validator("address")
    @classmethod
    def _beginning_of_links(cls, address: str | None) -> str | None:
        if address is None:
            return None
        parts = urlsplit(address)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        if not is_web or parts.username or parts.query or parts.fragment:
            raise ValueError("is not an address such as https://desk.example")
        return address.rstrip("/")

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> "DeskSettings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("needs tls_certificate and tls_key together")
        return self


class OidcSettings(_Part):
    """A sign-in service (OpenID Connect) beside the passwords of the desk."""

    issuer: str | None = Field(
        None,
        description="Address of the sign-in service as it calls itself, such as"
        " https://login.example/realms/office; needs desk.address. Default: none, passwords alone.",
    )
    client_id: str | None = Field(None, description="How the desk is called there.")
    client_secret: SecretStr | None = Field(
        None, description="Its secret there, if it has one; from the environment only."
    )
    name: str = Field(
        "", max_length=60, description="What people call it, on the button; default: its host."
    )
    scopes: str = Field("openid profile", description="What is asked for; openid is needed.")
    make_accounts: bool = Field(
        default=False,
        description="Whether somebody without an account gets one, switched off and without roles,"
        " for the administrator to look at.",
    )
    roots: Path | None = Field(
        None,
        description="File with the certificates to trust it by, PEM; default: those of the system.",
    )

    @field_validator("issuer")
    @classmethod
    def _encrypted(cls, issuer: str | None) -> str | None:
        if issuer is None:
            return None
        parts = urlsplit(issuer)
        is_here = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_here)
        if not is_encrypted or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("is not an address such as https://login.example/realms/office")
        if parts.username or parts.password:
            raise ValueError("must not hold a name or a password")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _openid(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("must name openid")
        return scopes

    @model_validator(mode="after")
    def _whole(self) -> "OidcSettings":
        if (self.issuer is None) != (self.client_id is None):
            raise ValueError("needs issuer and client_id together")
        if self.client_secret is not None and self.issuer is None:
            raise ValueError("has a client_secret and no issuer")
        return self


class ReportSettings(_Part):
    """Citizens' reports."""

    is_public: bool = Field(
        default=False,
        description="Whether the form at /report is there for everybody who reaches the desk.",
    )
    from_one_address: int = Field(
        5, ge=1, le=1000, description="Reports taken from one address within ten minutes."
    )
    from_everybody: int = Field(
        60, ge=1, le=100_000, description="Reports taken by the public form within ten minutes."
    )
    largest_file: int = Field(
        100 << 20, ge=1 << 20, le=1 << 30, description="Largest photo or video, bytes."
    )


class CustodySettings(_Part):
    """Who vouches for the time of signatures, and how long packages wait to be fetched."""

    timestamp_url: str | None = Field(
        None,
        description="Address of a time stamping authority (RFC 3161); default: none, nothing is"
        " sent.",
    )
    timestamp_roots: Path | None = Field(
        None, description="File with the authority's root certificates, PEM."
    )
    package_days: int = Field(
        7,
        ge=1,
        le=90,
        description="Days after which a package that was made at the desk is removed.",
    )

    @field_validator("timestamp_url")
    @classmethod
    def _plain_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("is not an address such as https://tsa.example/stamp")
        if parts.username or parts.password:
            raise ValueError("must not hold a name or a password")
        return url

    @model_validator(mode="after")
    def _address_has_its_roots(self) -> "CustodySettings":
        if (self.timestamp_url is None) != (self.timestamp_roots is None):
            raise ValueError("needs both timestamp_url and timestamp_roots, or neither")
        return self


class LabelSettings(_Part):
    """What of the machine's silence is kept to be looked at by people."""

    audit_share: float = Field(
        0.01,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of what became no event, and of those who stayed, of which a picture is"
        " kept to be marked; drawn by lot.",
    )
    audit_pictures: int = Field(
        500, ge=0, le=100_000, description="Most such pictures; the oldest go first."
    )
    audit_bytes: int = Field(
        64 << 20,
        ge=0,
        description="Most bytes of such pictures of one camera or recording; the oldest go first.",
    )
    audit_days: int = Field(30, ge=1, le=3650, description="Days after which one is deleted.")


class LearningSettings(_Part):
    """What people's verdicts have taught, as files that `litterwatch labelling` writes."""

    score_weights: Path | None = Field(
        None,
        description="Refitted score weights (`labelling weights`); default: those set by hand.",
    )
    nuisance_map: Path | None = Field(
        None,
        description="Where alarms keep being refused (`labelling nuisance`); default: no place is"
        " special.",
    )
    shadow: Path | None = Field(
        None,
        description="Folder of a candidate that judges beside the model in use and only records;"
        " default: none.",
    )
    training: Path | None = Field(
        None,
        description="Settings of a training, TOML; default: gently, as models/configs/finetune.toml"
        " says.",
    )
    gate: Path | None = Field(
        None, description="What the gate asks of a candidate, TOML; default: the usual rules."
    )


class Settings(_Part):
    """The whole tree."""

    data_folder: Path = Field(
        Path("litterwatch-out"), description="Where the database, evidence and results go."
    )
    database: DatabaseSettings = DatabaseSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    live: LiveSettings = LiveSettings()
    cameras: CamerasSettings = CamerasSettings()
    desk: DeskSettings = DeskSettings()
    oidc: OidcSettings = OidcSettings()
    reports: ReportSettings = ReportSettings()
    custody: CustodySettings = CustodySettings()
    labels: LabelSettings = LabelSettings()
    learning: LearningSettings = LearningSettings()

    @model_validator(mode="after")
    def _comes_back(self) -> "Settings":
        if self.oidc.issuer is not None and self.desk.address is None:
            raise ValueError("oidc.issuer needs desk.address, where people come back to")
        return self

    def database_url(self) -> str:
        """The address to connect with; it may hold the password and is never printed."""
        if self.database.url is None:
            return sqlite_url(self.data_folder / "litterwatch.sqlite3")
        url = make_url(self.database.url)
        if self.database.password is not None:
            url = url.set(password=self.database.password.get_secret_value())
        return url.render_as_string(hide_password=False)


class _Sources(Settings, BaseSettings):
    """The tree, filled from a file (given as arguments) and from the environment."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment is stronger than the file, whose values come as arguments."""
        return env_settings, init_settings


def load_settings(
    file: Path | None = None, overrides: Mapping[str, Mapping[str, Any] | Path] | None = None
) -> Settings:
    """Read the settings once.

    Args:
        file: TOML, None for none.
        overrides: what the command line says, in the shape of the tree:
            `{"analysis": {"rate": 12}}`.

    Raises:
        ConfigError: a setting is wrong; the text names it and never shows its value.
    """
    try:
        tree = _merged(_Sources(**_read(file)).model_dump(), overrides or {})
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_sentence(error, file)) from None


def _merged(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(tree)
    for key, value in changes.items():
        known = merged.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(known, value) if both else value  # type: ignore[arg-type]
    return merged


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the settings in {file}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings in {file} are not TOML: {error}.") from None
    for part, secret in (("database", "password"), ("oidc", "client_secret")):
        table = tree.get(part)
        if isinstance(table, dict) and secret in table:
            variable = f"{PREFIX}{part}__{secret}".upper()
            raise ConfigError(
                f"Take {part}.{secret} out of {file} and set {variable} instead: files with"
                " passwords get copied."
            )
    return tree


def _sentence(error: ValidationError, file: Path | None) -> str:
    """One clear sentence for the first fault; never a value, it might be a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    variable = PREFIX + "__".join(str(part).upper() for part in first["loc"])
    places = f"{variable} or the command line" if file is None else f"{file} or {variable}"
    if first["type"] == "extra_forbidden":
        return f"There is no setting {name}: correct or remove it in {places}."
    what = first["msg"].removeprefix("Value error, ")
    return f"Setting {name}: {what[:1].lower()}{what[1:]}; correct it in {places}."
