// How this browser wants to see the room; runs before anything is drawn, so that nothing flashes.
(() => {
  const NAME = "celador_vista";
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${NAME}=`));
  const [language = "", theme = "", palette = "", zone = ""] = decodeURIComponent(
    found ? found.slice(NAME.length + 1) : "",
  ).split("|");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const wanted = theme === "dark" || theme === "light" ? theme : dark.matches ? "dark" : "light";
    document.documentElement.dataset.theme = wanted;
  };
  apply();
  dark.addEventListener("change", apply);
  document.documentElement.dataset.palette = palette || "utilitaria";

  // The phone's navigation is wider than the phone: the page that is open is in sight.
  const late = new MutationObserver(() => {
    const here = document.querySelector(".nav [aria-current]");
    if (!here || document.readyState === "loading") return;
    late.disconnect();
    const bar = here.parentElement;
    bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  });
  late.observe(document, { childList: true, subtree: true });

  document.addEventListener("change", (event) => {
    const go = event.target.closest?.("form[data-go]");
    if (go) go.submit();
    const form = event.target.closest?.("form[data-vista]");
    if (!form) return;
    const data = new FormData(form);
    const value = ["language", "theme", "palette", "zone"].map((key) => data.get(key) ?? "").join("|");
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${NAME}=${encodeURIComponent(value)}; Path=/; Max-Age=31536000; SameSite=Strict${secure}`;
    location.reload();
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.view[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll("details.view[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
})();
