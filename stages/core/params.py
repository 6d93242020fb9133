"""Reading a section of `params.yaml` into a validated, frozen object."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent

from stages.core.errors import InputError

T = TypeVar("T")

# What this process has read: file, key (empty for the whole file) and value.
_already_read: list[tuple[Path, str, Any]] = []


class Section(BaseModel):
    """A block of `params.yaml`: no unknown keys, no silent conversions, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise ValueError(f"each value once, received {list(values)}")
    return values


# YAML gives lists; frozen objects hold tuples.
Distinct = AfterValidator(_distinct)
Several = Annotated[tuple[T, ...], Field(min_length=1, strict=False)]
# The limit refuses numbers of things that no memory could hold.
PositiveInt = Annotated[int, Field(gt=0, le=1_000_000_000)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
LearningRate = Annotated[float, Field(gt=0, le=1)]
Width = Annotated[int, Field(gt=0, le=10_000)]  # units of a layer
Widths = Annotated[tuple[Width, ...], Field(max_length=10, strict=False)]
# Share of the training images, and how often such a part of them is drawn.
Fraction = Annotated[float, Field(gt=0, le=1)]
Fractions = Annotated[Several[Fraction], Distinct]
Draws = Annotated[int, Field(gt=0, le=1_000)]
# What every stage with models reads.
Device = Annotated[str, Field(pattern="^(cpu|gpu)$")]
Threads = Annotated[int, Field(gt=0, le=1_024)]
Seeds = Annotated[Several[Seed], Distinct, Field(max_length=1_000)]


def load(path: Path) -> dict[str, Any]:
    """Parse a YAML file with the parser that DVC uses (PyYAML reads 1e-3 as a string).

    Returns:
        The top-level mapping, made of plain Python values only.

    Raises:
        InputError: the file is missing, is not YAML, is nested too deeply or has too long numbers
            for the parser, repeats a key, uses an alias, or is not a mapping.
    """
    content = _parse(path)
    _already_read.append((path, "", content))
    return content


def _parse(path: Path) -> dict[str, Any]:
    try:
        content = deepcopy(_yaml(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, RecursionError, YAMLError) as error:
        raise InputError(f"{path}: expected readable YAML, received: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a mapping of sections, received {content!r}")
    return content


@cache
def _yaml(text: str) -> Any:
    """Parse a text only once: a stage reads many sections, and all of them again at its end."""
    # Not the parser in C, which crashes on deep nesting.
    parser = YAML(typ="safe", pure=True)
    for event in parser.parse(text):
        if isinstance(event, AliasEvent):
            raise ValueError(f"an alias, *{event.anchor}, where every value is to be written out")
    return parser.load(text)


def validate(value: object, schema: type[T], subject: str) -> T:
    """Check a value against a schema and return it as a frozen, typed object.

    Args:
        value: plain Python values, as `load` gives them.
        schema: a `Section` or any type that pydantic understands.
        subject: where the value stands, for the message: `params.yaml: train`.

    Raises:
        InputError: one line for each fault: the key, what was expected, what was received.
    """
    try:
        return TypeAdapter(schema).validate_python(value)
    except ValidationError as error:
        raise InputError(
            "\n".join(_described(fault, subject) for fault in error.errors(include_url=False))
        ) from error


def read(path: Path, key: str, schema: type[T]) -> T:
    """Read and validate one section; return it as a frozen, typed object.

    Args:
        path: normally `params.yaml`.
        key: dotted path of the section, as in the `params` of `dvc.yaml`: `variants.vae`.
        schema: as for `validate`.

    Raises:
        InputError: the file or the section is not what was expected.
    """
    value = _value(path, key)
    _already_read.append((path, key, value))
    return validate(value, schema, f"{path}: {key}")


def refuse_edited_params() -> None:
    """Refuse to end successfully if a section was edited after it was read.

    The module `change_guard` gives the reason. Edits of other sections do no harm.

    Raises:
        InputError: names the section.
    """
    for path, key, value in _already_read:
        if _value(path, key) != value:
            raise InputError(
                f"{': '.join(filter(None, (str(path), key)))}: expected the values with which this "
                "stage started, received others: edited while it ran; run it again"
            )


def _value(path: Path, key: str) -> Any:
    """Read the value of a dotted key; the empty key stands for the whole file."""
    value: Any = _parse(path)
    for part in filter(None, key.split(".")):
        if not isinstance(value, dict) or part not in value:
            raise InputError(f"{path}: {key}: expected this key, received a file without it")
        value = value[part]
    return value


def _described(fault: Any, subject: str) -> str:
    """Write a fault as `subject.key: expected this, received that`."""
    where = ".".join((subject, *(str(part) for part in fault["loc"])))
    if fault["type"] == "missing":
        return f"{where}: expected this key, received a section without it"
    if fault["type"] == "extra_forbidden":
        return f"{where}: expected no such key, received {fault['input']!r}"
    expected = (
        fault["msg"].removeprefix("Value error, ").replace("Input should", "the value should")
    )
    if fault["type"] == "value_error":
        return f"{where}: expected {expected}"
    return f"{where}: expected: {expected}, received {fault['input']!r}"
