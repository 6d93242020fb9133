"""The study as an RO-Crate: `ro-crate-metadata.json`, for people and programs that know no DVC.

It follows the Provenance Run Crate profile (https://w3id.org/ro/wfrun/provenance/0.5): `dvc.yaml`
is the workflow, its entries are the steps, and the files in `stages/` that these start are the
tools. Each stage of `dvc.lock` is an action with what it read, its parameters and what it wrote.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote

from rocrate.model import Entity
from rocrate.rocrate import ROCrate

from tools.crate_files import LOCK, PROVENANCE, README, VERIFY, WORKFLOW, add_files, is_here
from tools.study import Check, Item, Study, address, full_name

_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}


class _Actions(NamedTuple):
    """Actions, as RO-Crate calls what happened: stages that ran, and DVC that started each."""

    ran: list[Entity]
    started: list[Entity]


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
    packages = {
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
    workflow = things[WORKFLOW]
    _set(
        workflow,
        author=authors,
        license=licence,
        softwareRequirements=list(packages.values()),
        programmingLanguage=_add(
            crate, "https://dvc.org", "ComputerLanguage", name="DVC", url="https://dvc.org"
        ),
    )
    actions = _actions(crate, study, things, authors)
    run = _run(crate, study, things, authors)
    _add(
        crate,
        "#engine",
        "OrganizeAction",
        name="DVC runs the stages",
        instrument=packages["dvc"],
        object=actions.started,
        result=run,
        agent=authors,
    )
    verification = crate.add_action(
        things[VERIFY],
        "#verification",
        object=[things[LOCK]],
        result=[things[path] for path in certificates],
        properties={"name": "make verify", "description": check.summary, "endTime": check.time},
    )
    _set(things[README], about=crate.root_dataset)
    _set(things[PROVENANCE], about=run)
    _set(
        crate.root_dataset,
        name=study.citation["title"],
        description=study.description,
        author=authors,
        license=licence,
        keywords=study.citation["keywords"],
        version=study.citation["version"],
        datePublished=check.time,
        citation=[_reference(crate, entry) for entry in study.citation["references"]],
        conformsTo=[
            _add(crate, name, "CreativeWork", name=title, version=name.rpartition("/")[2])
            for name, title in _PROFILES.items()
        ],
        mainEntity=workflow,
        mentions=[run, verification, *actions.ran],
    )
    return crate


def _add(crate: ROCrate, identifier: str, kind: str, /, **properties: object) -> Entity:
    """Add what is no file; something with this identifier that is there already stays."""
    known = crate.get(identifier)
    return known or crate.add_jsonld({"@id": identifier, "@type": kind, **properties})


def _set(entity: Entity, /, **properties: object) -> None:
    for name, value in properties.items():
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
        datePublished=str(entry["year"]),
    )


def _is_code(item: Item) -> bool:
    return item.path.partition("/")[0] in ("stages", "requirements.lock")


def _actions(
    crate: ROCrate, study: Study, things: Mapping[str, Entity], authors: Sequence[Entity]
) -> _Actions:
    """Add tools and steps to the workflow, and an action for each stage that ran."""
    actions = _Actions([], [])
    steps: dict[str, Entity] = {}
    for run in study.runs:
        tool = things[run.tool]
        if run.entry not in steps:
            tool["softwareRequirements"] = [
                things[item.path] for item in run.deps if _is_code(item) and item.path != run.tool
            ]
            steps[run.entry] = _add(
                crate, f"#step/{run.entry}", "HowToStep", name=run.entry, workExample=tool
            )
        params = [_parameter(crate, *pair) for pair in run.params.items()]
        action = crate.add_action(
            tool,
            f"#{run.name}",
            object=[things[item.path] for item in run.deps if not _is_code(item)] + params,
            result=[things[item.path] for item in run.outs],
            properties={
                "name": run.desc,
                "description": f"Stage {run.name}: {run.command}",
                "agent": authors,
            },
        )
        actions.ran.append(action)
        actions.started.append(
            _add(
                crate,
                f"#start/{run.name}",
                "ControlAction",
                name=f"DVC starts {run.name}",
                instrument=steps[run.entry],
                object=action,
            )
        )
    tools = dict.fromkeys(run.tool for run in study.runs)
    _set(
        things[WORKFLOW],
        hasPart=[things[path] for path in tools],
        step=list(steps.values()),
    )
    return actions


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
    return crate.add_action(
        things[WORKFLOW],
        "#run",
        object=[things[path] for path in sorted(inputs)],
        result=[things[item.path] for item in outs if is_here(things[item.path])],
        properties={
            "name": "All stages",
            "description": "dvc repro",
            "agent": authors,
        },
    )
