"""The OpenAPI 3.1 description, generated from the route table and the wire types, so that it can't fall behind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tactful_gateway.http.operation import JSON, STRICT, Operation
from tactful_gateway.http.problems import TABLE, ProblemCode, ProblemDetails

REF = "#/components/schemas/{name}"
PROBLEM = "application/problem+json"
TEXT = {"type": "string"}
_PARAMETER = re.compile(r"{(\w+)}")
_KEY_ERRORS: tuple[ProblemCode, ...] = ("missing_key", "unknown_key", "wrong_key_kind", "origin_not_allowed")
_BODY_ERRORS: tuple[ProblemCode, ...] = ("bad_json", "body_timeout", "body_too_large", "invalid_request", "too_deep")
_ANY_ERRORS: tuple[ProblemCode, ...] = ("internal_error", "busy", "store_unavailable")
_KEY_KINDS = {
    "sk": "A server's key. Everything but administration.",
    "pk": "A page's key. Only from the origins listed for it.",
    "ak": "An administrator's key.",
}


def describe(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """Build the OpenAPI document of these operations."""
    kinds = [kind for op in operations for kind in (op.body, *op.shapes, op.answer) if not isinstance(kind, str | None)]
    structs = list(dict.fromkeys([*kinds, ProblemDetails]))
    _, schemas = msgspec.json.schema_components(structs, ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        for method in operation.methods:
            paths.setdefault(operation.path, {})[method.lower()] = _operation(operation, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tactful",
            "version": version,
            "description": "Ask the right person the right question at the right moment.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _security_schemes()},
    }


def _operation(operation: Operation, method: str) -> dict[str, Any]:
    name = operation.name if len(operation.methods) == 1 else f"{operation.name}_{method.lower()}"
    description: dict[str, Any] = {
        "operationId": f"{operation.handler.__module__.rpartition('.')[2]}_{name}",
        "summary": operation.summary,
        "parameters": [
            *(_parameter(name, "path", TEXT) for name in _PARAMETER.findall(operation.path)),
            *(_parameter(name, "query", schema) for name, schema in _query(operation.query).items()),
            *(_parameter(name, "header", schema) for name, schema in operation.headers.items()),
            *([_parameter("If-None-Match", "header", TEXT)] if operation.not_modified else []),
        ],
        "responses": _responses(operation),
        "security": [
            *([{}] if operation.public else []),
            *({scheme: []} for kind in operation.keys for scheme in _schemes(kind)),
        ],
    }
    shapes = operation.shapes if operation.body is None else (operation.body,)
    if shapes:
        refs = [{"$ref": REF.format(name=shape.__name__)} for shape in shapes]
        content = {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}
        description["requestBody"] = {
            "required": not operation.nothing,
            "content": {JSON: content, "text/plain": content},
        }
    return description


def _responses(operation: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {str(operation.status): _success(operation.answer)}
    if operation.not_modified:
        tag = {"required": True, "schema": TEXT, "description": "Changes with the content; send it as If-None-Match."}
        responses["304"] = {"description": "You have this one already."}
        for each in responses.values():
            each["headers"] = {"ETag": tag}
    if operation.path == "/readyz":
        responses["503"] = _success(operation.answer)
    by_status: dict[int, list[ProblemCode]] = {}
    for code in _errors(operation):
        by_status.setdefault(TABLE[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        responses.setdefault(str(status), _failure(status, codes))
    if operation.answer == "text/html":
        # People read these: every outcome is a page.
        for status in (200, 404, 409, 410, 422):
            responses.setdefault(str(status), _success(operation.answer))
        responses["503"]["content"] |= _success(operation.answer)["content"]
    return responses


def _errors(operation: Operation) -> tuple[ProblemCode, ...]:
    codes = (*operation.errors, *_ANY_ERRORS)
    if operation.keys:
        codes += _KEY_ERRORS if "pk" in operation.keys else _KEY_ERRORS[:-1]
    if operation.body is not None or operation.shapes:
        codes += _BODY_ERRORS
    if operation.path.startswith(STRICT):
        codes += ("invalid_request",)
    return tuple(dict.fromkeys(codes))


def _success(answer: type[Struct] | str) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"description": "As it says.", "content": {answer.partition(";")[0]: {"schema": {"type": "string"}}}}
    schema = {"$ref": REF.format(name=answer.__name__)}
    return {"description": (answer.__doc__ or "").partition("\n")[0], "content": {JSON: {"schema": schema}}}


def _failure(status: int, codes: Sequence[ProblemCode]) -> dict[str, Any]:
    schema = {
        "allOf": [{"$ref": REF.format(name="ProblemDetails")}, {"properties": {"code": {"enum": sorted(codes)}}}],
    }
    kinds = dict.fromkeys(TABLE[code].problems.__name__ for code in codes)
    if list(kinds) != ["Problem"]:
        items = {"anyOf": [{"$ref": REF.format(name=name)} for name in kinds]}
        schema["allOf"].append({"properties": {"problems": {"items": items}}})
    failure: dict[str, Any] = {
        "description": " ".join(f"`{code}`: {TABLE[code].title}" for code in codes),
        "content": {PROBLEM: {"schema": schema}},
    }
    if status in (429, 503):
        failure["headers"] = {
            "Retry-After": {"required": True, "schema": {"type": "integer"}, "description": "Seconds to wait."}
        }
    return failure


def _query(kind: type[Struct]) -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components([kind])
    properties: dict[str, Any] = schemas[kind.__name__]["properties"]
    return properties


def _parameter(name: str, place: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _schemes(kind: str) -> tuple[str, ...]:
    return (kind, "pk_in_query") if kind == "pk" else (kind,)


def _security_schemes() -> dict[str, Any]:
    bearer = {kind: {"type": "http", "scheme": "bearer", "description": text} for kind, text in _KEY_KINDS.items()}
    in_query = {"type": "apiKey", "in": "query", "name": "key", "description": _KEY_KINDS["pk"]}
    return {**bearer, "pk_in_query": in_query}
