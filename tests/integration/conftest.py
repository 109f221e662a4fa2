"""Databases of whole programs are made quickly in this process; those of others migrate."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _made_quickly(databases_are_made_quickly: None) -> None:
    """Of every test here."""
