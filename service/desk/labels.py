"""What people read for every state, action, reason, role and row of the log."""

from collections.abc import Mapping
from typing import Final

from litterwatch.detector.types import Label, ZoneKind
from litterwatch.labelling.needs import Goal
from litterwatch.labelling.records import HardNegative, Origin
from litterwatch.service.desk.labels_cases import LOGGED_CASES
from litterwatch.service.desk.labels_exports import LOGGED_EXPORTS
from litterwatch.service.desk.labels_reports import LOGGED_REPORTS
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.sites.service import Fault
from litterwatch.service.sites.tables import Lane, SiteKind
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Role

ROLES: Final[Mapping[str, str]] = {
    Role.SCREENER: N_("Screening officer"),
    Role.REVIEWER: N_("Reviewing officer"),
    Role.CASE_OFFICER: N_("Case officer"),
    Role.AUTHORITY: N_("Deciding authority"),
    Role.INSPECTOR: N_("Inspector"),
    Role.CLERK: N_("Hotline clerk"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
}
ROLE_TASKS: Final[Mapping[str, str]] = {
    Role.SCREENER: N_("Screens new events: rejects them or proposes them for confirmation."),
    Role.REVIEWER: N_("Confirms or rejects what somebody else has proposed."),
    Role.CASE_OFFICER: N_("Sees events; works on cases and reports."),
    Role.AUTHORITY: N_("Sees events and cases; enters what was decided and signed outside."),
    Role.INSPECTOR: N_("Sees the whole province, reopens rejected events, reads the log."),
    Role.CLERK: N_("Takes reports from citizens; sees no footage of cameras."),
    Role.ADMINISTRATOR: N_("Makes accounts and sets things up; sees no footage."),
    Role.AUDITOR: N_("Reads the log; changes nothing and sees no footage."),
}
STATES: Final[Mapping[str, str]] = {
    ReviewState.NEW: N_("To screen"),
    ReviewState.TRIAGING: N_("Being screened"),
    ReviewState.NEEDS_MORE: N_("Needs more"),
    ReviewState.PROPOSED: N_("To confirm"),
    ReviewState.CONFIRMED: N_("Confirmed"),
    ReviewState.REJECTED: N_("Rejected"),
    ReviewState.DUPLICATE: N_("Duplicate"),
}
ACTIONS: Final[Mapping[str, str]] = {
    Action.CREATE: N_("found by the machine"),
    Action.CLAIM: N_("took it"),
    Action.RELEASE: N_("gave it back"),
    Action.PROPOSE: N_("proposed it"),
    Action.REJECT: N_("rejected it"),
    Action.DUPLICATE: N_("marked it as a duplicate"),
    Action.ASK_MORE: N_("asked for more"),
    Action.RESUME: N_("took it up again"),
    Action.CONFIRM: N_("confirmed it"),
    Action.SEND_BACK: N_("sent it back"),
    Action.REOPEN: N_("reopened it"),
    Action.UNDO: N_("took the last step back"),
}
DONE: Final[Mapping[str, str]] = {
    Action.CLAIM: N_("Taken."),
    Action.RELEASE: N_("Given back."),
    Action.PROPOSE: N_("Proposed."),
    Action.REJECT: N_("Rejected."),
    Action.DUPLICATE: N_("Marked as a duplicate."),
    Action.ASK_MORE: N_("More was asked for."),
    Action.RESUME: N_("Taken up again."),
    Action.CONFIRM: N_("Confirmed."),
    Action.SEND_BACK: N_("Sent back."),
    Action.REOPEN: N_("Reopened."),
    Action.UNDO: N_("Taken back."),
}
REASONS: Final[Mapping[str, str]] = {
    RejectReason.FALSE_ALARM: N_("False alarm"),
    RejectReason.LAWFUL_COLLECTION: N_("Lawful collection"),
    RejectReason.CLEAN_UP: N_("Clean-up campaign"),
    RejectReason.POOR_QUALITY: N_("Poor picture"),
    RejectReason.OUTSIDE_ZONE: N_("Outside the zone"),
    RejectReason.OTHER: N_("Another reason"),
}
SITE_KINDS: Final[Mapping[str, str]] = {
    SiteKind.COLLECTION_POINT: N_("Collection point"),
    SiteKind.STREET: N_("Street"),
    SiteKind.PUBLIC_PLACE: N_("Public place"),
    SiteKind.WATERSIDE: N_("Waterside"),
    SiteKind.MARKET: N_("Market"),
    SiteKind.BLACK_SPOT: N_("Black spot"),
    SiteKind.OTHER: N_("Other"),
}
LANES: Final[Mapping[str, str]] = {
    Lane.PROFESSIONAL: N_("Professional means of the state"),
    Lane.PROVIDED: N_("Provided by others"),
}
FAULTS: Final[Mapping[str, str]] = {
    Fault.APPROVAL: N_("no approval (number, date, signer)"),
    Fault.SERIAL: N_("no serial number"),
    Fault.CONFORMITY: N_("no conformity"),
    Fault.CERTIFICATE: N_("no certificate"),
    Fault.EXPIRED: N_("the certificate has expired"),
    Fault.SIGN: N_("no sign that people are recorded"),
}
WEEKDAYS: Final[Mapping[str, str]] = {
    "mon": N_("Mon"),
    "tue": N_("Tue"),
    "wed": N_("Wed"),
    "thu": N_("Thu"),
    "fri": N_("Fri"),
    "sat": N_("Sat"),
    "sun": N_("Sun"),
}
ZONE_KINDS: Final[Mapping[str, str]] = {
    ZoneKind.NO_DUMP: N_("Nothing may be left here"),
    ZoneKind.COLLECTION_POINT: N_("Waste may be left here, within hours"),
    ZoneKind.BIN_MOUTH: N_("Opening of a bin"),
    ZoneKind.ROAD: N_("Road: thrown from vehicles"),
    ZoneKind.STAND: N_("Things normally stand here"),
    ZoneKind.EXCLUDE: N_("Not watched"),
    ZoneKind.MASK: N_("Privacy mask: black in everything that is kept"),
}
THINGS: Final[Mapping[str, str]] = {
    Label.PERSON: N_("Person"),
    Label.TWO_WHEELER: N_("Two-wheeler"),
    Label.VEHICLE: N_("Vehicle"),
    Label.WASTE: N_("Waste"),
    Label.BIN: N_("Bin"),
    Label.OVERFLOW: N_("Overflowing waste"),
}
ORIGINS: Final[Mapping[str, str]] = {
    Origin.CONFIRMED: N_("Confirmed"),
    Origin.REJECTED: N_("Rejected"),
    Origin.MISSED: N_("Missed by the machine"),
    Origin.DUPLICATE: N_("Duplicate"),
    Origin.BELOW_THRESHOLD: N_("Passed over by the machine"),
    Origin.RANDOM_DWELL: N_("Somebody who stayed a while"),
    Origin.IMPORTED: N_("Brought in from elsewhere"),
}
NEGATIVES: Final[Mapping[str, str]] = {
    HardNegative.LAWFUL: N_("lawful"),
    HardNegative.CLEAN_UP: N_("a clean-up"),
    HardNegative.PERSON: N_("a person"),
    HardNegative.VEHICLE: N_("a vehicle"),
    HardNegative.SHADOW: N_("light or shadow"),
    HardNegative.WEATHER: N_("weather or a poor picture"),
    HardNegative.OTHER: N_("something else"),
}
GOALS: Final[Mapping[str, str]] = {
    Goal.PICTURES: N_("Pictures verified and allowed"),
    Goal.WASTE: N_("Boxes of waste in them"),
    Goal.CAMERAS: N_("Cameras they come from"),
    Goal.NEGATIVES: N_("Pictures of what is no deposit"),
    Goal.REPEATS: N_("Pictures that two people have marked"),
}
LOGGED: Final[Mapping[str, str]] = {
    "access.refused": N_("was refused"),
    "news.pruned": N_("removed old news, keys of orders and delivered messages"),
    "account.language": N_("changed the language"),
    "account.linked": N_("linked an account with the sign-in service"),
    "account.made": N_("made an account"),
    "account.password": N_("changed the own password"),
    "account.password_reset": N_("set a new password"),
    "account.roles": N_("changed roles"),
    "account.switched_off": N_("switched an account off"),
    "account.switched_on": N_("switched an account on"),
    "account.unlinked": N_("took the link with the sign-in service off"),
    "account.viewed": N_("looked at the own account"),
    "accounts.viewed": N_("looked at the accounts"),
    "camera.saved": N_("changed a camera of the register"),
    "camera.viewed": N_("looked at a camera of the register"),
    "candidate.ordered": N_("let a candidate be trained"),
    "candidate.viewed": N_("looked at a candidate model"),
    "clip.opened": N_("opened a clip"),
    "clip.played": N_("watched a clip up to the act"),
    "dataset.built": N_("made a data set"),
    "dataset.exported": N_("handed over a data set"),
    "dataset.ordered": N_("let a data set be made"),
    "ending.viewed": N_("looked at what ends soon"),
    "event.viewed": N_("looked at an event"),
    "file.opened": N_("opened an evidence file"),
    "first_run.offered": N_("offered the first run"),
    "labels.handed_over": N_("handed over pictures for training"),
    "labels.imported": N_("brought in labelled pictures"),
    "labels.viewed": N_("looked at the state of the labels"),
    "log.checked": N_("checked the log"),
    "live_picture.opened": N_("saw the newest picture of a camera"),
    "log.viewed": N_("looked at the log"),
    "making.stopped": N_("stopped what was being made"),
    "map.viewed": N_("looked at the map"),
    "marking.drafted": N_("drew boxes in a picture"),
    "marking.opened": N_("saw a picture to mark"),
    "marking.reopened": N_("changed a verified picture"),
    "marking.taken": N_("was given a picture to mark"),
    "marking.verified": N_("verified the boxes of a picture"),
    "marking.viewed": N_("looked at the boxes of a picture"),
    "missed.reported": N_("reported a missed event"),
    "model.promoted": N_("promoted a candidate: it is the model in use"),
    "model.promoting": N_("began to promote a candidate"),
    "model.rolled_back": N_("took the model before back into use"),
    "model.rolling_back": N_("began to take the model before back"),
    "models.viewed": N_("looked at the models"),
    "nuisance.learned": N_("let a nuisance map be made"),
    "preview.opened": N_("saw a small picture"),
    "queue.followed": N_("followed the queue"),
    "queue.viewed": N_("looked at the queue"),
    "second_factor.off": N_("turned the second factor off"),
    "second_factor.on": N_("turned the second factor on"),
    "second_factor.proposed": N_("began with a second factor"),
    "session.ended": N_("signed out"),
    "session.opened": N_("signed in"),
    "session.password_given": N_("gave the right password"),
    "session.proved_elsewhere": N_("came from the sign-in service"),
    "session.refused": N_("failed to sign in"),
    "site.saved": N_("changed a site"),
    "site.viewed": N_("looked at a site"),
    "sites.viewed": N_("looked at the sites"),
    "start.viewed": N_("opened the desk"),
    "statistics.viewed": N_("looked at figures"),
    "still.opened": N_("saw a picture of a camera"),
    "wall.viewed": N_("looked at the wall of cameras"),
    "webhook.added": N_("added a webhook"),
    "webhook.removed": N_("removed a webhook"),
    "webhook.switched_off": N_("switched a webhook off"),
    "webhook.switched_on": N_("switched a webhook on"),
    "webhook.tried_again": N_("let a webhook try again"),
    "webhooks.viewed": N_("looked at the webhooks"),
    "training.forbidden": N_("withdrew a permission for training"),
    "training.judged": N_("let the gate judge a candidate"),
    "training.permitted": N_("allowed pictures for training"),
    "training.started": N_("began or went on with a training"),
    "weights.learned": N_("let score weights be fitted"),
    "zones.opened": N_("fetched zones"),
    "zones.saved": N_("drew zones"),
    **{f"review.{action}": text for action, text in ACTIONS.items()},
    **LOGGED_CASES,
    **LOGGED_REPORTS,
    **LOGGED_EXPORTS,
}
"""Words for every action of the log; the test of the routes sees that none is missing."""
