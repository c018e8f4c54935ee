// The first page: instructions, reader code, keys.
"use strict";

(() => {
  const study = window.STUDY;
  if (!study) {
    document.body.textContent = "This folder is incomplete: study.js is missing or damaged. Please copy the whole folder again.";
    return;
  }
  const element = (id) => document.getElementById(id);
  const codes = Object.keys(study.orders).filter((code) => code !== "*");
  const CODE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

  const KEYS = [
    ["R", "real"], ["S", "synthetic"],
    ...(study.confidence ? [["1 – 5", "how sure, then next image"]] : []),
    ["U", "undo"], ["+ −", "zoom"], ["Shift ← ↑ ↓ →", "move"], ["← →", "less, more contrast"],
    ["↑ ↓", "brighter, darker"], ["X", "invert"], ["I", "smooth or pixels"], ["0", "reset view"],
    ["P", "pause"], ["E", "export so far"], ["H", "help"],
  ];

  function fillKeys(list) {
    for (const [names, meaning] of KEYS) {
      const term = document.createElement("dt");
      for (const name of names.split(" ")) {
        const key = document.createElement(name === "–" ? "span" : "kbd");
        key.textContent = name === "–" ? " – " : name;
        term.append(key);
      }
      const text = document.createElement("dd");
      text.textContent = meaning;
      list.append(term, text);
    }
  }

  function code() {
    return codes.length ? element("reader-choice").value : element("reader").value.trim();
  }

  /** Says whether this reader has begun already. */
  async function look() {
    let given = [];
    if (CODE.test(code()) && Answers.orderOf(code())) given = await Answers.load(code()).catch(() => []);
    const total = Answers.orderOf(code())?.length ?? study.images.length;
    element("begin").textContent = !given.length ? "Start" : given.length < total ? "Continue" : "Show";
    element("reader-hint").textContent = given.length
      ? `${given.length} of ${total} images are answered already.`
      : `${total} images. You can stop at any time and continue later${Answers.served ? "" : " in this browser"}.`;
  }

  async function begin(event) {
    event.preventDefault();
    const reader = code();
    const error = element("start-error");
    error.textContent = "";
    if (!CODE.test(reader)) {
      error.textContent = codes.length ? "Please choose your code." : "Please type your code: letters, digits, - _ .";
      return;
    }
    try {
      Reading.begin(reader, await Answers.load(reader));
    } catch (problem) {
      error.textContent = problem.message;
    }
  }

  async function continueFromFile() {
    const file = element("continue-file").files[0];
    if (!file) return;
    try {
      const { reader, answers } = Answers.fromCsv(await file.text());
      await Answers.save(reader, answers);
      Reading.begin(reader, answers);
    } catch (problem) {
      element("start-error").textContent = problem.message;
    }
    element("continue-file").value = "";
  }

  document.title = study.title;
  element("title").textContent = study.title;
  for (const line of study.instructions) {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    element("instructions").append(paragraph);
  }
  fillKeys(element("keys"));
  fillKeys(element("help-keys"));
  const asked = new URLSearchParams(location.search).get("reader") ?? "";
  if (codes.length) {
    const choice = element("reader-choice");
    choice.append(new Option("choose", ""), ...codes.map((name) => new Option(name, name)));
    choice.value = codes.includes(asked) ? asked : "";
    choice.hidden = false;
    element("reader").hidden = true;
    choice.addEventListener("change", look);
  } else {
    element("reader").value = asked;
    element("reader").addEventListener("input", look);
  }
  element("storage-warning").hidden = Answers.canKeep();
  element("start-form").addEventListener("submit", begin);
  element("continue-file").addEventListener("change", continueFromFile);
  Reading.screen("start");
  (codes.length ? element("reader-choice") : element("reader")).focus();
  look();
})();
