//! The JSON syntax, read and written; its shapes are in the module's documentation.

use serde_json::{Map, Value as Json, json};

use super::expression::{Constant, Expression, Place, Placed, Test};
use super::limits::{self, Limits};
use super::{Filter, FilterError, Literal, Op, show};

pub(super) fn parse(json: &Json) -> Result<Expression, FilterError> {
    Reader { limits: Limits::default() }.expression(json, "", 0)
}

struct Reader {
    limits: Limits,
}

impl Reader {
    fn expression(&mut self, json: &Json, path: &str, depth: usize) -> Result<Expression, FilterError> {
        let place = Place::Path(path.to_owned());
        let object = json.as_object().ok_or_else(|| expected("an object", json, path))?;
        self.limits.node(&place)?;
        let Some(key) = ["and", "or", "not"].into_iter().find(|key| object.contains_key(*key)) else {
            return self.condition(object, path);
        };
        only(object, &[key], path)?;
        limits::depth(depth + 1, &place)?;
        let (inner, path, depth) = (&object[key], join(path, key), depth + 1);
        match key {
            "and" => self.parts(inner, &path, depth).map(Expression::all),
            "or" => self.parts(inner, &path, depth).map(Expression::any),
            _ => self.expression(inner, &path, depth).map(|inner| Expression::Not(Box::new(inner))),
        }
    }

    fn parts(&mut self, json: &Json, path: &str, depth: usize) -> Result<Vec<Expression>, FilterError> {
        let filled = json.as_array().filter(|parts| !parts.is_empty());
        let parts = filled.ok_or_else(|| expected("an array of filters", json, path))?;
        parts.iter().enumerate().map(|(i, part)| self.expression(part, &format!("{path}[{i}]"), depth)).collect()
    }

    fn condition(&mut self, object: &Map<String, Json>, path: &str) -> Result<Expression, FilterError> {
        only(object, &["field", "op", "value"], path)?;
        let field = text(object, "field", path)?;
        let test = match text(object, "op", path)? {
            "exists" => {
                only(object, &["field", "op"], path)?;
                Test::Exists
            }
            "in" => Test::In(self.list(member(object, "value", path)?, &join(path, "value"))?),
            "prefix" => Test::Prefix(self.value(member(object, "value", path)?, &join(path, "value"))?),
            symbol => {
                let op = Op::ALL.into_iter().find(|op| op.symbol() == symbol);
                let names = "one of = != < <= > >= in prefix exists";
                let op = op.ok_or_else(|| expected(names, &object["op"], &join(path, "op")))?;
                Test::Compare(op, self.value(member(object, "value", path)?, &join(path, "value"))?)
            }
        };
        let place = Place::Path(join(path, "field"));
        Ok(Expression::Condition { field: Placed { value: field.to_owned(), place }, test })
    }

    fn list(&mut self, json: &Json, path: &str) -> Result<Vec<Placed<Constant>>, FilterError> {
        let filled = json.as_array().filter(|values| !values.is_empty());
        let mut list = Vec::new();
        for (i, value) in filled.ok_or_else(|| expected("an array of values", json, path))?.iter().enumerate() {
            let path = format!("{path}[{i}]");
            self.limits.list(i, &Place::Path(path.clone()))?;
            list.push(self.value(value, &path)?);
        }
        Ok(list)
    }

    fn value(&mut self, json: &Json, path: &str) -> Result<Placed<Constant>, FilterError> {
        let place = Place::Path(path.to_owned());
        let value = match json {
            Json::Bool(value) => Constant::Boolean(*value),
            Json::String(text) => {
                self.limits.string(text, &place)?;
                Constant::String(text.clone())
            }
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Constant::Integer(integer),
                (None, Some(float)) if number.is_f64() => Constant::Float(float),
                _ => return Err(place.error(format!("{number} is beyond the range of 64-bit integers"))),
            },
            Json::Null | Json::Array(_) | Json::Object(_) => return Err(expected("a value", json, path)),
        };
        Ok(Placed { value, place })
    }
}

fn expected(what: &str, found: &Json, path: &str) -> FilterError {
    let found = match found {
        Json::Array(elements) if elements.is_empty() => "an empty array".to_owned(),
        found => show::json(found),
    };
    Place::Path(path.to_owned()).error(format!("expected {what}, found {found}"))
}

fn only(object: &Map<String, Json>, keys: &[&str], path: &str) -> Result<(), FilterError> {
    let Some(unknown) = object.keys().find(|key| !keys.contains(&key.as_str())) else { return Ok(()) };
    let reason = format!("expected no keys but {}, found {}", keys.join(", "), show::quoted(unknown, '"'));
    Err(Place::Path(path.to_owned()).error(reason))
}

fn member<'a>(object: &'a Map<String, Json>, key: &str, path: &str) -> Result<&'a Json, FilterError> {
    object.get(key).ok_or_else(|| Place::Path(path.to_owned()).error(format!("expected the key {key:?}")))
}

fn text<'a>(object: &'a Map<String, Json>, key: &str, path: &str) -> Result<&'a str, FilterError> {
    let member = member(object, key, path)?;
    member.as_str().ok_or_else(|| expected("a string", member, &join(path, key)))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Filter {
    /// The filter in the JSON syntax.
    pub fn to_json(&self) -> Json {
        match self {
            Self::And(parts) => json!({"and": parts.iter().map(Self::to_json).collect::<Vec<_>>()}),
            Self::Or(parts) => json!({"or": parts.iter().map(Self::to_json).collect::<Vec<_>>()}),
            Self::Not(inner) => json!({"not": inner.to_json()}),
            Self::Compare { field, op, value } => json!({"field": field, "op": op.symbol(), "value": literal(value)}),
            Self::In { field, values } => {
                json!({"field": field, "op": "in", "value": values.iter().map(literal).collect::<Vec<_>>()})
            }
            Self::Exists { field } => json!({"field": field, "op": "exists"}),
            Self::Prefix { field, prefix } => json!({"field": field, "op": "prefix", "value": prefix}),
        }
    }
}

fn literal(value: &Literal) -> Json {
    match value {
        Literal::Keyword(text) => json!(text),
        Literal::Integer(value) => json!(value),
        Literal::Float(value) => json!(value),
        Literal::Boolean(value) => json!(value),
        Literal::Date(period) => json!(period.to_string()),
    }
}
