//! What holds of the citations of every answer, whatever wrote it.

use std::collections::BTreeMap;

use maxsimd_engine::answer::Answer;

/// Every citation is what stands in its document, whose text is told by collection and id.
pub(crate) fn check(answer: &Answer, texts: &BTreeMap<(String, String), String>) {
    for citation in &answer.citations {
        let text = &texts[&(citation.collection.clone(), citation.document_id.clone())];
        assert_eq!(&text[citation.start..citation.end], citation.quote);
        assert!(!citation.quote.trim().is_empty() && citation.answer_end <= answer.answer.len());
        assert!(answer.answer.get(citation.answer_start..citation.answer_end).is_some());
        assert!((0.0..=1.0).contains(&citation.support));
    }
    for [start, end] in &answer.unsupported {
        assert!(answer.answer.get(*start..*end).is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(answer.abstained, answer.answer.is_empty());
}
