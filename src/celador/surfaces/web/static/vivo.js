// Applies the live stream to the page: one connection for all topics of the page, none while the
// page is hidden, since a browser grants only six to a host.
const cells = new Map(); // by key what was last received
const places = new Map(); // by key the elements that show it: a fleet has thousands of them
let source = null;
let topics = "";
let lost = null;

function apply(element, cell) {
  if (cell.h !== undefined) element.innerHTML = cell.h;
  else if (cell.t !== undefined && element.textContent !== cell.t) element.textContent = cell.t;
  // On an SVG element className is no string.
  if (cell.c !== undefined) element.setAttribute("class", cell.c);
  for (const [name, value] of Object.entries(cell.a ?? {})) {
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
}

// An element that is drawn later (a dialog, a row of a filtered list) gets what was last received;
// one that only moves has it already.
function know(element) {
  const key = element.dataset.live;
  const known = places.get(key) ?? new Set();
  if (known.has(element)) return;
  places.set(key, known.add(element));
  const cell = cells.get(key);
  if (cell) apply(element, cell);
}

function received(event) {
  alive();
  const news = JSON.parse(event.data);
  for (const [key, cell] of Object.entries(news)) {
    cells.set(key, cell);
    for (const element of places.get(key) ?? []) {
      if (element.isConnected) apply(element, cell);
      else places.get(key).delete(element);
    }
  }
  document.dispatchEvent(new CustomEvent("celador:vivo", { detail: news }));
}

function alive() {
  clearTimeout(lost);
  lost = null;
  document.documentElement.dataset.vivo = "ok";
}

// A short break is not worth a word; a long one must be seen, or old numbers would look like new.
function broken() {
  lost ??= setTimeout(() => (document.documentElement.dataset.vivo = "lost"), 3000);
}

function wanted() {
  const names = [...document.querySelectorAll("[data-topic]")].map((each) => each.dataset.topic);
  return [...new Set(names)].sort().join(",");
}

function connect() {
  const now = document.hidden ? "" : wanted();
  const ended = source?.readyState === EventSource.CLOSED;
  if (now === topics && !ended) return;
  source?.close();
  source = null;
  topics = now;
  if (!topics) return;
  source = new EventSource(`${document.documentElement.dataset.prefix ?? ""}/vivo/${topics}`);
  source.onmessage = received;
  source.onopen = alive;
  source.onerror = () => {
    broken();
    if (source?.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  };
}

function drawn(changes) {
  let fresh = false;
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      fresh ||= node.matches("[data-topic]") || node.querySelector("[data-topic]") !== null;
      if (node.matches("[data-live]")) know(node);
      node.querySelectorAll("[data-live]").forEach(know);
    }
  }
  if (fresh) connect();
}

document.querySelectorAll("[data-live]").forEach(know);
new MutationObserver(drawn).observe(document.documentElement, { childList: true, subtree: true });
document.addEventListener("visibilitychange", connect);
connect();
