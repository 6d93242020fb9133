"""Files and folders of the RO-Crate that `tools.crate` describes.

A file in the crate has its SHA-256, and the MD5 that `dvc.lock` gives it. Of what is not in the
crate, such as models, that MD5 alone is known. A folder has the identifier that DVC gives it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from rocrate.model import Entity
from rocrate.rocrate import ROCrate

from tools.study import Item, Study, files_of

WORKFLOW = "dvc.yaml"
LOCK = "dvc.lock"
VERIFY = "tools/verify.py"
README = "README.md"
# Files that no stage reads or writes, and what they are.
_BESIDES = {
    README: "How to run the study, and where to find what",
    WORKFLOW: "The stages",
    LOCK: "The hashes of all that each stage read and wrote",
    VERIFY: "What `make verify` runs",
    "reports/provenance.md": "When, on what machine and how long each stage of the study ran",
    "CITATION.cff": "How to cite the study",
    "LICENSE": "The licence",
    "codecheck.yml": "What is to be computed again, for CODECHECK",
}
_FORMATS = {
    "": "text/plain",
    ".cff": "application/yaml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".j2": "text/plain",
    ".js": "text/javascript",
    ".json": "application/json",
    ".lock": "text/plain",
    ".md": "text/markdown",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


def add_files(
    crate: ROCrate, study: Study, folder: Path, certificates: Iterable[str], commit: str
) -> dict[str, Entity]:
    """Add all that stages read and wrote, and the files that say what the study is.

    Args:
        crate: to add to.
        study: with stages.
        folder: the crate's root.
        certificates: paths in it of what `make verify` wrote.
        commit: that all code is of.

    Returns:
        What was added, by path.
    """
    besides = {path: desc for path, desc in _BESIDES.items() if (folder / path).exists()}
    items = {path: Item(path, "", 0, desc) for path, desc in besides.items()}
    items |= {path: Item(path, "", 0, "What `make verify` found") for path in certificates}
    items |= {run.tool: Item(run.tool, "", 0) for run in study.runs}
    items |= {item.path: item for run in study.runs for item in run.deps}
    for item in [item for run in study.runs for item in run.outs]:
        below = {path: Item(path, "", 0, item.desc) for path in files_of(folder, item.path)}
        items |= {**below, item.path: item}
    programs = {VERIFY, *(run.tool for run in study.runs)}
    added = {}
    for path, item in items.items():
        properties: dict[str, object] = {}
        if path == WORKFLOW:
            kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
            properties = {"@type": kinds, "version": commit}
        elif path in programs:
            properties = {"@type": ["File", "SoftwareSourceCode"], "version": commit}
        added[path] = _add(crate, folder, item, properties)
    for path, thing in added.items():
        for place in map(str, PurePosixPath(path).parents):
            if place in added:
                added[place].append_to("hasPart", thing)
    return added


def is_here(thing: Entity) -> bool:
    """Whether a file or folder is in the crate, not only its hash."""
    return not thing.id.startswith("#")


def _add(crate: ROCrate, folder: Path, item: Item, properties: Mapping[str, object]) -> Entity:
    """Add a file, which gets the properties, a folder, or what is known of what is not there."""
    file = folder / item.path
    said: dict[str, object] = {"name": item.path}
    if item.desc:
        said["description"] = item.desc
    if item.md5:
        said["identifier" if item.md5.endswith(".dir") else "md5"] = item.md5
    if file.is_dir():
        return crate.add_dataset(dest_path=item.path, properties=said)
    if not file.is_file():
        said["contentSize"] = str(item.size)
        return crate.add_jsonld({"@id": f"#{quote(item.path)}", "@type": "CreativeWork", **said})
    content = file.read_bytes()
    said |= {"contentSize": str(len(content)), "sha256": hashlib.sha256(content).hexdigest()}
    if file.suffix in _FORMATS:
        said["encodingFormat"] = _FORMATS[file.suffix]
    return crate.add_file(dest_path=item.path, properties={**said, **properties})
