"""A retriever for LangChain: `pip install maxsimd[langchain]`."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from .async_client import AsyncClient
from .bodies import HitBody, SearchBody
from .client import Client
from .retrieval import metadata


class MaxsimdRetriever(BaseRetriever):
    """Documents that a search of a collection finds. Their id is that of the passage, and their metadata those of the
    document beside `score`, `document_id`, `passage_id` and where the passage stands."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    client: Client
    collection: str
    k: int = 10
    search: dict[str, Any] = Field(default_factory=dict)
    """What else is wished of searches: mode, filter, scope, min_score, recall ..."""
    async_client: AsyncClient | None = None
    """What asynchronous calls use; without it they ask `client` on a thread."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return _documents(self.client.search(self.collection, **self._asked(query)).hits)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        if self.async_client is None:
            return await super()._aget_relevant_documents(query, run_manager=run_manager)
        reply = await self.async_client.search(self.collection, **self._asked(query))
        return _documents(reply.hits)

    def _asked(self, query: str) -> SearchBody:
        return cast(SearchBody, {"k": self.k, **self.search, "query": query})


def _documents(hits: list[HitBody]) -> list[Document]:
    def document(hit: HitBody) -> Document:
        given: dict[str, Any] = {**metadata(hit), "score": hit.score}
        return Document(id=hit.passage_id, page_content=hit.text or "", metadata=given)

    return [document(hit) for hit in hits]
