"""The marks of a GIF file: its comment, which is the one place of the format for a text."""

from medgan_tf.synthesis.marks.marks import SOURCE_TYPE, Marks


def gif_comment(marks: Marks) -> bytes:
    """The comment of an animation of synthetic images: one line for each mark, `Keyword: text`, in UTF-8.

    Args:
        marks: The marks.
    """
    texts = {**marks.texts(), "DigitalSourceType": SOURCE_TYPE}
    return "\n".join(f"{keyword}: {text}" for keyword, text in texts.items()).encode()
