"""Databases of whole programs are made quickly in this process; those of others migrate."""

from collections.abc import Iterator

import pytest

from litterwatch.service.scripted_databases import QuickDatabases


@pytest.fixture(scope="session")
def _quick(tmp_path_factory: pytest.TempPathFactory) -> QuickDatabases:
    return QuickDatabases(tmp_path_factory.mktemp("migrated") / "litterwatch.sqlite3")


@pytest.fixture(scope="module", autouse=True)
def _databases_are_made_quickly(_quick: QuickDatabases) -> Iterator[None]:
    with _quick.at_work():
        yield
