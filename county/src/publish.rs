//! Publishing the catalogue: workbooks are laid beside those published last, checked, signed and shown to every desk.

use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _, Xlsx};
use domain::id::PersonId;
use serde_json::json;
use sync::publish::CatalogueFile;
use sync::refusal::Code;

use crate::catalogue::{self, CatalogueError, Language, Level, LintFinding, tuf};
use crate::county::County;
use crate::database::{audit, meta, release};
use crate::error::Error;
use crate::folder::private_folder;
use crate::random;

/// What publishing led to.
#[derive(Debug)]
pub struct Outcome {
    /// The new release; none when only checked, or when there are errors.
    pub release: Option<domain::catalogue::Release>,
    /// Everything that was found.
    pub findings: Vec<LintFinding>,
}

/// Publishes the catalogue folder `dir`, or only checks it.
pub async fn folder(
    county: &County,
    dir: &Path,
    note: &str,
    person: Option<PersonId>,
    check_only: bool,
    language: Language,
) -> Result<Outcome, Error> {
    let findings = match catalogue::lint_dir(dir, language) {
        Err(CatalogueError::Findings(findings)) => findings,
        found => found?,
    };
    if check_only || findings.iter().any(|finding| finding.level == Level::Error) {
        return Ok(Outcome { release: None, findings });
    }
    let now = county.now();
    let at =
        jiff::Timestamp::from_millisecond(now).map_err(|_| Error::Broken("the clock is out of range"))?;
    let least = county.database.read::<_, Error>(|view| Ok(meta::get(view, meta::RELEASES)?))?;
    let least = least.and_then(|least| least.parse().ok()).unwrap_or(0);
    let published = catalogue::publish_dir(dir, county.folder.root(), note, least, at, language).await?;
    keep(county, dir)?;
    county.database.write::<_, Error>(|write| {
        release::put(write, published.release.number, person, &published.timestamp.0, now)?;
        let told = json!({ "release": published.release.number, "person": person, "timestamp": published.timestamp });
        Ok(audit::append(write, now, "catalogue_published", &told)?)
    })?;
    county.news.everybody();
    Ok(Outcome { release: Some(published.release), findings })
}

/// Publishes changed workbooks over those published last, or only checks them.
pub async fn workbooks(
    county: &County,
    files: &[CatalogueFile],
    note: &str,
    person: PersonId,
    check_only: bool,
    language: Language,
) -> Result<Outcome, Error> {
    let stage = county.folder.root().join("catalogue").join(format!("stage-{}", random::uuid()?.simple()));
    let staged = stage_files(county, &stage, files);
    let done = match staged {
        Ok(()) => folder(county, &stage, note, Some(person), check_only, language).await,
        Err(error) => Err(error),
    };
    remove(&stage);
    match done {
        // The folder was laid out by us: what cannot be read is what was sent.
        Err(Error::Catalogue(CatalogueError::Workbook { .. })) => Err(Code::Malformed.into()),
        done => done,
    }
}

/// How old the signature on the current release may become. Desks believe it for 90 days.
const FRESH: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

/// Signs the current release again when its signature has become old.
pub async fn freshen(county: &County) -> Result<(), Error> {
    let signed = county.folder.repository().join("metadata").join("timestamp.json");
    // Nothing published, or the clock went back: nothing to do now.
    let age = fs::metadata(&signed).and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
    if age.is_none_or(|age| age < FRESH) {
        return Ok(());
    }
    let now = county.now();
    let at =
        jiff::Timestamp::from_millisecond(now).map_err(|_| Error::Broken("the clock is out of range"))?;
    let keys = tuf::load_keys(&tuf::keys_dir(county.folder.root()))?;
    if let Some(timestamp) = tuf::refresh(&county.folder.repository(), &keys, at).await? {
        county.database.write::<_, Error>(|write| {
            Ok(audit::append(write, now, "catalogue_signed_again", &json!({ "timestamp": timestamp }))?)
        })?;
        county.news.everybody();
    }
    Ok(())
}

