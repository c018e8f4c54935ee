"""What cells of label columns say in several languages: present, absent, uncertain, nothing, "no finding"."""

import re

from medgan_tf.proposal.guesses.columns import BLANK_CELLS, is_called, plain

_POSITIVE = (
    "1", "1.0", "yes", "y", "ja", "j", "si", "sí", "oui", "true", "t", "wahr", "positive", "positiv", "positivo", "pos",
    "present", "vorhanden", "x", "+", "+1",
)  # fmt: skip
_NEGATIVE = (
    "0", "0.0", "no", "n", "nein", "non", "false", "f", "falsch", "negative", "negativ", "negativo", "neg", "absent",
    "nicht vorhanden", "kein", "keine", "ohne",
)  # fmt: skip
_UNCERTAIN = (
    "-1", "-1.0", "uncertain", "unclear", "unsure", "maybe", "possible", "equivocal", "unklar", "unsicher", "fraglich",
    "möglich", "vielleicht", "v.a.", "dudoso", "?",
)  # fmt: skip
STATES = {
    **dict.fromkeys(_POSITIVE, "positive"),
    **dict.fromkeys(_NEGATIVE, "negative"),
    **dict.fromkeys(_UNCERTAIN, "uncertain"),
    **dict.fromkeys(BLANK_CELLS, "blank"),
}
NUMBERS = frozenset({"1", "1.0", "0", "0.0", "-1", "-1.0", ""})
"""Cells that `prepare` understands without `states`."""
_NO_FINDING = (
    "nofinding", "nofindings", "normal", "unremarkable", "healthy", "control", "none", "ohnebefund", "ob",
    "keinbefund", "unauffallig", "unauffaellig", "gesund", "sinhallazgos", "sano", "nopathology", "negative",
)  # fmt: skip
# Parts of words for findings, as `plain` writes them, in English, German and Spanish.
_FINDING_PARTS = (
    "abnorm", "abscess", "abszess", "aneurysm", "aort", "arthr", "atelec", "atelek", "bleed", "blutung", "bronch",
    "calcif", "calcul", "cancer", "carcinom", "cardiom", "cavit", "collaps", "congest", "consolid", "covid", "cyst",
    "defect", "derrame", "device", "disease", "dissect", "edem", "effus", "embol", "emphys", "enlarge", "erguss",
    "erkrank", "fibros", "finding", "fract", "frakt", "fremdkorper", "hamatom", "hematom", "haemorr", "hemorr",
    "hernia", "hernie", "herzvergr", "infarc", "infarkt", "infect", "infekt", "infiltr", "isch", "kalk", "kardiom",
    "karzin", "katheter", "catheter", "knoten", "konsol", "krank", "lasion", "lesion", "luxat", "lymph", "mass",
    "metast", "neumo", "nodul", "odem", "oedem", "opac", "opaz", "patholog", "pathology", "pleur", "pneum", "polyp",
    "rundherd", "schatten", "schwiele", "sclero", "sklero", "scolio", "skolio", "stauung", "stenos", "subdural",
    "epidural", "subarachnoid", "intraparench", "intraventr", "support", "thicken", "thromb", "tuberc", "tuberk",
    "tumor", "tumour", "verdick", "verschatt", "zyst",
)  # fmt: skip
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


def state_of(cell: str) -> str | None:
    """positive, negative, uncertain or blank; None for any other cell. A German 1,0 is 1.0."""
    word = cell.strip().lower()
    if _DECIMAL_COMMA.fullmatch(word):
        word = word.replace(",", ".")
    return STATES.get(word)


def is_no_finding(name: str) -> bool:
    """Whether the name of a label says that there is no other finding."""
    return plain(name) in _NO_FINDING


def sounds_like_finding(name: str) -> bool:
    """Whether the name of a column is one of those used for labels, or has a part of a word for a finding."""
    return is_no_finding(name) or is_called(name, "label") or any(part in plain(name) for part in _FINDING_PARTS)
