"""A retriever for LlamaIndex: `pip install maxsimd[llama-index]`."""

from __future__ import annotations

import asyncio

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from .async_client import AsyncClient
from .bodies import HitBody, SearchBody
from .client import Client
from .retrieval import PLACE, metadata


class MaxsimdRetriever(BaseRetriever):
    """Nodes that a search of a collection finds. Their id is that of the passage, their source the document, and their
    metadata those of the document beside `document_id`, `passage_id` and where the passage stands.

    `search` is what else is wished of searches: mode, filter, scope, min_score, recall ... Asynchronous calls use
    `async_client`; without it they ask `client` on a thread.
    """

    def __init__(
        self,
        client: Client,
        collection: str,
        *,
        k: int = 10,
        search: SearchBody | None = None,
        async_client: AsyncClient | None = None,
    ) -> None:
        super().__init__()
        self._client = client
        self._async_client = async_client
        self._collection = collection
        self._search: SearchBody = {"k": k, **(search or {})}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _nodes(self._client.search(self._collection, **self._asked(query_bundle)).hits)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if self._async_client is None:
            return await asyncio.to_thread(self._retrieve, query_bundle)
        reply = await self._async_client.search(self._collection, **self._asked(query_bundle))
        return _nodes(reply.hits)

    def _asked(self, query_bundle: QueryBundle) -> SearchBody:
        return {**self._search, "query": query_bundle.query_str}


def _nodes(hits: list[HitBody]) -> list[NodeWithScore]:
    return [NodeWithScore(node=_node(hit), score=hit.score) for hit in hits]


def _node(hit: HitBody) -> TextNode:
    node = TextNode(id_=hit.passage_id, text=hit.text or "", metadata=metadata(hit))
    node.excluded_llm_metadata_keys = node.excluded_embed_metadata_keys = PLACE
    if hit.document_id is not None:
        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=hit.document_id)
    return node
