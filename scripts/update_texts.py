"""Bring the catalogues of the desk up to what the code and the templates say.

    python scripts/update_texts.py

New texts are added without a translation (English: the text itself), texts that are gone are
dropped. Then translate what is empty in service/locale/vi/LC_MESSAGES/desk.po.
"""

from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

SERVICE = Path(__file__).resolve().parents[1] / "service"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
LANGUAGES = ("vi", "en")


def found_texts() -> Catalog:
    """Every text that is marked, where it stands."""
    catalogue = Catalog(domain="desk", charset="utf-8")
    files = [("python", path) for path in sorted(SERVICE.rglob("*.py"))]
    files += [
        ("jinja2.ext.babel_extract", path)
        for path in sorted(SERVICE.glob("web/templates/desk/*.html"))
    ]
    for method, path in files:
        options = {"trimmed": "true"}
        for _, text, _, _ in extract_from_file(method, str(path), KEYWORDS, (), options):
            catalogue.add(text, locations=[(path.relative_to(SERVICE).as_posix(), 0)])
    return catalogue


def catalogue_path(language: str) -> Path:
    """Where the texts of a language are."""
    return SERVICE / "locale" / language / "LC_MESSAGES" / "desk.po"


def updated(language: str, found: Catalog) -> Catalog:
    """The catalogue of a language with exactly the texts that were found."""
    with catalogue_path(language).open("rb") as file:
        known = read_po(file, locale=language, domain="desk")
    fresh = Catalog(locale=language, domain="desk", charset="utf-8")
    for message in found:
        if not message.id:
            continue
        before = known.get(message.id if isinstance(message.id, str) else message.id[0])
        string = before.string if before else ""
        if language == "en" and not string:
            string = message.id
        fresh.add(message.id, string, message.locations, message.flags)
    return fresh


def _is_translated(message: Message) -> bool:
    string = message.string
    return bool(string) if isinstance(string, str) or string is None else all(string)


def main() -> None:
    """Write both."""
    found = found_texts()
    for language in LANGUAGES:
        fresh = updated(language, found)
        with catalogue_path(language).open("wb") as file:
            write_po(
                file, fresh, width=98, include_lineno=False, sort_output=True, omit_header=True
            )
        empty = [m.id for m in fresh if m.id and not _is_translated(m)]
        print(f"{language}: {len(fresh)} texts, {len(empty)} to translate")


if __name__ == "__main__":
    main()
