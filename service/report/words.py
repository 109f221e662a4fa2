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
REASONS: Final[Mapping[str, Words]] = {
    "seed": Words("Thấy một vật mới nằm yên", "Something new lies still"),
    "touch_found": Words("Tìm ra ai đã chạm tới chỗ đó", "Who touched the place was found"),
    "orphan_waited": Words("Chờ lâu không thấy ai nhận", "Nobody explained it for long"),
    "owner_near": Words("Người đó còn ở bên cạnh", "That person is still beside it"),
    "owner_away": Words("Người đó đi khỏi, vật ở lại", "That person moved away, it stayed"),
    "owner_far": Words("Người đó đã đi xa hoặc ra khỏi hình", "Far away or out of the picture"),
    "owner_stayed": Words("Người đó ở lâu bên vật", "That person stayed beside it for long"),
    "held": Words("Vật vẫn nằm đó đủ lâu", "It has lain there long enough"),
    "landed": Words("Vật rơi xuống và nằm yên", "It landed and lies still"),
    "waste_seen": Words("Trông giống rác", "It looks like waste"),
    "hidden": Words("Bị che khuất", "It is hidden"),
    "seen_again": Words("Lại thấy được", "It is seen again"),
    "still_there": Words("Vẫn còn đó", "It is still there"),
    "taken_back": Words("Đã lấy lại", "It was taken back"),
    "vanished": Words("Không còn thấy nữa", "It is not there any more"),
    "lost": Words("Mất dấu", "The trail was lost"),
    "refused": Words("Không phải vật bị bỏ lại", "Not a thing left behind"),
    "same_as": Words("Cùng một vật", "The same thing as another"),
    "removed": Words("Đã được dọn đi", "It was taken away"),
    "cue:separate": Words("Vật rời khỏi tay người", "It came apart from the person"),
    "cue:bend": Words("Người đó cúi xuống", "That person bent down"),
    "cue:throw": Words("Có vật bay đi và rơi xuống", "Something flew and landed"),
    "owner": Words("Người hoặc xe liên quan", "The person or vehicle involved"),
    "owner:ambiguous": Words(
        "Có hơn một người có thể liên quan", "More than one person may be involved"
    ),
    "owner:not_recognised": Words(
        "Có vật lớn chạy qua mà máy không nhận ra là xe gì",
        "Something large drove past that was not recognised",
    ),
    "place:last_clean": Words("Lần cuối thấy chỗ đó còn sạch", "The place was last seen clean"),
    "place:often_refused": Words(
        "Chỗ này hay báo nhầm, cần chắc hơn", "Often a false alarm here: more is asked"
    ),
    "learned": Words(
        "Chấm điểm theo kết quả xác minh trước đây", "Judged by what earlier verdicts taught"
    ),
    "round:left_behind": Words(
        "Bỏ lại trong lượt thu gom, sau lượt vẫn còn",
        "Left during a collection round, and still there after it",
    ),
    "thing:came_in_parts": Words(
        "Từng vật được đặt xuống lần lượt", "It was put down piece by piece"
    ),
    "thing:first_seen": Words("Lần đầu thấy vật", "The thing was first seen"),
}
"""Steps of an explanation, by their whole code or by the cause behind its colon."""

