"""The few strokes of which pictures in pages consist: SVG without script, font or address.

Colours come from the page's style sheet by class, so that they follow light and dark.
"""

from collections.abc import Sequence

from markupsafe import Markup, escape


def picture(body: Sequence[str], width: float, height: float, says: str) -> Markup:
    """The picture of strokes made by the functions below.

    Args:
        body: strokes.
        width: px.
        height: px.
        says: what is read to those who do not see it.
    """
    head = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(says)}">'
    return Markup(head + "".join(body) + "</svg>")  # noqa: S704 - every text below is escaped


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    """A straight line of a class."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{cls}"/>'


def text(x: float, y: float, said: str, cls: str = "") -> str:
    """Words; of the classes `end` and `middle` they end, or have their middle, at x."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{cls}">{escape(said)}</text>'
