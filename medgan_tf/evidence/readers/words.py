"""The findings of a reader study in words that claim no more than the tests show.

"Below chance" and "not better than chance" are different findings. Being right less often than a guesser means that
answers carry information, the wrong way round. Not being significantly better may only mean too few readers. That
readers cannot tell the images apart is supported by neither, but by equivalence to guessing within a stated margin.
"""

from medgan_tf.evidence.readers.measure_chance import ChanceTests


def findings(tests: ChanceTests) -> list[str]:
    """Sentences for the result, most important first."""
    return [_summary(tests), _direction(tests), _equivalence(tests), _reading(tests)]


def p_value(p: float) -> str:
    """ "p = 0.040"; small ones as "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p >= 0.01 else f"p = {p:.4f}"


def _summary(tests: ChanceTests) -> str:
    spread = f" ± {tests.sd:.3f} (standard deviation)" if tests.readers > 1 else ""
    people = f"{tests.readers} readers" if tests.readers > 1 else "1 reader"
    return f"{people}: mean score {tests.mean:.3f}{spread}; guessing gives 0.5."


def _direction(tests: ChanceTests) -> str:
    rank = tests.signed_rank
    if tests.below:
        return (
            f"BELOW CHANCE: readers were right less often than by guessing (one-sided {p_value(rank.less)}, the "
            "paper's test). They took synthetic images for real, or real for synthetic, more often than a coin would."
        )
    if tests.above:
        return (
            f"BETTER THAN CHANCE: readers told real from synthetic more often than by guessing (one-sided "
            f"{p_value(rank.greater)})."
        )
    return (
        f"NOT SHOWN TO BE BETTER THAN CHANCE (one-sided {p_value(rank.greater)}), nor below it ({p_value(rank.less)}). "
        "Without a significant difference the question is open, not answered."
    )


def _equivalence(tests: ChanceTests) -> str:
    zone = f"{0.5 - tests.margin:g} to {0.5 + tests.margin:g}"
    if tests.equivalent:
        return f"EQUIVALENT TO GUESSING within {zone} ({p_value(tests.equivalence_p)})."
    return f"Equivalence to guessing within {zone} is not shown ({p_value(tests.equivalence_p)})."


def _reading(tests: ChanceTests) -> str:
    if tests.equivalent and tests.below:
        return "Reading: readers were slightly worse than guessing, within the margin that was called irrelevant."
    if tests.equivalent and tests.above:
        return "Reading: readers can tell the images apart, but by no more than the margin that was called irrelevant."
    if tests.equivalent:
        return "Reading: readers could not tell the images apart by more than the stated margin."
    if tests.below:
        return (
            "Reading: not better than chance, as the paper concludes; but a difference below chance is a difference. "
            "Synthetic images look more typical to readers than real ones do, or the other way round."
        )
    if tests.above:
        return "Reading: the synthetic images can be recognised."
    return "Reading: too little is known; more readers or images would be needed to show a difference or equivalence."
