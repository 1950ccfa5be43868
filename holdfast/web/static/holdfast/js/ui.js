// What every page adds when script is there. Each of these also works, or is not missed, without it.

const all = (query, root = document) => [...root.querySelectorAll(query)];

// Light or dark: the device decides until the person does. The link alone does it too, by a cookie.
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-theme-toggle]");
  if (!toggle) return;
  event.preventDefault();
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
});

// Dialogs are opened by a button that names them; the browser gives the focus back.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-print]")) print();
});

// Hide this page: the link works alone; Escape three times does the same.
const hide = document.querySelector("[data-hide]");
if (hide) {
  let presses = [];
  const leave = (event) => {
    event?.preventDefault();
    document.body.hidden = true;
    document.title = "…";
    location.replace(hide.href);
  };
  hide.addEventListener("click", leave);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    presses = [...presses.filter((at) => event.timeStamp - at < 1500), event.timeStamp];
    if (presses.length === 3) leave();
  });
}

// A form that was sent says so on its button, and cannot be sent twice by an impatient thumb.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  // One that opens another tab, or hands out a file, leaves this page as it is and may be sent again.
  if (form.method !== "post" || form.target || form.matches("[hx-post], [method=dialog], [data-file]")) return;
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
  delete form.dataset.sent;
  all("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
}));

// Keep the help page on this phone, so that it opens without a network.
const worker = document.body.dataset.worker;
if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {});
