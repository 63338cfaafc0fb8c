//! What the county knows of the forms behind cases: which fields are protected, and whether a form was ever published.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use domain::catalogue::ServiceItem;
use domain::form::FieldClass;
use sync::item::CaseMeta;

use crate::county::County;
use crate::folder::Folder;

/// The protected fields of one form.
#[derive(Debug, Clone)]
pub enum Guarded {
    /// These.
    Fields(Arc<BTreeSet<String>>),
    /// All: the county does not have the form, so it takes no chances.
    All,
}

impl Guarded {
    /// Whether that question is protected.
    pub fn holds(&self, question: &str) -> bool {
        match self {
            Guarded::Fields(fields) => fields.contains(question),
            Guarded::All => true,
        }
    }
}

/// A published item, and the protected fields of its form.
#[derive(Debug, Clone)]
struct Form {
    item: Arc<ServiceItem>,
    guarded: Arc<BTreeSet<String>>,
}

/// Forms by release and item.
type Known = BTreeMap<(u64, String), Form>;

/// The forms of the catalogue, read when they are needed. A published form never changes.
#[derive(Debug, Default)]
pub struct Forms {
    known: Mutex<Known>,
}

impl Forms {
    /// The protected fields of the form of `item` in `release`.
    pub fn guarded(&self, county: &County, release: u64, item: &str) -> Guarded {
        self.find(county, release, item).map_or(Guarded::All, |form| Guarded::Fields(form.guarded))
    }

    /// Whether a case may begin on this form. Before the first release anything may.
    pub fn knows(&self, county: &County, meta: &CaseMeta) -> bool {
        self.find(county, meta.release, &meta.item).is_some() || county.catalogue_hash().is_none()
    }

    /// The item as it stands in that release.
    pub fn item(&self, county: &County, release: u64, item: &str) -> Option<Arc<ServiceItem>> {
        self.find(county, release, item).map(|form| form.item)
    }

    fn find(&self, county: &County, release: u64, item: &str) -> Option<Form> {
        let key = (release, item.to_owned());
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Some(known.clone());
        }
        let item = Arc::new(published(&county.folder, release, item)?);
        let found = Form { guarded: Arc::new(protected(&item)), item };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        Some(found)
    }
}

fn protected(item: &ServiceItem) -> BTreeSet<String> {
    item.form
        .fields()
        .filter(|field| field.class == FieldClass::Guarded)
        .map(|field| field.name.clone())
        .collect()
}

/// The item as it stands in that release. Past releases are kept in the repository, under names that begin with a hash.
fn published(folder: &Folder, release: u64, item: &str) -> Option<ServiceItem> {
    if item.is_empty()
        || !item.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    {
        return None;
    }
    let items = folder.repository().join("targets").join("releases").join(release.to_string()).join("items");
    let ending = format!(".{item}.json");
    let mut files = std::fs::read_dir(items).ok()?.filter_map(|entry| entry.ok());
    let found = files.find(|entry| entry.file_name().to_str().is_some_and(|name| name.ends_with(&ending)))?;
    serde_json::from_slice(&std::fs::read(found.path()).ok()?).ok()
}
