//! Whether a document matches, by its values: the meaning of filters that everything else has to agree with.

use std::cmp::Ordering;

use super::{Filter, Literal, Op, Value, Values};

impl Filter {
    /// True if a document with these values matches.
    pub fn matches(&self, values: &Values) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(values)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(values)),
            Self::Not(inner) => !inner.matches(values),
            Self::Compare { field, op: Op::NotEqual, value } => !any(values.of(field), Op::Equal, value),
            Self::Compare { field, op, value } => any(values.of(field), *op, value),
            Self::In { field, values: wanted } => {
                let values = values.of(field);
                wanted.iter().any(|literal| any(values, Op::Equal, literal))
            }
            Self::Exists { field } => !values.of(field).is_empty(),
            Self::Prefix { field, prefix } => {
                let begins = |value: &Value| matches!(value, Value::Keyword(text) if text.starts_with(prefix));
                values.of(field).iter().any(begins)
            }
        }
    }
}

fn any(values: &[Value], op: Op, literal: &Literal) -> bool {
    values.iter().any(|value| compare(value, literal).is_some_and(|ordering| op.holds(ordering)))
}

/// Where the value lies: before, in or after what the literal stands for; `None` if it is of another type.
fn compare(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::Keyword(value), Literal::Keyword(literal)) => Some(value.as_bytes().cmp(literal.as_bytes())),
        (Value::Integer(value), Literal::Integer(literal)) => Some(value.cmp(literal)),
        (Value::Float(value), Literal::Float(literal)) => value.partial_cmp(literal),
        (Value::Boolean(value), Literal::Boolean(literal)) => Some(value.cmp(literal)),
        (Value::Date(instant), Literal::Date(period)) if *instant < period.start() => Some(Ordering::Less),
        (Value::Date(instant), Literal::Date(period)) if *instant >= period.end() => Some(Ordering::Greater),
        (Value::Date(_), Literal::Date(_)) => Some(Ordering::Equal),
        _ => None,
    }
}

impl Op {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}
