// The page of the models: follows what is being made, and is loaded again when that ends.

const EVERY_MS = 2_000;
const work = document.getElementById("work");
const bar = document.getElementById("progress");

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/models/work").catch(() => null);
  if (answer?.status === 401) location.reload(); // the session has ended: the door is shown
  if (!answer?.ok) return;
  const told = await answer.json();
  if (told.state !== work.dataset.state) {
    location.reload();
    return;
  }
  if (told.step) document.getElementById("step").textContent = told.step;
  document.getElementById("count").textContent = told.of ? `${told.done} / ${told.of}` : "";
  if (told.of) {
    bar.max = told.of;
    bar.value = told.done;
  } else bar.removeAttribute("value");
}

if (work?.dataset.state === "running") setInterval(look, EVERY_MS);
