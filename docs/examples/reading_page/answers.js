// Answers of one reader: kept in the browser, on the server where there is one, and as CSV.
"use strict";

const Answers = (() => {
  const study = window.STUDY;
  const served = window.SERVED === true;
  const place = (code) => `medgan-tf reader study ${study.study} ${study.key_sha256.slice(0, 16)} ${code}`;
  // Behind the #, so that it is part of no request and no log.
  const link = new URLSearchParams(location.hash.slice(1));
  const RETRY_SECONDS = 5;
  const NONE = "v0";

  // The reader who reads now, and the answers so far; what the server is known to have, and its name for that version;
  // what this browser keeps, as this window last saw it.
  let reader = null;
  let answers = [];
  let base = [];
  let tag = NONE;
  let seen = [];
  let changed = () => {};
  let told = () => {};

  /** The order in which a reader sees the images; undefined for a code that is not of this study. */
  function orderOf(code) {
    return Object.hasOwn(study.orders, code) ? study.orders[code] : study.orders["*"];
  }

  const same = (one, other) => AnswerFile.text(reader, one) === AnswerFile.text(reader, other);
  const unsent = () => served && !same(answers, base);

  /** Whether the browser keeps anything for this page. */
  function canKeep() {
    try {
      localStorage.setItem("medgan-tf probe", "1");
      localStorage.removeItem("medgan-tf probe");
      return true;
    } catch {
      return false;
    }
  }

  function readLocal(code) {
    try {
      const kept = JSON.parse(localStorage.getItem(place(code)));
      if (!kept || !Array.isArray(kept.answers)) return null;
      // Pages of an older version said only whether the server lacks something.
      return { base: kept.unsent === false ? kept.answers : [], tag: NONE, ...kept };
    } catch {
      return null;
    }
  }

  function writeLocal() {
    try {
      localStorage.setItem(place(reader), JSON.stringify({ answers, base, tag }));
      seen = [...answers];
    } catch {
      // The start page has said that this browser keeps nothing.
    }
  }

  /** Goes on with other answers; tells the page if they are others than before. */
  function replace(others) {
    const differ = !same(answers, others);
    answers = [...others];
    if (differ) changed();
  }

  const numberOf = (name) => Number(/^v(\d+)/.exec(name)?.[1] ?? 0);

  /** Takes in what another window of this browser has kept or sent since this one looked. */
  function takeLocal() {
    const local = readLocal(reader);
    if (!local) return;
    if (numberOf(local.tag) > numberOf(tag)) ({ base, tag } = local);
    if (same(local.answers, seen)) return;
    const both = Merge.union(orderOf(reader), seen, answers, local.answers);
    seen = local.answers;
    replace(both);
  }

  function request(code, options = {}) {
    const headers = { Authorization: `Bearer ${link.get("token") ?? ""}`, ...options.headers };
    return fetch(`answers/${encodeURIComponent(code)}.csv`, { cache: "no-store", ...options, headers });
  }

  async function versionOf(response) {
    const text = response.status === 204 ? "" : await response.text();
    const name = /^"(v[-0-9a-f]+)"$/.exec(response.headers.get("ETag") ?? "")?.[1] ?? NONE;
    return { tag: name, answers: text ? AnswerFile.parse(text, orderOf).answers : [] };
  }

  /** What the server has; null if it does not answer and this browser can go on with what it keeps. */
  async function fetched(code, local) {
    let response;
    try {
      response = await request(code);
    } catch {
      if (local) return null;
      throw new Error("The server does not answer. Please try again later, or tell whoever runs the study.");
    }
    if (response.status === 403) throw new Error("Please open the link that you were given: it holds your code and your token.");
    if (response.ok) return versionOf(response);
    if (local && response.status >= 500) return null;
    throw new Error(`The server does not give the answers (${response.status}).`);
  }

  /** The answers that this browser keeps and those of the server, either of which may be null. */
  function joined(code, local, stored) {
    if (!local || !stored) return (stored ?? local)?.answers ?? [];
    return Merge.union(orderOf(code), local.base, local.answers, stored.answers);
  }

  /** How many answers a reader has given so far, for the start page. */
  async function count(code) {
    const local = readLocal(code);
    return joined(code, local, served ? await fetched(code, local) : null).length;
  }

  /** Begins with the answers that are kept here and on the server, and with `given`, those of an exported file. */
  async function open(code, given = []) {
    const local = readLocal(code);
    const stored = served ? await fetched(code, local) : null;
    reader = code;
    seen = local?.answers ?? [];
    base = stored?.answers ?? local?.base ?? [];
    tag = stored?.tag ?? local?.tag ?? NONE;
    answers = [...joined(code, local, stored)];
    if (given.length) answers = Merge.union(orderOf(code), [], given, answers);
    writeLocal();
    if (unsent()) send().then((problem) => told(problem));
    return answers;
  }

  let sending = null;
  let timer = null;

  /** Sends until the server has everything, or does not take it; then tries again later. Resolves to why not, or "". */
  function send() {
    sending ??= deliver().catch(() => "Not saved on the server; kept in this browser").then((problem) => {
      sending = null;
      clearTimeout(timer);
      if (problem) timer = setTimeout(() => send().then(told), RETRY_SECONDS * 1000);
      return problem;
    });
    return sending;
  }

  async function deliver() {
    // Each round either stores, or learns of a newer version: a few windows of one reader settle within a few rounds.
    for (let round = 0; unsent() && round < 20; round += 1) {
      const body = [...answers];
      const headers = { "Content-Type": "text/csv", "If-Match": `"${tag}"` };
      const corrected = Merge.corrected(base, body);
      if (corrected.length) headers.Correction = corrected.join(" ");
      const response = await request(reader, { method: "PUT", headers, body: AnswerFile.text(reader, body) });
      if (response.ok) {
        ({ tag } = await versionOf(response));
        base = body;
      } else if (response.status === 412) {
        const stored = await versionOf(response);
        const both = Merge.union(orderOf(reader), base, answers, stored.answers);
        ({ tag, answers: base } = stored);
        replace(both);
      } else {
        return refused(response.status);
      }
      takeLocal();
      writeLocal();
    }
    return unsent() ? "Not saved on the server; kept in this browser" : "";
  }

  function refused(status) {
    if (status === 507) return "Not saved: the disk of the server is full; kept in this browser";
    if (status === 403) return "Not saved: the server does not know this link any more; kept in this browser";
    return `Not saved: the server does not take the answers (${status}); kept in this browser`;
  }

  /** Keeps the answers; resolves to why they are not where they should be, or "". */
  async function save() {
    takeLocal();
    writeLocal();
    if (!served) return canKeep() ? "" : "Not kept by this browser: export before closing";
    // A delivery under way sees what was added, or is followed by another one.
    return (await send()) || (unsent() ? send() : "");
  }

  function add(item) {
    // An answer that the server still has is corrected by this one.
    const old = base[answers.length];
    answers.push(old ? { ...item, changes: Math.max(item.changes, old.changes + 1) } : item);
    return save();
  }

  /** Takes the last answer back. */
  function removeLast() {
    const last = answers.pop();
    return { last, saving: save() };
  }

  /** Calls `onChange` when another window has changed the answers, and `onSent` after each later try to send them. */
  function watch(onChange, onSent) {
    changed = onChange;
    told = onSent;
  }

  window.addEventListener("storage", (event) => {
    if (reader === null || event.key !== place(reader)) return;
    takeLocal();
    const local = readLocal(reader);
    if (local && !same(local.answers, answers)) writeLocal();
  });
  window.addEventListener("online", () => reader !== null && unsent() && send().then(told));

  return {
    served, link, orderOf, canKeep, count, open, add, removeLast, watch, unsent,
    given: () => answers,
    conflicts: () => Merge.conflicts(answers),
    download: () => AnswerFile.download(reader, answers),
  };
})();
