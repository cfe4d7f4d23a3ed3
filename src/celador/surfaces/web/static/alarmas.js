// The list of alarms: what is selected stays so when the stream draws it anew, and every action can
// be had by keyboard. Asking goes through the page's own connection, never by itself.
const picked = new Set();
let focused = null;
let clearing = null;

const room = () => document.querySelector("[data-alarms]");
const items = () => [...document.querySelectorAll("[data-alarm]")].filter((each) => each.offsetParent);

function restore() {
  const there = new Set();
  for (const box of document.querySelectorAll("[data-pick]")) {
    there.add(box.dataset.pick);
    box.checked = picked.has(box.dataset.pick);
  }
  for (const key of picked) if (!there.has(key)) picked.delete(key);
  if (!focused || document.activeElement !== document.body) return;
  const item = document.querySelector(`[data-alarm="${CSS.escape(focused.key)}"]`);
  const inside = focused.act && item?.querySelector(`[data-act="${focused.act}"]`);
  (inside || item)?.focus({ preventScroll: true });
}

function ask(kind, keys) {
  if (typeof emitEvent !== "function") return;
  emitEvent("celador_alarma", { kind, keys });
}

function told(event) {
  const place = document.querySelector("[data-asked]");
  if (!place) return;
  place.textContent = event.detail.said;
  place.classList.toggle("late", !event.detail.well);
  clearTimeout(clearing);
  if (event.detail.well) {
    picked.clear();
    restore();
    clearing = setTimeout(() => (place.textContent = ""), 8000);
  }
}

function move(step) {
  const all = items();
  const here = document.activeElement?.closest?.("[data-alarm]");
  const at = all.indexOf(here);
  all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
}

function pick(key, on) {
  if (on) picked.add(key);
  else picked.delete(key);
  restore();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-act],[data-all]");
  if (!button || !room()) return;
  if (button.dataset.all !== undefined) {
    for (const box of document.querySelectorAll(".al.unseen [data-pick]")) picked.add(box.dataset.pick);
    restore();
  } else {
    ask(button.dataset.act, button.dataset.key ? [button.dataset.key] : [...picked]);
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-pick]")) pick(event.target.dataset.pick, event.target.checked);
});
document.addEventListener("focusin", (event) => {
  const item = event.target.closest?.("[data-alarm]");
  focused = item ? { key: item.dataset.alarm, act: event.target.dataset.act } : null;
});
document.addEventListener("keydown", (event) => {
  if (!room() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches?.("input:not([type=checkbox]),select,textarea,button")) return;
  if (document.querySelector(".q-dialog")) return;
  const item = event.target.closest?.("[data-alarm]");
  const keys = picked.size ? [...picked] : item ? [item.dataset.alarm] : [];
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === " " && item && event.target === item) pick(item.dataset.alarm, !picked.has(item.dataset.alarm));
  else if (event.key.toLowerCase() === "r" && keys.length) ask("ACKNOWLEDGE", keys);
  else if (event.key.toLowerCase() === "a" && keys.length) ask("SHELVE", keys);
  else return;
  event.preventDefault();
});
document.addEventListener("celador:vivo", restore);
document.addEventListener("celador:pedido", told);
