"""What people read for the stages of an export, and for what was done with the book."""

from collections.abc import Mapping
from typing import Final

from litterwatch.service.evidence.custody_tables import WhyNot
from litterwatch.service.exports.book import Stage
from litterwatch.service.texts import N_

STAGES: Final[Mapping[str, str]] = {
    Stage.WAITING: N_("Waits for a second person"),
    Stage.TO_MAKE: N_("Waits to be made"),
    Stage.MAKING: N_("Being made"),
    Stage.READY: N_("Ready to fetch"),
    Stage.FETCHED: N_("Fetched"),
    Stage.FAILED: N_("Not made"),
    Stage.DECLINED: N_("Not agreed to"),
    Stage.LOST: N_("No longer there"),
    Stage.REMOVED: N_("Removed, its time was over"),
    Stage.ELSEWHERE: N_("By command, not at the desk"),
}
WHY_NOT: Final[Mapping[str, str]] = {
    WhyNot.DISK_FULL: N_("The disk is full: free space, then ask again."),
    WhyNot.NO_MODEL: N_(
        "The model that sees whom to blur cannot be used: tell the administrator, then ask again."
    ),
    WhyNot.NOT_AS_STORED: N_(
        "The evidence of this event is not what was stored: tell the administrator."
    ),
    WhyNot.GONE: N_("The evidence of this event is no longer there."),
    WhyNot.INTERRUPTED: N_(
        "The desk was ended twice while it made the package: ask again, and tell the administrator"
        " if it happens again."
    ),
    WhyNot.OTHER: N_("The package could not be made: ask again, or tell the administrator."),
}
LOGGED_EXPORTS: Final[Mapping[str, str]] = {
    "export.agreed": N_("agreed to an unblurred export"),
    "export.declined": N_("did not agree to an unblurred export"),
    "export.requested": N_("asked for an export"),
    "export.viewed": N_("looked at an export"),
    "exports.viewed": N_("looked at the book of exports"),
    "package.fetched": N_("fetched a package"),
}
"""Words for the log, besides those of the desk."""
