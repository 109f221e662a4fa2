// Zones drawn on a picture: by pointer or by keyboard. Corners are shares of the picture, 0 to 1.

const STEP = 0.01;
const FINE = 0.001;
const box = document.getElementById("drawing");
const canvas = box.querySelector(".canvas");
const shapes = document.getElementById("shapes");
const handles = document.getElementById("handles");
const field = (name) => document.getElementById(name);
const [choice, id, kind, hours, out] = ["zone-choice", "zone-id", "zone-kind", "zone-hours", "zones-field"].map(field);
const rounds = field("zone-rounds");
const roundList = field("round-list");
const zones = JSON.parse(box.dataset.zones);
let at = 0;

const within = (value) => Math.min(1, Math.max(0, Math.round(value * 10000) / 10000));
const numbered = (text, n) => text.replace("{n}", n);
const current = () => zones[at];

function addZone() {
  let n = zones.length + 1;
  while (zones.some((zone) => zone.id === numbered(box.dataset.new, n))) n += 1;
  zones.push({ id: numbered(box.dataset.new, n), kind: "no_dump", outline: [], permitted: [] });
  at = zones.length - 1;
  draw();
}

function polygon(zone, index) {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  shape.setAttribute("points", zone.outline.map((corner) => corner.join(",")).join(" "));
  shape.setAttribute("class", `zone ${zone.kind} ${index === at ? "chosen" : ""}`);
  return shape;
}

function handle(corner, index) {
  const knob = document.createElement("button");
  knob.type = "button";
  knob.className = "corner";
  knob.style.left = `${corner[0] * 100}%`;
  knob.style.top = `${corner[1] * 100}%`;
  knob.setAttribute("aria-label", `${numbered(box.dataset.corner, index + 1)}: ${Math.round(corner[0] * 100)} %, ${Math.round(corner[1] * 100)} %`);
  knob.setAttribute("aria-describedby", "drawing-help");
  knob.addEventListener("pointerdown", (event) => drag(event, index));
  knob.addEventListener("keydown", (event) => byKey(event, index));
  return knob;
}

function tell() {
  out.value = JSON.stringify(zones);
}

// One round of a collection point: days, hours, and whether holidays are no holidays.
function roundItem(round, index) {
  const item = field("round-template").content.firstElementChild.cloneNode(true);
  const days = [...item.querySelectorAll(".day input")];
  const span = item.querySelector(".round-hours");
  const always = item.querySelector(".round-always");
  for (const day of days) day.checked = round.days.includes(day.value);
  span.value = round.hours;
  always.checked = round.on_days_off ?? false;
  const judge = () => days[0].setCustomValidity(round.days.length ? "" : rounds.dataset.days);
  item.addEventListener("input", () => {
    round.days = days.filter((day) => day.checked).map((day) => day.value);
    round.hours = span.value.trim();
    round.on_days_off = always.checked;
    judge();
    tell();
  });
  judge();
  item.querySelector(".round-remove").addEventListener("click", () => {
    current().rounds.splice(index, 1);
    draw();
    field("round-new").focus();
  });
  return item;
}

function drawRounds() {
  const zone = current();
  rounds.hidden = zone?.kind !== "collection_point";
  roundList.replaceChildren(...(zone?.rounds ?? []).map(roundItem));
}

function draw(focus) {
  const zone = current();
  choice.replaceChildren(...zones.map((entry, index) => new Option(entry.id, index, false, index === at)));
  shapes.replaceChildren(...zones.map(polygon));
  handles.replaceChildren(...(zone?.outline ?? []).map(handle));
  for (const control of [id, kind, hours, field("zone-remove")]) control.disabled = !zone;
  id.value = zone?.id ?? "";
  kind.value = zone?.kind ?? "no_dump";
  hours.value = (zone?.permitted ?? []).join(", ");
  drawRounds();
  tell();
  if (focus !== undefined) handles.children[focus]?.focus();
}

function place(event) {
  const area = canvas.getBoundingClientRect();
  return [within((event.clientX - area.left) / area.width), within((event.clientY - area.top) / area.height)];
}

function drag(event, index) {
  event.preventDefault();
  const zone = current();
  const move = (moved) => {
    zone.outline[index] = place(moved);
    draw(index);
  };
  const end = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function byKey(event, index) {
  const { outline } = current();
  const [x, y] = outline[index];
  const by = event.shiftKey ? FINE : STEP;
  if (event.key in MOVES) {
    const [dx, dy] = MOVES[event.key];
    outline[index] = [within(x + dx * by), within(y + dy * by)];
    draw(index);
  } else if (event.key === "Insert") {
    const [nx, ny] = outline[(index + 1) % outline.length];
    outline.splice(index + 1, 0, [within((x + nx) / 2), within((y + ny) / 2)]);
    draw(index + 1);
  } else if (event.key === "Delete") {
    outline.splice(index, 1);
    draw(Math.max(0, index - 1));
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

// A new corner goes between the two whose line is nearest, so that the outline does not cross itself.
function insertion(outline, [x, y]) {
  let best = outline.length;
  let least = Infinity;
  outline.forEach(([ax, ay], index) => {
    const [bx, by] = outline[(index + 1) % outline.length];
    const detour = Math.hypot(ax - x, ay - y) + Math.hypot(bx - x, by - y) - Math.hypot(ax - bx, ay - by);
    if (detour < least) [least, best] = [detour, index + 1];
  });
  return outline.length < 3 ? outline.length : best;
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.target.closest(".corner") || event.button) return;
  if (!current()) addZone();
  const corner = place(event);
  const index = insertion(current().outline, corner);
  current().outline.splice(index, 0, corner);
  draw(index);
});
choice.addEventListener("change", () => {
  at = Number(choice.value);
  draw();
});
id.addEventListener("change", () => {
  current().id = id.value.trim();
  draw();
});
kind.addEventListener("change", () => {
  current().kind = kind.value;
  if (kind.value !== "collection_point") delete current().rounds;
  draw();
});
hours.addEventListener("change", () => {
  current().permitted = hours.value.split(",").map((span) => span.trim()).filter(Boolean);
  draw();
});
field("round-new").addEventListener("click", () => {
  const zone = current();
  zone.rounds = [...(zone.rounds ?? []), { days: ["mon", "tue", "wed", "thu", "fri", "sat"], hours: "05:00-06:30" }];
  draw();
  roundList.lastElementChild.querySelector("input").focus();
});
field("zone-new").addEventListener("click", () => {
  addZone();
  // By keyboard one begins with a square in the middle.
  current().outline = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]];
  draw(0);
});
field("zone-remove").addEventListener("click", () => {
  zones.splice(at, 1);
  at = Math.max(0, at - 1);
  draw();
});
draw();
