//! The look of the pages that stand in for vendors' own.

/// A page with a title, a line that says what it stands in for, and its content as HTML.
#[must_use]
pub fn page(title: &str, note: &str, content: &str) -> String {
    const STYLE: &str = include_str!("../assets/page.css");
    let (title, note) = (escape(title), escape(note));
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\"><meta name=robots content=noindex>\
         <title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1><p class=note>{note}</p>{content}</main></html>"
    )
}

/// Text as it may stand between tags and in quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
