"""Valid names of data sets, variants and classes: safe in tables, pages and paths."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from stages.core.params import Distinct, Several


def _plain(text: str) -> str:
    if text != text.strip() or not all(map(_visible, text)):
        raise ValueError(
            f"visible characters that are written from left to right, without "
            f"{' '.join(sorted(_MARKUP))} and without space at the ends, received {text!r}"
        )
    return text


def _visible(character: str) -> bool:
    """Whether a character is visible, no combining mark, and written from left to right."""
    return (
        character.isprintable()
        and character not in _MARKUP | _BLANKS
        and unicodedata.category(character)[0] != "M"
        and unicodedata.bidirectional(character) not in {"R", "AL", "AN"}
    )


# Characters that HTML, Markdown or matplotlib's formulas would interpret.
_MARKUP = set('<>&"`$[]*_\\|!#~{}')
# Letters and symbols that are invisible (Hangul fillers, the empty Braille cell).
_BLANKS = set("\u115f\u1160\u2800\u3164\uffa0")
Text = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_plain)]


def _not_reserved(name: str) -> str:
    if name in _RESERVED or name.startswith("pca_"):
        raise ValueError(f"a name without another meaning in tables, received {name!r}")
    return name


# What readers of CSV take for numbers or missing values, and first parts of keys in summary.json.
_RESERVED = {"nan", "na", "n_a", "null", "none", "inf", "infinity", "true", "false"}
_RESERVED |= {"pixels", "classifier", "real_images", "images_in_each_set"}
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_not_reserved)
]
Classes = Annotated[Several[Text], Field(min_length=2, max_length=256), Distinct]


def spoken(name: str) -> str:
    """Write a name with spaces, as in a sentence: `vae unbalanced`."""
    return name.replace("_", " ")
