// Answers of one reader: kept in the browser, on the server where there is one, and as CSV.
"use strict";

const Answers = (() => {
  const study = window.STUDY;
  const served = window.SERVED === true;
  const place = (reader) => `medgan-tf reader study ${study.study} ${study.key_sha256.slice(0, 16)} ${reader}`;
  // Behind the #, so that it is part of no request and no log.
  const link = new URLSearchParams(location.hash.slice(1));
  const RETRY_SECONDS = 10;

  // The reader who reads now: { answers, taken }, the version that the server has, whether it lacks something, and
  // whether an answer that it has was taken back or changed here.
  let reader = null;
  let state = { answers: [], taken: {} };
  let version = 0;
  let unsent = false;
  let correction = false;
  let conflicts = [];
  let changed = () => {};
  let told = () => {};

  /** The order in which a reader sees the images; undefined for a code that is not of this study. */
  function orderOf(code) {
    return Object.hasOwn(study.orders, code) ? study.orders[code] : study.orders["*"];
  }

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
      return kept && Array.isArray(kept.answers) ? { taken: {}, conflicts: [], ...kept } : null;
    } catch {
      return null;
    }
  }

  function writeLocal() {
    try {
      localStorage.setItem(place(reader), JSON.stringify({ ...state, unsent, conflicts }));
    } catch {
      // The start page has said that this browser keeps nothing.
    }
  }

  /** Takes another state of the same reader into this one; tells the page if that changes what it shows. */
  function take(other) {
    const merged = Merge.union(orderOf(reader), state, other);
    const before = JSON.stringify([state.answers, conflicts]);
    const known = new Set(conflicts.map((item) => item.image));
    conflicts = [...conflicts, ...merged.conflicts.filter((item) => !known.has(item.image))];
    state = { answers: merged.answers, taken: merged.taken };
    if (JSON.stringify([state.answers, conflicts]) !== before) changed();
  }

  function request(code, options = {}) {
    const headers = { Authorization: `Bearer ${link.get("token") ?? ""}`, ...options.headers };
    return fetch(`answers/${encodeURIComponent(code)}.csv`, { cache: "no-store", ...options, headers });
  }

  const versionOf = (response) => Number(/^"v(\d+)"$/.exec(response.headers.get("ETag") ?? "")?.[1] ?? 0);
  const answersOf = (text) => (text ? AnswerFile.parse(text, orderOf).answers : []);

  async function fetched(code) {
    const response = await request(code);
    if (response.status === 403) throw new Error("Please open the link that you were given: it holds your code and your token.");
    if (!response.ok) throw new Error(`The server does not give the answers (${response.status}).`);
    return { version: versionOf(response), answers: answersOf(response.status === 204 ? "" : await response.text()) };
  }

  /** How many answers a reader has given so far, for the start page. */
  async function count(code) {
    const local = readLocal(code);
    if (!served || local?.unsent) return local?.answers.length ?? 0;
    return (await fetched(code)).answers.length;
  }

  /** Begins with the answers that are kept here and on the server, and with `given`, those of an exported file. */
  async function open(code, given = []) {
    const local = readLocal(code);
    const stored = served ? await fetched(code).catch((error) => (local?.unsent ? null : Promise.reject(error))) : null;
    reader = code;
    state = { answers: stored?.answers ?? [], taken: {} };
    [version, unsent, correction, conflicts] = [stored?.version ?? 0, false, false, local?.conflicts ?? []];
    // What the server has got already may have been corrected in another browser since.
    if (local && (!served || local.unsent)) take(local);
    if (given.length) take({ answers: given });
    unsent = served && (!stored || JSON.stringify(state.answers) !== JSON.stringify(stored.answers));
    writeLocal();
    if (unsent) send();
    return state.answers;
  }

  let sending = null;
  let timer = null;

  /** Sends until the server has everything, or does not answer; then tries again later. Resolves to whether it has. */
  function send() {
    sending ??= deliver().catch(() => false).then((done) => {
      sending = null;
      clearTimeout(timer);
      if (!done) timer = setTimeout(() => send().then(told), RETRY_SECONDS * 1000);
      return done;
    });
    return sending;
  }

  async function deliver() {
    // Each round either stores, or learns of a newer version: a few windows of one reader settle within a few rounds.
    for (let round = 0; unsent && round < 20; round += 1) {
      const body = AnswerFile.text(reader, state.answers);
      const headers = { "Content-Type": "text/csv", "If-Match": `"v${version}"` };
      if (correction) headers.Correction = "yes";
      if (conflicts.length) headers.Conflicts = conflicts.map((item) => item.image).join(" ");
      const corrected = correction;
      const response = await request(reader, { method: "PUT", headers, body });
      if (response.ok) {
        version = versionOf(response);
        unsent = body !== AnswerFile.text(reader, state.answers);
        correction &&= !corrected || unsent;
      } else if (response.status === 412) {
        version = versionOf(response);
        const theirs = answersOf(await response.text());
        take({ answers: theirs });
        correction = !Merge.extendsAll(state.answers, theirs);
        unsent = JSON.stringify(state.answers) !== JSON.stringify(theirs);
      } else if (response.status === 409) {
        correction = true;
      } else {
        return false;
      }
      writeLocal();
    }
    return !unsent;
  }

  /** Keeps the answers; resolves to whether they are where they should be. */
  async function save() {
    const local = readLocal(reader);
    // Another window of this browser may have written since.
    if (local) take(local);
    unsent = served;
    writeLocal();
    if (!served) return canKeep();
    // A delivery under way sees what was added, or is followed by another one.
    return (await send()) && (unsent ? send() : true);
  }

  function add(item) {
    state.answers.push(item);
    return save();
  }

  /** Takes the last answer back. */
  function removeLast() {
    const last = state.answers.pop();
    state.taken[last.image] = last.changes + 1;
    correction = true;
    return { last, kept: save() };
  }

  /** Calls `onChange` when another window has changed the answers, and `onSent` when a later try has sent them or not. */
  function watch(onChange, onSent) {
    changed = onChange;
    told = onSent;
  }

  window.addEventListener("storage", (event) => {
    const local = event.key && reader !== null && event.key === place(reader) ? readLocal(reader) : null;
    if (local) take(local);
  });
  window.addEventListener("online", () => reader !== null && unsent && send().then(told));

  return {
    served, link, orderOf, canKeep, count, open, add, removeLast, watch,
    given: () => state.answers,
    conflicts: () => conflicts,
    download: () => AnswerFile.download(reader, state.answers),
  };
})();
