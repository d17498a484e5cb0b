//! Functions fit on a screen.

use syn::visit::{self, Visit};

use crate::exceptions::{Lengths, exceptions, judge};
use crate::repository::{report, texts};

/// Lines of a body that hold code.
const LINES_MAX: usize = 60;

struct Functions<'a> {
    path: &'a str,
    lines: Vec<&'a str>,
    found: &'a mut Lengths,
}

impl Functions<'_> {
    fn note(&mut self, name: &syn::Ident, body: &syn::Block) {
        let braces = body.brace_token.span;
        let (open, close) = (braces.open().start().line, braces.close().end().line);
        let inside = &self.lines[open..(close - 1).max(open)];
        let code = inside.iter().map(|line| line.trim());
        let lines = code
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .count();
        let longest = self.found.entry(format!("{} {name}", self.path));
        let longest = longest.or_default();
        *longest = lines.max(*longest);
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.note(&item.sig.ident, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[test]
fn functions_are_short() {
    let mut found = Lengths::new();
    for text in texts().iter().filter(|text| text.extension() == "rs") {
        let file =
            syn::parse_file(&text.content).unwrap_or_else(|error| panic!("{}: {error}", text.path));
        let mut functions = Functions {
            path: &text.path,
            lines: text.content.lines().collect(),
            found: &mut found,
        };
        functions.visit_file(&file);
    }
    report(&judge(&found, LINES_MAX, &exceptions().functions));
}
