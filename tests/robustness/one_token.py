"""All changes of one token that a module's code allows: what a test should notice."""

import ast
from collections.abc import Iterator
from copy import copy
from types import CodeType
from typing import Any, NamedTuple

# What each comparison turns into: its boundary moved, and its opposite.
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
_NAMES = {"min": "max", "any": "all", "minimum": "maximum", "argmin": "argmax"}
_NAMES |= {new: old for old, new in _NAMES.items()}


class Mutant(NamedTuple):
    """A module with one token changed.

    Attributes:
        line: where, from 1.
        column: from 0.
        text: the line, without the space around it.
        change: the smallest expression that differs, before and after.
        parent: node of the module's tree whose `field` is to be replaced; `place` in it if it is a
            list.
        field: its name.
        place: the position in a list.
        new: what takes its place.
    """

    line: int
    column: int
    text: str
    change: str
    parent: ast.AST
    field: str
    place: int | None
    new: ast.AST


def mutants(source: str, tree: ast.Module) -> Iterator[Mutant]:
    """List the changes in the order of the code; types and what runs as a command have none.

    Args:
        source: of a module.
        tree: parsed from it; the mutants refer to its nodes.
    """
    lines = source.splitlines()

    def below(parent: ast.AST) -> Iterator[Mutant]:
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns"):
                continue
            listed = isinstance(value, list)
            for place, node in enumerate(value if listed else [value]):
                if not isinstance(node, ast.AST) or _is_left_out(node):
                    continue
                for new in _changed(node):
                    placed: Any = node if hasattr(node, "lineno") else parent
                    yield Mutant(
                        placed.lineno,
                        placed.col_offset,
                        lines[placed.lineno - 1].strip(),
                        f"{ast.unparse(node)} -> {ast.unparse(new)}",
                        parent,
                        field,
                        place if listed else None,
                        new,
                    )
                yield from below(node)

    return below(tree)


def compiled(mutant: Mutant, tree: ast.Module, path: str) -> CodeType:
    """Compile a mutant; the tree is afterwards as it was.

    Args:
        mutant: of the tree.
        tree: of the whole module.
        path: of its file, for tracebacks.
    """
    parent, field, place, new = mutant[4:]
    old: Any = getattr(parent, field)
    replaced = new if place is None else [*old[:place], new, *old[place + 1 :]]
    setattr(parent, field, replaced)
    try:
        return compile(ast.fix_missing_locations(tree), path, "exec")
    finally:
        setattr(parent, field, old)


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.If(test=test):
            return ast.unparse(test) == "__name__ == '__main__'"
        # zip(…, strict=True) guards against mistakes in code alone, and UTF-8 is usual anyway.
        case ast.keyword(arg=name):
            return name in ("strict", "encoding")
    return False


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for other in _COMPARISONS[type(op)]:
                    yield _with(node, ops=[*ops[:place], other(), *ops[place + 1 :]])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op):
            if type(op) in _OPERATORS:
                yield _with(node, op=_OPERATORS[type(op)]())
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield _with(node, value=not value)
        case ast.Constant(value=int(value)):
            yield _with(node, value=value + 1)
        case ast.Constant(value=float(value)):
            yield _with(node, value=2 * value or 1.0)
        case ast.Slice():
            for bound in ("lower", "upper", "step"):
                if getattr(node, bound):
                    yield _with(node, **{bound: None})
        case ast.Call(keywords=keywords):
            for place, keyword in enumerate(keywords):
                if keyword.arg and not (_is_left_out(keyword) or _is_bool(keyword.value)):
                    yield _with(node, keywords=[*keywords[:place], *keywords[place + 1 :]])
        case ast.Name(id=name) if name in _NAMES:
            yield _with(node, id=_NAMES[name])
        case ast.Attribute(attr=name) if name in _NAMES:
            yield _with(node, attr=_NAMES[name])
        case ast.arguments(defaults=defaults):
            for place, default in enumerate(defaults):
                if isinstance(default, ast.Constant) and default.value is None:
                    zero = ast.Constant(0)
                    yield _with(node, defaults=[*defaults[:place], zero, *defaults[place + 1 :]])


def _is_bool(node: ast.AST) -> bool:
    """Whether True is turned into False anyway."""
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
