"""Figures as CSV that spreadsheets open as it is: UTF-8 with its mark, no formulas."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from fastapi.responses import Response

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file to download."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, str) and value.startswith(_BEGINS_FORMULA):
        return f"'{value}"  # a name that a spreadsheet would carry out stays a name
    return value
