"""The wire shapes of marking. Boxes are [x, y, width, height], px of the full picture."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.needs import Goal
from litterwatch.labelling.records import LabelledBox, Origin
from litterwatch.service.labels.boxes import MOST, labelled
from litterwatch.service.labels.figures import Figures
from litterwatch.service.labels.tables import LabelState, MarkingRow, MarkingState

_Pixels = Annotated[float, Field(ge=-1e5, le=1e5, allow_inf_nan=False)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BoxShape(_Wire):
    """One thing in a picture."""

    box: tuple[_Pixels, _Pixels, _Pixels, _Pixels]
    label: Label
    sure: bool = True

    def value(self) -> LabelledBox:
        """As labelling speaks of it."""
        x, y, width, height = self.box
        return LabelledBox(Box(x, y, x + width, y + height), self.label, is_sure=self.sure)


class MarkingBody(_Wire):
    """Everything that is to be in the picture, and the revision it was drawn over."""

    revision: Annotated[int, Field(ge=1, le=10**9)]
    boxes: Annotated[list[BoxShape], Field(max_length=MOST)]
    verified: bool = Field(default=False, description="false keeps it as a draft")


class Marking(_Wire):
    """Somebody's work on one picture."""

    id: str
    state: MarkingState
    revision: int
    width: int
    height: int
    picture: str = Field(description="where the picture is fetched")
    boxes: list[BoxShape]


class NeedShape(_Wire):
    """How far a goal of the next training is reached."""

    goal: Goal
    have: int
    want: int


class AuditShape(_Wire):
    """What came of the lots among what the machine passed over."""

    origin: Origin
    marked: int = Field(description="pictures in which somebody could tell")
    waste: int = Field(description="of these, in how many waste lies where the machine had looked")
    low: float = Field(description="of that share, 95 %")
    high: float
    stands_for: int = Field(description="how many were passed over of which these are the lots")


class LabelsState(_Wire):
    """How far labelling has got, where this account may look."""

    states: dict[LabelState, int]
    verified_by_origin: dict[Origin, int]
    boxes: dict[Label, int] = Field(description="verified boxes")
    repeats: int = Field(description="pictures that two people have marked")
    kappa: float | None = Field(description="Cohen's, over the classes; null without repeats")
    mean_iou: float | None
    needs: list[NeedShape]
    passed_over: list[AuditShape] = Field(description="how much the machine may have missed")


def marking_shape(row: MarkingRow) -> Marking:
    """From a row."""
    return Marking(
        id=row.id,
        state=row.state,
        revision=row.revision,
        width=row.width,
        height=row.height,
        picture=f"/labelling/pictures/{row.id}/picture",
        boxes=[
            BoxShape(box=each.box.xywh(), label=each.label, sure=each.is_sure)
            for each in labelled(row.boxes)
        ],
    )


def state_shape(found: Figures) -> LabelsState:
    """From figures."""
    return LabelsState(
        states=found.states,
        verified_by_origin={origin: done for origin, (_, done) in found.origins.items()},
        boxes=found.boxes,
        repeats=found.agreement.pictures,
        kappa=found.agreement.kappa,
        mean_iou=found.agreement.mean_iou,
        needs=[NeedShape(goal=n.goal, have=n.have, want=n.want) for n in found.needs],
        passed_over=[
            AuditShape(
                origin=each.origin,
                marked=each.marked,
                waste=each.waste,
                low=round(each.low, 4),
                high=round(each.high, 4),
                stands_for=each.stands_for,
            )
            for each in found.audits
        ],
    )
