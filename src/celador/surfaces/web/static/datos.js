// Pictures of charts, and lists that grow where one reads them.

const HEAD = 72; // px of the picture's title

// A chart is SVG that takes its colours from the page's style; a file has no such style.
// It says above the curves what they are and from when to when.
function picture(element, title) {
  const svg = element.querySelector("svg");
  if (!svg) return;
  const style = getComputedStyle(document.documentElement);
  const box = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const text = new XMLSerializer()
    .serializeToString(copy)
    .replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim() || "gray");
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [box.width * 2, box.height * 2 + HEAD];
    const pen = canvas.getContext("2d");
    pen.fillStyle = style.getPropertyValue("--panel").trim() || "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = style.getPropertyValue("--ink").trim() || "black";
    pen.font = `600 28px ${style.getPropertyValue("--sans").trim() || "sans-serif"}`;
    pen.fillText(title, 32, HEAD - 24, canvas.width - 64);
    pen.drawImage(image, 0, HEAD, box.width * 2, box.height * 2);
    const link = document.createElement("a");
    link.download = `celador-${new Date().toISOString().slice(0, 16).replace(":", "")}.png`;
    link.href = canvas.toDataURL("image/png");
    link.click();
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-picture]");
  if (button) picture(document.getElementById(button.dataset.picture), button.dataset.title ?? "");
  if (event.target.closest?.("[data-print]")) print();
});

// A chart was drawn for the screen; paper is narrower, and would cut it off.
addEventListener("beforeprint", () => {
  for (const svg of document.querySelectorAll(".nicegui-echart svg")) {
    svg.setAttribute("viewBox", `0 0 ${svg.width.baseVal.value} ${svg.height.baseVal.value}`);
  }
});
addEventListener("afterprint", () => {
  document.querySelectorAll(".nicegui-echart svg").forEach((svg) => svg.removeAttribute("viewBox"));
});

// Choosing a date means that range; choosing the range by hand is not asked for again.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.type !== "datetime-local") return;
  const choice = field.form?.querySelector('input[name="rango"][value="fechas"]');
  if (choice) choice.checked = true;
});

// What can be chosen with one click is shown with one click.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.type !== "radio" || !field.form?.matches(".ask")) return;
  if (field.name === "rango" && field.value === "fechas") {
    const fold = field.form.querySelector(".fold");
    if (fold) fold.open = true;
    return;
  }
  field.form.requestSubmit();
});
