"""The words of the papers, Vietnamese; before a decision nobody is called a violator."""

from typing import Final

KINDS: Final = {
    "litter_small": "nghi vứt rác nhỏ không đúng nơi quy định",
    "bag_dump": "nghi bỏ túi rác không đúng nơi quy định",
    "bulky_dump": "nghi đổ rác cồng kềnh không đúng nơi quy định",
    "vehicle_dump": "nghi đổ rác từ phương tiện",
    "thrown_from_vehicle": "nghi vứt rác từ phương tiện đang chạy",
    "pile_growth": "đống rác tăng lên bất thường",
    "wrong_hours": "nghi bỏ rác ngoài giờ cho phép",
    "outside_point": "nghi bỏ rác ngoài điểm tập kết",
}
STATES: Final = {
    "opened": "đã thụ lý",
    "verifying": "đang xác minh",
    "transferred": "đã chuyển, chờ tiếp nhận",
    "identified": "đã xác định người liên quan",
    "unidentified": "chưa xác định được người liên quan",
    "no_sanction_proposed": "đề xuất không xử phạt",
    "no_sanction": "không xử phạt",
    "criminal_referral": "chuyển cơ quan tiến hành tố tụng",
    "notified": "đã thông báo mời làm việc",
    "record_made": "đã lập biên bản",
    "explanation": "trong thời gian giải trình",
    "decided": "đã có quyết định",
    "enforcement": "cưỡng chế thi hành",
    "executed": "đã thi hành",
    "expired": "hết thời hiệu",
    "closing": "đề xuất kết thúc hồ sơ",
    "closed": "đã kết thúc",
}
MISSING: Final = {
    "evidence": "chứng cứ đã lưu",
    "identity": "thông tin người liên quan",
    "result_record": "phiếu ghi nhận kết quả",
    "notice": "thông báo mời làm việc",
    "record": "biên bản vi phạm hành chính",
    "decision": "quyết định",
}
STILLS: Final = {
    "still_before": "Trước hành vi",
    "still_act": "Thời điểm hành vi",
    "still_after": "Sau hành vi",
}
DONE: Final = {
    "open": "mở vụ việc",
    "verify": "thụ lý, xác minh",
    "extend": "gia hạn xác minh",
    "transfer": "chuyển đơn vị khác",
    "accept": "tiếp nhận",
    "return": "trả lại",
    "identify": "xác định người liên quan",
    "not_identified": "chưa xác định được",
    "resume": "xác minh tiếp",
    "propose_no_sanction": "đề xuất không xử phạt",
    "approve_no_sanction": "duyệt không xử phạt",
    "decline_no_sanction": "không duyệt đề xuất",
    "refer_criminal": "chuyển cơ quan tố tụng",
    "notify": "thông báo mời làm việc",
    "make_record": "lập biên bản",
    "begin_explanation": "bắt đầu giải trình",
    "decide": "nhập quyết định",
    "enforce": "cưỡng chế",
    "execute": "thi hành xong",
    "expire": "hết thời hiệu",
    "propose_close": "đề xuất kết thúc",
    "close": "kết thúc",
    "decline_close": "không duyệt kết thúc",
    "type_identity": "nhập thông tin người liên quan",
    "add_paper": "thêm tài liệu",
    "set_circumstances": "ghi tình tiết",
    "event.recorded": "máy ghi nhận",
    "evidence.sealed": "lưu, ký chứng cứ",
    "evidence.viewed": "xem",
    "evidence.played": "phát video",
    "evidence.downloaded": "tải xuống",
    "evidence.refused": "bị từ chối",
    "evidence.held": "đặt lệnh giữ",
    "evidence.released": "bỏ lệnh giữ",
    "evidence.deleted": "xoá theo thời hạn",
    "evidence.kept_as_held": "giữ nguyên theo lệnh giữ",
    "evidence.export_requested": "yêu cầu trích xuất",
    "evidence.export_approved": "duyệt trích xuất",
    "evidence.export_declined": "không duyệt trích xuất",
    "evidence.export_begun": "bắt đầu trích xuất",
    "evidence.export_failed": "trích xuất không thành",
    "evidence.exported": "đã trích xuất",
    "identity.read": "đọc thông tin người liên quan",
    "dossier.printed": "in hồ sơ",
}
"""What a line of a log says was done; a code that is not here is printed as it is."""

CLOCKS: Final = {
    True: "giờ của khung hình đầu tiên do người dùng cung cấp, chưa đối chiếu với đồng hồ khác",
    False: "không biết giờ trong ngày; thời gian tính từ khung hình đầu tiên của nguồn",
}
"""How the time of day is known, by whether anybody gave it."""
