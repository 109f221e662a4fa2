// The page of a case: waits for a copy for viewing; a form that answers with a file can be sent again.

const POLL_MS = 2000;
const waiting = document.querySelector("[data-poll]");

if (waiting) {
  const poll = setInterval(async () => {
    const answer = await fetch(waiting.dataset.poll).catch(() => null);
    const state = answer?.ok ? (await answer.json()).state : "making";
    if (state === "making") return;
    clearInterval(poll);
    location.reload();
  }, POLL_MS);
}

for (const form of document.querySelectorAll("form[data-again]")) {
  form.addEventListener("submit", () => setTimeout(() => delete form.dataset.sent, POLL_MS));
}

// What a link names is shown, also where it is folded.
function unfold() {
  const target = location.hash && document.querySelector(location.hash);
  if (target?.matches("details")) target.open = true;
}
addEventListener("hashchange", unfold);
unfold();
