"""Calls the tools of `maxsim mcp`, by the protocol of today and by its older handshake; prints what came back."""

import json
import os
import sys

import anyio
import jsonschema
from mcp import Client, MCPError, StdioServerParameters

url, question, program, signs = sys.argv[1:]
server = StdioServerParameters(command=program, args=["mcp", "--url", url, "--collection", "corpus"])


def told(result):
    """Text and object of a result; the client has compared the object with the tool's schema."""
    [content] = result.content
    return {"error": result.is_error, "text": content.text, "object": result.structured_content}


async def converse(mode):
    said = {}
    async with Client(server, mode=mode) as client:
        said["protocol"] = client.protocol_version
        said["server"] = [client.server_info.name, client.instructions]
        tools = (await client.list_tools()).tools
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        said["tools"] = [[tool.name, tool.annotations.read_only_hint] for tool in tools]

        async def call(name, **arguments):
            return told(await client.call_tool(name, arguments))

        said["collections"] = await call("collections")
        said["found"] = await call("search", query=question, k=3)
        first = said["found"]["object"]["hits"][0]
        said["fetched"] = await call("fetch", document_id=first["document_id"], start=first["start"], max_bytes=500)
        said["answer"] = await call("answer", question=question)
        said["abstained"] = await call("answer", question="Who won the football match in Lisbon yesterday?")
        said["hostile"] = await call("search", query="penguins on the ice of Antarctica", k=1)
        said["refused"] = await call("search", query=question, k=0)
        said["absent"] = await call("fetch", document_id="absent.md")
        try:
            await client.call_tool("delete", {})
        except MCPError as error:
            said["unknown"] = error.code

        found = {}

        async def look(number):
            reply = await call("search", query=question, k=number)
            found[number] = len(reply["object"]["hits"])

        async with anyio.create_task_group() as group:
            for number in range(1, 21):
                group.start_soon(look, number)
        said["at once"] = [found[number] for number in range(1, 21)]
    return said


async def sign(name):
    while not os.path.exists(os.path.join(signs, name)):
        await anyio.sleep(0.01)


async def cancel():
    """Gives a call up once the daemon is at work on it, waits until that has ended, and calls again."""
    async with Client(server) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "answer", {"question": question})
            await sign("asked")
            group.cancel_scope.cancel()
        await sign("ended")
        return told(await client.call_tool("collections", {}))["error"]


async def main():
    if signs:
        return {"after": await cancel()}
    return {mode: await converse(mode) for mode in ["auto", "legacy"]}


print(json.dumps(anyio.run(main)))
