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
    return codes.length && !Answers.served ? element("reader-choice").value : element("reader").value.trim();
  }

  /** Says whether this reader has begun already. */
  async function look() {
    let given = 0;
    if (CODE.test(code()) && Answers.orderOf(code())) {
      given = await Answers.count(code()).catch((problem) => {
        if (Answers.served) element("start-error").textContent = problem.message;
        return 0;
      });
    }
    const total = Answers.orderOf(code())?.length ?? study.images.length;
    element("begin").textContent = !given ? "Start" : given < total ? "Continue" : "Show";
    element("reader-hint").textContent = given
      ? `${given} of ${total} images are answered already.`
      : `${total} images. You can stop at any time and continue later${Answers.served ? "" : " in this browser"}.`;
  }

  async function begin(event) {
    event.preventDefault();
    const reader = code();
    const error = element("start-error");
    error.textContent = "";
    if (!CODE.test(reader)) {
      error.textContent = Answers.served ? "Please open the link that you were given: it holds your code." : codes.length ? "Please choose your code." : "Please type your code: letters, digits, - _ .";
      return;
    }
    try {
      await Answers.open(reader);
      Reading.begin(reader);
    } catch (problem) {
      error.textContent = problem.message;
    }
  }

  async function continueFromFile() {
    const file = element("continue-file").files[0];
    if (!file) return;
    try {
      const { reader, answers } = AnswerFile.parse(await file.text(), Answers.orderOf);
      if (reader === null) throw new Error("The file holds no answers.");
      if (Answers.served && reader !== Answers.link.get("reader")) throw new Error(`The file holds answers of reader ${reader}.`);
      await Answers.open(reader, answers);
      Reading.begin(reader);
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
  // A served page is opened by the reader's own link, which holds the code.
  const asked = Answers.link.get("reader") ?? new URLSearchParams(location.search).get("reader") ?? "";
  window.addEventListener("hashchange", () => location.reload());
  if (Answers.served) {
    element("where").textContent = "Each answer goes to the server at once. This browser keeps it until the server has it.";
    element("reader").readOnly = true;
    element("reader").value = asked;
  } else if (codes.length) {
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
  (Answers.served ? element("begin") : codes.length ? element("reader-choice") : element("reader")).focus();
  look();
})();
