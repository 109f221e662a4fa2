// Boxes in a picture: drawn by keyboard, mouse or finger; every change is kept at once.
import { onKey } from "./desk.js";
import { Saver } from "./saver.js";

const MIN = 3; // px along a side
const MOST_STEPS = 200; // kept for undoing
const page = document.getElementById("marking");
const easel = document.getElementById("easel");
const drawn = document.getElementById("drawn");
const list = document.getElementById("boxes");
const W = Number(page.dataset.width);
const H = Number(page.dataset.height);
const suspect = JSON.parse(page.dataset.suspect);
const swatches = [...page.querySelectorAll(".swatch")];
const NAMES = Object.fromEntries(swatches.map((one) => [one.dataset.thing, one.dataset.name]));
const act = (name) => page.querySelector(`[data-act="${name}"]`);

let boxes = JSON.parse(page.dataset.boxes);
let chosen = boxes.length ? 0 : -1;
let thing = boxes[0]?.label ?? "waste";
let fine = false;
let zoomed = false;
const before = [];
const undone = [];

const saver = new Saver(page, document.getElementById("saving"), document.getElementById("conflict"));
const copy = (all) => all.map((one) => ({ ...one, box: [...one.box] }));
const limit = (value, low, high) => Math.min(Math.max(value, low), high);
const tenths = (value) => Math.round(value * 10) / 10;

function within([x, y, w, h]) {
  const width = limit(w, MIN, W);
  const height = limit(h, MIN, H);
  return [limit(x, 0, W - width), limit(y, 0, H - height), width, height].map(tenths);
}

// One action: remembered for undoing, drawn, kept.
function change(edit, { soon = false } = {}) {
  before.push(copy(boxes));
  if (before.length > MOST_STEPS) before.shift();
  undone.length = 0;
  edit();
  keep(soon);
}

function keep(soon) {
  draw();
  saver.keep(boxes, soon);
}

function step(from, to) {
  if (!from.length) return;
  to.push(copy(boxes));
  boxes = from.pop();
  chosen = limit(chosen, boxes.length ? 0 : -1, boxes.length - 1);
  keep(false);
}

const shape = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

function scale() {
  const shown = easel.getBoundingClientRect();
  const view = easel.viewBox.baseVal;
  return Math.max(view.width / (shown.width || 1), view.height / (shown.height || 1));
}

const GRIPS = [[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5]];

function figure(one, index) {
  const [x, y, width, height] = one.box;
  const group = shape("g", { class: `thing ${one.label} ${index === chosen ? "chosen" : ""} ${one.sure ? "" : "unsure"}`, "data-index": index });
  group.append(shape("rect", { class: "halo", x, y, width, height }), shape("rect", { class: "edge", x, y, width, height }));
  if (index === chosen) {
    const size = scale() * 11;
    for (const [gx, gy] of GRIPS) {
      group.append(shape("rect", { class: "grip", "data-gx": gx, "data-gy": gy, x: x + gx * width - size / 2, y: y + gy * height - size / 2, width: size, height: size }));
    }
  }
  return group;
}

function entry(one, index) {
  const [x, y, w, h] = one.box.map(Math.round);
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = `entry-box ${one.label}`;
  button.setAttribute("aria-pressed", String(index === chosen));
  const swatch = document.createElement("i");
  const words = document.createElement("span");
  words.textContent = `${index + 1}. ${NAMES[one.label]}${one.sure ? "" : ` (${page.dataset.unsure})`}`;
  const small = document.createElement("small");
  small.textContent = page.dataset.at.replace("{size}", `${w}×${h}`).replace("{place}", `${x}, ${y}`);
  words.append(small);
  button.append(swatch, words);
  button.addEventListener("click", () => choose(index));
  item.append(button);
  return item;
}

function draw() {
  const order = boxes.map((_, index) => index).sort((a, b) => (a === chosen) - (b === chosen));
  drawn.replaceChildren(...order.map((index) => figure(boxes[index], index)));
  list.replaceChildren(...boxes.map(entry));
  show(list.children[chosen]);
  document.getElementById("count").textContent = boxes.length;
  document.getElementById("none").hidden = boxes.length > 0;
  const one = boxes[chosen];
  for (const swatch of swatches) swatch.setAttribute("aria-pressed", String(swatch.dataset.thing === (one?.label ?? thing)));
  for (const name of ["remove", "unsure"]) act(name).disabled = !one;
  act("unsure").setAttribute("aria-pressed", String(Boolean(one && !one.sure)));
  act("undo").disabled = !before.length;
  act("redo").disabled = !undone.length;
  act("zoom").setAttribute("aria-pressed", String(zoomed));
}

// Within the list alone: the page must not move under a finger.
function show(item) {
  if (!item || list.scrollHeight <= list.clientHeight) return;
  const above = item.offsetTop - list.offsetTop;
  if (above < list.scrollTop) list.scrollTop = above;
  const below = above + item.offsetHeight - list.clientHeight;
  if (below > list.scrollTop) list.scrollTop = below;
}

function choose(index) {
  chosen = boxes.length ? (index + boxes.length) % boxes.length : -1;
  if (zoomed) look();
  draw();
}

