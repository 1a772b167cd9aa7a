"""Retrievers of LangChain and LlamaIndex."""

from __future__ import annotations

import asyncio

import pytest

from maxsimd import AsyncClient, Client
from maxsimd.exchange import FormName
from serving import Served
from test_collections import WIDTH, documents

FORMS: list[FormName] = ["json", "compact"]


@pytest.fixture(scope="module")
def words(served: Served) -> str:
    """A collection whose words are looked for."""
    rated = documents()
    for document in rated:
        # No score of a search.
        document["metadata"]["score"] = 0 if document["id"] == "d/3" else 1
    with Client(served.url) as client:
        client.create(name="words", width=WIDTH)
        client.upsert("words", rated, wait="searchable")
    return "words"


@pytest.mark.parametrize("form", FORMS)
def test_langchain_gets_documents(served: Served, words: str, form: FormName) -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.runnables import RunnableLambda

    from maxsimd.langchain import MaxsimdRetriever

    async def asked() -> None:
        async with AsyncClient(served.url, form=form) as other:
            awaited = retriever.model_copy(update={"async_client": other})
            assert await awaited.ainvoke("axis 3") == found

    with Client(served.url, form=form) as client:
        retriever = MaxsimdRetriever(client=client, collection=words, k=2, search={"mode": "bm25"})
        found = retriever.invoke("axis 3")
        assert (len(found), found[0].id, found[0].page_content) == (2, "d/3#0", "axis 3")
        metadata = found[0].metadata
        assert (metadata["number"], metadata["document_id"], metadata["title"]) == (3, "d/3", "Axis 3")
        assert metadata["score"] > found[1].metadata["score"]
        assert (retriever | RunnableLambda(len)).invoke("axis 3") == 2
        asyncio.run(asked())
        assert asyncio.run(retriever.ainvoke("axis 3")) == found
        filtered = MaxsimdRetriever(client=client, collection=words, search={"mode": "bm25", "filter": "number = 4"})
        assert [document.metadata["number"] for document in filtered.invoke("axis")] == [4]


@pytest.mark.parametrize("form", FORMS)
def test_llama_index_gets_nodes(served: Served, words: str, form: FormName) -> None:
    pytest.importorskip("llama_index.core")
    from llama_index.core.schema import NodeRelationship, RelatedNodeInfo

    from maxsimd.llama_index import MaxsimdRetriever

    async def asked() -> None:
        async with AsyncClient(served.url, form=form) as other:
            retriever = MaxsimdRetriever(client, words, async_client=other, k=2, search={"mode": "bm25"})
            assert [node.node_id for node in await retriever.aretrieve("axis 3")] == ids

    with Client(served.url, form=form) as client:
        retriever = MaxsimdRetriever(client, words, k=2, search={"mode": "bm25"})
        found = retriever.retrieve("axis 3")
        ids = [node.node_id for node in found]
        assert (len(found), ids[0], found[0].text) == (2, "d/3#0", "axis 3")
        assert (found[0].metadata["number"], found[0].metadata["title"]) == (3, "Axis 3")
        assert (found[0].score or 0) > (found[1].score or 0) > 0
        source = found[0].node.relationships[NodeRelationship.SOURCE]
        assert isinstance(source, RelatedNodeInfo) and source.node_id == "d/3"
        asyncio.run(asked())
        assert [node.node_id for node in asyncio.run(retriever.aretrieve("axis 3"))] == ids
