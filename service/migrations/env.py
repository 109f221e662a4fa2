"""How Alembic runs a migration: on the connection it was given, in the caller's transaction."""

from alembic import context

from litterwatch.service.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
context.run_migrations()
