// Answers as CSV: what the page exports, what the server keeps, and what can be continued from.
"use strict";

const AnswerFile = (() => {
  const COLUMNS = ["study", "key_sha256", "reader", "position", "image", "answer", "confidence", "seconds", "answered", "changes"];
  const study = window.STUDY;

  // Only where there is something to note, so that most files have the columns above and no more.
  const NOT_KEPT = "not_kept";

  function text(reader, answers) {
    const noted = answers.some((item) => item.notKept);
    const lines = answers.map((item, index) => [
      study.study, study.key_sha256, reader, index + 1, item.image, item.answer,
      item.confidence ?? "", item.seconds.toFixed(2), item.answered, item.changes,
      ...(noted ? [(item.notKept ?? []).join("; ")] : []),
    ].join(","));
    return [[...COLUMNS, ...(noted ? [NOT_KEPT] : [])].join(","), ...lines, ""].join("\n");
  }

  /** The reader and answers of a CSV that this page wrote. Throws an Error whose message is for the reader. */
  function parse(csv, orderOf) {
    const [header, ...lines] = csv.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line);
    const columns = header?.endsWith(`,${NOT_KEPT}`) ? [...COLUMNS, NOT_KEPT] : COLUMNS;
    if (header !== columns.join(",")) throw new Error("This is not a file that this page exported.");
    const rows = lines.map((line) => {
      const cells = line.split(",");
      return Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ""]));
    });
    const reader = rows[0]?.reader ?? null;
    const order = reader === null ? [] : orderOf(reader);
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
        ...(row[NOT_KEPT] ? { notKept: row[NOT_KEPT].split("; ") } : {}),
      };
    });
    return { reader, answers };
  }

  function download(reader, answers) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text(reader, answers)], { type: "text/csv" }));
    link.download = `${study.study}_${reader}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    return link.download;
  }

  return { text, parse, download };
})();
