"""Pages from templates, in the language of whoever reads them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from litterwatch.service.cases.law import act_of
from litterwatch.service.desk import labels, labels_cases, labels_exports, labels_reports
from litterwatch.service.desk.languages import (
    LANGUAGES,
    VIETNAMESE,
    dong,
    figure,
    in_language,
    local,
    local_date,
    local_day,
    translated,
    translations,
)
from litterwatch.service.report.view import clock_time, exact_time
from litterwatch.service.report.words import KINDS, STILLS, Words, words_for
from litterwatch.service.units import known_unit
from litterwatch.service.users.roles import Grant, Permission, is_allowed
from litterwatch.service.users.sessions import Visitor

TEMPLATES: Final = "web/templates"


class Pages:
    """Renders templates of `web/templates/desk`."""

    def __init__(self) -> None:
        self._environments = {language: _environment(language) for language in LANGUAGES}

    def page(
        self, visitor: Visitor, path: str, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page for somebody who is signed in.

        Args:
            visitor: who.
            path: of this page, for coming back to it.
            template: its name.
            status: of HTTP.
            values: what the template asks for.
        """
        may = _may(visitor.grants)
        return self._answer(
            visitor.language,
            template,
            status,
            {**values, "visitor": visitor, "may": may, "path": path},
        )

    def plain(self, language: str, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page for anybody."""
        return self._answer(language, template, status, {**values, "visitor": None, "may": {}})

    def _answer(
        self, language: str, template: str, status: int, values: Mapping[str, Any]
    ) -> HTMLResponse:
        text = self._environments[language].get_template(f"desk/{template}").render(values)
        return HTMLResponse(text, status, headers={"Content-Language": language})


@lru_cache(1024)
def _may(grants: tuple[Grant, ...]) -> Mapping[str, bool]:
    """What somebody with these roles may do somewhere, by name."""
    return MappingProxyType({str(p): is_allowed(grants, p) for p in Permission})


def _texts(language: str) -> Callable[..., Markup]:
    """`_` of the templates: as that of Jinja, but a text without values is looked up once.

    A page says a hundred texts, most of them without a value.
    """

    @cache
    def plain(text: str) -> Markup:
        return Markup(translated(language, text)) % {}  # noqa: S704 - texts of the catalogue

    def say(text: str, **values: Any) -> Markup:
        if not values:
            return plain(text)
        return Markup(translated(language, text)) % values  # noqa: S704 - values are escaped

    return say


@cache
def _environment(language: str) -> Environment:
    """One for a process: it holds the templates as they were compiled."""
    environment = Environment(
        loader=PackageLoader("litterwatch.service", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations(language), newstyle=True
    )
    environment.globals |= {
        "_": _texts(language),
        "language": language,
        "languages": LANGUAGES,
    }
    environment.filters |= {
        "local": local,
        "day": local_day,
        "clock": clock_time,
        "exact": exact_time,
        "said": partial(_said, language),
        "kind": partial(_kind, language),
        "unit": partial(_unit, language),
        "act": partial(_act, language),
        "still": partial(_still, language),
        "translated": partial(translated, language),
        "date": local_date,
        "dong": dong,
        "figure": partial(figure, language),
    }
    environment.filters["groupby_day"] = _by_day
    for name, texts in (
        ("role", labels.ROLES),
        ("task", labels.ROLE_TASKS),
        ("state", labels.STATES),
        ("action", labels.ACTIONS),
        ("done", labels.DONE),
        ("reason", labels.REASONS),
        ("logged", labels.LOGGED),
        ("site_kind", labels.SITE_KINDS),
        ("lane", labels.LANES),
        ("fault", labels.FAULTS),
        ("zone_kind", labels.ZONE_KINDS),
        ("weekday", labels.WEEKDAYS),
        ("case_state", labels_cases.CASE_STATES),
        ("move", labels_cases.MOVES),
        ("moved", labels_cases.MOVED),
        ("field", labels_cases.FIELD_NAMES),
        ("ground", labels_cases.GROUNDS),
        ("limit", labels_cases.LIMITS),
        ("urgency", labels_cases.URGENCIES),
        ("due", labels_cases.DUES),
        ("zone_class", labels_cases.ZONE_CLASSES),
        ("vehicle_class", labels_cases.VEHICLE_CLASSES),
        ("place_state", labels_cases.PLACE_STATES),
        ("place_move", labels_cases.PLACE_MOVES),
        ("place_moved", labels_cases.PLACE_MOVED),
        ("paper", labels_cases.PAPERS),
        ("lacking", labels_cases.MISSING),
        ("part", labels_cases.PARTS),
        ("channel", labels_reports.CHANNELS),
        ("report_state", labels_reports.REPORT_STATES),
        ("state_for_sender", labels_reports.STATES_FOR_SENDERS),
        ("stage", labels_exports.STAGES),
        ("why_not", labels_exports.WHY_NOT),
        ("thing", labels.THINGS),
        ("origin", labels.ORIGINS),
        ("negative", labels.NEGATIVES),
        ("goal", labels.GOALS),
    ):
        environment.filters[name] = partial(_label, language, texts)
    return environment


def _by_day(cards: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Cards in groups of a day, in the order they come."""
    days = groupby(cards, key=lambda card: local_day(card.review.moment))
    return [(day, list(part)) for day, part in days]


def _label(language: str, texts: Mapping[str, str], code: str) -> str:
    return translated(language, texts.get(code, str(code)))


def _said(language: str, words: Words) -> str:
    return in_language(words, language)


def _unit(language: str, code: str) -> str:
    unit = known_unit(code)
    if unit is None:
        return code
    return unit.full_name if language == VIETNAMESE else unit.full_name_en


def _act(language: str, act_id: str) -> str:
    act = act_of(act_id)
    return act.text_vi if language == VIETNAMESE else act.text_en


def _still(language: str, role: str) -> str:
    return in_language(words_for(STILLS, role.removeprefix("still_")), language)


def _kind(language: str, code: str) -> str:
    return in_language(words_for(KINDS, str(code)), language)
