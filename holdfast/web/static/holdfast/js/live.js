// A page that is live asks for its own part again: when the server rings, on connecting, on coming back
// to the front, and every 30 seconds whatever happens. The bell carries no data, so nothing can be missed.
//
// <section id="board" data-live="board:…" hx-get="…" hx-trigger="refetch" hx-select="#board" hx-swap="outerHTML">

const parts = () => [...document.querySelectorAll("[data-live]")];
const typing = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
const STEADY = 30_000;

// Nothing moves under a finger that is down: what came meanwhile is asked for again when it has gone.
let pressed = false;
addEventListener("pointerdown", () => { pressed = true; }, true);
["pointerup", "pointercancel"].forEach((name) => addEventListener(name, () => setTimeout(() => { pressed = false; }, 300), true));

const refetch = (topic) => parts()
  .filter((part) => (!topic || part.dataset.live === topic) && !typing(part))
  .forEach((part) => htmx.trigger(part, "refetch"));

// A line that stays broken is said: news still comes, by asking for it, and later.
const slow = () => document.querySelectorAll("[data-live-slow]").forEach((note) => {
  note.hidden = parts().every((part) => !part.dataset.live || open.has(part.dataset.live));
});

// One socket a topic. While it is down, the part is asked for as often as it says in data-live-every.
const open = new Set();
const connect = (topic, tries = 0) => {
  if (document.hidden && tries) { setTimeout(connect, 5_000, topic, tries); return; }
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/live?topic=${encodeURIComponent(topic)}`);
  let worked = false;
  socket.addEventListener("open", () => { worked = true; open.add(topic); slow(); refetch(topic); });
  socket.addEventListener("message", () => refetch(topic));
  socket.addEventListener("close", () => {
    open.delete(topic);
    setTimeout(slow, 10_000);
    const next = worked ? 0 : tries + 1;
    setTimeout(connect, Math.min(30_000, 500 * 2 ** next) * (0.5 + Math.random() / 2), topic, next);
  });
};

// While somebody is sought, time alone changes what is so, and no bell rings for that: such a part is data-live-timed.
const rests = (part) => open.has(part.dataset.live) && !("liveTimed" in part.dataset);
const wait = () => Math.min(...parts().map((part) => (rests(part) ? STEADY : 1000 * Number(part.dataset.liveEvery || 30))));
const steady = () => { refetch(); setTimeout(steady, wait()); };

if (parts().length) {
  new Set(parts().map((part) => part.dataset.live).filter(Boolean)).forEach((topic) => connect(topic));
  setTimeout(steady, wait());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refetch(); });
}

// What a part says, without what changes by itself: ticking clocks, the time of the last look, form tokens.
const PASSING = "[data-live-passing], [name=csrfmiddlewaretoken]";
const gist = (part) => {
  const copy = part.cloneNode(true);
  copy.querySelectorAll(".clock").forEach((clock) => clock.replaceWith(clock.dataset.due || clock.textContent));
  copy.querySelectorAll(PASSING).forEach((passing) => passing.remove());
  copy.querySelectorAll("details[open]").forEach((details) => details.removeAttribute("open"));
  return copy.innerHTML;
};

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig, target } = event.detail;
  // A sign-in that ran out sends another page: open that page as a whole rather than a piece of it.
  const asked = new URL(requestConfig.path, location.href).pathname;
  if (xhr.responseURL && new URL(xhr.responseURL).pathname !== asked) {
    event.detail.shouldSwap = false;
    location.reload();
    return;
  }
  if (pressed && target.matches("[data-live]")) {
    event.detail.shouldSwap = false;
    setTimeout(refetch, 700);
    return;
  }
  // Where nothing has changed, nothing moves: not the page, not the focus, not the voice of a screen reader.
  if (!target.matches("[data-live]") || xhr.status !== 200) return;
  const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").getElementById(target.id);
  if (!fresh) { event.detail.shouldSwap = false; return; }
  if (gist(fresh) !== gist(target)) return;
  event.detail.shouldSwap = false;
  const passing = fresh.querySelectorAll("[data-live-passing]");
  target.querySelectorAll("[data-live-passing]").forEach((old, i) => { old.textContent = passing[i].textContent; });
});

// A part says in one sentence what it now shows (data-say), for a screen reader: once a change.
const said = document.createElement("p");
said.className = "vh";
said.setAttribute("role", "status");
document.body.append(said);
document.addEventListener("htmx:afterSwap", () => {
  const words = parts().map((part) => part.dataset.say || "").join(" ").trim();
  if (words && said.textContent !== words) said.textContent = words;
});

// A page that could not be refreshed keeps what it shows and says how old it is.
const lost = (is) => document.querySelectorAll("[data-live-lost]").forEach((note) => { note.hidden = !is; });
["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => lost(true)));
document.addEventListener("htmx:afterOnLoad", () => lost(false));
