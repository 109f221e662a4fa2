"""The audit log."""

from sqlalchemy import Index

from litterwatch.service.chain import Link


class AuditRow(Link):
    """One look, change or refusal; only appended, each holds the hash of the one before.

    `actor` is the id of an account, or `system`; `subject` is what it was about, as `kind:id`.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject_actor", "subject", "actor"),
        Index("ix_audit_action_at", "action", "at"),
    )
