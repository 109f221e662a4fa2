"""Prints a dossier: Jinja2 for the words, WeasyPrint for the sheets; nothing is fetched."""

import base64
from hashlib import sha256
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint import HTML  # type: ignore[import-untyped]
from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

from litterwatch.service.dossier.content import Dossier

_TEMPLATE: Final = "dossier/dossier.html"


def print_dossier(dossier: Dossier) -> bytes:
    """The PDF; the same dossier gives the same bytes."""
    page = dossier_page(dossier)
    # Pictures stand in the page itself; a page may ask for nothing else, whatever is typed in.
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    document = HTML(string=page, url_fetcher=fetcher)
    identifier = sha256(page.encode()).digest()[:16]
    return bytes(document.write_pdf(pdf_identifier=identifier))


def dossier_page(dossier: Dossier) -> str:
    """The dossier as HTML."""
    environment = Environment(
        loader=PackageLoader("litterwatch.service", "web/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = _data_uri
    environment.filters["blank"] = lambda text: text or "…" * 24
    return environment.get_template(_TEMPLATE).render(dossier=dossier, typed=dossier.particulars)


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
