//! Catalogue releases of the county. Many lie side by side, because a case stays on the release it began on.

use domain::id::Digest;
use domain::moment::Millis;
use rusqlite::{OptionalExtension as _, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// A body of a release: one item, the regions, the calendar or the table of contents, as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// SHA-256 of `bytes`.
    pub digest: Digest,
    /// JSON as published; may be left empty when [`has_body`] says it is here already.
    pub bytes: Vec<u8>,
}

/// A release to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// Its number.
    pub number: u64,
    /// Day of publication, `YYYY-MM-DD`.
    pub issued: String,
    /// What changed.
    pub note: String,
    /// `release.json`.
    pub contents: Body,
    /// `regions.json`.
    pub regions: Body,
    /// `calendar.json`.
    pub calendar: Body,
    /// Its items: code, name, `items/<code>.json`.
    pub items: Vec<(String, String, Body)>,
}

/// A release as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Its number.
    pub number: u64,
    /// Day of publication.
    pub issued: String,
    /// What changed.
    pub note: String,
    /// When it was installed here.
    pub installed_at: Millis,
}

/// An item as a release names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// Catalogue code.
    pub code: String,
    /// Name.
    pub name: String,
    /// SHA-256 of its body.
    pub digest: Digest,
}

/// Whether a body is here, so that it need not be fetched again.
pub fn has_body(r: &Read<'_>, digest: Digest) -> Result<bool, StoreError> {
    let mut statement = r.conn.prepare("SELECT EXISTS (SELECT 1 FROM catalogue_body WHERE digest = ?1)")?;
    Ok(statement.query_row([Sql(digest)], |row| row.get(0))?)
}

/// A body.
pub fn body(r: &Read<'_>, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = r.conn.prepare("SELECT bytes FROM catalogue_body WHERE digest = ?1")?;
    Ok(statement.query_row([Sql(digest)], |row| row.get(0)).optional()?)
}

/// Installs a release, whole or not at all. Returns `false` when that number is installed already.
///
/// # Errors
/// When a body is neither given nor here.
pub fn install(w: &Write<'_>, release: &NewRelease, at: Millis) -> Result<bool, StoreError> {
    for body in [&release.contents, &release.regions, &release.calendar].into_iter().chain(bodies(release)) {
        if !body.bytes.is_empty() {
            w.conn.execute(
                "INSERT INTO catalogue_body (digest, bytes) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
                params![Sql(body.digest), body.bytes],
            )?;
        }
    }
    let new = w.conn.execute(
        "INSERT INTO catalogue_release (number, issued, note, digest, regions, calendar, installed_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (number) DO NOTHING",
        params![
            release.number,
            release.issued,
            release.note,
            Sql(release.contents.digest),
            Sql(release.regions.digest),
            Sql(release.calendar.digest),
            at
        ],
    )?;
    if new == 0 {
        return Ok(false);
    }
    for (code, name, body) in &release.items {
        w.conn.execute(
            "INSERT INTO catalogue_item (release, code, name, digest) VALUES (?1, ?2, ?3, ?4)",
            params![release.number, code, name, Sql(body.digest)],
        )?;
    }
    Ok(true)
}

fn bodies(release: &NewRelease) -> impl Iterator<Item = &Body> {
    release.items.iter().map(|(_, _, body)| body)
}

/// The releases installed here, newest first. The first one is in use.
pub fn releases(r: &Read<'_>) -> Result<Vec<ReleaseRow>, StoreError> {
    let mut statement = r
        .conn
        .prepare("SELECT number, issued, note, installed_at FROM catalogue_release ORDER BY number DESC")?;
    let rows = statement.query_map([], |row| {
        Ok(ReleaseRow {
            number: row.get(0)?,
            issued: row.get(1)?,
            note: row.get(2)?,
            installed_at: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Number of the release in use: the highest one installed.
pub fn current(r: &Read<'_>) -> Result<Option<u64>, StoreError> {
    Ok(r.conn.query_row("SELECT max(number) FROM catalogue_release", [], |row| row.get(0))?)
}

/// The items of a release, by code.
pub fn items(r: &Read<'_>, release: u64) -> Result<Vec<ItemRow>, StoreError> {
    let mut statement =
        r.conn.prepare("SELECT code, name, digest FROM catalogue_item WHERE release = ?1 ORDER BY code")?;
    let rows = statement.query_map([release], |row| {
        Ok(ItemRow { code: row.get(0)?, name: row.get(1)?, digest: row.get::<_, Sql<_>>(2)?.0 })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The body of an item in a release, JSON.
pub fn item(r: &Read<'_>, release: u64, code: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT bytes FROM catalogue_body WHERE digest = \
         (SELECT digest FROM catalogue_item WHERE release = ?1 AND code = ?2)",
    )?;
    Ok(statement.query_row(params![release, code], |row| row.get(0)).optional()?)
}

/// The table of contents of a release, JSON.
pub fn contents(r: &Read<'_>, release: u64) -> Result<Option<Vec<u8>>, StoreError> {
    part(r, "digest", release)
}

/// The regions of a release, JSON.
pub fn regions(r: &Read<'_>, release: u64) -> Result<Option<Vec<u8>>, StoreError> {
    part(r, "regions", release)
}

/// The working calendar of a release, JSON.
pub fn calendar(r: &Read<'_>, release: u64) -> Result<Option<Vec<u8>>, StoreError> {
    part(r, "calendar", release)
}

/// Takes away releases that are neither in use nor the base of a case on this desk, and bodies nobody names then.
/// Returns the numbers taken away.
pub fn prune(w: &Write<'_>) -> Result<Vec<u64>, StoreError> {
    let mut statement = w.conn.prepare(
        "DELETE FROM catalogue_release WHERE number <> (SELECT max(number) FROM catalogue_release) \
         AND NOT EXISTS (SELECT 1 FROM document WHERE release = number) RETURNING number",
    )?;
    let gone = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<u64>, _>>()?;
    if !gone.is_empty() {
        w.conn.execute(
            "DELETE FROM catalogue_body WHERE digest NOT IN (SELECT digest FROM catalogue_item \
             UNION SELECT digest FROM catalogue_release UNION SELECT regions FROM catalogue_release \
             UNION SELECT calendar FROM catalogue_release)",
            [],
        )?;
    }
    Ok(gone)
}

fn part(r: &Read<'_>, column: &str, release: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT bytes FROM catalogue_body WHERE digest = (SELECT {column} FROM catalogue_release WHERE number = ?1)"
    ))?;
    Ok(statement.query_row([release], |row| row.get(0)).optional()?)
}
