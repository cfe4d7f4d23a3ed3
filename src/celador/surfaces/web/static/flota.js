// Sorts, filters and searches the rows of the fleet where they are: no question to the server, and
// the live stream goes on writing into the same cells. The address remembers how.
import { fitting, plain } from "./palabras.js";

const WAIT = 2000; // ms between two sortings by themselves: rows must not jump under the finger
const PATIENCE = 10000; // ms for the server to answer
const FIGURES = ["amps", "kw", "volts", "age"]; // looked at from the largest, the rest from the first

const body = document.querySelector("table.fleet tbody");
const search = document.querySelector("[data-search]");
const nothing = document.querySelector(".nothing");
const known = document.querySelector("[data-known]"); // which reclosers there are now, as one word
const asked = new URLSearchParams(location.search);
const state = {
  filter: asked.get("filtro") ?? "all",
  text: asked.get("buscar") ?? "",
  sort: (asked.get("orden") ?? "").replace(/^-/, ""),
  down: (asked.get("orden") ?? "").startsWith("-"),
};
let all = rows();
let drawing = false;
let due = null;

function rows() {
  return [...body.rows].map((row) => {
    const name = row.querySelector(".f-name");
    return { row, nth: Number(name.dataset.nth), words: plain(name.textContent) };
  });
}

function remember() {
  const address = new URL(location.href);
  const say = (key, value) => (value ? address.searchParams.set(key, value) : address.searchParams.delete(key));
  say("filtro", state.filter === "all" ? "" : state.filter);
  say("buscar", state.text);
  say("orden", state.sort && (state.down ? "-" : "") + state.sort);
  history.replaceState(history.state, "", address);
}

function fits(row) {
  if (state.filter === "all") return true;
  if (state.filter === "alarm") return row.dataset.prio !== "9";
  return row.dataset.state === state.filter;
}

function filter() {
  const found = fitting(state.text);
  let shown = 0;
  for (const each of all) {
    const hidden = !(fits(each.row) && found(each.words));
    if (each.row.hidden !== hidden) each.row.hidden = hidden;
    if (!hidden) shown += 1;
  }
  const why = all.length ? nothing.dataset.unfit : nothing.dataset.none;
  const said = shown ? "" : why;
  if (nothing.textContent !== said) nothing.textContent = said;
  for (const each of document.querySelectorAll("[data-filter]")) {
    each.setAttribute("aria-pressed", String(each.dataset.filter === state.filter));
  }
}

function order(a, b) {
  const by = (key) => Number(a.row.dataset[key]) - Number(b.row.dataset[key]);
  const name = a.nth - b.nth;
  const turn = state.down ? -1 : 1;
  if (state.sort === "name") return turn * name;
  if (state.sort) return turn * by(state.sort) || name;
  return by("prio") || by("rank") || name;
}

function sort() {
  all.sort(order);
  // Only what is out of its place moves: a row that stays keeps its focus, and costs nothing.
  let next = body.firstElementChild;
  for (const { row } of all) {
    if (row === next) next = next.nextElementSibling;
    else {
      const focused = row.contains(document.activeElement) ? document.activeElement : null;
      body.insertBefore(row, next);
      focused?.focus({ preventScroll: true });
    }
  }
  for (const each of document.querySelectorAll("[data-sort]")) {
    const cell = each.closest("th");
    if (each.dataset.sort !== state.sort) cell.removeAttribute("aria-sort");
    else cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
  }
}

// A recloser has come, gone or got another name. Only the server draws rows, so they come from there;
// not by loading the page anew, which would leave nothing at all where the server does not answer.
async function redraw() {
  if (drawing || known.dataset.known === body.dataset.drawn) return;
  drawing = true;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("table.fleet tbody");
    if (!answer.ok || !fresh) return; // the next message of the stream asks again
    const focused = body.contains(document.activeElement) ? document.activeElement.href : null;
    body.replaceChildren(...fresh.rows);
    body.dataset.drawn = fresh.dataset.drawn;
    all = rows();
    filter();
    sort();
    const link = [...body.querySelectorAll("a")].find((each) => each.href === focused);
    link?.focus({ preventScroll: true });
  } catch {
    // The server does not answer; the stream says so, and its next message asks again.
  } finally {
    drawing = false;
  }
}

function press(name) {
  state.filter = state.filter === name ? "all" : name;
  filter();
  remember();
}

function head(key) {
  const firstDown = FIGURES.includes(key);
  if (state.sort === key && state.down !== firstDown) state.sort = "";
  else if (state.sort === key) state.down = !state.down;
  else [state.sort, state.down] = [key, firstDown];
  sort();
  remember();
}

function find(text) {
  state.text = text;
  filter();
  remember();
}

function move(step) {
  const links = all.filter(({ row }) => !row.hidden).map(({ row }) => row.querySelector("a"));
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.focus({ preventScroll: true });
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-filter],[data-sort]");
  if (button?.dataset.filter) press(button.dataset.filter);
  else if (button) head(button.dataset.sort);
  else {
    const row = event.target.closest?.("table.fleet tbody tr");
    if (row && !event.target.closest("a") && !getSelection().toString()) row.querySelector("a").click();
  }
});
search.addEventListener("input", () => find(search.value.trim()));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches?.("input,select,textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    find("");
  } else if (event.key === "ArrowDown" && (!typing || event.target === search)) {
    event.preventDefault();
    move(1);
  } else if (event.key === "ArrowUp" && !typing) {
    event.preventDefault();
    move(-1);
  }
});
document.addEventListener("celador:vivo", () => {
  redraw();
  due ??= setTimeout(() => {
    due = null;
    filter();
    sort();
  }, WAIT);
});

// The headings stay in sight below the word that all of it is old, however many lines that takes.
new ResizeObserver(([{ target }]) => {
  document.documentElement.style.setProperty("--dead", `${target.offsetHeight}px`);
}).observe(document.querySelector(".dead"));

search.value = state.text;
filter();
sort();
