"""Every text is there in both languages; times are those of Viet Nam."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from litterwatch.service.desk import labels
from litterwatch.service.desk.languages import (
    LANGUAGES,
    catalogue,
    figure,
    has_text,
    local,
    preferred,
    translated,
)
from litterwatch.service.desk.pages import Pages
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.users.roles import Role

SCRIPT = Path(__file__).resolve().parents[4] / "scripts" / "update_texts.py"
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def update_texts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_texts", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(language: str) -> Catalog:
    with catalogue(language).open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture(scope="module")
def found() -> set[Any]:
    """Every text that is marked anywhere."""
    return {message.id for message in update_texts().found_texts() if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_what_is_said_and_nothing_else(language: str, found: set[Any]) -> None:
    known = {message.id for message in texts(language) if message.id}
    assert found - known == set(), "run scripts/update_texts.py"
    assert known - found == set(), "run scripts/update_texts.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_its_values(language: str) -> None:
    for message in texts(language):
        if not message.id:
            continue
        said = [message.id] if isinstance(message.id, str) else list(message.id)
        string = message.string
        strings = list(string) if isinstance(string, tuple | list) else [string or ""]
        assert all(strings), message.id
        assert not message.fuzzy, message.id
        for string in strings:
            assert set(PLACEHOLDER.findall(string)) == set(PLACEHOLDER.findall(said[-1]))


def test_no_text_of_a_template_is_left_unmarked() -> None:
    folder = SCRIPT.parents[1] / "service" / "web" / "templates" / "desk"
    spoken = re.compile(r">\s*([A-Za-zÀ-ỹ][^<>{}]*[a-zà-ỹ]{2}[^<>{}]*)<")
    unmarked = {
        (page.name, text.strip())
        for page in folder.glob("*.html")
        for text in spoken.findall(re.sub(r"{#.*?#}|<code>.*?</code>", "", page.read_text("utf-8")))
    }
    assert unmarked - {("base.html", "litterwatch")} == set()


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (labels.ROLES, Role),
        (labels.ROLE_TASKS, Role),
        (labels.STATES, ReviewState),
        (labels.ACTIONS, Action),
        (labels.REASONS, RejectReason),
    ],
)
def test_everything_has_a_label(table: dict[str, str], members: type[Role]) -> None:
    assert set(table) == set(members)
    assert all(has_text(text) for text in table.values())


def test_nobody_is_called_a_violator_before_a_decision() -> None:
    for message in texts("vi"):
        assert "người vi phạm" not in str(message.string).lower()
        assert "thủ phạm" not in str(message.string).lower()


def test_times_are_written_as_people_here_write_them() -> None:
    assert local(datetime(2026, 11, 23, 18, 5, 9, tzinfo=UTC)) == "24/11/2026 01:05:09"
    assert local(None) == ""


@pytest.mark.parametrize(
    ("accepted", "chosen", "language"),
    [
        ("", None, "vi"),
        ("en-GB,en;q=0.9", None, "en"),
        ("vi-VN,vi;q=0.9,en;q=0.5", None, "vi"),
        ("fr-FR", None, "vi"),
        ("en", "vi", "vi"),
        ("vi", "en", "en"),
        ("vi", "klingon", "vi"),
    ],
)
def test_the_language_before_signing_in(accepted: str, chosen: str | None, language: str) -> None:
    assert preferred(accepted, chosen) == language


def test_an_unknown_text_stays_as_it_is() -> None:
    assert translated("vi", "Something no catalogue holds.") == "Something no catalogue holds."
    assert translated("vi", "") == ""


def test_a_page_says_its_language() -> None:
    for language in LANGUAGES:
        answer = Pages().plain(language, "problem.html", 404, title="<b>", text="x", path="/")
        assert f'<html lang="{language}">' in bytes(answer.body).decode()
        assert "&lt;b&gt;" in bytes(answer.body).decode()


def test_figures_have_the_comma_of_vietnamese() -> None:
    assert (figure("vi", "65.7 GiB"), figure("en", "65.7 GiB")) == ("65,7 GiB", "65.7 GiB")
