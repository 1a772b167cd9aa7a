"""Ranks documents by both versions of the interface; prints what came back."""

import json
import sys

import cohere

url, question = sys.argv[1:]
documents = ["Rain is expected.", "Late interaction compares every query token with every passage token.", "Two eggs."]
second = cohere.ClientV2(api_key="nobody asks for it", base_url=url)
ranked = second.rerank(model="rerank-v3.5", query=question, documents=documents, top_n=2, max_tokens_per_doc=4096)
first = cohere.Client(api_key="nobody asks for it", base_url=url)
texts = first.rerank(
    query=question, documents=[{"text": text} for text in documents], return_documents=True, max_chunks_per_doc=10
)
try:
    second.rerank(model="rerank-v3.5", query="", documents=documents)
    refused = None
except cohere.UnprocessableEntityError as error:
    refused = [error.status_code, error.body["code"], error.body["field"]]

print(json.dumps({
    "id": ranked.id,
    "ranked": [[result.index, result.relevance_score] for result in ranked.results],
    "texts": [[result.index, result.relevance_score, result.document.text] for result in texts.results],
    "documents": documents,
    "refused": refused,
}))
