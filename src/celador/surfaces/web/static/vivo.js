// Applies the live stream to the page: one connection for all topics of the page, none while the
// page is hidden, since a browser grants only six to a host. What the page's values are worth stands in
// `data-vivo`: "ok", "waiting" (for the first word), "lost", or "blind" (the server cannot read).
const BREAK = 3000; // ms; a short break is not worth a word, after a long one old would look like new
const SILENCE = 5000; // ms; the server says something every second
const LONGEST = 60000; // ms for the first word, which is all of the page over a slow line
const cells = new Map(); // by key what was last received
const places = new Map(); // by key the elements that show it: a fleet has thousands of them
let source = null;
let topics = null;
let watch = null;
let broken = false;
let patience = SILENCE;

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

function say(worth) {
  document.documentElement.dataset.vivo = worth;
}

// Nothing tells of a server that stands still, or of a line that is gone: only that nothing comes.
function expect(ms) {
  clearTimeout(watch);
  watch = setTimeout(silent, ms);
}

function silent() {
  say("lost");
  if (!broken) patience = Math.min(2 * patience, LONGEST);
  open();
}

function received(event) {
  broken = false;
  patience = SILENCE;
  expect(SILENCE);
  const news = JSON.parse(event.data);
  for (const [key, cell] of Object.entries(news)) {
    cells.set(key, cell);
    for (const element of places.get(key) ?? []) {
      if (element.isConnected) apply(element, cell);
      else places.get(key).delete(element);
    }
  }
  say(document.querySelector(".blind:not(:empty)") ? "blind" : "ok");
  document.dispatchEvent(new CustomEvent("celador:vivo", { detail: news }));
}

// The browser itself comes back after a break, but not after a refusal.
function failed() {
  if (source.readyState === EventSource.CLOSED) refused(source.url);
  if (!broken) expect(BREAK);
  broken = true;
}

// EventSource does not say why: whose session has ended must log in, which the guard sees to.
async function refused(address) {
  try {
    const answer = await fetch(address, { method: "HEAD", cache: "no-store" });
    if (answer.status === 401) location.reload();
  } catch {
    // Nobody answers; the watch opens the stream anew.
  }
}

function open() {
  source?.close();
  broken = false;
  source = new EventSource(`${document.documentElement.dataset.prefix ?? ""}/vivo/${topics}`);
  source.onmessage = received;
  source.onerror = failed;
  expect(patience);
}

function wanted() {
  const names = [...document.querySelectorAll("[data-topic]")].map((each) => each.dataset.topic);
  return [...new Set(names)].sort().join(",");
}

function connect() {
  const now = document.hidden ? "" : wanted();
  if (now === topics) return;
  topics = now;
  if (topics) open();
  else rest();
}

// Who comes back to the page after an hour sees at once that its values are an hour old.
function rest() {
  clearTimeout(watch);
  source?.close();
  if (document.hidden) say("waiting");
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
