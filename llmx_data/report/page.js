"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const language = document.getElementById("language");
  language.addEventListener("click", () => {
    root.dataset.lang = root.lang = root.dataset.lang === "ja" ? "en" : "ja";
  });

  const switches = document.querySelectorAll("[data-show]");
  for (const button of switches) {
    button.addEventListener("click", () => {
      root.dataset.unit = button.dataset.show;
      for (const other of switches) {
        other.setAttribute("aria-pressed", String(other.dataset.show === root.dataset.unit));
      }
    });
  }

  for (const button of document.querySelectorAll("button.copy")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      getSelection().selectAllChildren(code);
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.classList.add("done");
        setTimeout(() => button.classList.remove("done"), 1500);
      } catch {
        /* The text stays selected: the reader copies it by hand. */
      }
    });
  }

  const openTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  const folded = () => document.querySelectorAll("details.source:not([open])");
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...folded()];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
})();
