"""The page that monitors ask."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from litterwatch.service.desk.context import desk_of

router = APIRouter(include_in_schema=False)


@router.get("/health")
def health(request: Request) -> Response:
    """Whether the desk answers and its database as well; says nothing else."""
    with desk_of(request).database.reading() as session:
        session.execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})
