"""Names of data sets, variants and classes: what no table, page or path takes for anything else."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from stages.core.params import Distinct, Several


def _plain(text: str) -> str:
    if text != text.strip() or not all(map(_visible, text)):
        raise ValueError(
            f"characters that stand for themselves from left to right, without "
            f"{' '.join(sorted(_MARKUP))} and without space at the ends, received {text!r}"
        )
    return text


def _visible(character: str) -> bool:
    """Whether a character is seen, stands alone and does not turn the direction of writing."""
    return (
        character.isprintable()
        and character not in _MARKUP | _BLANKS
        and unicodedata.category(character)[0] != "M"
        and unicodedata.bidirectional(character) not in {"R", "AL", "AN"}
    )


# What HTML, Markdown or matplotlib's formulas would take for more than text.
_MARKUP = set('<>&"`$[]*_\\|!#~{}')
# Letters and symbols that look like nothing (Hangul fillers, the empty Braille cell).
_BLANKS = set("\u115f\u1160\u2800\u3164\uffa0")
Text = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_plain)]


def _unmistakable(name: str) -> str:
    if name in _MISTAKABLE or name.startswith("pca_"):
        raise ValueError(f"a name that tables cannot mistake for something else, received {name!r}")
    return name


# What readers of CSV take for numbers and gaps, and first parts of keys in summary.json.
_MISTAKABLE = {"nan", "na", "n_a", "null", "none", "inf", "infinity", "true", "false"}
_MISTAKABLE |= {"pixels", "classifier", "real_images", "images_in_each_set"}
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_unmistakable)
]
Classes = Annotated[Several[Text], Field(min_length=2, max_length=256), Distinct]


def spoken(name: str) -> str:
    """Write a variant's name as a text has it: `vae unbalanced`."""
    return name.replace("_", " ")
