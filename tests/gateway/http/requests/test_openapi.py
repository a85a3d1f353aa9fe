"""The description: valid, complete, and true of what is answered (every client of these tests checks that, too)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tactful_gateway.http.problems import TABLE
from tactful_gateway.http.server import with_description


def test_it_is_valid_openapi_3_1(api: Any) -> None:
    assert api.document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(api.document).validate()


def test_every_route_is_in_it_with_its_methods_and_keys(api: Any) -> None:
    for operation in with_description("0"):
        for method in operation.methods:
            described = api.document["paths"][operation.path][method.lower()]
            kinds = {name.removesuffix("_in_query") for entry in described["security"] for name in entry}
            assert kinds == set(operation.keys)


def test_every_operation_has_an_id_of_its_own(api: Any) -> None:
    ids = [operation["operationId"] for path in api.document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("code", sorted(set(TABLE) - {"not_found", "method_not_allowed"}))
def test_every_error_stands_at_some_route(api: Any, code: str) -> None:
    told = [
        response["description"]
        for path in api.document["paths"].values()
        for operation in path.values()
        for response in operation["responses"].values()
    ]
    assert any(f"`{code}`" in description for description in told)


def test_what_may_be_tried_again_says_when() -> None:
    assert {kind.status for kind in TABLE.values() if kind.retry_after is not None} == {503}
    assert all(kind.retry_after for kind in TABLE.values() if kind.status in (429, 503))


def _parameters(api: Any, method: str, path: str) -> dict[str, dict[str, Any]]:
    return {it["name"]: it["schema"] for it in api.document["paths"][path][method]["parameters"]}


def test_parameters_say_what_they_may_be(api: Any) -> None:
    page = _parameters(api, "get", "/v1/ruleset/versions")
    assert (page["limit"]["type"], page["limit"]["minimum"], page["limit"]["maximum"]) == ("integer", 1, 200)
    assert (page["before"]["type"], page["before"]["minimum"]) == ("integer", 0)
    publish = _parameters(api, "put", "/v1/ruleset")
    assert publish["dry_run"]["enum"] == ["0", "1"]
    assert re.search(publish["If-Match"]["pattern"], '"12"')
    assert not re.search(publish["If-Match"]["pattern"], '"12')


def test_what_has_an_etag_says_so_and_what_has_none_does_not(api: Any) -> None:
    for path, operations in api.document["paths"].items():
        for method, operation in operations.items():
            names = {it["name"] for it in operation["parameters"]}
            described = {code for code, it in operation["responses"].items() if "ETag" in it.get("headers", {})}
            assert described == ({"200", "304"} if "If-None-Match" in names else set()), (method, path)
    answer = api.get("/v1/ruleset", headers=api.sk)
    assert "ETag" in api.document["paths"]["/v1/ruleset"]["get"]["responses"]["200"]["headers"]
    assert answer.headers["etag"]
