"""A client of the real YAML language server, as an editor is one: JSON-RPC over its standard input and output."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
PATIENCE = 30
CURSOR = "¦"
"""Stands in a text where the cursor is."""
SETTINGS = {
    "yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}},
    "http": {"proxy": "http://127.0.0.1:9", "proxyStrictSSL": True},
}
"""An editor's defaults, save that nothing may be fetched: what a schema needs must stand in it."""


class LanguageServer:
    """One running server with a folder open; `with` starts and stops it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next = 0
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._published: queue.Queue[dict[str, Any]] = queue.Queue()
        self._versions: dict[str, int] = {}

    def __enter__(self) -> Self:
        program = HERE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
        self._process = subprocess.Popen(
            ["node", program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        threading.Thread(target=self._listen, daemon=True).start()
        capabilities = {
            "workspace": {"configuration": True, "workspaceFolders": True, "didChangeConfiguration": {}},
            "textDocument": {
                "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {},
            },
        }
        uri = self._folder.as_uri()
        folders = [{"uri": uri, "name": "survey"}]
        parameters = {"processId": None, "rootUri": uri, "workspaceFolders": folders, "capabilities": capabilities}
        self.request("initialize", parameters)
        self._send({"method": "initialized", "params": {}})
        return self

    def __exit__(self, *error: object) -> None:
        self.request("shutdown", None)
        self._send({"method": "exit", "params": None})
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def request(self, method: str, params: Any) -> Any:
        """Send a request and give its result."""
        self._next += 1
        answer: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answers[self._next] = answer
        self._send({"id": self._next, "method": method, "params": params})
        message = answer.get(timeout=PATIENCE)
        assert "error" not in message, message
        return message["result"]

    def open(self, name: str, text: str) -> list[dict[str, Any]]:
        """Show a file's text, new or changed, and give what the server finds wrong with it."""
        uri = (self._folder / name).as_uri()
        self._versions[uri] = self._versions.get(uri, 0) + 1
        document = {"uri": uri, "version": self._versions[uri]}
        if document["version"] == 1:
            document |= {"languageId": "yaml", "text": text}
            self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        else:
            changes = {"textDocument": document, "contentChanges": [{"text": text}]}
            self._send({"method": "textDocument/didChange", "params": changes})
        while True:
            published = self._published.get(timeout=PATIENCE)
            if published["uri"] == uri:
                found: list[dict[str, Any]] = published["diagnostics"]
                return found

    def complete(self, name: str, text: str) -> list[str]:
        """Give what the server offers where the cursor stands in the text."""
        found = self.request("textDocument/completion", self._at_cursor(name, text))
        items = found if isinstance(found, list) else found["items"]
        return sorted({item["label"] for item in items})

    def hover(self, name: str, text: str) -> str:
        """Give what the server says of what the cursor stands on."""
        found = self.request("textDocument/hover", self._at_cursor(name, text))
        return "" if found is None else str(found["contents"]["value"])

    def _at_cursor(self, name: str, text: str) -> dict[str, Any]:
        before, _, after = text.partition(CURSOR)
        self.open(name, before + after)
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        uri = (self._folder / name).as_uri()
        return {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _listen(self) -> None:
        """Take what the server says until it ends; what it asks of an editor is answered at once."""
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            message = json.loads(stream.read(length))
            if "method" not in message:
                self._answers[message["id"]].put(message)
            elif message["method"] == "textDocument/publishDiagnostics":
                self._published.put(message["params"])
            elif "id" in message:
                self._send({"id": message["id"], "result": _as_editor(message)})


def _as_editor(message: dict[str, Any]) -> Any:
    if message["method"] != "workspace/configuration":
        return None
    return [SETTINGS.get(item.get("section", ""), {}) for item in message["params"]["items"]]
