// Follows exports that stand otherwise soon; the list is then replaced, and what was typed in stays.

const EVERY_MS = 3_000;

async function freshList() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("followed");
  if (fresh) document.getElementById("followed").replaceWith(fresh);
}

async function look() {
  if (document.hidden) return;
  for (const shown of document.querySelectorAll("#followed [data-follow]")) {
    const answer = await fetch(shown.dataset.follow).catch(() => null);
    if (answer?.status === 401) return location.reload(); // the session has ended: the door is shown
    if (answer?.ok && (await answer.json()).stage !== shown.dataset.stage) return freshList();
  }
}

async function follow() {
  await look();
  setTimeout(follow, EVERY_MS);
}

function unfold() {
  const panel = location.hash === "#exports" && document.getElementById("exports");
  const offer = panel && panel.querySelector("details");
  if (offer && !panel.querySelector("#followed li")) offer.open = true;
}

unfold();
setTimeout(follow, EVERY_MS);
