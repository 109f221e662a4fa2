"""The pages of the models: what is in use, what was trained, promotion and the way back."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from litterwatch.detector.errors import (
    Conflict,
    InvalidInput,
    LitterwatchError,
    NotAllowed,
)
from litterwatch.models.shelf import Shelf
from litterwatch.service.desk.access import Change, Look, log_refusal
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.languages import translated
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.learning.bench import Making, WorkOrder, WorkState
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.promotion import promote, roll_back
from litterwatch.service.learning.steps import MAKINGS, STATES, step_text
from litterwatch.service.learning.view import (
    ANSWERS,
    RULES,
    STANDINGS,
    VERDICTS,
    candidates_seen,
    found,
    gate_rules,
    models_seen,
)
from litterwatch.service.learning.workshop import require_province
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas
from litterwatch.service.users.service import names_of

router = APIRouter(prefix="/models", include_in_schema=False)

SeenModels = Annotated[Visit, Depends(Look(Permission.SEE_MODELS, "models.viewed", "models:all"))]
# What the page asks for by itself is one look in ten minutes, and keeps nobody signed in.
Following = Annotated[
    Visit,
    Depends(Look(Permission.SEE_MODELS, "models.viewed", "models:all", is_file=True, is_use=False)),
]
SeenCandidate = Annotated[
    Visit, Depends(Look(Permission.SEE_MODELS, "candidate.viewed", "candidate:{candidate}"))
]
Training = Annotated[Visit, Depends(Change(Permission.TRAIN_MODELS))]
Changing = Annotated[Visit, Depends(Change(Permission.CHANGE_MODEL))]
Seen = Annotated[str, Form(max_length=300)]
Reason = Annotated[str, Form(max_length=2000)]


@router.get("")
def models_page(visit: SeenModels) -> HTMLResponse:
    """Which model is in use, and everything that may take its place."""
    return _models(visit)


@router.get("/work")
def work_state(visit: Following) -> Response:
    """How far the work is, for the page that follows it."""
    work = visit.desk.workshop.work()
    if work is None:
        return JSONResponse({"state": "", "step": "", "done": 0, "of": 0})
    step = translated(visit.language, step_text(work))
    return JSONResponse({"state": work.state, "step": step, "done": work.done, "of": work.of})


@router.post("/datasets")
def make_dataset(
    request: Request, visit: Training, *, freeze: Annotated[bool, Form()] = False
) -> Response:
    """Let a data set be made of everything that was marked and permitted."""
    return _ordered(request, visit, WorkOrder(Making.DATASET, is_freezing=freeze))


@router.post("/candidates")
def train(request: Request, visit: Training) -> Response:
    """Let a candidate be trained from the model in use, or go on with one that was stopped."""
    return _ordered(request, visit, WorkOrder(Making.CANDIDATE))


@router.post("/work/stop")
def stop(request: Request, visit: Training) -> Response:
    """Stop what is being made; what it has done stays done."""
    try:
        visit.desk.workshop.stop(visit.person)
    except LitterwatchError as error:
        return _refused(request, visit, error)
    return RedirectResponse("/models#work", 303)


@router.get("/candidates/{candidate}")
def candidate_page(visit: SeenCandidate, candidate: str) -> HTMLResponse:
    """What the gate asked of a candidate, with every number, and the way to promote it."""
    return _candidate(visit, candidate)


@router.post("/candidates/{candidate}/promote")
def promote_candidate(
    request: Request,
    visit: Changing,
    candidate: str,
    in_use: Seen = "",
    reason: Reason = "",
    *,
    without_shadow: Annotated[bool, Form()] = False,
) -> Response:
    """Make it the default model."""
    place = visit.desk.workshop.place(visit.person)
    try:
        require_province(visit.person, Permission.CHANGE_MODEL)
        if not reason.strip():
            raise InvalidInput(N_("Say why the candidate is to be used."))
        with visit.desk.workshop.changing():
            _require_unchanged(place, in_use)
            chosen = found(place, candidate)
            promote(place, chosen, without_shadow=without_shadow, reason=reason.strip())
    except LitterwatchError as error:
        if isinstance(error, NotAllowed):
            log_refusal(request, error)
        return _candidate(visit, candidate, error)
    return RedirectResponse("/models", 303)


@router.post("/rollback")
def rollback(request: Request, visit: Changing, in_use: Seen = "", reason: Reason = "") -> Response:
    """Make the model before the default again."""
    place = visit.desk.workshop.place(visit.person)
    try:
        require_province(visit.person, Permission.CHANGE_MODEL)
        with visit.desk.workshop.changing():
            _require_unchanged(place, in_use)
            if not Shelf(place.models).pointer().before:
                raise Conflict(N_("There is no model to go back to."))
            roll_back(place, reason.strip())
    except LitterwatchError as error:
        return _refused(request, visit, error)
    return RedirectResponse("/models", 303)


def _require_unchanged(place: LearningFolder, seen: str) -> None:
    """Refuse what was decided in view of another model, or was sent twice.

    Raises:
        Conflict: the default is another than somebody saw.
    """
    if Shelf(place.models).pointer().default != seen:
        raise Conflict(N_("Another model has come into use meanwhile: look again."))


def _ordered(request: Request, visit: Visit, order: WorkOrder) -> Response:
    try:
        visit.desk.workshop.order(visit.person, order)
    except LitterwatchError as error:
        return _refused(request, visit, error)
    return RedirectResponse("/models#work", 303)


def _refused(request: Request, visit: Visit, error: LitterwatchError) -> HTMLResponse:
    if isinstance(error, NotAllowed):
        log_refusal(request, error)
    return _models(visit, error)


def _models(visit: Visit, error: LitterwatchError | None = None) -> HTMLResponse:
    desk, place = visit.desk, visit.desk.workshop.place(visit.person)
    work = desk.workshop.work()
    with desk.database.reading() as session:
        people = names_of(session, set() if work is None else {work.actor})
    return desk.pages.page(
        visit.visitor,
        "/models",
        "models.html",
        200 if error is None else status_of(error)[0],
        problem=None if error is None else text_of(error, visit.language),
        seen=models_seen(place),
        work=work,
        is_running=work is not None and work.state is WorkState.RUNNING,
        step="" if work is None else translated(visit.language, step_text(work)),
        ordered_by="" if work is None else people.get(work.actor, work.actor),
        data_folder=str(desk.root),
        **_words(visit),
    )


def _candidate(visit: Visit, name: str, error: LitterwatchError | None = None) -> HTMLResponse:
    desk, place = visit.desk, visit.desk.workshop.place(visit.person)
    candidate = found(place, name)
    default = Shelf(place.models).pointer().default
    shown = next(each for each in candidates_seen(place, default) if each.name == name)
    is_whole = areas(visit.person.grants, Permission.SEE_MODELS) is None
    rules = [rule for rule in gate_rules(candidate.folder) if is_whole or not rule.subject]
    return desk.pages.page(
        visit.visitor,
        f"/models/candidates/{name}",
        "candidate.html",
        200 if error is None else status_of(error)[0],
        problem=None if error is None else text_of(error, visit.language),
        shown=shown,
        about=candidate.about,
        folder=str(candidate.folder),
        default=default,
        rules=rules,
        is_whole=is_whole,
        **_words(visit),
    )


def _words(visit: Visit) -> dict[str, Any]:
    """Tables of words, and what somebody may do for the whole province."""
    grants = visit.person.grants
    return {
        "verdicts": VERDICTS,
        "standings": STANDINGS,
        "answers": ANSWERS,
        "rule_words": RULES,
        "makings": MAKINGS,
        "work_states": STATES,
        "may_train": areas(grants, Permission.TRAIN_MODELS) is None,
        "may_change": areas(grants, Permission.CHANGE_MODEL) is None,
    }
