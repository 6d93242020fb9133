"""Run a stage as `python -m` does, and write down which parameters it looks at.

python -m tests.audited FOLDER -m stages.train vae --params params.yaml …
"""

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

from stages.core import params

# All of the file, not one section.
WHOLE = "."


class Looked:
    """Dotted keys of parameters, as they are looked at."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.read: set[str] = set()  # and validated, whether or not a value is used
        self._named: dict[int, tuple[str, object]] = {}  # keeps objects, and so their ids, alive

    def name(self, value: object, key: str) -> None:
        """Remember where sections stand, so that their fields can be named."""
        if isinstance(value, params.Section):
            self._named[id(value)] = (key, value)
            for field in type(value).model_fields:
                self.name(value.__dict__[field], f"{key}.{field}")
        elif isinstance(value, dict):
            for inner, entry in value.items():
                self.name(entry, f"{key}.{inner}")

    def field(self, owner: params.Section, name: str) -> None:
        """Note a field that is looked at; dumping a section looks at all."""
        if id(owner) not in self._named:
            return
        key, _ = self._named[id(owner)]
        fields = type(owner).model_fields
        if name == "model_dump":
            self.keys |= {f"{key}.{field}" for field in fields}
        elif name in fields and not isinstance(owner.__dict__[name], params.Section):
            self.keys.add(f"{key}.{name}")  # a section inside has fields of its own


def main() -> None:
    """Watch, then run the module that the command line names."""
    folder, _, module, *arguments = sys.argv[1:]
    looked = Looked()
    read, load = params.read, params.load

    def noted(path: Path, key: str, schema: Any) -> Any:
        value = read(path, key, schema)
        looked.read.add(key)
        if not isinstance(value, params.Section):
            looked.keys.add(key)
        looked.name(value, key)
        return value

    def loaded(path: Path) -> Any:
        looked.keys.add(WHOLE)
        return load(path)

    def get(owner: params.Section, name: str) -> Any:
        looked.field(owner, name)
        return object.__getattribute__(owner, name)

    params.read, params.load = noted, loaded  # before the stage imports them
    sys.argv = [module, *arguments]
    params.Section.__getattribute__ = get  # type: ignore[method-assign, assignment]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        found = {"looked": sorted(looked.keys), "read": sorted(looked.read)}
        file = Path(folder, f"{os.getpid()}.json")
        file.write_text(json.dumps({"module": module, "argv": arguments, **found}))


if __name__ == "__main__":
    main()
