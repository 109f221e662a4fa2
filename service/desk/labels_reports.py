"""What people read for channels and states of reports, and for what was done to them."""

from collections.abc import Mapping
from typing import Final

from litterwatch.service.reports.tables import Channel, ReportState
from litterwatch.service.texts import N_

CHANNELS: Final[Mapping[str, str]] = {
    Channel.IN_PERSON: N_("In person"),
    Channel.EMAIL: N_("E-mail"),
    Channel.PORTAL: N_("Public form"),
    Channel.APP: N_("App"),
    Channel.HOTLINE: N_("Hotline"),
    Channel.POST: N_("Post"),
    Channel.API: N_("Another system"),
}
REPORT_STATES: Final[Mapping[str, str]] = {
    ReportState.RECEIVED: N_("To settle"),
    ReportState.ACCEPTED: N_("Became a case"),
    ReportState.FORWARDED: N_("Sent on"),
    ReportState.DISMISSED: N_("Settled without a case"),
    ReportState.ANSWERED: N_("Answered"),
}
STATES_FOR_SENDERS: Final[Mapping[str, str]] = {
    ReportState.RECEIVED: N_("Your report was received; nobody has decided about it yet."),
    ReportState.ACCEPTED: N_("A case was opened on your report; it is being verified."),
    ReportState.FORWARDED: N_("Your report was sent on to the body that is competent."),
    ReportState.DISMISSED: N_("Your report was looked into and closed without a case."),
    ReportState.ANSWERED: N_("Your report was answered:"),
}
LOGGED_REPORTS: Final[Mapping[str, str]] = {
    "report.accepted": N_("opened a case on a report"),
    "report.answered": N_("answered a report"),
    "report.dismissed": N_("settled a report without a case"),
    "report.forwarded": N_("sent a report on"),
    "report.linked": N_("linked a report with an event"),
    "report.received": N_("took in a report"),
    "report.sender_forgotten": N_("forgot who sent a report"),
    "report.unlinked": N_("took a link with an event back"),
    "report.upload_stored": N_("stored a file of a report"),
    "report.viewed": N_("looked at a report"),
    "report_form.viewed": N_("opened the form of a report"),
    "reports.viewed": N_("looked at the reports"),
    "sender.read": N_("read who sent a report"),
    "upload.opened": N_("opened a file of a report"),
}
"""Words for the log, besides those of the desk."""
