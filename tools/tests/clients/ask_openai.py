"""Chats whole and as a stream, embeds, lists models, and asks for what is refused; prints what came back."""

import json
import sys

from openai import NotFoundError, OpenAI, UnprocessableEntityError

client = OpenAI(base_url=sys.argv[1] + "/v1", api_key="nobody asks for it", max_retries=0)
model, question = "maxsimd/plain@corpus", sys.argv[2]

turns = [{"role": "system", "content": "be brief"}, {"role": "user", "content": question}]
whole = client.chat.completions.create(model=model, messages=turns, temperature=0, max_tokens=99)
chunks = list(
    client.chat.completions.create(model=model, messages=turns, stream=True, stream_options={"include_usage": True})
)
said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
turns += [
    {"role": "assistant", "content": whole.choices[0].message.content},
    {"role": "user", "content": "And why is it late?"},
]
after = client.chat.completions.create(model=model, messages=turns)

# The client asks for base64 by itself, and decodes it.
texts = [question, "Late interaction compares every query token with every passage token.", "Rain is expected."]
embedded = client.embeddings.create(model="text-embedding-3-small", input=texts)
plain = client.embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float", user="me")
vectors = [item.embedding for item in embedded.data]
dot = lambda a, b: sum(x * y for x, y in zip(a, b))


def refused(ask):
    try:
        ask()
    except (NotFoundError, UnprocessableEntityError) as error:
        return [error.status_code, error.code, error.param]


print(json.dumps({
    "content": whole.choices[0].message.content,
    "finish": whole.choices[0].finish_reason,
    "citations": whole.model_extra["maxsimd"]["citations"],
    "streamed": said,
    "usage": chunks[-1].usage.total_tokens,
    "standalone": after.model_extra["maxsimd"]["decision"]["standalone_question"],
    "missing": refused(lambda: client.chat.completions.create(model="gpt-4o", messages=turns)),
    "model": embedded.model,
    "tokens": embedded.usage.total_tokens,
    "widths": [len(vector) for vector in vectors],
    "apart": max(abs(a - b) for v, item in zip(vectors, plain.data) for a, b in zip(v, item.embedding)),
    "lengths": [dot(vector, vector) for vector in vectors],
    "similar": [dot(vectors[0], vector) for vector in vectors],
    "ids": refused(lambda: client.embeddings.create(model="m", input=[[101, 2203, 102]])),
    "models": [model.id for model in client.models.list()],
    "retrieved": client.models.retrieve(model).id,
}))
