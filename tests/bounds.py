"""Which values a section's fields may have."""

from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError


def allows(schema: type[BaseModel], field: str, value: Any) -> bool:
    """Whether a field may have a value."""
    info = schema.model_fields[field]
    try:
        TypeAdapter(Annotated[info.annotation, *info.metadata]).validate_python(value)
    except ValidationError:
        return False
    return True
