"""The history of the tables (Alembic); run by `litterwatch.service.db.Database.upgrade`.

A change of the tables is a new file in `versions/`, numbered on from the last, written with plain
SQLAlchemy types so that it means the same when the code has moved on. tests/unit/service/test_db.py
fails as long as the migrations do not lead to the declared tables.
"""
