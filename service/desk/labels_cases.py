"""What people read for states, moves, deadlines, places and papers of cases."""

from collections.abc import Mapping
from typing import Final

from litterwatch.service.cases.deadlines import Urgency
from litterwatch.service.cases.forms import Ground
from litterwatch.service.cases.law import LimitKind, VehicleClass, ZoneClass
from litterwatch.service.cases.reading import Due
from litterwatch.service.cases.site_track import SiteMove, SiteState
from litterwatch.service.cases.state import CaseState, Move
from litterwatch.service.cases.tables import PaperKind
from litterwatch.service.dossier.content import Parts
from litterwatch.service.texts import N_

CASE_STATES: Final[Mapping[str, str]] = {
    CaseState.OPENED: N_("Opened"),
    CaseState.VERIFYING: N_("Being verified"),
    CaseState.TRANSFERRED: N_("Handed over, not answered"),
    CaseState.IDENTIFIED: N_("Person involved known"),
    CaseState.UNIDENTIFIED: N_("Person involved unknown"),
    CaseState.NO_SANCTION_PROPOSED: N_("No sanction proposed"),
    CaseState.NO_SANCTION: N_("No sanction"),
    CaseState.CRIMINAL_REFERRAL: N_("Referred to criminal bodies"),
    CaseState.NOTIFIED: N_("Notified"),
    CaseState.RECORD_MADE: N_("Record made"),
    CaseState.EXPLANATION: N_("May explain"),
    CaseState.DECIDED: N_("Decided"),
    CaseState.ENFORCEMENT: N_("Being enforced"),
    CaseState.EXECUTED: N_("Executed"),
    CaseState.EXPIRED: N_("Limitation passed"),
    CaseState.CLOSING: N_("Closing proposed"),
    CaseState.CLOSED: N_("Closed"),
}
MOVES: Final[Mapping[str, str]] = {
    Move.VERIFY: N_("Begin to verify"),
    Move.EXTEND: N_("Extend the time for verifying"),
    Move.TRANSFER: N_("Hand over to another unit"),
    Move.ACCEPT: N_("Accept the case"),
    Move.RETURN: N_("Return the case"),
    Move.IDENTIFY: N_("The person involved is known"),
    Move.NOT_IDENTIFIED: N_("The person involved stays unknown"),
    Move.RESUME: N_("Verify again"),
    Move.PROPOSE_NO_SANCTION: N_("Propose no sanction"),
    Move.APPROVE_NO_SANCTION: N_("Agree to no sanction"),
    Move.DECLINE_NO_SANCTION: N_("Do not agree to no sanction"),
    Move.REFER_CRIMINAL: N_("Refer to criminal bodies"),
    Move.NOTIFY: N_("A notice was sent"),
    Move.MAKE_RECORD: N_("A record was made"),
    Move.BEGIN_EXPLANATION: N_("The time to explain begins"),
    Move.DECIDE: N_("Enter the decision"),
    Move.ENFORCE: N_("Begin to enforce"),
    Move.EXECUTE: N_("It was executed"),
    Move.EXPIRE: N_("Limitation has passed"),
    Move.PROPOSE_CLOSE: N_("Propose to close"),
    Move.CLOSE: N_("Close the case"),
    Move.DECLINE_CLOSE: N_("Do not close it"),
}
MOVED: Final[Mapping[str, str]] = {
    "hold_evidence": N_("put the evidence under hold"),
    "release_evidence": N_("ended the hold on the evidence"),
    "open": N_("opened the case"),
    Move.VERIFY: N_("began to verify"),
    Move.EXTEND: N_("extended the time for verifying"),
    Move.TRANSFER: N_("handed it over"),
    Move.ACCEPT: N_("accepted it"),
    Move.RETURN: N_("returned it"),
    Move.IDENTIFY: N_("noted that the person involved is known"),
    Move.NOT_IDENTIFIED: N_("noted that the person involved is unknown"),
    Move.RESUME: N_("began to verify again"),
    Move.PROPOSE_NO_SANCTION: N_("proposed no sanction"),
    Move.APPROVE_NO_SANCTION: N_("agreed to no sanction"),
    Move.DECLINE_NO_SANCTION: N_("did not agree to no sanction"),
    Move.REFER_CRIMINAL: N_("referred it to criminal bodies"),
    Move.NOTIFY: N_("noted a notice"),
    Move.MAKE_RECORD: N_("noted a record"),
    Move.BEGIN_EXPLANATION: N_("noted that the time to explain begins"),
    Move.DECIDE: N_("entered a decision"),
    Move.ENFORCE: N_("began to enforce"),
    Move.EXECUTE: N_("noted that it was executed"),
    Move.EXPIRE: N_("noted that limitation has passed"),
    Move.PROPOSE_CLOSE: N_("proposed to close it"),
    Move.CLOSE: N_("closed it"),
    Move.DECLINE_CLOSE: N_("did not close it"),
    "type_identity": N_("typed in who is involved"),
    "add_paper": N_("put a paper into the dossier"),
    "set_circumstances": N_("noted circumstances"),
}
"""What was done, after the name of who did it."""

