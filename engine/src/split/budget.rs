//! How long a passage may be.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Most tokens a passage may be given.
const MAX_TOKENS: usize = 8192;

/// Tokens per passage, and how many of them neighbours may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(usize, usize)", into = "(usize, usize)")]
pub struct Budget {
    tokens: usize,
    overlap: usize,
}

impl Budget {
    /// Takes 1 to 8192 tokens, of which at most half may overlap.
    pub fn new(tokens: usize, overlap: usize) -> Result<Self> {
        if !(1..=MAX_TOKENS).contains(&tokens) {
            return Err(Error::invalid("passage_tokens", format!("{tokens} is not between 1 and {MAX_TOKENS}")));
        }
        if overlap > tokens / 2 {
            return Err(Error::invalid(
                "passage_overlap",
                format!("{overlap} is more than half of the {tokens} tokens of a passage"),
            ));
        }
        Ok(Self { tokens, overlap })
    }

    /// Most tokens in a passage.
    pub fn tokens(self) -> usize {
        self.tokens
    }

    /// Most tokens that a passage repeats of the one before it.
    pub fn overlap(self) -> usize {
        self.overlap
    }
}

impl TryFrom<(usize, usize)> for Budget {
    type Error = Error;

    fn try_from((tokens, overlap): (usize, usize)) -> Result<Self> {
        Self::new(tokens, overlap)
    }
}

impl From<Budget> for (usize, usize) {
    fn from(budget: Budget) -> Self {
        (budget.tokens, budget.overlap)
    }
}

/// How documents become passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Splitting {
    /// Split on structure to a token budget.
    Structure(Budget),
    /// One passage per document, cut at the encoder's limit.
    Whole,
}

impl Default for Splitting {
    fn default() -> Self {
        Self::Structure(Budget::default())
    }
}

impl Default for Budget {
    /// 180 tokens, 30 of them shared.
    fn default() -> Self {
        Self { tokens: 180, overlap: 30 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_of_nothing_or_of_mostly_overlap_is_refused() {
        assert!(Budget::new(0, 0).is_err());
        assert!(Budget::new(8193, 0).is_err());
        assert!(Budget::new(10, 6).is_err());
        assert_eq!(Budget::new(180, 30).ok(), Some(Budget::default()));
    }
}
