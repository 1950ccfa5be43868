// Clocks tick from the due time that the server sent (data-due) and the server's own time (data-now),
// so that a phone with a wrong clock shows the right minutes. A screen reader hears only "soon" and "over".

const say = document.createElement("p");
say.className = "vh";
say.setAttribute("role", "status");
document.body.append(say);

const skew = new WeakMap();
const text = (seconds) => {
  const n = Math.abs(seconds);
  const [h, m, s] = [Math.floor(n / 3600), Math.floor((n % 3600) / 60), n % 60];
  return n >= 3600 ? `${h} h ${m} min` : `${m}:${String(s).padStart(2, "0")}`;
};

const tick = () => {
  for (const clock of document.querySelectorAll(".clock[data-due]")) {
    if (!skew.has(clock)) skew.set(clock, clock.dataset.now ? Date.parse(clock.dataset.now) - Date.now() : 0);
    const left = Math.round((Date.parse(clock.dataset.due) - Date.now() - skew.get(clock)) / 1000);
    const state = left < 0 ? "over" : left < Number(clock.dataset.soon || 60) ? "soon" : "ok";
    const word = left < 0 ? clock.dataset.over : clock.dataset.left;
    clock.querySelector(".t").textContent = text(left);
    clock.querySelector(".w").textContent = word;
    if (clock.dataset.state !== state && state !== "ok" && clock.dataset.name) say.textContent = `${clock.dataset.name}: ${text(left)} ${word}`;
    clock.dataset.state = state;
  }
};
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
