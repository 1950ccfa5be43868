// Shows a push and opens our own page when it is pressed. The push says that someone is needed, nothing else.

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* shown with our own words */ }
  event.waitUntil(self.registration.showNotification(told.title || "Holdfast", {
    body: told.body || "", tag: told.tag || "holdfast", renotify: true, requireInteraction: true, data: { url: told.url || "/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const there = new URL(event.notification.data?.url || "/", location.origin);
  const url = there.origin === location.origin ? there.href : "/";
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((open) => {
    const ours = open.find((page) => "focus" in page);
    return ours ? ours.focus().then((page) => page.navigate(url)) : self.clients.openWindow(url);
  }));
});
