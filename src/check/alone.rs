//! Files of services that stand alone: nothing else of the program depends on them, nor they on any other service. With
//! one of them changed, all others mean what they meant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Service;
use crate::resolve::{Program, same_name};
use crate::source::FileId;
use crate::syntax::ast::Item;

/// What a file that stands alone adds to the program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Alone {
    /// Its services, by their names as they are compared.
    pub services: BTreeSet<String>,
    /// How many objectives they have.
    pub slos: usize,
}

/// The files that stand alone, by their paths. None in a program without them, or in which something looks at all services.
pub fn alone(program: &Program, services: &[Arc<Service>]) -> BTreeMap<String, Alone> {
    let mut items = program.files.iter().flat_map(|f| &f.items);
    // Where the name of a series of ours stands, somebody may read those of any service.
    let reads_ours = || program.sources.iter().any(|(_, file)| file.text.contains("slo:"));
    if !items.all(looks_at_no_other) || reads_ours() {
        return BTreeMap::new();
    }
    let ids = || (0..program.files.len()).map(|index| FileId(index as u32));
    let seen = program.visible.iter().zip(ids()).flat_map(|(seen, by)| seen.iter().filter(move |file| **file != by));
    let imported: BTreeSet<FileId> = seen.copied().collect();
    let with_templates: BTreeSet<FileId> = program.templates.written.iter().map(|s| s.name.span.file).collect();
    let stands = |id: &FileId| {
        let mut items = program.files.get(id.0 as usize).into_iter().flat_map(|f| &f.items);
        items.all(|item| matches!(item, Item::Import(_) | Item::Service(_)))
            && !imported.contains(id)
            && !with_templates.contains(id)
    };
    let files: BTreeSet<&str> = ids().filter(stands).map(|id| program.sources.get(id).path.as_str()).collect();
    let mut alone = BTreeMap::new();
    for service in services.iter().filter(|s| files.contains(&*s.origin.path)) {
        let of_file = || Alone { services: BTreeSet::new(), slos: 0 };
        let file = alone.entry(service.origin.path.to_string()).or_insert_with(of_file);
        file.services.insert(same_name(&service.name));
        file.slos += service.objectives();
    }
    alone
}

/// Whether what an item means is the same whatever services there are in files that do not import it.
fn looks_at_no_other(item: &Item) -> bool {
    match item {
        Item::Service(s) => s.slos.iter().all(|slo| slo.composite.is_none()),
        Item::Project(p) => p.emit.is_empty(),
        Item::Environment(_) | Item::Route(_) | Item::Test(_) | Item::Dashboard(_) => false,
        Item::Import(_) | Item::Metrics(_) | Item::MetricsFrom(_) | Item::MetricsOpen(_) => true,
        Item::Datasource(_) | Item::Team(_) | Item::Contact(_) | Item::Folder(_) => true,
        Item::Policy(_) | Item::Template(_) => true,
    }
}
