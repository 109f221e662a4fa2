"""The history of the tables (Alembic); run by `litterwatch.service.db.Database.upgrade`."""
