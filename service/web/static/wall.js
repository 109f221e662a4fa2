// The wall of cameras: words and pictures follow what the watch says, as long as somebody looks.

const EVERY_MS = 10_000;
const screens = document.getElementById("screens");
const stopped = document.getElementById("stopped");

function follow(screen, said, at) {
  screen.classList.toggle("unwell", !said.well);
  screen.querySelector(".words").textContent = said.words.join(", ");
  screen.querySelector(".since").textContent = said.since || "–";
  const taken = screen.querySelector(".taken");
  if (!taken || taken.textContent === said.taken) return;
  taken.textContent = said.taken;
  const picture = screen.querySelector("img");
  if (picture) picture.src = `/wall/${encodeURIComponent(said.id)}/picture?at=${at}`;
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/wall/state").catch(() => null);
  if (answer?.status === 401) location.reload(); // the session has ended: the door is shown
  if (!answer?.ok) return;
  const told = await answer.json();
  stopped.hidden = told.running;
  for (const said of told.screens) {
    const screen = screens.querySelector(`[data-camera="${CSS.escape(said.id)}"]`);
    if (screen) follow(screen, said, Date.now());
  }
}

if (screens) setInterval(look, EVERY_MS);
