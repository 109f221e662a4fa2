// The map: moved by pointer and arrow keys, brought closer by wheel, two fingers, + and -.

const map = document.getElementById("map");
const whole = { x: 0, y: 0, width: Number(map.dataset.width), height: Number(map.dataset.height) };
const CLOSEST = 24; // times
const NEAR = 2.2; // times, from which on every name is shown
const STEP = 0.12; // of what is seen, a key
const DRAG_PX = 4; // a pointer that moved less has pressed, not dragged
let seen = { ...whole };

const within = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

function show(next) {
  const width = within(next.width, whole.width / CLOSEST, whole.width);
  const height = (width * whole.height) / whole.width;
  seen = {
    x: within(next.x, 0, whole.width - width),
    y: within(next.y, 0, whole.height - height),
    width,
    height,
  };
  map.setAttribute("viewBox", [seen.x, seen.y, seen.width, seen.height].join(" "));
  const scale = seen.width / whole.width;
  map.style.setProperty("--k", scale); // letters and circles keep their size on the screen
  map.classList.toggle("close", 1 / scale >= NEAR);
  for (const pin of map.querySelectorAll(".pin")) pin.setAttribute("r", pin.dataset.radius * Math.sqrt(scale) * scale ** 0.35);
}

for (const pin of map.querySelectorAll(".pin")) pin.dataset.radius = pin.getAttribute("r");

// Where a point of the screen lies on the sheet.
function place(clientX, clientY) {
  const box = map.getBoundingClientRect();
  return [seen.x + ((clientX - box.left) / box.width) * seen.width, seen.y + ((clientY - box.top) / box.height) * seen.height];
}

function zoom(times, [x, y] = [seen.x + seen.width / 2, seen.y + seen.height / 2]) {
  const width = within(seen.width / times, whole.width / CLOSEST, whole.width);
  const by = width / seen.width;
  show({ x: x - (x - seen.x) * by, y: y - (y - seen.y) * by, width });
}

const move = (dx, dy) => show({ ...seen, x: seen.x + dx * seen.width, y: seen.y + dy * seen.height });
const KEYS = {
  ArrowLeft: () => move(-STEP, 0),
  ArrowRight: () => move(STEP, 0),
  ArrowUp: () => move(0, -STEP),
  ArrowDown: () => move(0, STEP),
  "+": () => zoom(1.4),
  "=": () => zoom(1.4),
  "-": () => zoom(1 / 1.4),
  0: () => show(whole),
};
map.addEventListener("keydown", (event) => {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
});
map.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, place(event.clientX, event.clientY));
  },
  { passive: false },
);

const fingers = new Map();
let dragged = 0;
const spread = () => {
  const [a, b] = [...fingers.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
};
map.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  if (!fingers.size) dragged = 0;
  fingers.set(event.pointerId, event);
});
addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const apart = fingers.size === 2 ? spread() : 0;
  fingers.set(event.pointerId, event);
  dragged += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
  if (fingers.size === 2) {
    const [a, b] = [...fingers.values()];
    zoom(spread() / apart, place((a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2));
  } else if (dragged > DRAG_PX) {
    const box = map.getBoundingClientRect();
    move((before.clientX - event.clientX) / box.width, (before.clientY - event.clientY) / box.height);
  }
});
const lift = (event) => fingers.delete(event.pointerId);
addEventListener("pointerup", lift);
addEventListener("pointercancel", lift);
map.addEventListener("click", (event) => dragged > DRAG_PX && event.preventDefault(), true);
map.addEventListener("dragstart", (event) => event.preventDefault());

const BUTTONS = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), all: () => show(whole) };
const buttons = document.querySelector(".zoom");
buttons.hidden = false;
buttons.addEventListener("click", (event) => BUTTONS[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
// Whoever walks through the sites by Tab sees where he is.
map.addEventListener("focusin", (event) => {
  const pin = event.target.closest("a")?.querySelector(".pin");
  if (!pin) return;
  const [x, y] = [Number(pin.getAttribute("cx")), Number(pin.getAttribute("cy"))];
  const isSeen = x > seen.x && x < seen.x + seen.width && y > seen.y && y < seen.y + seen.height;
  if (!isSeen) show({ ...seen, x: x - seen.width / 2, y: y - seen.height / 2 });
});
