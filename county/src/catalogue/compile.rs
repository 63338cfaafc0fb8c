//! Turns the authors' workbooks into the files of a release: the same workbooks give the same bytes, always.

use domain::catalogue::{RegionEntry, Release, ReleaseItem, ServiceItem};
use domain::form::FieldKind;
use domain::id::Digest;
use domain::region::RegionLevel;
use domain::workday::Calendar;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::finding::Report;
use super::sources::Sources;
use super::{CatalogueError, calendar, check, item, region};
use crate::text::{Language, Texts};

/// A catalogue ready to be signed.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The table of contents.
    pub release: Release,
    /// Item code and the bytes of `items/<code>.json` ([`ServiceItem`]), in the order of `release.items`.
    pub items: Vec<(String, Vec<u8>)>,
    /// The region table.
    pub regions: Vec<RegionEntry>,
    /// The calendar.
    pub calendar: Calendar,
}

impl Compiled {
    /// The files of the release by name: `release.json`, `regions.json`, `calendar.json`, `items/<code>.json`.
    pub fn targets(&self) -> Result<Vec<(String, Vec<u8>)>, CatalogueError> {
        let mut targets = vec![
            ("release.json".to_owned(), json(&self.release)?),
            ("regions.json".to_owned(), json(&self.regions)?),
            ("calendar.json".to_owned(), json(&self.calendar)?),
        ];
        targets.extend(self.items.iter().map(|(code, bytes)| (format!("items/{code}.json"), bytes.clone())));
        Ok(targets)
    }
}

/// Compiles a catalogue.
///
/// `number` and `issued` go into the release; amounts and thresholds are those valid on `issued`. Refused with all
/// findings, in `language`, when there is an error among them.
pub fn compile(
    sources: &Sources,
    number: u64,
    issued: Date,
    note: &str,
    language: Language,
) -> Result<Compiled, CatalogueError> {
    let mut report = Report::new(Texts::of(language));
    let regions = region::regions(&sources.regions, &mut report);
    let calendar = calendar::calendar(&sources.calendar, &sources.calendar_settings, &mut report);
    let mut read: Vec<ServiceItem> =
        sources.items.iter().map(|source| item::item(source, Some(issued), &mut report)).collect();
    let codes = read.iter().map(|item| item.code.clone()).collect::<Vec<_>>();
    check::between(sources, &codes, &mut report);
    let county = regions.iter().find(|entry| entry.code.level() == RegionLevel::County);
    let county = county.filter(|_| !report.has_errors()).map(|entry| entry.code.clone());
    let Some(county) = county else {
        return Err(CatalogueError::Findings(report.findings));
    };
    read.sort_by(|a, b| a.code.cmp(&b.code));
    let villages = region::villages(&regions, issued);
    for field in read.iter_mut().flat_map(|item| item.form.fields_mut()) {
        if field.kind == FieldKind::Region && field.choices.is_empty() {
            field.choices.clone_from(&villages);
        }
    }
    let mut contents = Vec::new();
    let mut items = Vec::new();
    for item in &read {
        let bytes = json(item)?;
        contents.push(ReleaseItem {
            code: item.code.clone(),
            name: item.name.clone(),
            digest: digest(&bytes),
        });
        items.push((item.code.clone(), bytes));
    }
    let release = Release {
        number,
        issued: issued.to_string(),
        note: note.to_owned(),
        region: county,
        items: contents,
    };
    Ok(Compiled { release, items, regions, calendar })
}

/// SHA-256 of some bytes.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, CatalogueError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|e| CatalogueError::Repository(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}
