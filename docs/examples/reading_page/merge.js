// Two states of one reader's answers become one: nothing that was answered in either is lost.
//
// A state is a list of answers in the reader's order, from the first image on. `base` is the state that both grew from,
// so that a new answer, a correction and an answer that was taken back can be told apart.
"use strict";

const Merge = (() => {
  const TAKEN_BACK = "taken back";

  const said = (item) => (item.confidence ? `${item.answer} ${item.confidence}` : item.answer);
  const record = (item) => (item ? `${said(item)} ${item.answered} ${item.changes}` : "");
  const notKept = (...items) => [...new Set(items.flatMap((item) => item?.notKept ?? []))];

  /** An answer with a note of what was said of the image elsewhere and is not counted. */
  function noting(item, notes) {
    const { notKept: _, ...rest } = item;
    return notes.length ? { ...rest, notKept: notes } : rest;
  }

  /** The answer to one image, or undefined if it was taken back. The stored one stays when both are new. */
  function chosen(base, mine, stored) {
    if (!mine && !stored) return undefined;
    if (record(mine) === record(stored)) return noting(stored, notKept(stored, mine));
    if (record(mine) === record(base)) return stored;
    if (record(stored) === record(base)) return mine;
    const kept = stored ?? mine;
    if (!mine || !stored) return noting(kept, notKept(kept, { notKept: [TAKEN_BACK] }));
    const notes = said(mine) === said(stored) ? [] : [said(mine)];
    return noting(kept, notKept(stored, mine, { notKept: notes }).filter((one) => one !== said(stored)));
  }

  /**
   * The union of what this window has and what is stored.
   *
   * Of two different answers to one image the stored one counts, and the other is noted in it (`notKept`). An answer
   * that was taken back in one while later images were answered in the other counts again, with a note.
   */
  function union(order, base, mine, stored) {
    const kept = order.map((image, index) => chosen(base[index], mine[index], stored[index]));
    let count = order.length;
    while (count && !kept[count - 1]) count -= 1;
    return kept.slice(0, count).map((item, index) => item ?? again(stored[index] ?? mine[index] ?? base[index]));
  }

  const again = (item) => noting(item, notKept(item, { notKept: [TAKEN_BACK] }));

  /** Images whose stored answer was taken back or corrected: what the server is told, so that it lets them go. */
  function corrected(stored, mine) {
    return stored.filter((item, index) => record(item) !== record(mine[index])).map((item) => item.image);
  }

  /** In words for the reader: the images with more than one answer. */
  function conflicts(answers) {
    const told = (text) => text.replace(/ ([1-5])$/, " ($1)");
    return answers.flatMap((item, index) => (item.notKept ?? []).map((other) => (other === TAKEN_BACK
      ? `Image ${index + 1}: “${told(said(item))}” was taken back in one window, but another window went on from it. It counts.`
      : `Image ${index + 1} was answered in two windows: “${told(said(item))}” was saved first and counts, “${told(other)}” does not.`)));
  }

  return { union, corrected, conflicts };
})();

if (typeof module !== "undefined") module.exports = Merge;
