"""Words for people: Vietnamese first, English beside it.

Never "violator", never "violation" of a person: until a person has decided it is a suspected
event (sự kiện nghi vi phạm) with an involved person (người liên quan). A code without words here
is shown as it is written, so that nothing the machine said is lost; a test keeps the list whole.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Words(NamedTuple):
    """The same thing in both languages."""

    vi: str
    en: str


KINDS: Final[Mapping[str, Words]] = {
    "litter_small": Words("Bỏ rác nhỏ", "Small litter left"),
    "bag_dump": Words("Bỏ túi rác, bao rác", "Bag left behind"),
    "bulky_dump": Words("Đổ rác cồng kềnh", "Bulky item left behind"),
    "vehicle_dump": Words("Đổ rác từ xe", "Left behind by a vehicle"),
    "thrown_from_vehicle": Words("Ném rác từ xe", "Thrown from a vehicle"),
    "pile_growth": Words("Đống rác lớn thêm", "Added to a pile"),
    "wrong_hours": Words("Bỏ rác ngoài giờ quy định", "Left outside permitted hours"),
    "outside_point": Words("Bỏ rác ngoài điểm tập kết", "Left outside the collection point"),
}
STATES: Final[Mapping[str, Words]] = {
    "confirmed": Words("Đã theo dõi đủ lâu", "Watched long enough"),
    "provisional": Words("Tạm thời: video kết thúc sớm", "Provisional: the footage ends early"),
}
ACTORS: Final[Mapping[str, Words]] = {
    "person": Words("người đi bộ", "person on foot"),
    "two_wheeler": Words("xe máy hoặc xe đạp", "motorbike or bicycle"),
    "vehicle": Words("ô tô", "car or lorry"),
}
STILLS: Final[Mapping[str, Words]] = {
    "before": Words("Trước", "Before"),
    "act": Words("Lúc bỏ lại", "The act"),
    "after": Words("Sau", "After"),
}
MARKS: Final[Mapping[str, Words]] = {
    "enter": Words("đến", "arrives"),
    "release": Words("bỏ lại", "lets go"),
    "left": Words("rời đi", "has left"),
    "confirmed": Words("máy chắc chắn", "machine is sure"),
}
REASONS: Final[Mapping[str, Words]] = {}
FEATURES: Final[Mapping[str, Words]] = {}
NOT_EVENTS: Final[Mapping[str, Words]] = {}


def value_in_words(name: str, value: float | str) -> str:
    """A detail of a reason: `name value`, numbers with two digits at most."""
    shown = value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{name.replace('_', ' ')} {shown}"
