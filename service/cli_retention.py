"""`litterwatch evidence hold|release|retain`: what is kept, and how long."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from litterwatch.service.cli_custody import SettingsFile, account
from litterwatch.service.cli_export import DataOption

if TYPE_CHECKING:
    from litterwatch.service.evidence.retention import Rule

Event = Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event.")]
Case = Annotated[bool, typer.Option("--case", help="EVENT is the id of a case: all its events.")]
Reason = Annotated[str, typer.Option(help="Why; kept for ever.")]


def hold(
    event: Event,
    *,
    reason: Reason,
    case: Case = False,
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Put an event's evidence under hold: nothing of it is deleted until it is released.

    For example:

      litterwatch evidence hold 5f2c... --reason "khiếu nại"
    """
    from litterwatch.service.actor import Actor, Office
    from litterwatch.service.cases.particulars import hold_case
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.evidence.holds import place_hold
    from litterwatch.service.wiring_custody import data_folder

    actor, clock = Actor(account(), Office.CASE_OFFICER), SystemClock()
    with data_folder(data, settings) as (_, database), database.writing() as session:
        if case:
            hold_case(session, clock, actor, event, reason)
        else:
            place_hold(session, clock, actor, event_id=event, reason=reason)
    typer.echo("Held.")


def release(
    event: Event,
    *,
    reason: Reason,
    case: Case = False,
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """End the hold on an event. Holds that came with a case end with the case, by a second account.

    For example:

      litterwatch evidence release 5f2c... --reason "đã giải quyết"
    """
    from litterwatch.detector.errors import NotFound
    from litterwatch.service.actor import Actor, Office
    from litterwatch.service.cases.particulars import release_case
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.evidence.holds import holds_on, release_hold
    from litterwatch.service.wiring_custody import data_folder

    actor, clock = Actor(account(), Office.CASE_OFFICER), SystemClock()
    with data_folder(data, settings) as (_, database), database.writing() as session:
        if case:
            release_case(session, clock, actor, event, reason)
            return
        standing = [hold for hold in holds_on(session, [event]) if hold.subject == event]
        if not standing:
            raise NotFound("There is no hold on this event for itself.")
        for each in standing:
            release_hold(session, clock, actor, each.id, reason)
    typer.echo("Released.")


def retain(
    *,
    delete: Annotated[bool, typer.Option("--delete", help="Delete what is due.")] = False,
    set_class: Annotated[
        str | None,
        typer.Option("--set", metavar="CLASS", help="Class of evidence to set a rule for."),
    ] = None,
    days: Annotated[
        str | None, typer.Option(metavar="N", help="Days it is kept, or never.")
    ] = None,
    from_day: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day of the rule.")
    ] = None,
    basis: Annotated[str, typer.Option(help="Why: the unit's decision.")] = "",
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Show how long evidence is kept and what is due; set a rule; delete what is due.

    For example:

      litterwatch evidence retain --set rejected --days 14 --basis "Quyết định số 12/QĐ-UBND"
    """
    from litterwatch.service.actor import Actor, Office
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.evidence.retention import (
        delete_due,
        due_evidence,
        rules_on,
        set_rule,
    )
    from litterwatch.service.local_time import LOCAL
    from litterwatch.service.reports.forgetting import forget_senders
    from litterwatch.service.wiring_custody import data_folder, evidence_store, standings

    actor, clock = Actor(account(), Office.ADMINISTRATOR), SystemClock()
    today = clock.now().astimezone(LOCAL).date()
    with data_folder(data, settings) as (tree, database):
        if set_class is not None:
            with database.writing() as session:
                set_rule(session, clock, actor, _rule(set_class, days, from_day, basis, today))
        with database.reading() as session:
            rules = rules_on(session, today)
            due = due_evidence(session, clock, standings)
        if delete:
            with evidence_store(tree, database, clock) as store:
                due = delete_due(database, store, clock, actor, standings)
            with database.writing() as session:
                senders = forget_senders(session, clock, actor)
            typer.echo(f"{len(senders)} senders of reports forgotten.")
    for rule in rules.values():
        kept = "for ever" if rule.days is None else f"{rule.days} days"
        typer.echo(f"{rule.kind}: {kept}, since {rule.valid_from} ({rule.basis})")
    verb = "deleted" if delete else "due"
    for each in due:
        typer.echo(f"{verb}: {each.standing.event_id} ({each.standing.kind})")
    typer.echo(f"{len(due)} events {verb}.")


def _rule(
    set_class: str, days: str | None, from_day: str | None, basis: str, today: date
) -> "Rule":
    from litterwatch.detector.errors import ConfigError
    from litterwatch.service.evidence.custody_tables import RetentionClass
    from litterwatch.service.evidence.retention import Rule

    try:
        kind = RetentionClass(set_class)
        number = None if days == "never" else int(days or "")
        first = today if from_day is None else date.fromisoformat(from_day)
    except ValueError:
        raise ConfigError(
            "A rule reads --set CLASS --days N (or never) [--from 2027-01-01] --basis TEXT."
        ) from None
    return Rule(kind, first, number, basis)
