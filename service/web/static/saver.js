// Keeps every change on the server: one call at a time, in order, tried again until it is answered.

const SOON_MS = 300; // after the last of many small steps
const AGAIN_MS = 2000;
const CONFLICT = 409;

export class Saver {
  #page;
  #say;
  #conflict;
  #revision;
  #waiting = null; // what is to be kept next
  #running = null;
  #timer = 0;
  #ended = false;

  constructor(page, say, conflict) {
    this.#page = page;
    this.#say = say;
    this.#conflict = conflict;
    this.#revision = Number(page.dataset.revision);
    say.textContent = page.dataset.state === "verified" ? page.dataset.verified : page.dataset.saved;
    addEventListener("pagehide", () => this.#flush());
    addEventListener("beforeunload", (event) => {
      if (this.#waiting || this.#running) this.#flush();
      if (this.#waiting && !this.#ended) event.preventDefault();
    });
  }

  keep(boxes, soon) {
    this.#wait(boxes, false);
    clearTimeout(this.#timer);
    if (soon) this.#timer = setTimeout(() => this.#flush(), SOON_MS);
    else this.#flush();
  }

  // Whether everything is kept and verified.
  async verify(boxes) {
    clearTimeout(this.#timer);
    this.#wait(boxes, true);
    await this.#flush();
    return !this.#ended && !this.#waiting;
  }

  #wait(boxes, verified) {
    if (this.#ended) return;
    this.#waiting = { boxes: JSON.parse(JSON.stringify(boxes)), verified, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
    this.#say.textContent = this.#page.dataset.saving;
    this.#say.dataset.state = "saving";
  }

  #flush() {
    this.#running ??= this.#work().finally(() => (this.#running = null));
    return this.#running;
  }

  async #work() {
    while (this.#waiting && !this.#ended) {
      const change = this.#waiting;
      this.#waiting = null;
      const answer = await this.#send(change);
      if (answer?.ok) {
        const kept = await answer.json();
        this.#revision = kept.revision;
        if (!this.#waiting) this.#tell(kept.state === "verified" ? "verified" : "saved");
      } else if (answer?.status === CONFLICT) {
        this.#ended = true;
        this.#conflict.hidden = false;
        this.#tell("");
      } else if (answer && answer.status < 500) {
        this.#tell("wrong");
        if (change.verified) this.#waiting = null;
        return;
      } else {
        this.#waiting ??= change;
        this.#tell("lost");
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  }

  #send({ boxes, verified, key }) {
    return fetch(`/api/v1/labels/${this.#page.dataset.id}/boxes`, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": this.#page.dataset.csrf, "Idempotency-Key": key },
      body: JSON.stringify({ revision: this.#revision, boxes, verified }),
    }).catch(() => null);
  }

  #tell(what) {
    this.#say.textContent = what ? this.#page.dataset[what] : "";
    this.#say.dataset.state = what;
  }
}
