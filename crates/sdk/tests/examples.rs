//! Every public item has an example, which `cargo test --doc` runs.

use std::fs;
use std::path::Path;
use syn::{Attribute, Expr, ExprLit, ImplItem, Item, Lit, Meta, Visibility};

#[test]
fn every_public_item_has_an_example() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Found::default();
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        // Hidden from the documentation.
        if path.ends_with("boundary.rs") || path.ends_with("view.rs") {
            continue;
        }
        let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
        found.items(&file.items);
    }
    assert_eq!(found.without_example, [""; 0]);
    for name in ["ABI", "Task", "prelude", "TestPool::run", "export_task"] {
        assert!(found.names.iter().any(|found| found == name), "{name}");
    }
}

/// The public items.
#[derive(Default)]
struct Found {
    names: Vec<String>,
    without_example: Vec<String>,
}

impl Found {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Const(it) => self.item(&it.vis, &it.attrs, it.ident.to_string()),
                Item::Enum(it) => self.item(&it.vis, &it.attrs, it.ident.to_string()),
                Item::Fn(it) => self.item(&it.vis, &it.attrs, it.sig.ident.to_string()),
                Item::Static(it) => self.item(&it.vis, &it.attrs, it.ident.to_string()),
                Item::Struct(it) => self.item(&it.vis, &it.attrs, it.ident.to_string()),
                Item::Trait(it) => self.item(&it.vis, &it.attrs, it.ident.to_string()),
                Item::Type(it) => self.item(&it.vis, &it.attrs, it.ident.to_string()),
                Item::Union(it) => self.item(&it.vis, &it.attrs, it.ident.to_string()),
                // A module in a file of its own is documented there.
                Item::Mod(it) if it.content.is_some() => {
                    self.item(&it.vis, &it.attrs, it.ident.to_string());
                }
                Item::Macro(it) if it.attrs.iter().any(|it| it.path().is_ident("macro_export")) => {
                    let name = it
                        .ident
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    self.documented(&it.attrs, name);
                }
                Item::Impl(it) if it.trait_.is_none() => {
                    let syn::Type::Path(of) = &*it.self_ty else {
                        panic!("an impl of something without a name");
                    };
                    let of = &of.path.segments.last().unwrap().ident;
                    for item in &it.items {
                        match item {
                            ImplItem::Fn(it) => {
                                self.item(&it.vis, &it.attrs, format!("{of}::{}", it.sig.ident));
                            }
                            ImplItem::Const(it) => {
                                self.item(&it.vis, &it.attrs, format!("{of}::{}", it.ident));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn item(&mut self, visibility: &Visibility, attributes: &[Attribute], name: String) {
        if matches!(visibility, Visibility::Public(_)) {
            self.documented(attributes, name);
        }
    }

    fn documented(&mut self, attributes: &[Attribute], name: String) {
        if !has_example(attributes) {
            self.without_example.push(name.clone());
        }
        self.names.push(name);
    }
}

/// Whether the documentation has a block of code that rustdoc runs.
fn has_example(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::NameValue(meta) = &attribute.meta else {
            return false;
        };
        match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) => meta.path.is_ident("doc") && line.value().trim() == "```",
            _ => false,
        }
    })
}
