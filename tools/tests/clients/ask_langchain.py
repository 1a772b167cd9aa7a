"""Chats whole and as a stream, and embeds, through LangChain; prints what came back."""

import json
import sys

from langchain_openai import ChatOpenAI, OpenAIEmbeddings

url, question = sys.argv[1] + "/v1", sys.argv[2]
chat = ChatOpenAI(base_url=url, api_key="nobody asks for it", model="maxsimd/plain@corpus", max_retries=0)
# By default it sends token ids of OpenAI's vocabulary.
embeddings = OpenAIEmbeddings(
    base_url=url, api_key="nobody asks for it", model="all-minilm-l6-v2", check_embedding_ctx_length=False, max_retries=0
)
documents = embeddings.embed_documents(
    ["Rain is expected.", "Late interaction compares every query token with every passage token."]
)
query = embeddings.embed_query(question)

print(json.dumps({
    "content": chat.invoke([("system", "be brief"), ("user", question)]).content,
    "streamed": "".join(chunk.content for chunk in chat.stream(question)),
    "similar": [sum(a * b for a, b in zip(query, vector)) for vector in documents],
}))
