//! Folders and who may do what with them.

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::{Right, Who};
use crate::source::Spanned;
use crate::syntax::ast;

use super::Folder;

impl Checker<'_> {
    /// All folders with rights, in the order of their titles.
    pub(super) fn folders(&mut self) -> Vec<Folder> {
        let folders: Vec<&ast::Folder> = self.names.folders.values().copied().collect();
        folders.into_iter().map(|f| self.folder(f)).collect()
    }

    fn folder(&mut self, f: &ast::Folder) -> Folder {
        self.folder_title(&f.title);
        let mut given: Vec<(&ast::Name, (Who, Right))> = Vec::new();
        for grant in &f.grants {
            let right = match grant.right.node.as_str() {
                "view" => Right::View,
                "edit" => Right::Edit,
                _ => Right::Admin,
            };
            for name in &grant.to {
                if let Some((first, _)) = given.iter().find(|(n, _)| n.node == name.node) {
                    let message = format!("`{}` is given two rights to one folder", name.node);
                    let diagnostic = Diagnostic::new(&codes::E0005, name.span, message)
                        .here("again here")
                        .label(first.span, "first here");
                    self.report(diagnostic.help("`edit` includes `view`, and `admin` includes both"));
                    continue;
                }
                let who = if name.node == ast::Grant::EVERYONE {
                    Some(Who::Everyone)
                } else {
                    self.team_name(name).map(Who::Team)
                };
                given.extend(who.map(|who| (name, (who, right))));
            }
        }
        let grants = given.into_iter().map(|(_, grant)| grant).collect();
        Folder { title: f.title.node.clone(), grants, origin: self.origin(f.title.span) }
    }

    /// A title that Grafana takes.
    pub(super) fn folder_title(&mut self, title: &Spanned<String>) {
        let text = &title.node;
        let wrong = text.trim().is_empty() || text.len() > 190 || text.contains(['/', '\n']);
        if wrong || text.eq_ignore_ascii_case("general") {
            let message = format!("`{text}` cannot be the title of a Grafana folder");
            let help = "a title has 1 to 190 characters, no `/`, and is not `General`";
            self.report(Diagnostic::new(&codes::E0501, title.span, message).here("not a folder title").help(help));
        }
    }
}
