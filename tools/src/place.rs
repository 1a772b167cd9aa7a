//! Where a hit stands, as people read it.

/// Title and headings of a hit; a title that is the first heading is said once.
pub fn place(title: &str, heading: &str) -> String {
    let titled = title.is_empty() || heading == title || heading.starts_with(&format!("{title} > "));
    let parts = [if titled { "" } else { title }, heading];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" > ")
}