FIELD_NAMES: Final[Mapping[str, str]] = {
    "taken_on": N_("Taken on (day)"),
    "identified_on": N_("Known since (day)"),
    "notified_on": N_("Sent (day)"),
    "record_on": N_("Day of the record"),
    "decided_on": N_("Day of the decision"),
    "executed_on": N_("Executed (day)"),
    "cleaned_on": N_("Cleaned (day)"),
    "occurred_on": N_("Day of the act"),
    "reason": N_("Reason"),
    "how": N_("How it became known"),
    "target_unit": N_("To which commune or ward"),
    "ground": N_("Ground"),
    "channel": N_("By which way"),
    "act_id": N_("Act"),
    "number": N_("Number"),
    "signer": N_("Signed by"),
    "amount": N_("Amount, VND"),
    "to_whom": N_("To whom"),
    "title": N_("Title"),
    "kind": N_("Kind"),
    "place": N_("Place"),
    "photo": N_("Photo (SHA-256)"),
    "events": N_("Events"),
    "lane": N_("Lane"),
    "is_complex": N_("The case is complex"),
    "is_organisation": N_("It is an organisation"),
    "may_be_minor": N_("The person may be a minor"),
}
GROUNDS: Final[Mapping[str, str]] = {
    Ground.NO_VIOLATION: N_("Nothing unlawful was done"),
    Ground.NOT_SANCTIONABLE: N_("A case of Article 65: no decision may be made"),
    Ground.REMINDER: N_("Minor: a reminder is enough"),
}
LIMITS: Final[Mapping[str, str]] = {
    LimitKind.VERIFICATION: N_("Verification"),
    LimitKind.VERIFICATION_EXTENDED: N_("Verification, extended"),
    LimitKind.RECORD_WARNING: N_("Record, warning"),
    LimitKind.RECORD: N_("Record"),
    LimitKind.EXPLANATION: N_("Explanation"),
    LimitKind.DECISION: N_("Decision"),
    LimitKind.DECISION_TRANSFERRED: N_("Decision, after a hand-over"),
    LimitKind.DECISION_EXPLANATION: N_("Decision, with an explanation"),
    LimitKind.DECISION_COMPLEX: N_("Decision, complex case"),
    LimitKind.LIMITATION_ENVIRONMENT: N_("Limitation (environment)"),
    LimitKind.LIMITATION_TRAFFIC: N_("Limitation (traffic)"),
    LimitKind.MONITORING: N_("Watching the place"),
}
URGENCIES: Final[Mapping[str, str]] = {
    Urgency.AHEAD: N_("in time"),
    Urgency.WARNING: N_("due soon"),
    Urgency.OVERDUE: N_("overdue"),
}
DUES: Final[Mapping[str, str]] = {Due.SOON: N_("Due soon"), Due.OVERDUE: N_("Overdue")}
ZONE_CLASSES: Final[Mapping[str, str]] = {
    ZoneClass.PUBLIC_PLACE: N_("Public place"),
    ZoneClass.MANAGED_AREA: N_("Housing estate, shops, services"),
    ZoneClass.PAVEMENT: N_("Pavement"),
    ZoneClass.ROADWAY: N_("Roadway"),
    ZoneClass.DRAIN: N_("Drain"),
    ZoneClass.WATER: N_("Lake, river, stream"),
    ZoneClass.ROAD_LAND_RURAL: N_("Road land outside towns"),
}
VEHICLE_CLASSES: Final[Mapping[str, str]] = {
    VehicleClass.NONE: N_("on foot"),
    VehicleClass.TWO_WHEELER: N_("motorbike or bicycle"),
    VehicleClass.CAR: N_("car, lorry, tractor"),
    VehicleClass.REFUSE_TRUCK: N_("refuse lorry"),
}
PLACE_STATES: Final[Mapping[str, str]] = {
    SiteState.REPORTED: N_("To be cleaned"),
    SiteState.ORDERED: N_("Cleaning ordered"),
    SiteState.CLEANED: N_("Cleaned"),
    SiteState.MONITORED: N_("Being watched"),
    SiteState.CLOSED: N_("Clean"),
    SiteState.RELAPSED: N_("Dirty again"),
}
PLACE_MOVES: Final[Mapping[str, str]] = {
    SiteMove.ORDER: N_("Order the cleaning"),
    SiteMove.CLEAN: N_("It was cleaned"),
    SiteMove.MONITOR: N_("Begin to watch it"),
    SiteMove.CLOSE: N_("It has stayed clean"),
    SiteMove.RELAPSE: N_("It is dirty again"),
}
PLACE_MOVED: Final[Mapping[str, str]] = {
    "report": N_("reported a place to clean"),
    SiteMove.ORDER: N_("ordered the cleaning"),
    SiteMove.CLEAN: N_("noted that it was cleaned"),
    SiteMove.MONITOR: N_("began to watch the place"),
    SiteMove.CLOSE: N_("noted that it has stayed clean"),
    SiteMove.RELAPSE: N_("noted that it is dirty again"),
}
PAPERS: Final[Mapping[str, str]] = {
    PaperKind.RESULT_RECORD: N_("Result record"),
    PaperKind.NOTICE: N_("Notice"),
    PaperKind.RECORD: N_("Record of an administrative violation"),
    PaperKind.DECISION: N_("Decision"),
    PaperKind.OTHER: N_("Another paper"),
}
PARTS: Final[Mapping[str, str]] = {
    Parts.ALL: N_("The whole dossier"),
    Parts.RESULT_RECORD: N_("The result record and its pictures"),
}
MISSING: Final[Mapping[str, str]] = {
    "evidence": N_("sealed evidence"),
    "identity": N_("who is involved"),
    PaperKind.RESULT_RECORD: N_("the result record"),
    PaperKind.NOTICE: N_("the notice"),
    PaperKind.RECORD: N_("the record"),
    PaperKind.DECISION: N_("the decision"),
}
LOGGED_CASES: Final[Mapping[str, str]] = {
    **{f"case.{move}": text for move, text in MOVED.items()},
    **{f"place.{move}": text for move, text in PLACE_MOVED.items()},
    "case.viewed": N_("looked at a case"),
    "cases.viewed": N_("looked at the cases"),
    "dossier.printed": N_("printed a dossier"),
    "holiday.complete": N_("noted that a year's days off are complete"),
    "holiday.forgotten": N_("took a day off back"),
    "holiday.set": N_("set a day off"),
    "holidays.viewed": N_("looked at the days off"),
    "identity.read": N_("read who is involved"),
    "photo.opened": N_("saw a photo of a place"),
}
"""Words for the log, besides those of the desk."""
