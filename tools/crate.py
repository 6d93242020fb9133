"""The study as an RO-Crate: `ro-crate-metadata.json`, for people and programs that know no DVC.

It follows the Provenance Run Crate profile (https://w3id.org/ro/wfrun/provenance/0.5): `dvc.yaml`
is the workflow, its entries are the steps, and the files in `stages/` that these start are the
tools. Each stage of `dvc.lock` is an action with what it read, its parameters and what it wrote.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from rocrate.model import Entity
from rocrate.rocrate import ROCrate

from tools.crate_files import LOCK, README, VERIFY, WORKFLOW, add_files, is_here
from tools.study import Check, Item, Study, address, full_name

_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}


def describe(study: Study, folder: Path, certificates: Sequence[str], check: Check) -> ROCrate:
    """Describe a folder with the study.

    Args:
        study: what it says of itself.
        folder: the crate's root; what is in it is published.
        certificates: paths in it of what `make verify` wrote.
        check: what `make verify` found.

    Returns:
        The crate. `crate.metadata.write(folder)` completes it, since the files are there.
    """
    crate = ROCrate(version="1.1")
    crate.metadata["conformsTo"] = [
        {"@id": name} for name in ("https://w3id.org/ro/crate/1.1", list(_PROFILES)[-1])
    ]
    crate.metadata.extra_contexts.append("https://w3id.org/ro/terms/workflow-run/context")
    authors = [_person(crate, entry) for entry in study.citation["authors"]]
    licence = _add(
        crate,
        f"https://spdx.org/licenses/{study.citation['license']}",
        "CreativeWork",
        name=study.citation["license"],
    )
    things = add_files(crate, study, folder, certificates, check.commit)
    packages = _packages(crate, study)
    _set(
        things[WORKFLOW],
        author=authors,
        license=licence,
        softwareRequirements=list(packages.values()),
        programmingLanguage=_add(
            crate, "https://dvc.org", "ComputerLanguage", name="DVC", url="https://dvc.org"
        ),
    )
    _add_stages(crate, study, things, authors)
    run = _run(crate, study, things, authors)
    _add(
        crate,
        "#engine",
        "OrganizeAction",
        name="DVC runs the stages",
        agent=authors,
        instrument=packages["dvc"],
        object=crate.get_by_type("ControlAction"),
        result=run,
    )
    _add(
        crate,
        "#verification",
        "CreateAction",
        name="make verify",
        description=check.summary,
        endTime=check.time,
        instrument=things[VERIFY],
        object=things[LOCK],
        result=[things[path] for path in certificates],
    )
    things[README]["about"] = crate.root_dataset
    _set(
        crate.root_dataset,
        name=study.citation["title"],
        description=study.description,
        author=authors,
        license=licence,
        keywords=study.citation.get("keywords", []),
        version=study.citation["version"],
        datePublished=check.time,
        citation=[_reference(crate, entry) for entry in study.citation.get("references", [])],
        conformsTo=[
            _add(crate, name, "CreativeWork", name=title, version=name.rpartition("/")[2])
            for name, title in _PROFILES.items()
        ],
        mainEntity=things[WORKFLOW],
        mentions=crate.get_by_type("CreateAction"),
    )
    for entity in crate.get_entities():
        for key, value in entity.items():
            if isinstance(value, list) and len(value) == 1:  # RO-Crate wants it without the list
                entity[key] = value[0]
    return crate


def _add(crate: ROCrate, identifier: str, kind: str, /, **properties: object) -> Entity:
    """Add what is no file; what has this identifier already stays as it is."""
    return crate.get(identifier) or crate.add_jsonld(
        {"@id": identifier, "@type": kind, **properties}
    )


def _set(entity: Entity, /, **properties: object) -> None:
    for name, value in properties.items():
        if value:
            entity[name] = value


def _person(crate: ROCrate, entry: Mapping[str, Any]) -> Entity:
    """Add an author of `CITATION.cff`."""
    name = full_name(entry)
    kind = "Person" if "family-names" in entry else "Organization"
    more = {"url": entry["website"]} if "website" in entry else {}
    return _add(crate, entry.get("orcid", f"#{quote(name)}"), kind, name=name, **more)


def _reference(crate: ROCrate, entry: Mapping[str, Any]) -> Entity:
    """Add a work that `CITATION.cff` refers to."""
    return _add(
        crate,
        address(entry) or f"#{quote(entry['title'])}",
        "ScholarlyArticle" if entry["type"] == "article" else "CreativeWork",
        name=entry["title"],
        author=[_person(crate, author) for author in entry["authors"]],
        **({"datePublished": str(entry["year"])} if "year" in entry else {}),
    )


def _packages(crate: ROCrate, study: Study) -> dict[str, Entity]:
    """Add the packages that the code imports, by name."""
    return {
        name: _add(
            crate,
            f"https://pypi.org/project/{name}/{version}/",
            "SoftwareApplication",
            name=name,
            softwareVersion=version,
            url=f"https://pypi.org/project/{name}/",
        )
        for name, version in study.packages.items()
    }


def _add_stages(
    crate: ROCrate, study: Study, things: Mapping[str, Entity], authors: Sequence[Entity]
) -> None:
    """Add each stage: what ran, and that DVC started it; also tools and steps of the workflow."""
    steps: dict[str, Entity] = {}
    for stage in study.runs:
        tool = things[stage.tool]
        code = [item.path for item in stage.deps if _is_code(item)]
        if stage.entry not in steps:
            tool["softwareRequirements"] = [things[path] for path in code if path != stage.tool]
            steps[stage.entry] = _add(
                crate, f"#step/{stage.entry}", "HowToStep", name=stage.entry, workExample=tool
            )
        read = [things[item.path] for item in stage.deps if item.path not in code]
        action = _add(
            crate,
            f"#{stage.name}",
            "CreateAction",
            name=stage.desc,
            description=f"Stage {stage.name}: {stage.command}",
            agent=authors,
            instrument=tool,
            object=read + [_parameter(crate, *pair) for pair in stage.params.items()],
            result=[things[item.path] for item in stage.outs],
        )
        _add(
            crate,
            f"#start/{stage.name}",
            "ControlAction",
            name=f"DVC starts {stage.name}",
            instrument=steps[stage.entry],
            object=action,
        )
    _set(
        things[WORKFLOW],
        hasPart=list({stage.tool: things[stage.tool] for stage in study.runs}.values()),
        step=list(steps.values()),
    )


def _is_code(item: Item) -> bool:
    return item.path.partition("/")[0] in ("stages", "requirements.lock")


def _parameter(crate: ROCrate, key: str, value: object) -> Entity:
    """Add a parameter of `params.yaml`; a section's value is written as JSON."""
    plain = value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
    return _add(crate, f"#parameter/{quote(key)}", "PropertyValue", name=key, value=plain)


def _run(
    crate: ROCrate, study: Study, things: Mapping[str, Entity], authors: Sequence[Entity]
) -> Entity:
    """Add the run as a whole: from what no stage writes to what is published."""
    outs = [item for run in study.runs for item in run.outs]
    made = {str(place) for item in outs for place in PurePosixPath(item.path).parents}
    made |= {item.path for item in outs}
    inputs = {item.path for run in study.runs for item in run.deps if not _is_code(item)} - made
    return _add(
        crate,
        "#run",
        "CreateAction",
        name="All stages",
        description="dvc repro",
        agent=authors,
        instrument=things[WORKFLOW],
        object=[things[path] for path in sorted(inputs)],
        result=[things[item.path] for item in outs if is_here(things[item.path])],
    )
