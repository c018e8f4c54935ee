// Reading: one image after the other, answer, confidence, undo, pause, and the clock.
"use strict";

const Reading = (() => {
  const study = window.STUDY;
  const element = (id) => document.getElementById(id);
  const choices = [...document.querySelectorAll("[data-answer]")];
  const confidences = [...document.querySelectorAll("[data-confidence]")];
  let reader = null;
  let order = [];
  // The image on the screen: the answer chosen so far, seconds, and how often an answer was taken back.
  let current = null;
  // Since when the clock runs, or null. It stands still while the image is not to be seen.
  let since = null;
  let paused = false;
  // The next images, loaded before they are needed.
  let ahead = [];
  const AHEAD = 10;
  const TRY_AGAIN_SECONDS = 3;

  function startClock() {
    if (current?.visible && !paused && !document.hidden && !element("help-dialog").open && since === null) since = performance.now();
  }

  function stopClock() {
    if (since !== null && current) current.seconds += (performance.now() - since) / 1000;
    since = null;
  }

  /** Shows one of the three screens. */
  function screen(name) {
    for (const id of ["start", "reading", "done"]) element(id).hidden = id !== name;
  }

  function begin(code) {
    reader = code;
    order = Answers.orderOf(code);
    element("who").textContent = `Reader ${code}`;
    element("saved").textContent = "";
    Answers.watch(changedElsewhere, showKept);
    showConflicts();
    next();
  }

  /** Another window of this reader has given answers: they count here too, and the next image is one that has none. */
  function changedElsewhere() {
    showConflicts();
    const answers = Answers.given();
    if (current && answers.length < order.length && order[answers.length] === current.image) return draw();
    next();
    say("Answers from another window were added.", true);
  }

  function showConflicts() {
    const lines = Answers.conflicts();
    for (const id of ["conflicts", "done-conflicts"]) {
      if (element(id).dataset.lines === lines.join("\n")) continue;
      element(id).dataset.lines = lines.join("\n");
      element(id).hidden = !lines.length;
      element(`${id}-list`).replaceChildren(...lines.map((text) => {
        const line = document.createElement("li");
        line.textContent = text;
        return line;
      }));
    }
  }

  function next(before = null) {
    stopClock();
    paused = false;
    const answers = Answers.given();
    if (answers.length === order.length) return finish();
    const number = answers.length + 1;
    current = { image: order[answers.length], answer: null, seconds: before?.seconds ?? 0, changes: before?.changes ?? 0, visible: false };
    screen("reading");
    draw();
    element("image-error").hidden = true;
    show(current, `Image ${number} of ${order.length}`);
    // Several, so that reading goes on for a while without the server.
    ahead = order.slice(number, number + AHEAD).map((name) => ahead.find((one) => one.alt === name) ?? preloaded(name));
    say(`Image ${number} of ${order.length}`);
    element("stage").focus();
  }

  const file = (name) => `images/${name}.png`;

  function preloaded(name) {
    const image = new Image();
    [image.alt, image.src] = [name, file(name)];
    return image;
  }

  /** Shows an image and starts the clock; where it cannot be read, says so and tries again. */
  function show(shown, text) {
    Viewer.show(file(shown.image), text).then(() => {
      if (shown !== current) return;
      shown.visible = true;
      element("image-error").hidden = true;
      startClock();
    }).catch(() => {
      if (shown !== current) return;
      const advice = Answers.served ? "The page tries again by itself. If this stays, please" : "Please";
      element("image-error").textContent = `Image ${shown.image} cannot be read. ${advice} tell whoever runs the study.`;
      element("image-error").hidden = false;
      if (Answers.served) setTimeout(() => shown === current && show(shown, text), TRY_AGAIN_SECONDS * 1000);
    });
  }

  function draw() {
    element("bar").max = order.length;
    const given = Answers.given().length;
    element("bar").value = given;
    element("count").textContent = `${Math.min(given + 1, order.length)} / ${order.length}`;
    for (const button of choices) button.setAttribute("aria-pressed", button.dataset.answer === current?.answer);
    element("confidence").classList.toggle("waiting", !current?.answer);
    for (const button of confidences) button.disabled = !current?.answer;
    element("undo").disabled = !given && !current?.answer;
    element("resume").hidden = !paused;
  }

  /** A short text for screen readers, or for all when it matters. */
  function say(text, toAll = false) {
    element("announce").textContent = text;
    if (toAll) element("saved").textContent = text;
  }

  function choose(answer) {
    if (!current?.visible || paused) return;
    current.answer = answer;
    if (!study.confidence) return commit(null);
    draw();
    say(`${answer}. How sure are you, 1 to 5?`);
  }

  function commit(confidence) {
    if (!current?.answer || paused) return;
    stopClock();
    keep(Answers.add({
      image: current.image,
      answer: current.answer,
      confidence,
      // As in the file, so that an answer that comes back from there is the same.
      seconds: Number(current.seconds.toFixed(2)),
      answered: new Date().toISOString(),
      changes: current.changes,
    }));
    next();
  }

  function undo() {
    if (paused) return;
    if (current?.answer) {
      current.answer = null;
      draw();
      say("Answer taken back");
    } else if (Answers.given().length) {
      const { last, saving } = Answers.removeLast();
      keep(saving);
      next({ seconds: last.seconds, changes: last.changes + 1 });
      say(`Back to image ${Answers.given().length + 1}. Its answer was taken back.`);
    }
  }

  function keep(saving) {
    const code = reader;
    saving.then((problem) => code === reader && showKept(problem));
  }

  /** Says whether the answers are where they should be, and if not, why. */
  function showKept(problem) {
    element("saved").textContent = problem || "saved";
    element("saved").classList.toggle("error", Boolean(problem));
    if (!element("done").hidden) doneText(problem);
  }

  function pause() {
    paused = !paused;
    if (paused) stopClock();
    Viewer.cover(paused || !current?.visible);
    draw();
    startClock();
    say(paused ? "Paused" : "Going on");
    if (paused) element("resume").focus();
    else element("stage").focus();
  }

  function help() {
    const dialog = element("help-dialog");
    if (dialog.open) return dialog.close();
    stopClock();
    dialog.showModal();
  }

  function finish() {
    current = null;
    screen("done");
    element("exported").textContent = "";
    doneText();
    element("export").focus();
    say("All images are answered");
  }

  function doneText(problem = "") {
    const count = `Thank you, reader ${reader}: ${Answers.given().length} images.`;
    if (!Answers.served) element("done-text").textContent = `${count} Export the answers and hand the file to whoever runs the study.`;
    else if (problem) element("done-text").textContent = `${count} ${problem}. Leave this window open, or export the answers and hand the file to whoever runs the study.`;
    else if (Answers.unsent()) element("done-text").textContent = `${count} The answers are being sent.`;
    else element("done-text").textContent = `${count} The answers are saved on this workstation; exporting a copy is optional.`;
  }

  function exportAnswers() {
    if (!Answers.given().length) return;
    const name = Answers.download();
    const text = `Exported as ${name}, in the folder for downloads.`;
    element("exported").textContent = text;
    say(text, !element("reading").hidden);
  }

  const keys = {
    r: () => choose("real"),
    s: () => choose("synthetic"),
    u: undo,
    Backspace: undo,
    p: () => current && pause(),
    h: help,
    "?": help,
    e: exportAnswers,
  };

  document.addEventListener("keydown", (event) => {
    if (!element("start").hidden || event.altKey || event.metaKey) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey && name !== "z") return;
    if (element("help-dialog").open && name !== "h" && name !== "?") return;
    const given = study.confidence && /^[1-5]$/.test(name) ? () => commit(Number(name)) : undefined;
    const action = event.ctrlKey ? undo : keys[name] ?? given;
    // A key that is held down answers one image, not many; zoom and window may go on.
    if (action && !event.repeat) action();
    else if (!action && (!current || paused || !Viewer.key(event))) return;
    event.preventDefault();
  });

  for (const button of choices) button.addEventListener("click", () => choose(button.dataset.answer));
  for (const button of confidences) button.addEventListener("click", () => commit(Number(button.dataset.confidence)));
  const clicks = { undo, back: undo, pause, resume: pause, help, reset: Viewer.reset, export: exportAnswers };
  for (const [id, action] of Object.entries(clicks)) element(id).addEventListener("click", action);
  // Out of the way of the image; the last screen shows them again.
  element("conflicts-close").addEventListener("click", () => { element("conflicts").hidden = true; });
  element("next-reader").hidden = Answers.served;
  element("next-reader").addEventListener("click", () => location.assign(location.pathname));
  element("help-dialog").addEventListener("close", startClock);
  document.addEventListener("visibilitychange", () => (document.hidden ? stopClock() : startClock()));
  window.addEventListener("beforeunload", (event) => {
    if (Answers.given().length && (!Answers.served || Answers.unsent()) && !Answers.canKeep()) event.preventDefault();
  });
  element("confidence").hidden = !study?.confidence;

  return { begin, screen };
})();
