"""The running desk: everything that pages and calls need, built once by `create_app`."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from fastapi import Request

from litterwatch.detector.protocols import Clock
from litterwatch.service.cases.daily import Daily
from litterwatch.service.db import Database
from litterwatch.service.desk.glances import Glances
from litterwatch.service.desk.pages import Pages
from litterwatch.service.dossier.press import DeskPress
from litterwatch.service.evidence.derived import DerivedFiles
from litterwatch.service.evidence.packing import Packing
from litterwatch.service.labels.service import Labels
from litterwatch.service.learning.workshop import Workshop
from litterwatch.service.reports.doorkeeper import Doorkeeper
from litterwatch.service.reports.uploads import Uploads
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.reviews.feed import Feed
from litterwatch.service.reviews.intake import Intake
from litterwatch.service.reviews.kept import Kept
from litterwatch.service.reviews.service import Reviews
from litterwatch.service.settings import Settings
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.provider import Provider
from litterwatch.service.users.sessions import Sessions, Visitor
from litterwatch.service.vault import Vault


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts."""

    settings: Settings
    database: Database
    clock: Clock
    passwords: Passwords
    sessions: Sessions
    intake: Intake
    kept: Kept
    glances: Glances
    reviews: Reviews
    labels: Labels
    derived: DerivedFiles
    packing: Packing
    pages: Pages
    feed: Feed
    vault: Vault
    uploads: Uploads
    doorkeeper: Doorkeeper
    daily: Daily
    press: DeskPress
    workshop: Workshop
    provider: Provider | None = None

    @property
    def root(self) -> Path:
        return self.settings.data_folder

    @property
    def provider_name(self) -> str | None:
        """What people call the sign-in service; None where there is none."""
        oidc = self.settings.oidc
        return None if self.provider is None else oidc.name or urlsplit(oidc.issuer or "").hostname


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who may do what he asks for.

    Attributes:
        address: where he asks from.
        path: what he asked for, to come back to.
    """

    desk: Desk
    visitor: Visitor
    address: str
    path: str

    @property
    def person(self) -> Person:
        return Person(self.visitor.user_id, self.visitor.grants)

    @property
    def language(self) -> str:
        return self.visitor.language


def desk_of(request: Request) -> Desk:
    """The desk that serves this request."""
    return cast(Desk, request.app.state.desk)


def address_of(request: Request) -> str:
    """Where a request comes from, for the log and for rate limits."""
    return request.client.host if request.client else "unknown"
