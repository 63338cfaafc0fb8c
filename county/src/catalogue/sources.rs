//! The catalogue as its authors keep it: one workbook for each item, one for the regions, one for the calendar.

use std::path::{Path, PathBuf};

use super::CatalogueError;
use super::workbook::{Table, Workbook};

/// A catalogue folder, read but not yet judged.
#[derive(Debug, Clone)]
pub struct Sources {
    pub(super) items: Vec<ItemSource>,
    pub(super) regions: Table,
    pub(super) calendar: Table,
    pub(super) calendar_settings: Table,
}

/// The workbook of one item.
#[derive(Debug, Clone)]
pub struct ItemSource {
    /// Name of its folder below `items/`.
    pub slug: String,
    /// Its path below the catalogue folder, as findings show it.
    pub file: String,
    pub(super) sheets: Workbook,
    pub(super) form: Result<rxform::xls::Workbook, rxform_trouble::Trouble>,
}

/// What the form reader said about a workbook, kept until the findings are written.
pub(super) mod rxform_trouble {
    /// A message of the form reader with its place.
    #[derive(Debug, Clone)]
    pub(crate) struct Trouble {
        pub(crate) sheet: Option<String>,
        pub(crate) row: Option<usize>,
        pub(crate) column: Option<String>,
        pub(crate) message: String,
        pub(crate) hint: Option<String>,
    }

    impl From<rxform::Error> for Trouble {
        fn from(error: rxform::Error) -> Trouble {
            let place = error.location;
            Trouble {
                sheet: place.sheet,
                row: place.row,
                column: place.column,
                message: error.message,
                hint: error.hint,
            }
        }
    }
}

impl Sources {
    /// The items in the order of their folders' names.
    pub fn items(&self) -> &[ItemSource] {
        &self.items
    }
}

/// Reads `items/*/item.xlsx`, `regions.xlsx` and `calendar.xlsx` below `dir`.
pub fn read(dir: &Path) -> Result<Sources, CatalogueError> {
    let items_dir = dir.join("items");
    let mut slugs = Vec::new();
    for entry in std::fs::read_dir(&items_dir).map_err(CatalogueError::file(&items_dir))? {
        let entry = entry.map_err(CatalogueError::file(&items_dir))?;
        if let Some(slug) = entry.file_name().to_str().filter(|_| entry.path().join("item.xlsx").is_file()) {
            slugs.push(slug.to_owned());
        }
    }
    slugs.sort();
    let items = slugs.into_iter().map(|slug| read_item(dir, slug)).collect::<Result<Vec<_>, _>>()?;
    let regions = workbook(dir, "regions.xlsx")?.1;
    let calendar = workbook(dir, "calendar.xlsx")?.1;
    Ok(Sources {
        items,
        regions: regions.sheet("regions"),
        calendar: calendar.sheet("calendar"),
        calendar_settings: calendar.sheet("settings"),
    })
}

fn read_item(dir: &Path, slug: String) -> Result<ItemSource, CatalogueError> {
    let file = format!("items/{slug}/item.xlsx");
    let (bytes, sheets) = workbook(dir, &file)?;
    let form = rxform::xls::read_workbook_from_bytes(&bytes).map_err(Into::into);
    Ok(ItemSource { slug, file, sheets, form })
}

fn workbook(dir: &Path, file: &str) -> Result<(Vec<u8>, Workbook), CatalogueError> {
    let path: PathBuf = dir.join(file);
    let bytes = std::fs::read(&path).map_err(CatalogueError::file(&path))?;
    let book = Workbook::read(file, &bytes).map_err(|reason| CatalogueError::Workbook { path, reason })?;
    Ok((bytes, book))
}
