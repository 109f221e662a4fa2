"""Vietnamese and English: texts from the catalogues in `locale/`, times on the clock of Viet Nam.

English texts stand in the code and in the templates; both catalogues hold every one of them (a test
watches that). They are read as they are written: nothing has to be compiled first.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from litterwatch.service.local_time import LOCAL
from litterwatch.service.report.words import Words

FOLDER: Final = Path(__file__).resolve().parents[1] / "locale"
DOMAIN: Final = "desk"
VIETNAMESE, ENGLISH = "vi", "en"
LANGUAGES: Final[Mapping[str, str]] = {VIETNAMESE: "Tiếng Việt", ENGLISH: "English"}
"""In the order they are offered, each in its own words."""


def catalogue(language: str) -> Path:
    """The file with the texts of a language."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def translations(language: str) -> Translations:
    """The texts of a language."""
    with catalogue(language).open("rb") as file:
        texts = read_po(file, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def translated(language: str, text: str) -> str:
    """A text in a language; one that is in no catalogue stays as it is."""
    return str(translations(language).gettext(text)) if text else ""


def has_text(text: str) -> bool:
    """Whether the catalogues know this text."""
    return text in translations(VIETNAMESE)._catalog  # noqa: SLF001


def in_language(words: Words, language: str) -> str:
    """What the machine says, in a language."""
    return words.vi if language == VIETNAMESE else words.en


def preferred(accepted: str, chosen: str | None) -> str:
    """The language for somebody who is not signed in: what he chose, else Vietnamese.

    Args:
        accepted: the browser's Accept-Language.
        chosen: an earlier choice, from a cookie.
    """
    if chosen in LANGUAGES:
        return str(chosen)
    tongues = [part.split(";")[0].strip().lower()[:2] for part in accepted.split(",")]
    return ENGLISH if ENGLISH in tongues and VIETNAMESE not in tongues else VIETNAMESE


def local(moment: datetime | None) -> str:
    """Date and time as people here write them."""
    return "" if moment is None else f"{moment.astimezone(LOCAL):%d/%m/%Y %H:%M:%S}"


def local_date(day: date | None) -> str:
    """A day without a time, as people here write it."""
    return "" if day is None else f"{day:%d/%m/%Y}"


def figure(language: str, text: str) -> str:
    """A number that was written with a decimal point, as people of that language write it."""
    return text.replace(".", ",") if language == VIETNAMESE else text


def dong(amount: int) -> str:
    """An amount of VND as people here write it."""
    return f"{amount:,}".replace(",", ".") + " đ"


def local_day(moment: datetime) -> str:
    """The date alone."""
    return f"{moment.astimezone(LOCAL):%d/%m/%Y}"
