//! The text syntax, by recursive descent; the grammar is in the module's documentation.

use super::expression::{Constant, Expression, Place, Placed, Test};
use super::lex::{Lexed, Lexer, Token};
use super::limits::{self, Limits};
use super::{FilterError, MAX_TEXT};

pub(super) fn parse(text: &str) -> Result<Expression, FilterError> {
    if text.len() > MAX_TEXT {
        return Err(Place::Byte(MAX_TEXT).error(format!("a filter longer than {MAX_TEXT} bytes")));
    }
    let mut lexer = Lexer::new(text);
    let next = lexer.next()?;
    if next.token == Token::End {
        return Err(Place::Byte(0).error("expected a filter, found nothing"));
    }
    let mut parser = Parser { lexer, next, limits: Limits::default() };
    let expression = parser.any(0)?;
    match parser.next.token {
        Token::End => Ok(expression),
        _ => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    next: Lexed<'a>,
    limits: Limits,
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let parts = self.parts(&Token::Or, |parser| parser.all(depth))?;
        Ok(Expression::any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let parts = self.parts(&Token::And, |parser| parser.negation(depth))?;
        Ok(Expression::all(parts))
    }

    fn parts(
        &mut self,
        between: &Token,
        mut part: impl FnMut(&mut Self) -> Result<Expression, FilterError>,
    ) -> Result<Vec<Expression>, FilterError> {
        let place = self.next.place();
        let mut parts = vec![part(self)?];
        while self.take(between)? {
            parts.push(part(self)?);
        }
        if parts.len() > 1 {
            self.limits.node(&place)?;
        }
        Ok(parts)
    }

    fn negation(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let place = self.next.place();
        if !self.take(&Token::Not)? {
            return self.operand(depth);
        }
        limits::depth(depth + 1, &place)?;
        let inner = self.negation(depth + 1)?;
        self.negated(inner, &place)
    }

    fn negated(&mut self, inner: Expression, place: &Place) -> Result<Expression, FilterError> {
        self.limits.node(place)?;
        Ok(Expression::Not(Box::new(inner)))
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let place = self.next.place();
        if self.take(&Token::Open)? {
            limits::depth(depth + 1, &place)?;
            let inner = self.any(depth + 1)?;
            self.require(&Token::Close, "`and`, `or` or `)`")?;
            return Ok(inner);
        }
        self.limits.node(&place)?;
        if self.take(&Token::Exists)? {
            self.require(&Token::Open, "`(` after `exists`")?;
            let field = self.field("a field")?;
            self.require(&Token::Close, "`)`")?;
            return Ok(Expression::Condition { field, test: Test::Exists });
        }
        let field = self.field("a field, `not`, `exists` or `(`")?;
        self.condition(field)
    }

    fn condition(&mut self, field: Placed<String>) -> Result<Expression, FilterError> {
        let place = self.next.place();
        let test = match self.next.token {
            Token::And | Token::Or | Token::Close | Token::End => Test::IsTrue,
            Token::Op(op) => {
                self.advance()?;
                Test::Compare(op, self.value()?)
            }
            Token::Prefix => {
                self.advance()?;
                Test::Prefix(self.value()?)
            }
            Token::In => self.list()?,
            Token::Not => {
                self.advance()?;
                let test = self.list()?;
                return self.negated(Expression::Condition { field, test }, &place);
            }
            _ => return Err(self.expected("an operator such as `=`, `in` or `prefix`")),
        };
        Ok(Expression::Condition { field, test })
    }

    fn list(&mut self) -> Result<Test, FilterError> {
        self.require(&Token::In, "`in`")?;
        self.require(&Token::Open, "`(`")?;
        let mut values = vec![self.value()?];
        while self.take(&Token::Comma)? {
            self.limits.list(values.len(), &self.next.place())?;
            values.push(self.value()?);
        }
        self.require(&Token::Close, "`,` or `)`")?;
        Ok(Test::In(values))
    }

    fn field(&mut self, what: &str) -> Result<Placed<String>, FilterError> {
        let Token::Field(name) = &self.next.token else { return Err(self.expected(what)) };
        let field = Placed { value: name.clone(), place: self.next.place() };
        self.advance()?;
        Ok(field)
    }

    fn value(&mut self) -> Result<Placed<Constant>, FilterError> {
        let place = self.next.place();
        let value = match &self.next.token {
            Token::String(text) => {
                self.limits.string(text, &place)?;
                Constant::String(text.clone())
            }
            Token::Integer(value) => Constant::Integer(*value),
            Token::Float(value) => Constant::Float(*value),
            Token::Boolean(value) => Constant::Boolean(*value),
            _ => return Err(self.expected("a value")),
        };
        self.advance()?;
        Ok(Placed { value, place })
    }

    fn advance(&mut self) -> Result<(), FilterError> {
        self.next = self.lexer.next()?;
        Ok(())
    }

    fn take(&mut self, token: &Token) -> Result<bool, FilterError> {
        let there = self.next.token == *token;
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    fn require(&mut self, token: &Token, what: &str) -> Result<(), FilterError> {
        match self.take(token)? {
            true => Ok(()),
            false => Err(self.expected(what)),
        }
    }

    fn expected(&self, what: &str) -> FilterError {
        self.next.place().error(format!("expected {what}, found {}", self.next.shown()))
    }
}
