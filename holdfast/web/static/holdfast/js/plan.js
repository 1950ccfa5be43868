// Keeps the plan on this phone when its owner asks for that, and takes it off again. Nothing is kept before.
const KEPT = "holdfast-plan-1"; // the service worker knows this name too
const GONE = 410; // nobody's plan is behind this account any more
const box = document.getElementById("keep-plan");
document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });

const show = async () => {
  const is = await caches.has(KEPT);
  box.querySelectorAll("[data-kept]").forEach((part) => { part.hidden = (part.dataset.kept === "yes") !== is; });
  return is;
};
// A copy that is on its way when its owner takes it off must not come back.
let turn = 0;
const takeOff = async () => {
  turn += 1;
  await caches.delete(KEPT);
};
const keep = async () => {
  const mine = ++turn;
  const answer = await fetch(box.dataset.page, { cache: "no-store", credentials: "same-origin" });
  if (answer.status === GONE) await takeOff();
  if (!answer.ok || answer.redirected) throw new Error("not our plan");
  if (mine !== turn) return;
  await (await caches.open(KEPT)).put(box.dataset.page, answer);
  if (mine !== turn) await caches.delete(KEPT);
};

if (box && "caches" in window && "serviceWorker" in navigator) {
  box.hidden = false;
  const failed = box.querySelector("[data-failed]");
  box.addEventListener("click", async (event) => {
    const wanted = event.target.closest("[data-do]")?.dataset.do;
    if (!wanted) return;
    failed.textContent = "";
    try {
      if (wanted === "keep") await keep(); else await takeOff();
    } catch {
      await takeOff();
      failed.textContent = failed.dataset.failed;
    }
    await show();
    box.querySelector("[data-kept]:not([hidden]) button")?.focus();
  });
  // A copy that is kept is kept fresh: what changed since is fetched whenever the page is opened.
  if (await show()) await keep().catch(() => {});
}
