// Two states of one reader's answers become one: nothing that was answered in either is lost.
//
// A state is { answers, taken }: the answers in the reader's order, from the first image on, and for each image whose
// answer was taken back, how often its answer had been changed by then.
"use strict";

const Merge = (() => {
  /** Whether two answers say the same; when they were given does not matter. */
  function same(one, other) {
    return one.answer === other.answer && one.confidence === other.confidence;
  }

  /** The one that was given first. */
  function earlier(one, other) {
    if (one.answered !== other.answered) return one.answered < other.answered ? one : other;
    return JSON.stringify(one) <= JSON.stringify(other) ? one : other;
  }

  function taken(one, other) {
    const both = { ...one };
    for (const [image, changes] of Object.entries(other)) both[image] = Math.max(both[image] ?? 0, changes);
    return both;
  }

  /** The answer to one image, and what was not kept: a corrected answer wins, then the one that was given first. */
  function chosen(one, other) {
    if (!one || !other) return { kept: one ?? other };
    if (one.changes !== other.changes) return { kept: one.changes > other.changes ? one : other };
    const kept = earlier(one, other);
    return same(one, other) ? { kept } : { kept, lost: kept === one ? other : one };
  }

  /**
   * The union of two states.
   *
   * Returns { answers, taken, conflicts }. A conflict is { image, position, kept, lost }: two different answers to one
   * image, or an answer that was taken back in one state while later images were answered in the other (lost: null).
   */
  function union(order, mine, theirs) {
    const both = taken(mine.taken ?? {}, theirs.taken ?? {});
    const live = (item) => item && item.changes >= (both[item.image] ?? 0);
    let count = Math.max(mine.answers.length, theirs.answers.length);
    while (count && !live(mine.answers[count - 1]) && !live(theirs.answers[count - 1])) count -= 1;
    const conflicts = [];
    const answers = order.slice(0, count).map((image, index) => {
      const all = [mine.answers[index], theirs.answers[index]];
      const alive = all.map((item) => (live(item) ? item : undefined));
      const stays = alive[0] || alive[1];
      const { kept, lost } = chosen(...(stays ? alive : all));
      if (lost || !stays) conflicts.push({ image, position: index + 1, kept, lost: lost ?? null });
      return kept;
    });
    return { answers, taken: both, conflicts };
  }

  /** Whether `longer` begins with all answers of `shorter`. */
  function extends_(longer, shorter) {
    return shorter.every((item, index) => longer[index] && JSON.stringify(longer[index]) === JSON.stringify(item));
  }

  /** A conflict in words for the reader. */
  function words({ position, kept, lost }) {
    const told = (item) => `${item.answer}${item.confidence ? ` (${item.confidence})` : ""}`;
    return lost
      ? `Image ${position} was answered in two windows: ${told(kept)}, given first, is kept; ${told(lost)} is not.`
      : `Image ${position}: the answer ${told(kept)} was taken back in one window, but later images were answered in another. It is kept.`;
  }

  return { union, extendsAll: extends_, words };
})();

if (typeof module !== "undefined") module.exports = Merge;
