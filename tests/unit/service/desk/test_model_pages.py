"""The pages of the models: who sees, who trains, who promotes, and the way back."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from litterwatch.labelling.comparison import Difference
from litterwatch.labelling.gate import Answer, RuleResult
from litterwatch.models.registry import show
from litterwatch.models.shelf import Shelf
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.learning.bench import Bench, Making, WorkOrder, WorkState
from litterwatch.service.learning.folders import labelling_folder, models_folder
from litterwatch.service.learning.scripted import add_candidate, add_data_set
from litterwatch.service.users.roles import Grant, Role

WARD = "01273"
RULES = (
    RuleResult(
        "waste",
        "",
        Answer.PASSED,
        is_needed=True,
        why="Of 100 pieces of waste the candidate finds 86.0%.",
        difference=Difference(0.03, 0.86, 0.79, 0.9, 100),
    ),
    RuleResult("waste", "school gate", Answer.NOT_MEASURED, is_needed=False, why="Only 2."),
)


@pytest.fixture
def root(house: Any) -> Path:
    found: Path = house.desk.house.root
    return found


def shelf(root: Path) -> Shelf:
    return Shelf(models_folder(root))


def log_of(house: Any, action: str) -> Any:
    with house.desk.house.database.reading() as session:
        return read_log(session, AuditFilter(action=action), 1)[0]


def promoted(who: Any, name: str, in_use: str, **fields: str) -> Any:
    fields = {"reason": "thấy rác rõ hơn", "without_shadow": "true"} | fields
    return who.post(f"/models/candidates/{name}/promote", in_use=in_use, **fields)


def test_a_candidate_is_promoted_with_a_reason_and_taken_back(house: Any, root: Path) -> None:
    add_candidate(root, "good", rules=RULES)
    chief = house.somebody("hoa", Role.AUTHORITY)
    page = chief.get("/models").text
    assert "mô hình đi kèm" in page
    assert f"<td>{date.fromisoformat(show(None).manifest.created):%d/%m/%Y}</td>" in page
    assert "Qua cổng kiểm tra" in page
    assert "/models/rollback" not in page
    page = chief.get("/models/candidates/good").text
    for said in ("86.0 %", "+83.0", "+79.0 … +90.0", "school gate", "chưa đo"):
        assert said in page, said
    assert promoted(chief, "good", "shipped", reason=" ").status_code == 422
    answer = promoted(chief, "good", "shipped")
    assert answer.status_code == 303, answer.text
    assert shelf(root).pointer().default == "good"
    row = log_of(house, "model.promoted")
    assert row.subject == "model:good"
    assert row.detail["note"] == "thấy rác rõ hơn"
    assert "Đây là mô hình đang dùng" in chief.get("/models/candidates/good").text
    # The same click twice goes back once.
    assert chief.post("/models/rollback", in_use="good", reason="báo nhầm").status_code == 303
    again = chief.post("/models/rollback", in_use="good")
    assert again.status_code == 409
    assert "mô hình khác" in again.text
    assert shelf(root).default() is None
    row = log_of(house, "model.rolled_back")
    assert (row.detail["to"], row.detail["note"]) == ("shipped", "báo nhầm")
    assert chief.post("/models/rollback", in_use="shipped").status_code == 409


def test_what_the_gate_or_the_shadow_does_not_allow_is_not_promoted(house: Any, root: Path) -> None:
    add_candidate(root, "bad", is_accepted=False)
    add_candidate(root, "open", is_accepted=None)
    add_candidate(root, "good")
    inspector = house.somebody("hoa", Role.INSPECTOR)
    for name in ("bad", "open"):
        assert "/promote" not in inspector.get(f"/models/candidates/{name}").text
        answer = promoted(inspector, name, "shipped")
        assert answer.status_code == 409
        assert "chưa qua cổng kiểm tra" in answer.text
    assert promoted(inspector, "good", "shipped", without_shadow="false").status_code == 409
    assert promoted(inspector, "good", "other").status_code == 409
    assert promoted(inspector, "nobody", "shipped").status_code == 404
    assert shelf(root).default() is None
    shadow = labelling_folder(root) / "candidates" / "good" / "shadow"
    shadow.mkdir()
    line = {"camera": "school gate", "model": "c", "who": "both", "seconds": 7200.0}
    (shadow / "a.jsonl").write_text(json.dumps(line) + "\n")
    assert "2,0 giờ tại 1 camera" in inspector.get("/models").text
    assert promoted(inspector, "good", "shipped", without_shadow="false").status_code == 303


def test_only_whoever_acts_for_the_whole_province_changes_the_model(house: Any, root: Path) -> None:
    add_data_set(root)
    add_candidate(root, "good", rules=RULES)
    chief = house.somebody("lan", Grant(Role.AUTHORITY, WARD))
    page = chief.get("/models/candidates/good").text
    assert "school gate" not in page
    assert "/promote" not in page
    assert promoted(chief, "good", "shipped").status_code == 403
    assert chief.post("/models/rollback", in_use="shipped").status_code == 403
    inspector = house.somebody("minh", Grant(Role.INSPECTOR, WARD))
    for path in ("/models/candidates", "/models/datasets", "/models/work/stop"):
        assert inspector.post(path).status_code == 403, path
        assert house.last_action() == "access.refused"
    admin = house.somebody("admin", Role.ADMINISTRATOR)
    assert admin.get("/models/candidates/good").status_code == 200
    assert promoted(admin, "good", "shipped").status_code == 403
    auditor = house.somebody("auditor", Role.AUDITOR)
    assert auditor.post("/models/candidates").status_code == 403
    assert house.somebody("screener", Role.SCREENER).get("/models").status_code == 403
    assert shelf(root).default() is None


def test_what_is_made_is_seen_and_goes_on_where_it_was_stopped(house: Any, root: Path) -> None:
    inspector = house.somebody("hoa", Role.INSPECTOR)
    assert "Cần có bộ dữ liệu" in inspector.get("/models").text
    refused = inspector.post("/models/candidates")
    assert refused.status_code == 409
    assert "hãy tạo trước" in refused.text
    made = add_data_set(root)
    bench = Bench(labelling_folder(root), house.desk.house.clock)
    with bench.making(WorkOrder(Making.CANDIDATE), "os:lan") as told:
        told(f"training on {made.name}, epoch", 3, 8)
        page = inspector.get("/models").text
        assert 'max="8" value="3"' in page
        assert "số vòng qua toàn bộ ảnh" in page
        state = inspector.get("/models/work").json()
        assert (state["state"], state["done"], state["of"]) == ("running", 3, 8)
        assert "huấn luyện" in state["step"]
        assert inspector.post("/models/candidates").status_code == 409
    # The launch of this desk starts nothing, as if the process had been killed at once.
    assert inspector.post("/models/datasets", freeze="true").status_code == 303
    work = bench.work()
    assert work is not None
    assert work.state is WorkState.STOPPED
    assert work.order == WorkOrder(Making.DATASET, is_freezing=True)
    page = inspector.get("/models").text
    assert "Tiếp tục từ chỗ bị dừng" in page
    assert '<input type="hidden" name="freeze" value="true">' in page
    assert inspector.post("/models/work/stop").status_code == 409


def test_what_failed_and_what_is_damaged_is_told(house: Any, root: Path) -> None:
    inspector = house.somebody("hoa", Role.INSPECTOR)
    bench = Bench(labelling_folder(root), house.desk.house.clock)
    with pytest.raises(ZeroDivisionError), bench.making(WorkOrder(Making.DATASET), "system"):
        raise ZeroDivisionError
    torn = labelling_folder(root) / "candidates" / "torn"
    torn.mkdir(parents=True)
    (torn / "job.json").write_text("{")
    shelf(root).promote(add_candidate(root, "good"), "good")
    (models_folder(root) / "good" / "manifest.json").write_text("{")
    page = inspector.get("/models").text
    for said in ("không tạo được", "ZeroDivisionError", "Không đọc được", "bị hỏng"):
        assert said in page, said
