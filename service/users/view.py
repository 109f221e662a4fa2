"""The page of one's own account, as its forms and the way back from the sign-in service show it."""

import segno
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from litterwatch.detector.errors import LitterwatchError
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.users import second_factor
from litterwatch.service.users.subjects import subject_of


def own_account(
    visit: Visit,
    error: LitterwatchError | None = None,
    secret: str | None = None,
    leads_to: str | None = None,
) -> HTMLResponse:
    """The page of one's own account.

    Args:
        visit: whose.
        error: what went wrong.
        secret: of the second factor that is being set up.
        leads_to: where the sign-in service is, for who is linking his account with it.
    """
    desk, linked = visit.desk, None
    if desk.provider is not None:
        with desk.database.reading() as session:
            issuer = desk.provider.registration.issuer
            linked = subject_of(session, visit.visitor.user_id, issuer)
    square = None
    if secret is not None:
        code = segno.make(second_factor.address_of(secret, visit.visitor.login), micro=False)
        square = Markup(code.svg_inline(scale=4, svgclass="square", lineclass=None))  # noqa: S704
    return visit.desk.pages.page(
        visit.visitor,
        "/account",
        "account.html",
        200 if error is None else status_of(error)[0],
        problem=None if error is None else text_of(error, visit.language),
        secret=secret,
        square=square,
        provider=desk.provider_name,
        linked=linked,
        leads_to=leads_to,
        is_required=visit.desk.settings.desk.second_factor == "required",
    )
