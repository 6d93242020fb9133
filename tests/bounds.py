"""Which values types and the fields of sections admit."""

from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError


def allowed(kind: Any, value: object) -> bool:
    """Whether a type admits a value."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def allows(schema: type[BaseModel], field: str, value: object) -> bool:
    """Whether a field may have a value."""
    info = schema.model_fields[field]
    return allowed(Annotated[info.annotation, *info.metadata], value)
