"""What takes an encoder, against a daemon that has one."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import made
from maxsimd import Client, events
from maxsimd.bodies import AnswerReply, CitationBody, DocumentBody
from serving import Served

QUESTION = "Why are vectors rotated before they are quantised?"


def test_texts_are_encoded_and_their_vectors_found(encoder: Client) -> None:
    encoded = encoder.encode(input=QUESTION, input_type="query")
    (text,) = encoded.data
    assert (text.index, text.tokens, text.truncated_tokens) == (0, text.vectors.rows, 0)
    assert encoded.width == text.vectors.width and text.vectors.values == "f32"
    assert np.allclose(np.linalg.norm(text.vectors.numpy(), axis=1), 1, atol=1e-3)
    by_vectors = encoder.search("docs", vectors=text.vectors)
    by_text = encoder.search("docs", query=QUESTION, explain=True)
    assert [hit.passage_id for hit in by_vectors.hits] == [hit.passage_id for hit in by_text.hits]
    best = by_text.hits[0]
    assert best.document_id == "rotation.md" and best.explain
    match = next(match for match in best.explain if match.query_at == QUESTION.index("rotated"))
    assert match.part in ("title", "heading", "text") and match.at is not None
    several = encoder.encode(input=["a", "b c"], encoding="f16")
    assert [text.vectors.values for text in several.data] == ["f16", "f16"]
    assert encoder.encode(input=["a"], encoding="float").data[0].vectors.values == "f32"


def test_documents_are_ranked(encoder: Client) -> None:
    ranked = encoder.rerank(query="weather", documents=["Vectors.", "Rain and wind."], top_n=1, return_documents=True)
    (best,) = ranked.results
    assert best.index == 1 and best.document and best.document.text == "Rain and wind."
    assert ranked.usage and ranked.usage.total_tokens > 0 and ranked.degraded == []


def test_texts_become_one_vector_each(encoder: Client) -> None:
    reply = encoder.embeddings(input=["rain", "wind", "matrix"], input_type="document")
    vectors = np.array([item.embedding for item in reply.data])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    names = [model.id for model in encoder.models().data]
    assert reply.model in names and "maxsimd/plain@docs" in names
    assert encoder.model("maxsimd/plain@docs").kind == "technique"


def test_an_answer_cites_what_stands_in_the_document(encoder: Client) -> None:
    reply = encoder.answer(question=QUESTION, collections=["docs"], technique="plain", k=3, trace="full", threshold=0.0)
    assert not reply.abstained and reply.decision.path == "quoted" and reply.decision.technique == "plain"
    citation = reply.citations[0]
    text = encoder.document("docs", citation.document_id).text.encode()
    assert text[citation.start : citation.end].decode() == citation.quote
    assert reply.contexts[0].collection == "docs" and reply.contexts[0].hit.document_id == "rotation.md"
    assert reply.usage.llm_calls == 0 and reply.usage.llm_tokens.prompt_tokens == 0
    stages = {step.stage: step.details for step in reply.trace}
    assert stages["retrieve"]["contexts"] == len(reply.contexts)
    with_history = encoder.answer(
        question="And why?",
        collections=["docs"],
        history=[
            {"role": "user", "content": "Tell me of rotation."},
            {"role": "assistant", "content": "It spreads outliers."},
        ],
        budget={"max_ms": 20_000},
        filter="year > 2000",
    )
    assert with_history.decision.standalone_question
    assert {context.hit.document_id for context in with_history.contexts} == {"rotation.md", "late.md"}


def test_an_answer_is_told_as_it_is_made(encoder: Client) -> None:
    told = list(encoder.answer_stream(question=QUESTION, collections=["docs"], threshold=0.0))
    done = told[-1]
    assert isinstance(done, AnswerReply)
    assert any(isinstance(event, events.Stage) for event in told)
    (retrieval,) = [event for event in told if isinstance(event, events.Retrieval)]
    assert [context.hit for context in retrieval.contexts] == [context.hit for context in done.contexts]
    assert [event for event in told if isinstance(event, CitationBody)] == done.citations
    left = encoder.answer_stream(question=QUESTION, collections=["docs"])
    assert next(left)
    left.close()
    with pytest.raises(Exception, match="collection_not_found"):
        list(encoder.answer_stream(question=QUESTION, collections=["absent"]))


@pytest.mark.parametrize("kind", ["compact", "json-async"])
def test_what_a_generator_writes_is_told_in_pieces(kind: str, generating: Served) -> None:
    for client in made(kind, generating.url):
        told = list(client.answer_stream(question=QUESTION, collections=["docs"], generator="managed", threshold=0.0))
        done = told[-1]
        assert isinstance(done, AnswerReply) and done.usage.llm_calls == 1
        assert "".join(event.text for event in told if isinstance(event, events.Token)).strip()
        verdicts = [event for event in told if isinstance(event, events.Verdict)]
        accepted = [verdict for verdict in verdicts if verdict.accepted and verdict.supported]
        assert done.decision.path == ("generated" if accepted else "quoted")
        assert accepted or done.degraded


def test_a_question_goes_where_it_belongs(encoder: Client) -> None:
    routed = encoder.route(question=QUESTION, collections=["docs"], options={"how": "rules"})
    assert (routed.scores[0].collection, routed.by) == ("docs", "rules")


def test_trees_are_told(encoder: Client, name: str) -> None:
    encoder.create(name=name, raptor={"clustering": "adjacent", "across": True})
    long = " ".join(f"Sentence {number} is about subject {number // 9}." for number in range(200))
    documents: list[DocumentBody] = [{"id": f"long-{number}", "text": f"{number}. {long}"} for number in range(3)]
    encoder.upsert(name, documents, wait="searchable")
    encoder.compact(name)
    layers = encoder.layers(name)
    assert layers.trees == 3 and layers.layers[0].nodes > 3 and layers.across and layers.across.documents == 3
    tree = encoder.tree(name, "long-1")
    assert tree.document_id == "long-1" and any(node.layer and node.children and node.text for node in tree.nodes)
    assert encoder.tree_across(name).document_id is None
    hit = encoder.search(name, query="subject", scope="summaries", fold="none", k=1).hits[0]
    assert hit.kind == "summary" and hit.leaves and hit.pieces
    encoder.drop_collection(name)
