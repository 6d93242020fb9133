"""Names that are safe in tables, pages and paths."""

import pytest

from stages.core.names import Classes, Name, Text, spoken
from tests.bounds import allowed


@pytest.mark.parametrize(
    "name", ["a", "a1_b", "x" * 40, "pca", "spca_3", "nano", "pixel", "infinite"]
)
def test_names_of_small_letters_and_digits_are_allowed(name: str) -> None:
    assert allowed(Name, name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "x" * 41, "1a", "_a", "A", "a b", "a-b", "pca_3", "pca_"),
        *("nan", "na", "n_a", "null", "none", "inf", "infinity", "true", "false"),
        *("pixels", "classifier", "real_images", "images_in_each_set"),
    ],
)
def test_names_with_another_meaning_are_refused(name: str) -> None:
    assert not allowed(Name, name)


@pytest.mark.parametrize("text", ["a", "x" * 60, "T-shirt / top", "Ärmel", "0", "数"])
def test_visible_text_is_allowed(text: str) -> None:
    assert allowed(Text, text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x" * 61, " a", "a ", "a\nb", "a\u0301", "\u05d0", "\u0627", "\u0661"),
        *("a\u115fb", "a\u1160b", "a\u2800b", "a\u3164b", "a\uffa0b"),
        *(f"a{sign}b" for sign in '<>&"`$[]*_\\|!#~{}'),
    ],
    ids=ascii,
)
def test_text_that_is_invisible_or_means_more_is_refused(text: str) -> None:
    assert not allowed(Text, text)


def test_there_are_2_to_256_classes_with_different_names() -> None:
    names = [f"class {number}" for number in range(257)]
    assert [count for count in (1, 2, 256, 257) if allowed(Classes, names[:count])] == [2, 256]
    assert not allowed(Classes, ["a", "a"])


def test_names_are_spoken_with_spaces() -> None:
    assert spoken("vae_with_a_name") == "vae with a name"