fn stage_files(county: &County, stage: &Path, files: &[CatalogueFile]) -> Result<(), Error> {
    private_folder(stage)?;
    let last = county.folder.workbooks();
    if last.exists() {
        copy_workbooks(&last, stage)?;
    }
    for file in files {
        let path = place(stage, file)?;
        if let Some(parent) = path.parent() {
            private_folder(parent)?;
        }
        fs::write(&path, &file.bytes).map_err(Error::file(&path))?;
    }
    Ok(())
}

/// Where a workbook belongs. One sent under a name of its own belongs to the item whose code stands in it.
fn place(stage: &Path, file: &CatalogueFile) -> Result<PathBuf, Error> {
    if matches!(file.name.as_str(), "regions.xlsx" | "calendar.xlsx") {
        return Ok(stage.join(&file.name));
    }
    let slug = file.name.strip_prefix("items/").and_then(|rest| rest.strip_suffix("/item.xlsx"));
    let plain = |slug: &&str| {
        !slug.is_empty() && slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if let Some(slug) = slug.filter(plain) {
        return Ok(stage.join("items").join(slug).join("item.xlsx"));
    }
    let code = item_code(&file.bytes).ok_or(Code::Malformed)?;
    for slug in slugs(stage)? {
        let path = stage.join("items").join(&slug).join("item.xlsx");
        if fs::read(&path).ok().and_then(|bytes| item_code(&bytes)).as_deref() == Some(code.as_str()) {
            return Ok(path);
        }
    }
    if plain(&code.as_str()) {
        Ok(stage.join("items").join(code).join("item.xlsx"))
    } else {
        Err(Code::Malformed.into())
    }
}

/// The code in the item sheet of a workbook.
fn item_code(bytes: &[u8]) -> Option<String> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).ok()?;
    let sheet = book.worksheet_range("item").ok()?;
    let text = |cell: Option<&Data>| cell.map(|cell| cell.to_string().trim().to_owned());
    let mut rows = sheet.rows();
    let headers: Vec<String> = rows.next()?.iter().map(|cell| cell.to_string().trim().to_owned()).collect();
    let key = headers.iter().position(|header| header == "key")?;
    let value = headers.iter().position(|header| header == "value")?;
    rows.find(|row| text(row.get(key)).as_deref() == Some("code")).and_then(|row| text(row.get(value)))
}

fn slugs(dir: &Path) -> Result<Vec<String>, Error> {
    let items = dir.join("items");
    let Ok(entries) = fs::read_dir(&items) else { return Ok(Vec::new()) };
    let mut slugs: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    slugs.retain(|slug| items.join(slug).join("item.xlsx").is_file());
    slugs.sort();
    Ok(slugs)
}

fn copy_workbooks(from: &Path, to: &Path) -> Result<(), Error> {
    let mut names = vec!["regions.xlsx".to_owned(), "calendar.xlsx".to_owned()];
    names.extend(slugs(from)?.into_iter().map(|slug| format!("items/{slug}/item.xlsx")));
    for name in names {
        let (source, target) = (from.join(&name), to.join(&name));
        if !source.exists() {
            continue;
        }
        if let Some(parent) = target.parent() {
            private_folder(parent)?;
        }
        fs::copy(&source, &target).map_err(Error::file(&source))?;
    }
    Ok(())
}

/// Keeps the workbooks just published: the next changed one is laid over them.
fn keep(county: &County, dir: &Path) -> Result<(), Error> {
    let kept = county.folder.workbooks();
    if dir == kept {
        return Ok(());
    }
    let fresh = kept.with_extension("new");
    remove(&fresh);
    copy_workbooks(dir, &fresh)?;
    remove(&kept);
    fs::rename(&fresh, &kept).map_err(Error::file(&kept))
}

fn remove(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a working folder of the catalogue could not be removed");
    }
}
