// Answers of one reader: kept in the browser, on the server where there is one, and as CSV.
"use strict";

const Answers = (() => {
  const COLUMNS = ["study", "key_sha256", "reader", "position", "image", "answer", "confidence", "seconds", "answered", "changes"];
  const study = window.STUDY;
  const served = location.protocol.startsWith("http");
  const place = (reader) => `medgan-tf reader study ${study.study} ${study.key_sha256.slice(0, 16)} ${reader}`;

  /** The order in which a reader sees the images; undefined for a code that is not of this study. */
  function orderOf(reader) {
    return Object.hasOwn(study.orders, reader) ? study.orders[reader] : study.orders["*"];
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

  function toCsv(reader, answers) {
    const lines = answers.map((item, index) => [
      study.study, study.key_sha256, reader, index + 1, item.image, item.answer,
      item.confidence ?? "", item.seconds.toFixed(2), item.answered, item.changes,
    ].join(","));
    return [COLUMNS.join(","), ...lines, ""].join("\n");
  }

  /** The reader and answers of a CSV that this page wrote. Throws an Error whose message is for the reader. */
  function fromCsv(text) {
    const [header, ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line);
    if (header !== COLUMNS.join(",")) throw new Error("This is not a file that this page exported.");
    const rows = lines.map((line) => {
      const cells = line.split(",");
      return Object.fromEntries(COLUMNS.map((name, index) => [name, cells[index] ?? ""]));
    });
    if (!rows.length) throw new Error("The file holds no answers.");
    const reader = rows[0].reader;
    const order = orderOf(reader);
    const answers = rows.map((row, index) => {
      if (row.key_sha256 !== study.key_sha256 || row.study !== study.study) throw new Error("The file belongs to another study.");
      if (row.reader !== reader || !order || row.image !== order[index] || !["real", "synthetic"].includes(row.answer)) {
        throw new Error(`The file is damaged in line ${index + 2}.`);
      }
      return {
        image: row.image,
        answer: row.answer,
        confidence: row.confidence ? Number(row.confidence) : null,
        seconds: Number(row.seconds) || 0,
        answered: row.answered,
        changes: Number(row.changes) || 0,
      };
    });
    return { reader, answers };
  }

  function readLocal(reader) {
    try {
      const kept = JSON.parse(localStorage.getItem(place(reader)));
      return kept && Array.isArray(kept.answers) ? kept : null;
    } catch {
      return null;
    }
  }

  function writeLocal(reader, answers, unsent) {
    try {
      localStorage.setItem(place(reader), JSON.stringify({ answers, unsent }));
    } catch {
      // The start page has said that this browser keeps nothing.
    }
  }

  /** Answers given so far. With a server it has the last word, unless this browser holds some it did not get. */
  async function load(reader) {
    const local = readLocal(reader);
    if (!served || local?.unsent) return local?.answers ?? [];
    const response = await fetch(`answers/${encodeURIComponent(reader)}.csv`, { cache: "no-store" });
    if (response.status === 204) return [];
    if (!response.ok) throw new Error(`The server does not give the answers (${response.status}).`);
    return fromCsv(await response.text()).answers;
  }

  let queue = Promise.resolve(true);

  /** Keeps all answers; resolves to whether they are where they should be. Calls are carried out one after another. */
  function save(reader, answers) {
    writeLocal(reader, answers, served);
    if (!served) return Promise.resolve(canKeep());
    const body = toCsv(reader, answers);
    const copy = [...answers];
    queue = queue.then(async () => {
      try {
        const response = await fetch(`answers/${encodeURIComponent(reader)}.csv`, {
          method: "PUT", headers: { "Content-Type": "text/csv" }, body,
        });
        if (response.ok) writeLocal(reader, copy, false);
        return response.ok;
      } catch {
        return false;
      }
    });
    return queue;
  }

  /** Calls back when another window changes the answers of this reader. */
  function onChangeElsewhere(reader, callback) {
    window.addEventListener("storage", (event) => {
      if (event.key === place(reader)) callback();
    });
  }

  function download(reader, answers) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([toCsv(reader, answers)], { type: "text/csv" }));
    link.download = `${study.study}_${reader}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    return link.download;
  }

  return { served, orderOf, canKeep, fromCsv, load, save, onChangeElsewhere, download };
})();
