//! An untyped expression to a filter, by the types of fields.

use super::expression::{Constant, Expression, Placed, Test};
use super::fields::MAX_NAME;
use super::{FieldType, Fields, Filter, FilterError, Literal, MAX_TEXT, Op, Period, limits, show};

/// Most fields that a message lists.
const MAX_LISTED: usize = 10;
const DATES: &str = "expected a date of the years 0001 to 9999 such as \"2020\", \"2020-05\", \"2020-05-01\" or \
                     \"2020-05-01T12:30:00Z\"";

pub(super) fn bind(expression: Expression, fields: &Fields) -> Result<Filter, FilterError> {
    let filter = node(expression, fields, 0)?;
    if filter.to_string().len() > MAX_TEXT {
        return Err(FilterError { reason: format!("a filter longer than {MAX_TEXT} bytes when printed"), at: None });
    }
    Ok(filter)
}

fn node(expression: Expression, fields: &Fields, depth: usize) -> Result<Filter, FilterError> {
    let parts =
        |parts: Vec<_>| -> Result<Vec<_>, _> { parts.into_iter().map(|part| node(part, fields, depth + 1)).collect() };
    match expression {
        Expression::And(inner) => parts(inner).map(Filter::And),
        Expression::Or(inner) => parts(inner).map(Filter::Or),
        Expression::Not(inner) => Ok(Filter::Not(Box::new(node(*inner, fields, depth + 1)?))),
        Expression::Condition { field, test } => {
            limits::depth(depth, &field.place)?;
            let kind = fields.get(&field.value).ok_or_else(|| field.place.error(unknown(&field.value, fields)))?;
            condition(field, kind, test)
        }
    }
}

fn condition(field: Placed<String>, kind: FieldType, test: Test) -> Result<Filter, FilterError> {
    let Placed { value: field, place } = field;
    match (kind, test) {
        (_, Test::Exists) => Ok(Filter::Exists { field }),
        (FieldType::Text, _) => Err(place.error(format!(
            "field {field} is text and knows only exists({field}); declare it as keyword to filter by it"
        ))),
        (FieldType::Boolean, Test::IsTrue) => {
            Ok(Filter::Compare { field, op: Op::Equal, value: Literal::Boolean(true) })
        }
        (_, Test::IsTrue) => Err(place.error(format!("field {field} is {kind}: expected an operator after it"))),
        (FieldType::Boolean, Test::Compare(op, _)) if !matches!(op, Op::Equal | Op::NotEqual) => {
            Err(place.error(format!("field {field} is boolean and knows = and !=, not {}", op.symbol())))
        }
        (_, Test::Compare(op, value)) => literal(&field, kind, value).map(|value| Filter::Compare { field, op, value }),
        (_, Test::In(values)) => {
            let values: Result<_, _> = values.into_iter().map(|value| literal(&field, kind, value)).collect();
            values.map(|values| Filter::In { field, values })
        }
        (FieldType::Keyword, Test::Prefix(value)) => match value.value {
            Constant::String(prefix) => Ok(Filter::Prefix { field, prefix }),
            other => Err(value.place.error(mismatch(&field, kind, "expected a string", &other))),
        },
        (_, Test::Prefix(_)) => Err(place.error(format!("field {field} is {kind}; prefix is for keyword fields"))),
    }
}

fn literal(field: &str, kind: FieldType, constant: Placed<Constant>) -> Result<Literal, FilterError> {
    let literal = match (kind, &constant.value) {
        (FieldType::Keyword, Constant::String(text)) => Some(Literal::Keyword(text.clone())),
        (FieldType::Integer, Constant::Integer(value)) => Some(Literal::Integer(*value)),
        (FieldType::Float, Constant::Float(value)) => Some(Literal::Float(*value)),
        (FieldType::Float, Constant::Integer(value)) => Some(Literal::Float(*value as f64)),
        (FieldType::Boolean, Constant::Boolean(value)) => Some(Literal::Boolean(*value)),
        (FieldType::Date, Constant::String(text)) => Period::of_filter(text).map(Literal::Date),
        _ => None,
    };
    let wanted = match kind {
        FieldType::Keyword | FieldType::Text => "expected a string",
        FieldType::Integer => "expected an integer",
        FieldType::Float => "expected a number",
        FieldType::Boolean => "expected true or false",
        FieldType::Date => DATES,
    };
    literal.ok_or_else(|| constant.place.error(mismatch(field, kind, wanted, &constant.value)))
}

fn mismatch(field: &str, kind: FieldType, wanted: &str, found: &Constant) -> String {
    let found = match found {
        Constant::String(text) => show::quoted(text, '"'),
        Constant::Integer(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Boolean(value) => value.to_string(),
    };
    format!("field {field} is {kind}: {wanted}, found {found}")
}

fn unknown(name: &str, fields: &Fields) -> String {
    let mut reason = format!("there is no field {}", show::quoted(name, '`'));
    if let Some(closest) = closest(name, fields) {
        reason.push_str(&format!("; did you mean `{closest}`?"));
    }
    match fields.iter().count() {
        0 => reason.push_str("; no field is known"),
        1..=MAX_LISTED => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| name).collect();
            reason.push_str(&format!(" (there are: {})", names.join(", ")));
        }
        _ => {}
    }
    reason
}

/// The known name with the fewest edits, if they are few; names are short, which bounds the work.
fn closest<'a>(name: &str, fields: &'a Fields) -> Option<&'a str> {
    let lower = Some(name).filter(|name| name.len() <= MAX_NAME)?.to_lowercase();
    let edits = |known: &str| strsim::osa_distance(&lower, &known.to_lowercase());
    let (edits, known) = fields.iter().map(|(known, _)| (edits(known), known)).min()?;
    let length = name.chars().count();
    (edits < length && edits <= 1 + length / 4).then_some(known)
}
