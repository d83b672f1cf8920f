// Tells whoever looks at a case that somebody else has done something to it. It changes
// nothing on the page but a notice, and reloads nothing by itself.
"use strict";
(() => {
  const place = document.getElementById("live");
  const words = document.getElementById("live-notice");
  if (!place || !words || !window.EventSource) return;
  let after = place.dataset.after;
  let source = null;

  const told = (message) => {
    after = message.lastEventId || after;
    let event;
    try { event = JSON.parse(message.data).data; } catch { return; }
    if (!event || !(event.sequence > Number(place.dataset.seen))) return;
    place.dataset.seen = event.sequence;
    place.replaceChildren(words.content.cloneNode(true));
  };
  // A page that nobody sees listens to nothing: a browser has few lines to one site.
  const listen = () => {
    if (document.hidden) {
      if (source) source.close();
      source = null;
    } else if (!source) {
      source = new EventSource("/api/v1/events/stream?case=" + encodeURIComponent(place.dataset.case) + "&after=" + encodeURIComponent(after));
      source.onmessage = told;
    }
  };
  document.addEventListener("visibilitychange", listen);
  window.addEventListener("pagehide", () => { if (source) source.close(); source = null; });
  window.addEventListener("pageshow", listen);
  listen();
})();
