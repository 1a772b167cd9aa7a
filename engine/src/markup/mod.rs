//! Marked-up text to Markdown, which passages are cut from: a writer for readers of any format, and the reader of HTML.

pub mod html;
mod markdown;
mod title;

pub use markdown::Markdown;
pub use title::tidy;
