//! A filter as it was written: no types yet, and where everything is.

use super::{FilterError, Op};

/// Where something was written.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// At a byte of the text.
    Byte(usize),
    /// Under a path in JSON, empty for the whole.
    Path(String),
}

impl Place {
    pub(super) fn error(&self, reason: impl Into<String>) -> FilterError {
        let reason = reason.into();
        match self {
            Self::Byte(at) => FilterError { reason, at: Some(*at) },
            Self::Path(path) if path.is_empty() => FilterError { reason, at: None },
            Self::Path(path) => FilterError { reason: format!("{path}: {reason}"), at: None },
        }
    }
}

#[derive(Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

#[derive(Debug)]
pub(super) enum Constant {
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
}

#[derive(Debug)]
pub(super) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Condition { field: Placed<String>, test: Test },
}

/// What a condition asks of its field.
#[derive(Debug)]
pub(super) enum Test {
    IsTrue,
    Exists,
    Compare(Op, Placed<Constant>),
    In(Vec<Placed<Constant>>),
    Prefix(Placed<Constant>),
}

/// Parts of the same kind are taken apart, so that how a filter was nested makes no difference.
impl Expression {
    /// All of the parts; of one part, itself.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let open = |part| if let Self::And(inner) = part { inner } else { vec![part] };
        Self::joined(parts.into_iter().flat_map(open).collect(), Self::And)
    }

    /// Any of the parts; of one part, itself.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let open = |part| if let Self::Or(inner) = part { inner } else { vec![part] };
        Self::joined(parts.into_iter().flat_map(open).collect(), Self::Or)
    }

    fn joined(mut parts: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { join(parts) }
    }
}
