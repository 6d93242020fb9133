"""How the page writes names."""

import re

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
