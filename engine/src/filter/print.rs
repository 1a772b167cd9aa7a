//! Filters as canonical text: no parentheses but those needed, UTC, double quotes.

use std::fmt::{self, Display, Formatter, Write};

use super::{Filter, Literal, lex};

/// What binds closer is greater.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Not,
    Condition,
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " and ", |f, part| within(f, part, Binding::Not)),
            Self::Or(parts) => joined(f, parts, " or ", |f, part| within(f, part, Binding::And)),
            Self::Not(inner) => match &**inner {
                Self::In { field, values } => list(f, field, "not in", values),
                inner => {
                    f.write_str("not ")?;
                    within(f, inner, Binding::Not)
                }
            },
            Self::Compare { field, op, value } => write!(f, "{} {} {value}", Name(field), op.symbol()),
            Self::In { field, values } => list(f, field, "in", values),
            Self::Exists { field } => write!(f, "exists({})", Name(field)),
            Self::Prefix { field, prefix } => write!(f, "{} prefix {}", Name(field), Quoted(prefix)),
        }
    }
}

impl Filter {
    fn binding(&self) -> Binding {
        match self {
            Self::And(_) => Binding::And,
            Self::Or(_) => Binding::Or,
            Self::Not(_) => Binding::Not,
            _ => Binding::Condition,
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword(text) => Quoted(text).fmt(f),
            Self::Integer(value) => value.fmt(f),
            // `Debug` keeps a point or an exponent, so that it is read as a float again.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Boolean(value) => value.fmt(f),
            Self::Date(period) => write!(f, "\"{period}\""),
        }
    }
}

fn within(f: &mut Formatter<'_>, filter: &Filter, least: Binding) -> fmt::Result {
    if filter.binding() < least { write!(f, "({filter})") } else { filter.fmt(f) }
}

fn list(f: &mut Formatter<'_>, field: &str, operator: &str, values: &[Literal]) -> fmt::Result {
    write!(f, "{} {operator} (", Name(field))?;
    joined(f, values, ", ", |f, value| value.fmt(f))?;
    f.write_char(')')
}

fn joined<T>(
    f: &mut Formatter<'_>,
    parts: &[T],
    between: &str,
    mut write: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        write(f, part)?;
    }
    Ok(())
}

struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match lex::is_plain_name(self.0) {
            true => f.write_str(self.0),
            false => write!(f, "`{}`", self.0.replace('`', "``")),
        }
    }
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
