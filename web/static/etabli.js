// The bench by keyboard: single keys, off until the person switches them on (WCAG 2.1.4).
"use strict";
(() => {
  const block = document.querySelector("[data-raccourcis]");
  if (!block) return;
  const box = document.getElementById("raccourcis-actifs");
  const KEY = "vaguemestre-raccourcis";
  block.hidden = false;
  try { box.checked = localStorage.getItem(KEY) === "oui"; } catch (_) { /* private browsing */ }
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEY, box.checked ? "oui" : "non"); } catch (_) { /* same */ }
  });

  document.addEventListener("keydown", (moment) => {
    if (!box.checked || moment.altKey || moment.ctrlKey || moment.metaKey || moment.repeat) return;
    if (moment.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
    const wanted = moment.key.toLowerCase();
    if (!/^[a-z1-9]$/.test(wanted)) return;
    const target = document.querySelector('[data-raccourci="' + wanted + '"]');
    if (!target) return;
    moment.preventDefault();
    if (target.tagName !== "SUMMARY") { target.click(); return; }
    target.parentElement.open = true;
    const first = target.parentElement.querySelector("input:not([type=hidden]), select, button");
    (first || target).focus();
  });
})();
