//! The OpenAPI document, made of the routes: each is declared with what is said about it, so that none can be without.
//!
//! # Layout
//!
//! `methods` is a path's handlers with their [`About`], `about` what an endpoint says of itself, `problems` the failures that kinds of
//! endpoints have in common, `replies` what becomes of both, `document` the whole. What bodies look like, `wire::schema` knows.

mod about;
mod document;
mod methods;
mod problems;
mod replies;

pub(crate) use about::{About, Tag};
pub(crate) use document::{Facts, Listed, document};
pub(crate) use methods::{Methods, delete, get, post, put};
pub(crate) use problems::{COLLECTIONS, ENCODES, WRITES};
