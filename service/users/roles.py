"""Roles, what each may do, and where.

The machine is not in this list: it has no account, and there is no way for it to act as one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PROVINCE: Final = ""
"""The area of somebody who may see every commune and ward."""


class Role(StrEnum):
    """What somebody is appointed to (docs/design/review.md)."""

    SCREENER = "r1"
    REVIEWER = "r2"
    CASE_OFFICER = "r3"
    AUTHORITY = "r4"
    INSPECTOR = "r5"
    CLERK = "r6"
    ADMINISTRATOR = "r7"
    AUDITOR = "r8"


class Permission(StrEnum):
    """What a page or a call needs; finer rules (not the same person twice) are in the services."""

    OWN_ACCOUNT = "own_account"
    SEE_EVENTS = "see_events"
    JUDGE_EVENTS = "judge_events"
    REPORT_MISSES = "report_misses"
    SEE_SITES = "see_sites"
    MANAGE_SITES = "manage_sites"
    DRAW_ZONES = "draw_zones"
    MANAGE_ACCOUNTS = "manage_accounts"
    SEE_LOG = "see_log"
    SEE_CASES = "see_cases"
    SEE_CASE_FILES = "see_case_files"
    OPEN_CASES = "open_cases"
    MOVE_CASES = "move_cases"
    WRITE_CASES = "write_cases"
    READ_IDENTITIES = "read_identities"
    CLEAN_PLACES = "clean_places"
    SET_HOLIDAYS = "set_holidays"
    HOLD_CASES = "hold_cases"
    RELEASE_CASES = "release_cases"
    SEE_EXPORTS = "see_exports"
    EXPORT_EVIDENCE = "export_evidence"
    AGREE_EXPORTS = "agree_exports"
    SEE_REPORTS = "see_reports"
    TAKE_REPORTS = "take_reports"
    MATCH_REPORTS = "match_reports"
    SETTLE_REPORTS = "settle_reports"
    ANSWER_REPORTS = "answer_reports"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MARK_PICTURES = "mark_pictures"
    SEE_LABELS = "see_labels"
    PERMIT_TRAINING = "permit_training"
    SEE_MODELS = "see_models"
    TRAIN_MODELS = "train_models"
    CHANGE_MODEL = "change_model"


_WATCHING: Final = frozenset(
    {Role.SCREENER, Role.REVIEWER, Role.CASE_OFFICER, Role.AUTHORITY, Role.INSPECTOR}
)
_ON_CASES: Final = frozenset({Role.REVIEWER, Role.CASE_OFFICER, Role.AUTHORITY, Role.INSPECTOR})
_ON_REPORTS: Final = frozenset({Role.CASE_OFFICER, Role.INSPECTOR, Role.CLERK})

ALLOWED: Final[Mapping[Permission, frozenset[Role]]] = {
    Permission.OWN_ACCOUNT: frozenset(Role),
    Permission.SEE_EVENTS: _WATCHING,
    Permission.JUDGE_EVENTS: frozenset({Role.SCREENER, Role.REVIEWER, Role.INSPECTOR}),
    Permission.REPORT_MISSES: frozenset({Role.SCREENER, Role.REVIEWER, Role.INSPECTOR}),
    Permission.SEE_SITES: _WATCHING | {Role.ADMINISTRATOR},
    Permission.MANAGE_SITES: frozenset({Role.ADMINISTRATOR}),
    Permission.DRAW_ZONES: frozenset({Role.REVIEWER, Role.INSPECTOR}),
    Permission.MANAGE_ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
    Permission.SEE_LOG: frozenset({Role.INSPECTOR, Role.AUDITOR}),
    Permission.SEE_CASES: _ON_CASES | {Role.AUDITOR},
    Permission.SEE_CASE_FILES: _ON_CASES,
    Permission.OPEN_CASES: frozenset({Role.REVIEWER, Role.CASE_OFFICER}),
    Permission.MOVE_CASES: frozenset({Role.REVIEWER, Role.CASE_OFFICER, Role.AUTHORITY}),
    Permission.WRITE_CASES: frozenset({Role.CASE_OFFICER}),
    Permission.READ_IDENTITIES: _ON_CASES - {Role.REVIEWER},
    Permission.CLEAN_PLACES: frozenset({Role.REVIEWER, Role.CASE_OFFICER, Role.INSPECTOR}),
    Permission.SET_HOLIDAYS: frozenset({Role.ADMINISTRATOR, Role.INSPECTOR}),
    Permission.HOLD_CASES: _ON_CASES,
    Permission.RELEASE_CASES: _ON_CASES - {Role.REVIEWER},
    Permission.SEE_EXPORTS: _ON_CASES | {Role.AUDITOR},
    Permission.EXPORT_EVIDENCE: _ON_CASES,
    Permission.AGREE_EXPORTS: _ON_CASES - {Role.CASE_OFFICER},
    Permission.SEE_REPORTS: _ON_REPORTS | {Role.REVIEWER},
    Permission.TAKE_REPORTS: _ON_REPORTS,
    Permission.MATCH_REPORTS: frozenset({Role.REVIEWER, Role.CASE_OFFICER, Role.INSPECTOR}),
    Permission.SETTLE_REPORTS: frozenset({Role.CASE_OFFICER}),
    Permission.ANSWER_REPORTS: frozenset({Role.INSPECTOR, Role.CLERK}),
    Permission.MANAGE_WEBHOOKS: frozenset({Role.ADMINISTRATOR}),
    Permission.MARK_PICTURES: frozenset({Role.SCREENER, Role.REVIEWER, Role.INSPECTOR}),
    Permission.SEE_LABELS: frozenset(
        {Role.SCREENER, Role.REVIEWER, Role.AUTHORITY, Role.INSPECTOR}
    ),
    Permission.PERMIT_TRAINING: frozenset({Role.AUTHORITY, Role.INSPECTOR}),
    Permission.SEE_MODELS: frozenset(
        {Role.AUTHORITY, Role.INSPECTOR, Role.ADMINISTRATOR, Role.AUDITOR}
    ),
    Permission.TRAIN_MODELS: frozenset({Role.INSPECTOR, Role.ADMINISTRATOR}),
    Permission.CHANGE_MODEL: frozenset({Role.AUTHORITY, Role.INSPECTOR}),
}

ALONE: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Who makes accounts sees no footage, who checks the log does nothing that stands in it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody holds in an area: the code of a commune or ward, or `PROVINCE`."""

    role: Role
    unit: str = PROVINCE


def is_allowed(grants: Iterable[Grant], permission: Permission) -> bool:
    """Whether any of the roles may do this, somewhere."""
    return any(grant.role in ALLOWED[permission] for grant in grants)


def areas(grants: Iterable[Grant], permission: Permission) -> frozenset[str] | None:
    """The units where this may be done; None for all of them."""
    units = frozenset(grant.unit for grant in grants if grant.role in ALLOWED[permission])
    return None if PROVINCE in units else units


def reaches(grants: Iterable[Grant], permission: Permission, unit: str | None) -> bool:
    """Whether this may be done where something happened; `unit` as for `holds`."""
    units = areas(grants, permission)
    return units is None or unit in units


def holds(grants: Iterable[Grant], role: Role, unit: str | None) -> bool:
    """Whether somebody has this role where something happened.

    Args:
        grants: of the person.
        role: which.
        unit: code of the commune or ward; None where nobody has said, which is the province's.
    """
    return any(grant.role is role and grant.unit in (PROVINCE, unit) for grant in grants)