function look() {
  const [x, y, w, h] = boxes[chosen]?.box ?? [0, 0, W, H];
  const share = zoomed && boxes[chosen] ? limit(Math.max(w / W, h / H) * 3, 0.12, 1) : 1;
  const [width, height] = [W * share, H * share];
  const left = limit(x + w / 2 - width / 2, 0, W - width);
  const top = limit(y + h / 2 - height / 2, 0, H - height);
  easel.setAttribute("viewBox", share === 1 ? `0 0 ${W} ${H}` : `${left} ${top} ${width} ${height}`);
}

function setThing(name) {
  thing = name;
  const one = boxes[chosen];
  if (one && one.label !== name) change(() => (one.label = name));
  else draw();
}

function add() {
  const near = ([x, y]) => boxes.some(({ box }) => Math.hypot(box[0] - x, box[1] - y) < 6);
  let box = suspect.length && !near(suspect) ? suspect : [W * 0.45, H * 0.45, W * 0.1, H * 0.1];
  while (near(box)) box = [box[0] + W * 0.03, box[1] + H * 0.03, box[2], box[3]];
  change(() => {
    boxes.push({ box: within(box), label: thing, sure: true });
    chosen = boxes.length - 1;
  });
}

function remove() {
  if (!boxes[chosen]) return;
  change(() => {
    boxes.splice(chosen, 1);
    chosen = Math.min(chosen, boxes.length - 1);
  });
}

function nudge(dx, dy, resize) {
  const one = boxes[chosen];
  if (!one) return;
  const by = fine ? 1 : Math.max(2, Math.round(W / 160));
  const [x, y, w, h] = one.box;
  change(
    () => {
      one.box = resize
        ? [x, y, limit(w + dx * by, MIN, W - x), limit(h + dy * by, MIN, H - y)].map(tenths)
        : within([x + dx * by, y + dy * by, w, h]);
    },
    { soon: true },
  );
}

async function verify() {
  act("verify").disabled = true;
  if (await saver.verify(boxes)) document.getElementById("onward").requestSubmit();
  else act("verify").disabled = false;
}

const ACTS = {
  add,
  remove,
  verify,
  unsure: () => change(() => (boxes[chosen].sure = !boxes[chosen].sure)),
  undo: () => step(before, undone),
  redo: () => step(undone, before),
  zoom: () => {
    zoomed = !zoomed;
    look();
    draw();
  },
  steps: () => {
    fine = !fine;
    act("steps").firstChild.textContent = `${fine ? page.dataset.fine : page.dataset.coarse} `;
  },
};
for (const [name, run] of Object.entries(ACTS)) act(name).addEventListener("click", run);
for (const swatch of swatches) swatch.addEventListener("click", () => setThing(swatch.dataset.thing));

// Mouse and finger: a box is moved by its inside, changed by its grips, drawn on empty ground.
function point(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(easel.getScreenCTM().inverse());
  return [limit(at.x, 0, W), limit(at.y, 0, H)];
}

function stretched([x, y, w, h], gx, gy, [px, py]) {
  let [x1, y1, x2, y2] = [x, y, x + w, y + h];
  if (gx === 0) x1 = px;
  if (gx === 1) x2 = px;
  if (gy === 0) y1 = py;
  if (gy === 1) y2 = py;
  return within([Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)]);
}

easel.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  const start = point(event);
  const grip = event.target.closest(".grip");
  const group = event.target.closest(".thing");
  const memory = copy(boxes);
  let from;
  let move;
  if (grip) {
    from = [...boxes[chosen].box];
    move = (to) => (boxes[chosen].box = stretched(from, Number(grip.dataset.gx), Number(grip.dataset.gy), to));
  } else if (group) {
    chosen = Number(group.dataset.index);
    from = [...boxes[chosen].box];
    move = (to) => (boxes[chosen].box = within([from[0] + to[0] - start[0], from[1] + to[1] - start[1], from[2], from[3]]));
  } else {
    move = (to) => {
      const box = stretched([start[0], start[1], 0, 0], 1, 1, to);
      if (from) boxes[chosen].box = box;
      else {
        from = box;
        boxes.push({ box, label: thing, sure: true });
        chosen = boxes.length - 1;
      }
    };
  }
  draw();
  const far = () => scale() * 4; // less is a tap
  let moved = false;
  const onMove = (next) => {
    const to = point(next);
    if (!moved && Math.hypot(to[0] - start[0], to[1] - start[1]) < far()) return;
    moved = true;
    move(to);
    draw();
  };
  const end = () => {
    removeEventListener("pointermove", onMove);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    if (!moved) {
      if (!group) chosen = -1;
      draw();
      return;
    }
    before.push(memory);
    undone.length = 0;
    keep(false);
  };
  addEventListener("pointermove", onMove);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
});

for (const [key, dx, dy] of [["arrowleft", -1, 0], ["arrowright", 1, 0], ["arrowup", 0, -1], ["arrowdown", 0, 1]]) {
  onKey(key, (event) => nudge(dx, dy, event.shiftKey));
}
onKey(".", () => choose(chosen + 1));
onKey(",", () => choose(chosen < 0 ? -1 : chosen - 1));
onKey("delete", remove);
onKey("backspace", remove);
onKey("escape", () => {
  chosen = -1;
  zoomed = false;
  look();
  draw();
});
document.getElementById("help-button").addEventListener("click", () => document.getElementById("help").showModal());
new ResizeObserver(draw).observe(easel);
draw();
