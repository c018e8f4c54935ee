"""The findings of a reader study in words that claim no more than the tests show.

"Below chance" and "not better than chance" are different findings. Being right less often than a guesser means that
answers carry information, the wrong way round. Not being significantly better may only mean too few readers. That
readers cannot tell the images apart is supported by neither, but by equivalence to guessing within a stated margin.

Where single answers are known, the findings are about readers and images like these. From counts alone they are about
readers like these and the images of the study.
"""

from medgan_tf.evidence.readers.measure_chance import ChanceTests
from medgan_tf.evidence.readers.measure_readers_and_images import ReadersAndImages
from medgan_tf.metrics.readers_and_cases import (
    ABOVE,
    BELOW,
    FEW_IMAGES,
    FEW_READERS,
    FEWEST_IMAGES,
    FEWEST_READERS,
    OPEN,
)

_OPEN = "Without a significant difference the question is open, not answered."
_WRONG_WAY = "They took synthetic images for real, or real for synthetic, more often than a coin would."


def findings(tests: ChanceTests, beyond: ReadersAndImages | None = None) -> list[str]:
    """Sentences for the result, most important first.

    Args:
        tests: The paper's tests, for these images.
        beyond: The tests for readers and images like these, where single answers are known.
    """
    if beyond is None:
        side = BELOW if tests.below else ABOVE if tests.above else OPEN
        first = [_summary(tests), _direction_here(tests), _equivalence(tests.margin, tests.equivalent, tests)]
        return [*first, f"Reading, for these images: {_meaning(side, tests.equivalent)}"]
    sentences = [_summary_beyond(beyond), _direction_beyond(beyond)]
    if beyond.decides:
        sentences.append(_equivalence(beyond.margin, beyond.equivalent, beyond))
        sentences.append(f"Reading: {_meaning(beyond.finding, beyond.equivalent)}")
    return [*sentences, _here(tests)]


def p_value(p: float) -> str:
    """ "p = 0.040"; small ones as "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p >= 0.01 else f"p = {p:.4f}"


def _people(readers: int) -> str:
    return f"{readers} readers" if readers > 1 else "1 reader"


def _summary(tests: ChanceTests) -> str:
    spread = f" ± {tests.sd:.3f} (standard deviation)" if tests.readers > 1 else ""
    return f"{_people(tests.readers)}: mean score {tests.mean:.3f}{spread}; guessing gives 0.5."


def _summary_beyond(beyond: ReadersAndImages) -> str:
    low, high = beyond.interval
    interval = f" ({100 * (1 - beyond.level):g} % interval {low:.3f} to {high:.3f})" if low <= high else ""
    return (
        f"{_people(beyond.readers)}, {beyond.images['real']} real and {beyond.images['synthetic']} synthetic images: "
        f"mean score {beyond.mean:.3f}{interval}; guessing gives 0.5."
    )


def _direction_here(tests: ChanceTests) -> str:
    rank = tests.signed_rank
    if tests.below:
        return (
            f"BELOW CHANCE FOR THESE IMAGES: readers were right less often than by guessing (one-sided "
            f"{p_value(rank.less)}, the paper's test, exact; two-sided {p_value(rank.two_sided)}). {_WRONG_WAY}"
        )
    if tests.above:
        return (
            f"BETTER THAN CHANCE FOR THESE IMAGES: readers told real from synthetic more often than by guessing "
            f"(one-sided {p_value(rank.greater)}; two-sided {p_value(rank.two_sided)})."
        )
    return (
        f"NOT SHOWN TO BE BETTER THAN CHANCE (one-sided {p_value(rank.greater)}), nor below it ({p_value(rank.less)}), "
        f"for these images. {_OPEN}"
    )


def _direction_beyond(beyond: ReadersAndImages) -> str:
    each = f"each direction is tested at {beyond.level / 2:g}"
    if beyond.finding == BELOW:
        return (
            f"BELOW CHANCE, for readers and images like these: readers are right less often than by guessing "
            f"(one-sided {p_value(beyond.below_p)}; {each}). {_WRONG_WAY}"
        )
    if beyond.finding == ABOVE:
        return (
            f"BETTER THAN CHANCE, for readers and images like these: readers tell real from synthetic more often than "
            f"by guessing (one-sided {p_value(beyond.above_p)}; {each})."
        )
    if beyond.finding == OPEN:
        return (
            f"NOT SHOWN TO BE BETTER THAN CHANCE (one-sided {p_value(beyond.above_p)}), nor below it "
            f"({p_value(beyond.below_p)}), for readers and images like these; {each}. {_OPEN}"
        )
    if beyond.finding == FEW_READERS:
        return (
            f"NOT DECIDED: TOO FEW READERS. {_people(beyond.readers)} cannot show how much readers differ. "
            f"{FEWEST_READERS} are needed for a finding about other readers and images."
        )
    if beyond.finding == FEW_IMAGES:
        return (
            f"NOT DECIDED: TOO FEW IMAGES. {FEWEST_IMAGES} of each kind are needed for a finding about other readers "
            "and images."
        )
    return (
        "NOT DECIDED: NO SPREAD. All readers have the same score, and they share no errors. How other readers and "
        "images would differ cannot be estimated."
    )


def _equivalence(margin: float, equivalent: bool, tests: ChanceTests | ReadersAndImages) -> str:
    zone = f"{0.5 - margin:g} to {0.5 + margin:g}"
    whom = "for readers and images like these" if isinstance(tests, ReadersAndImages) else "for these images"
    if equivalent:
        return f"EQUIVALENT TO GUESSING within {zone}, {whom} ({p_value(tests.equivalence_p)})."
    return f"Equivalence to guessing within {zone} is not shown {whom} ({p_value(tests.equivalence_p)})."


def _meaning(side: str, equivalent: bool) -> str:
    if equivalent and side == BELOW:
        return "readers were slightly worse than guessing, but by no more than the margin."
    if equivalent and side == ABOVE:
        return "readers do better than guessing, but by no more than the margin."
    if equivalent:
        return "readers do not differ from guessing by more than the margin, on average."
    if side == BELOW:
        return "worse than guessing is no equivalence: readers see a difference, and read it the wrong way round."
    if side == ABOVE:
        return "readers tell real from synthetic images more often than a coin would."
    return "too little is known; more readers or images would be needed to show a difference or equivalence."


def _here(tests: ChanceTests) -> str:
    """The paper's tests in one sentence, beside the findings about images like these."""
    rank = tests.signed_rank
    return (
        f"For these images only (the paper's test, exact: readers are the sample, images are fixed): below 0.5 "
        f"{p_value(rank.less)}, above {p_value(rank.greater)}, both sides {p_value(rank.two_sided)}; equivalence "
        f"{p_value(tests.equivalence_p)}."
    )
