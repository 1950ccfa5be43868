// Keeps the help page, the numbers and the exercises on this phone, and nothing else: no chart, no name, no answer.
// The plan is kept in a place of its own, only when its owner asked for that on this phone (js/plan.js).
importScripts("/static/holdfast/js/push-sw.js"); // shows pages that are pushed to staff
const KEPT = "holdfast-help-2";
const PLAN = "holdfast-plan-1";
const PAGES = {{ pages|safe }};
const OTHERS = /^\/(team|demo|hooks)\b/;
const FILES = {{ files|safe }};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([...PAGES, ...FILES])).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== KEPT && name !== PLAN).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

// These open as themselves; every other page that cannot be had becomes the help page.
const OPEN = ["/numbers", "/calm"];
const instead = (page) => caches.match(page).then((kept) => kept || Response.error());
// A plan that was kept opens whatever is down: the network, the server, or only its database.
const plan = (answer) => caches.match("/plan/kept", { cacheName: PLAN }).then((kept) => kept || answer || instead("/help/saved"));
// "Gone" says that nobody's plan is behind this account any more, so the copy goes too (web/access.py).
const GONE = 410;
const ask = (request) => fetch(request).then(async (answer) => {
  if (answer.status === GONE) await caches.delete(PLAN).catch(() => {});
  return answer;
});
// 502 and 504 come from what stands before a server that is down, and say nothing that helps.
const DOWN = [502, 504];

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || OTHERS.test(pathname)) return;
  if (FILES.includes(pathname)) {
    event.respondWith(fetch(request).catch(() => instead(pathname)));
  } else if (request.mode === "navigate") {
    // A press that never left this phone must not look like one that did.
    const page = request.method !== "GET" && pathname.startsWith("/help") ? "/help/unsent" : OPEN.includes(pathname) ? pathname : "/help/saved";
    const mine = request.method === "GET" || pathname.startsWith("/help");
    const asked = ask(request);
    if (pathname === "/plan") event.respondWith(asked.then((answer) => (answer.status < 500 ? answer : plan(answer)), () => plan()));
    else if (mine) event.respondWith(asked.then((answer) => (DOWN.includes(answer.status) ? instead(page) : answer), () => instead(page)));
    else event.respondWith(asked);
  }
});
