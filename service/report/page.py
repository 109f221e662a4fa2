"""Writes the page: one self-contained index.html beside the evidence folder."""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from litterwatch.service.report.content import PageContent
from litterwatch.service.report.view import (
    clock_time,
    event_views,
    shared_folder,
    tally_lines,
)

_TEMPLATE: Final = "report/page.html"


def render_page(content: PageContent) -> str:
    """The page as HTML; opens from the disk, asks the network for nothing."""
    environment = Environment(
        loader=PackageLoader("litterwatch.service", "web/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = shared_folder([file.source for file in content.files])
    filters: dict[str, Callable[..., object]] = {
        "clock": clock_time,
        "link": _link,
        "short": lambda name: name.removeprefix(folder),
    }
    environment.filters.update(filters)
    return environment.get_template(_TEMPLATE).render(
        content=content,
        events=event_views(content),
        tally=tally_lines(content.tally),
        folder=folder,
    )


def _link(path: str) -> str:
    """A relative path as an address: file names may hold spaces, '#' and '?'."""
    return quote(path, safe="/")
