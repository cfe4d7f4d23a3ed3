// The list in which one looks for reclosers: filters while one writes, and says how many are chosen.
// Tab goes from the search to the buttons to the list; the arrows move in it; Esc closes it.

import { fitting, plain } from "./palabras.js";

const boxes = (finder) => [...finder.querySelectorAll("li input")];
const visible = (finder) => boxes(finder).filter((box) => !box.closest("li").hidden);

function tell(finder) {
  const chosen = boxes(finder).filter((box) => box.checked);
  const names = chosen.map((box) => box.nextElementSibling.textContent);
  const summary = finder.querySelector("summary");
  if (!chosen.length) summary.textContent = finder.dataset.none;
  else if (chosen.length <= 3) summary.textContent = names.join(", ");
  else summary.textContent = finder.dataset.some.replace("#", chosen.length);
}

function reach(finder, box) {
  for (const each of boxes(finder)) each.tabIndex = each === box ? 0 : -1;
}

function filter(finder) {
  const fits = fitting(finder.querySelector("[data-find]").value);
  for (const each of finder.querySelectorAll("li")) each.hidden = !fits(plain(each.textContent));
  const found = visible(finder);
  reach(finder, found[0]);
  finder.querySelector(".note").textContent = finder.dataset.fits.replace("#", found.length);
}

document.addEventListener("toggle", (event) => {
  const finder = event.target;
  if (!finder.matches?.("[data-finder]") || !finder.open) return;
  filter(finder);
  finder.querySelector("[data-find]").focus();
}, true);

document.addEventListener("input", (event) => {
  const finder = event.target.closest?.("[data-finder]");
  if (finder && event.target.matches("[data-find]")) filter(finder);
});

document.addEventListener("change", (event) => {
  const finder = event.target.closest?.("[data-finder]");
  if (finder) tell(finder);
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("[data-finder][open]"))
    if (!open.contains(event.target)) open.open = false;
  const button = event.target.closest?.("[data-choose]");
  const finder = button?.closest("[data-finder]");
  if (!finder) return;
  const wanted = button.dataset.choose === "found";
  for (const box of wanted ? visible(finder) : boxes(finder)) box.checked = wanted;
  tell(finder);
});

document.addEventListener("keydown", (event) => {
  const finder = event.target.closest?.("[data-finder]");
  if (!finder?.open) return;
  const found = visible(finder);
  if (event.key === "Escape") {
    event.preventDefault(); // a search field would only be emptied
    finder.open = false;
    finder.querySelector("summary").focus();
  } else if (event.key === "Enter" && event.target.matches("[data-find]")) {
    event.preventDefault(); // the form is sent by its own button
    found[0]?.click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = found[found.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault(); // radio buttons would choose while one only looks
    reach(finder, next);
    next.focus();
  } else if (event.key === "Enter" && event.target.matches("li input")) {
    event.preventDefault();
    event.target.click();
  }
});