FEATURES: Final[Mapping[str, Words]] = {
    "persistence": Words("Vật nằm yên", "It stayed"),
    "waste": Words("Giống rác", "Looks like waste"),
    "touch": Words("Có người chạm tới", "Somebody touched the place"),
    "carried_before": Words("Trước đó có mang vật", "Carried something before"),
    "carry_gone": Words("Sau đó không còn mang", "Carried nothing after"),
    "separation": Words("Đã đi xa khỏi vật", "Went away from it"),
    "zone": Words("Chỗ không được để rác", "Not a place for waste"),
    "release_cue": Words("Dấu hiệu buông tay", "Sign of letting go"),
    "light": Words("Giống bóng, ánh sáng (trừ)", "Like shadow or light (against)"),
    "nuisance": Words("Chỗ đông, hay báo nhầm (trừ)", "Crowd or often wrong (against)"),
    "overlap": Words("Bị người, xe che (trừ)", "Covered by people or cars (against)"),
    "authorised": Words("Đang thu gom (trừ)", "Collection under way (against)"),
}
NOT_EVENTS: Final[Mapping[str, Words]] = {
    "retrieved": Words("đã lấy lại", "taken back"),
    "taken_back": Words("đã lấy lại", "taken back"),
    "into_bin": Words("bỏ đúng vào thùng", "put into a bin"),
    "proper_deposit": Words("bỏ đúng chỗ, đúng giờ", "left at the right place and hour"),
    "collection_round": Words("trong lượt thu gom, quét dọn", "during a collection round"),
    "excluded_zone": Words("ngoài vùng giám sát", "in an excluded zone"),
    "too_small": Words("quá nhỏ", "too small"),
    "too_large": Words("quá lớn: cảnh thay đổi", "too large: the scene changed"),
    "person": Words("người đứng hoặc ngồi yên", "a person standing or sitting"),
    "person_lies": Words("có thể là người nằm", "possibly a person lying there"),
    "parked_vehicle": Words("xe đỗ", "a parked vehicle"),
    "was_there": Words("đã có từ trước", "was there before"),
    "light": Words("bóng hoặc ánh sáng", "shadow or light"),
    "revealed": Words("vật cũ được lấy đi", "something was taken away"),
    "flicker": Words("lay động: cây, cờ, nước", "flicker: leaves, flags, water"),
    "weather": Words("mưa, tuyết, côn trùng", "rain, snow, insects"),
    "lens": Words("vật bám trên ống kính", "something on the lens"),
    "expired": Words("mất dấu", "trail lost"),
    "retrieved_late": Words("đã lấy lại về sau", "taken back later"),
    "collected": Words("đã được dọn đi", "taken away"),
    "rejected": Words("không đủ dấu hiệu", "not enough signs"),
    "merged": Words("cùng một vật", "the same thing as another"),
    "orphan": Words("không rõ từ đâu tới", "nobody explains it"),
}


def words_for(table: Mapping[str, Words], code: str) -> Words:
    """Words of a code, or of the part behind its colon; a code without words is shown as it is."""
    plain = code.replace("_", " ").replace(":", ": ")
    return table.get(code) or table.get(code.rpartition(":")[2]) or Words(plain, plain)


DETAILS: Final[Mapping[str, Words]] = {
    "distance": Words("cách {} lần chiều cao người", "{} person heights away"),
    "nearest": Words("cách {} lần chiều cao người", "{} person heights away"),
    "seconds": Words("trong {} giây", "for {} s"),
    "strength": Words("độ rõ {}", "strength {}"),
    "score": Words("điểm {}", "score {}"),
    "group": Words("nhóm {} người", "group of {}"),
    "tracks": Words("vệt theo dõi {}", "track {}"),
    "label": Words("{}", "{}"),
    "source": Words("thấy nhờ: {}", "seen by: {}"),
    "reason": Words("lý do: {}", "reason: {}"),
    "score_weights": Words("trọng số {}", "weights {}"),
    "nuisance_map": Words("bản đồ báo nhầm {}", "nuisance map {}"),
    "bar": Words("bớt {} khi chấm điểm", "the score is lowered by {}"),
}
"""Values of an explanation, by their name; {} stands for the value."""

VALUES: Final[Mapping[str, Words]] = {
    **ACTORS,
    "change": Words("chỗ đó thay đổi", "a change there"),
    "waste": Words("nhận ra rác", "waste was recognised"),
    "landing": Words("vật bay tới", "something flew there"),
}


def detail_in_words(name: str, value: float | str) -> Words:
    """One value of a reason; numbers with two digits at most."""
    if isinstance(value, str):
        shown = VALUES.get(value, Words(value, value))
    else:
        number = f"{value:.2f}".rstrip("0").rstrip(".")
        shown = Words(number, number)
    plain = name.replace("_", " ") + " {}"
    sentence = DETAILS.get(name, Words(plain, plain))
    return Words(sentence.vi.format(shown.vi), sentence.en.format(shown.en))
