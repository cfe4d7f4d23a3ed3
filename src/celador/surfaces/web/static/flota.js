// Sorts, filters and searches the rows of the fleet where they are: no question to the server, and
// the live stream goes on writing into the same cells.
const WAIT = 2000; // ms between two sortings by themselves: rows must not jump under the finger

const tools = () => document.querySelector("[data-fleet]");
const rows = () => [...document.querySelectorAll("table.fleet tbody tr")];
const state = { filter: "all", text: "", sort: "", down: false };
let due = null;

function fits(row) {
  if (state.text && !state.text.split(/\s+/).every((part) => row.dataset.text.includes(part))) return false;
  if (state.filter === "all") return true;
  if (state.filter === "alarm") return row.dataset.prio !== "9";
  return row.dataset.state === state.filter;
}

function filter() {
  let shown = 0;
  for (const row of rows()) {
    row.hidden = !fits(row);
    if (!row.hidden) shown += 1;
  }
  const nothing = document.querySelector(".nothing");
  if (nothing) nothing.hidden = shown > 0;
}

function order(a, b) {
  const by = (key) => Number(a.dataset[key]) - Number(b.dataset[key]);
  const names = a.dataset.name.localeCompare(b.dataset.name, undefined, { numeric: true });
  const turn = state.down ? -1 : 1;
  if (state.sort === "name") return turn * names;
  if (state.sort) return turn * by(state.sort) || names;
  return by("prio") || by("rank") || names;
}

function sort() {
  const body = document.querySelector("table.fleet tbody");
  if (!body) return;
  const before = rows();
  const after = [...before].sort(order);
  if (after.every((row, place) => row === before[place])) return;
  const focused = document.activeElement;
  body.append(...after);
  if (body.contains(focused)) focused.focus();
}

function press(button) {
  state.filter = state.filter === button.dataset.filter ? "all" : button.dataset.filter;
  for (const each of document.querySelectorAll("[data-filter]")) {
    each.setAttribute("aria-pressed", String(each.dataset.filter === state.filter));
  }
  filter();
}

function head(button) {
  const key = button.dataset.sort;
  // Figures are looked at from the largest, the rest from the first.
  const firstDown = ["amps", "kw", "volts", "age"].includes(key);
  if (state.sort === key && state.down !== firstDown) state.sort = "";
  else if (state.sort === key) state.down = !state.down;
  else [state.sort, state.down] = [key, firstDown];
  for (const each of document.querySelectorAll("[data-sort]")) {
    const on = each.dataset.sort === state.sort;
    const cell = each.closest("th");
    if (on) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  }
  sort();
}

function move(step) {
  const links = rows().filter((row) => !row.hidden).map((row) => row.querySelector("a"));
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-filter],[data-sort]");
  if (button?.dataset.filter) press(button);
  else if (button) head(button);
  else {
    const row = event.target.closest?.("table.fleet tbody tr");
    if (row && !event.target.closest("a") && !getSelection().toString()) row.querySelector("a").click();
  }
});
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-search]")) return;
  state.text = event.target.value.trim().toLowerCase();
  filter();
});
document.addEventListener("keydown", (event) => {
  if (!tools() || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector("[data-search]");
  const typing = event.target.matches?.("input,select,textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = state.text = "";
    filter();
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
