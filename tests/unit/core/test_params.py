"""`params.yaml`: what makes no sense is refused, naming the key, what was expected, what came."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.check_params import Params
from stages.core.errors import InputError
from stages.core.params import load, read, validate
from stages.training.schema import Train
from tests.support import PARAMS

NAN = float("nan")


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths of everything in the file that is not a mapping or a list."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for key, inner in enumerate(value) for leaf in leaves(inner, (*path, key))]
    return [path]


def put(params: Any, path: tuple[str | int, ...], value: Any) -> None:
    *parents, last = path
    for key in parents:
        params = params[key]
    params[last] = value


def check(params: dict[str, Any]) -> Params:
    return validate(params, Params, "params.yaml")


def test_the_committed_parameters_are_valid(params: dict[str, Any]) -> None:
    assert check(params).dataset == params["dataset"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train.epochs", -1),
        ("train.epochs", 2.5),
        ("train.epochs", "10"),
        ("train.epochs", True),
        ("train.batch_size", 0),
        ("train.learning_rate", 0),
        ("train.learning_rate", NAN),
        ("train.seeds", []),
        ("train.seeds", [0, 0]),
        ("train.seeds", [-1]),
        ("train.seeds", 3),
        ("threads", 0),
        ("device", "tpu"),
        ("dataset", "kmnist"),
        ("dataset", "../digits"),
        ("split.validation_fraction", 0),
        ("split.validation_fraction", 0.9),
        ("datasets.fashion_mnist.train_images", 9),
        ("datasets.fashion_mnist.test_images", 7),
        ("semi_supervised.components", 55_000),
        ("semi_supervised.label_fraction", 0),
        ("semi_supervised.label_fraction", 2),
        ("semi_supervised.label_fraction", 0.95),
        ("semi_supervised.draws", 0),
        ("semi_supervised.regimes", ["frosen"]),
        ("semi_supervised.regimes", []),
        ("semi_supervised.regimes", ["finetuned", "scratch"]),
        ("semi_supervised.neighbours", 0),
        ("claims.primary", ["samples_wel.vae"]),
        ("claims.primary", ["samples_well.vae"] * 2),
        ("report.headline", ["samples_wel.vae"]),
        ("report.overview", ["vae", "vae"]),
        ("semi_supervised.tuning.epoch_shares", [0.5, 1.5]),
        ("semi_supervised.tuning.learning_rates", []),
        ("semi_supervised.tuning.inverse_regularizations", [0]),
        ("semi_supervised.tuning.seeds", 0),
        ("label_curve.variants", ["unknown"]),
        ("semi_supervised.primary", ["compression", "unknown"]),
        ("baselines.components", [100, 30]),
        ("datasets.fashion_mnist.height", 600),
        ("longer.variants", ["unknown"]),
        ("label_curve.fractions", [1.5]),
        ("label_curve.min_updates", 100_000),
        ("baselines.inverse_regularizations", [0.0]),
        ("baselines.neighbours", list(range(1, 14))),
        ("classifier.architecture.filters", []),
        ("claims.confidence", 1.0),
        ("claims.bad_share", 0.9),
        ("claims.denoised_share", 0),
        ("extract_latents.quality.neighbours", 0),
        ("sampling.images", 3),
        ("sampling.interpolations", 21),
        ("datasets.fashion_mnist.train_images", 19),
        ("extract_latents.quality.reference_images", 1),
        ("variants.compression.architecture.activation", "reluu"),
        ("variants.compression.architecture.hidden", [0]),
        ("variants.compression.architecture.activation", None),
        ("variants.trivial.architecture.activation", "relu"),
        ("variants.compression.architecture.kind", "recurrent"),
        ("variants.compression.architecture.latent_dim", 0),
        ("variants.sparse.sparsity.target", 1),
        ("variants.sparse.sparsity.weight", -1),
        ("variants.sparse.architecture.latent_activation", "relu"),
        ("variants.vae.beta", -1),
        ("variants.vae.beta", "pixels"),
        ("variants.vae.architecture.latent_activation", "sigmoid"),
        ("variants.denoising.noise.stddev", -0.1),
        ("variants", {}),
        ("sampling.steps", 1),
        ("beta_curve.variant", "unknown"),
        ("beta_curve.betas", [-1]),
        ("beta_curve.betas", ["pixels"]),
        ("beta_curve.betas", [1, 1.0]),
        ("beta_curve.seeds", []),
        ("exercise.margin", -0.1),
        ("exercise.settings", {}),
        ("exercise.settings.sparse_30.architecture.latent_activation", "linear"),
        ("report.decimals", -1),
        ("report.decimals", "x"),
        ("datasets.digits.classes", ["a", "a"]),
        ("datasets.digits.classes", ["<script>", "b"]),
        ("datasets.digits.sha256.train_images", "abc"),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_by_its_key(params: dict[str, Any], key: str, value: Any) -> None:
    put(params, tuple(key.split(".")), value)
    with pytest.raises(InputError) as refusal:
        check(params)
    message = str(refusal.value)
    # A rule about two keys of a section names the section or the key in its text.
    assert key.split(".")[0] in message
    assert key.split(".")[-1] in message
    assert "expected" in message
    assert "received" in message or "each value once" in message


def test_interpolations_need_two_test_images_each(params: dict[str, Any]) -> None:
    put(params, ("datasets", params["dataset"], "test_images"), 8)
    put(params, ("sampling", "interpolations"), 5)
    said = "sampling.interpolations: at most half as many as the 8 test images, received 5"
    with pytest.raises(InputError, match=said):
        check(params)


@pytest.mark.parametrize("name", ["../evil", "a/b", "Ä", "", "<b>", "x" * 41, "a b", ".."])
def test_a_variants_name_is_safe_in_paths_and_pages(params: dict[str, Any], name: str) -> None:
    params["variants"][name] = params["variants"]["vae"]
    with pytest.raises(InputError, match="variants"):
        check(params)


@pytest.mark.parametrize("path", leaves(load(PARAMS)), ids=lambda path: ".".join(map(str, path)))
def test_every_leaf_has_a_type_and_a_name(path: tuple[str | int, ...]) -> None:
    params = load(PARAMS)
    put(params, path, {"no": "such thing"})
    with pytest.raises(InputError):
        check(params)
    *parents, last = path
    if isinstance(last, str):
        params = load(PARAMS)
        section = params
        for key in parents:
            section = section[key]
        section["misspelt"] = section.pop(last)
        with pytest.raises(InputError, match="misspelt"):
            check(params)


def _removed(section: Any, key: Any) -> None:
    del section[key]


def _put(value: Any) -> Any:
    def put_in(section: Any, key: Any) -> None:
        section[key] = value

    return put_in


def _grown(section: Any, key: Any) -> None:
    """Make a number or a text far larger."""
    value = section[key]
    section[key] = value * 10**4 if isinstance(value, str) else type(value)(1e30)


# Without it, another variant that is just as good.
OPTIONAL = {
    ("variants", name, "beta")
    for name, block in load(PARAMS)["variants"].items()
    if "beta" in block
}


@pytest.mark.parametrize(
    "mutation",
    [_removed, _grown, _put(-1), _put(NAN), _put(float("inf")), _put(None), _put([]), _put({})],
    ids=["removed", "grown", "negative", "nan", "infinite", "null", "list", "mapping"],
)
def test_a_mutated_leaf_is_refused_by_its_key(mutation: Any) -> None:
    for path in leaves(load(PARAMS)):
        params = load(PARAMS)
        *parents, last = path
        section: Any = params
        for key in parents:
            section = section[key]
        mutation(section, last)
        try:
            check(params)
        except InputError as refusal:
            named = [str(part) for part in path if isinstance(part, str)][-1]
            assert named in str(refusal), path
        else:  # fewer in a list, or an objective without that part
            assert (mutation is _removed and isinstance(last, int)) or path in OPTIONAL, path


@pytest.mark.parametrize(
    "text",
    [
        "<script>",
        "a & b",
        '"quoted"',
        "two\nlines",
        "$x^2$",
        "![picture](https://example.org/x.png)",
        "`code`",
        "\u202eright to left",
        "\u05d0\u05d1",
        "a\u0301",
        "\u3164",
        "no\u200bwidth",
        "line\u2028separator",
        " padded ",
        "x" * 61,
        "",
    ],
    ids=ascii,
)
def test_text_that_a_page_or_a_figure_takes_for_more_is_refused(
    params: dict[str, Any], text: str
) -> None:
    params["datasets"]["digits"]["title"] = text
    with pytest.raises(InputError, match=r"datasets.digits.title: expected"):
        check(params)
    params = load(PARAMS)
    params["datasets"]["digits"]["classes"][3] = text
    with pytest.raises(InputError, match=r"datasets.digits.classes.3: expected"):
        check(params)


@pytest.mark.parametrize("name", [" vae ", "vae\n", "vae\u202e"], ids=ascii)
def test_a_name_that_looks_like_another_is_refused(params: dict[str, Any], name: str) -> None:
    params["variants"][name] = params["variants"]["vae"]
    with pytest.raises(InputError, match="variants"):
        check(params)


@pytest.mark.parametrize("path", ["../../etc", "usr/../../etc", "/etc"])
def test_a_package_is_not_climbed_out_of(params: dict[str, Any], path: str) -> None:
    source = {"kind": "debian", "package": "some-package", "path": path}
    params["datasets"]["digits"]["sources"] = [source]
    with pytest.raises(InputError, match=r"datasets.digits.sources.0"):
        check(params)


@given(st.dictionaries(st.text(max_size=12), st.integers() | st.text() | st.none(), max_size=5))
def test_whatever_a_section_holds_it_is_accepted_whole_or_refused_clearly(content: Any) -> None:
    try:
        accepted = validate(content, Train, "params.yaml: train")
    except InputError as refusal:
        assert str(refusal).startswith("params.yaml: train.")
        assert "expected" in str(refusal)
    else:
        assert accepted.model_dump() == content


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "train: {epochs: 1, epochs: 2}",
        "train: !!python/object/apply:os.system ['true']",
        "train: [",
        "",
        "- a list",
        "\x00",
        "train: {epochs: " + "9" * 5000 + "}",
        "deep: " + "[" * 500 + "]" * 500,
        "train: {}\n--- {}",
        "train: &all {epochs: 1}\nvae: *all",
        "train: {<<: *none}",
        "train: !!int ''",
        "train: !!timestamp x",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    ],
    ids=[
        "twice",
        "python object",
        "no yaml",
        "empty",
        "list",
        "binary",
        "long number",
        "deep",
        "two documents",
        "alias",
        "merge",
        "empty int",
        "no time",
        "laughs",
    ],
)
def test_a_file_that_is_no_plain_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "params.yaml", text)
    with pytest.raises(InputError, match=r"params.yaml: expected"):
        load(path)


def test_numbers_with_exponents_are_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "params.yaml", "rate: 1e-3")
    assert read(path, "rate", float) == 0.001


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "params.yaml", "train: {}")
    with pytest.raises(InputError, match=r"train.seeds: expected this key"):
        read(path, "train.seeds", tuple)


def test_sections_are_frozen(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="frozen"):
        check(params).train.epochs = 3  # type: ignore[misc]
