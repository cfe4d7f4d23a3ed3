// Sorts, filters and searches the rows of the fleet where they are: no question to the server, and
// the live stream goes on writing into the same cells. The address remembers how.
const WAIT = 2000; // ms between two sortings by themselves: rows must not jump under the finger
const FIGURES = ["amps", "kw", "volts", "age"]; // looked at from the largest, the rest from the first

const body = document.querySelector("table.fleet tbody");
const search = document.querySelector("[data-search]");
const nothing = document.querySelector(".nothing");
const all = [...body.rows].map((row) => {
  const name = row.querySelector("a").textContent.toLowerCase();
  return { row, name, words: row.querySelector(".f-name").textContent.toLowerCase() };
});
const names = new Intl.Collator(document.documentElement.lang, { numeric: true });
const asked = new URLSearchParams(location.search);
const state = {
  filter: asked.get("filtro") ?? "all",
  text: asked.get("buscar") ?? "",
  sort: (asked.get("orden") ?? "").replace(/^-/, ""),
  down: (asked.get("orden") ?? "").startsWith("-"),
};
let due = null;

function remember() {
  const address = new URL(location.href);
  const say = (key, value) => (value ? address.searchParams.set(key, value) : address.searchParams.delete(key));
  say("filtro", state.filter === "all" ? "" : state.filter);
  say("buscar", state.text);
  say("orden", state.sort && (state.down ? "-" : "") + state.sort);
  history.replaceState(history.state, "", address);
}

function fits({ row, words }) {
  const parts = state.text.toLowerCase().split(/\s+/);
  if (!parts.every((part) => words.includes(part))) return false;
  if (state.filter === "all") return true;
  if (state.filter === "alarm") return row.dataset.prio !== "9";
  return row.dataset.state === state.filter;
}

function filter() {
  let shown = 0;
  for (const each of all) {
    const hidden = !fits(each);
    if (each.row.hidden !== hidden) each.row.hidden = hidden;
    if (!hidden) shown += 1;
  }
  const said = shown ? "" : nothing.dataset.said;
  if (nothing.textContent !== said) nothing.textContent = said;
  for (const each of document.querySelectorAll("[data-filter]")) {
    each.setAttribute("aria-pressed", String(each.dataset.filter === state.filter));
  }
}

function order(a, b) {
  const by = (key) => Number(a.row.dataset[key]) - Number(b.row.dataset[key]);
  const name = names.compare(a.name, b.name);
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
  due ??= setTimeout(() => {
    due = null;
    filter();
    sort();
  }, WAIT);
});

search.value = state.text;
filter();
sort();
