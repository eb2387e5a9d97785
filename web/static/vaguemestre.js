// Enhancements only: every main path of the portal works without this file.
"use strict";
(() => {
  // htmx parses the fragments that we serve ourselves; Trusted Types wants to hear it said.
  const foreign = /<\s*(script|iframe|object|embed)\b/i;
  if (window.trustedTypes && window.trustedTypes.createPolicy) {
    window.trustedTypes.createPolicy("default", {
      createHTML: (text) => (foreign.test(text.replace(/<script src="\/static\/[^"<>]*" defer><\/script>/g, "")) ? "" : text),
    });
  }
  const token = document.querySelector('meta[name="anti-contrefacon"]');
  document.addEventListener("htmx:configRequest", (moment) => {
    if (token) moment.detail.headers["X-Anti-Forgery"] = token.content;
  });

  document.querySelectorAll("[data-imprimer]").forEach((button) => {
    button.hidden = false;
  });

  document.addEventListener("htmx:afterSwap", () => { document.querySelectorAll("[data-imprimer]").forEach((button) => { button.hidden = false; }); });
  document.addEventListener("click", (moment) => { if (moment.target.closest("[data-imprimer]")) window.print(); });

  // One sending per click: the second click of a double click is lost on purpose.
  document.querySelectorAll("form[data-envoi-unique]").forEach((form) => {
    form.addEventListener("submit", () => {
      const button = form.querySelector('button[type="submit"]');
      button.setAttribute("aria-disabled", "true");
      button.textContent = "Envoi en cours…";
      setTimeout(() => { button.disabled = true; }, 0);
    });
  });
  // coming back by the browser's arrow shows the form as it was left
  window.addEventListener("pageshow", (moment) => { if (moment.persisted) location.reload(); });

  document.querySelectorAll("[data-depose]").forEach((place) => {
    const input = place.querySelector('input[type="file"]');
    ["dragover", "dragleave", "drop"].forEach((name) =>
      place.addEventListener(name, (moment) => {
        moment.preventDefault();
        place.classList.toggle("survol", name === "dragover");
        if (name !== "drop" || !moment.dataTransfer.files.length) return;
        input.files = moment.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }));
  });

  const counter = document.querySelector("[data-depot-multiple]");
  if (counter) manyFiles(counter);

  function manyFiles(form) {
    const input = form.querySelector('input[type="file"]');
    const list = document.getElementById("liste-envois");
    const summary = document.getElementById("bilan-envois");
    const largest = Number(form.dataset.tailleMax);
    const waiting = [];
    const count = { sent: 0, received: 0, refused: 0 };
    let running = 0;
    let pausedUntil = 0;

    form.addEventListener("submit", (moment) => {
      moment.preventDefault();
      const fields = new FormData(form);
      fields.delete("fichier");
      [...input.files].forEach((file) => waiting.push(row(file, fields)));
      input.value = "";
      document.getElementById("envois").hidden = false;
      next();
    });
    input.addEventListener("change", () => { if (input.files.length > 1) form.requestSubmit(); });

    function row(file, fields) {
      const item = document.createElement("li");
      item.className = "envoi";
      const name = document.createElement("strong");
      name.textContent = file.name;
      const bar = document.createElement("progress");
      bar.max = 100;
      bar.value = 0;
      bar.setAttribute("aria-label", "Envoi de " + file.name);
      const said = document.createElement("span");
      said.textContent = "En attente";
      item.append(name, bar, said);
      list.append(item);
      count.sent += 1;
      return { file, fields, bar, said, item, key: newKey() };
    }
    function newKey() {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
    }
    function next() {
      tell();
      if (Date.now() < pausedUntil) return;
      while (running < 2 && waiting.length) send(waiting.shift());
    }
    function send(one) {
      if (one.file.size > largest) {
        refuse(one, "Le fichier dépasse la taille admise. Numérisez-le en noir et blanc à 200 points par pouce, ou en plusieurs fichiers.");
        return;
      }
      running += 1;
      const body = new FormData();
      // the anti-forgery proof travels in a header, the file goes last
      one.fields.forEach((value, name) => { if (name !== "_jeton" && value) body.append(name, value); });
      body.append("fichier", one.file, one.file.name);
      const call = new XMLHttpRequest();
      call.open("POST", "/api/v1/depots");
      call.setRequestHeader("Idempotency-Key", one.key);
      if (token) call.setRequestHeader("X-Anti-Forgery", token.content);
      call.upload.addEventListener("progress", (step) => {
        if (step.lengthComputable) one.bar.value = (100 * step.loaded) / step.total;
      });
      one.said.textContent = "Envoi en cours";
      call.addEventListener("load", () => { running -= 1; done(one, call); next(); });
      call.addEventListener("error", () => { running -= 1; again(one); next(); });
      call.send(body);
    }
    function done(one, call) {
      let answer = {};
      try { answer = JSON.parse(call.responseText); } catch (_) { /* said below */ }
      if (call.status === 200 || call.status === 201) {
        receive(one, answer, call.status === 200);
      } else if (call.status === 429 || call.status === 503) {
        const seconds = Math.min(120, Number(call.getResponseHeader("Retry-After")) || 10);
        one.said.textContent = "Le service demande de patienter " + seconds + " secondes ; l’envoi reprendra seul.";
        one.bar.value = 0;
        waiting.unshift(one);
        pausedUntil = Date.now() + 1000 * seconds;
        setTimeout(next, 1000 * seconds + 50);
      } else if (call.status === 401) {
        refuse(one, "Votre session est terminée. Reconnectez-vous, puis déposez de nouveau ce fichier.");
      } else {
        refuse(one, answer.detail || "Le fichier n’a pas pu être reçu. Déposez-le de nouveau.");
      }
    }
    function receive(one, answer, known) {
      one.bar.remove();
      one.item.classList.add("envoi-bon");
      const link = document.createElement("a");
      link.href = "/depots/" + encodeURIComponent(answer.reference);
      link.textContent = "Récépissé " + answer.reference;
      const state = document.createElement("span");
      state.textContent = known ? "Déjà reçu : le premier récépissé reste valable. " : "Reçu, lecture en cours. ";
      one.said.replaceChildren(state, link);
      count.received += 1;
      if (!known) follow(one, answer.reference, state, 0);
    }
    // the row tells how the reading ends; after two minutes the receipt page takes over
    function follow(one, reference, state, turn) {
      if (turn > 60) return;
      setTimeout(async () => {
        try {
          const reply = await fetch("/api/v1/depots/" + encodeURIComponent(reference), { headers: { Accept: "application/json" } });
          const depot = await reply.json();
          if (reply.ok && !["recu", "en_cours"].includes(depot.etat)) { ended(one, state, depot); return; }
        } catch (_) { /* the next turn asks again */ }
        follow(one, reference, state, turn + 1);
      }, 2000);
    }
    function ended(one, state, depot) {
      const closed = depot.documents.reduce((sum, paper) => sum + paper.pieces.length, 0);
      const looked = depot.documents.some((paper) => paper.etat === "a_verifier");
      one.item.classList.remove("envoi-bon");
      if (depot.etat === "refuse") {
        one.item.classList.add("envoi-refus");
        state.textContent = "Reçu, mais refusé à la lecture. " + (depot.motif || "") + " ";
      } else if (depot.etat === "quarantaine" || looked || !depot.documents.length || depot.documents.some((paper) => paper.etat === "anomalie")) {
        one.item.classList.add("envoi-doute");
        state.textContent = looked ? "Reçu et lu : un gestionnaire va vérifier. " : "Reçu et mis à part : voyez le récépissé. ";
      } else {
        one.item.classList.add("envoi-bon");
        state.textContent = closed ? "Reçu et lu : " + closed + (closed > 1 ? " lignes levées. " : " ligne levée. ") : "Reçu et intégré, sans ligne à lever. ";
      }
    }
    function again(one) {
      one.attempts = (one.attempts || 0) + 1;
      if (one.attempts < 4) {
        one.said.textContent = "Connexion coupée : nouvel essai dans un instant.";
        one.bar.value = 0;
        setTimeout(() => { waiting.push(one); next(); }, 2000 * one.attempts);
      } else {
        refuse(one, "La connexion est coupée. Rien n’est perdu : déposez de nouveau ce fichier quand elle revient.");
      }
    }
    function refuse(one, why) {
      one.bar.remove();
      one.item.classList.add("envoi-refus");
      one.said.textContent = "Non reçu. " + why;
      count.refused += 1;
      tell();
    }
    function tell() {
      const left = count.sent - count.received - count.refused;
      const words = [count.received + " reçu" + (count.received > 1 ? "s" : "") + " sur " + count.sent];
      if (count.refused) words.push(count.refused + " non reçu" + (count.refused > 1 ? "s" : ""));
      words.push(left ? "envoi en cours" : "envoi terminé");
      summary.textContent = words.join(", ") + ".";
    }
    window.addEventListener("beforeunload", (moment) => {
      if (running || waiting.length) moment.preventDefault();
    });
  }
})();
