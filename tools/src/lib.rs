//! What the command line does: reading documents, and later building, searching and evaluating.

pub mod read;
