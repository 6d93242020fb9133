"""How the page writes names, and numbers of things."""

import re

import pandas as pd

from stages.core.names import spoken


def title(name: str) -> str:
    """Write a variant's name as in a sentence: `VAE unbalanced`."""
    return acronyms(spoken(name))


def acronyms(text: str) -> str:
    """Write VAE and PCA in capitals."""
    return re.sub(r"\b(vae|pca)\b", lambda found: found[0].upper(), text)


def listed(names: list[str]) -> str:
    """Write names as in a sentence: `a, b and c`."""
    words = [title(name) for name in names]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def plural(count: int, word: str, several: str = "") -> str:
    """Write a number with its noun: `1 seed`, `5 seeds`.

    Args:
        count: how many.
        word: for one.
        several: for none and many, where that is not `word` with an s: `classes`, `seeds are`.
    """
    return f"{count:,} {word if count == 1 else several or f'{word}s'}"


def per_cent(share: float) -> str:
    """Write a share with all digits that it needs: `95%`, `99.9%`."""
    return f"{100 * share:.6g}%"


def value_range(values: "pd.Series[float]", form: str) -> str:
    """Write the smallest and the largest value, or the only one."""
    return " to ".join(dict.fromkeys(f"{value:{form}}" for value in (values.min(), values.max())))
