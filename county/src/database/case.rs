//! The cases: where they stand, who may see them, and their sealed documents.

use domain::id::{CaseId, Digest};
use domain::lifecycle::Status;
use domain::region::RegionCode;
use rusqlite::params;

use super::{Error, Result, View, Write, hash, parsed};

/// One case as the county keeps it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Code of the service item.
    pub item: String,
    /// Catalogue release it began on.
    pub release: u64,
    /// Digest of the form.
    pub form: Digest,
    /// The citizen's village.
    pub village: RegionCode,
    /// The unit that took it in. Who works on it now follows from its scopes.
    pub unit: RegionCode,
    /// Its key, wrapped.
    pub key: Vec<u8>,
    /// The document, sealed.
    pub sealed: Vec<u8>,
    /// Heads of the document, sorted.
    pub heads: Vec<Digest>,
    /// Heads of the last accepted act (ruling 3).
    pub valid: Vec<Digest>,
    /// Where it stands, folded from its acts.
    pub status: Status,
    /// Operations in the document.
    pub operations: u64,
}

fn joined(heads: &[Digest]) -> Vec<u8> {
    heads.iter().flat_map(|head| head.0).collect()
}

fn split(bytes: &[u8]) -> Result<Vec<Digest>> {
    bytes.chunks(32).map(|head| hash(head, "case_file.heads").map(Digest)).collect()
}

/// The case of that id.
pub fn get(view: &View<'_>, id: CaseId) -> Result<Option<Case>> {
    let mut found = view.sql.prepare_cached(
        "SELECT item, release, form, village, unit, key, sealed, heads, valid, status, operations FROM case_file WHERE id = ?1",
    )?;
    let mut rows = found.query([id.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let status: String = row.get(9)?;
    Ok(Some(Case {
        id,
        item: row.get(0)?,
        release: row.get::<_, i64>(1)?.unsigned_abs(),
        form: Digest(hash(&row.get::<_, Vec<u8>>(2)?, "case_file.form")?),
        village: parsed(&row.get::<_, String>(3)?, "case_file.village")?,
        unit: parsed(&row.get::<_, String>(4)?, "case_file.unit")?,
        key: row.get(5)?,
        sealed: row.get(6)?,
        heads: split(&row.get::<_, Vec<u8>>(7)?)?,
        valid: split(&row.get::<_, Vec<u8>>(8)?)?,
        status: Status::from_name(&status).ok_or(Error::Damaged("case_file.status"))?,
        operations: row.get::<_, i64>(10)?.unsigned_abs(),
    }))
}

/// Opens a case.
pub fn add(write: &Write<'_>, case: &Case, now: i64) -> Result<()> {
    write
        .sql
        .prepare_cached(
            "INSERT INTO case_file
             (id, item, release, form, village, unit, key, sealed, heads, valid, status, operations, opened, changed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)",
        )?
        .execute(params![
            case.id.to_string(),
            case.item,
            i64::try_from(case.release).unwrap_or(i64::MAX),
            case.form.0,
            case.village.as_str(),
            case.unit.as_str(),
            case.key,
            case.sealed,
            joined(&case.heads),
            joined(&case.valid),
            case.status.name(),
            i64::try_from(case.operations).unwrap_or(i64::MAX),
            now,
        ])?;
    Ok(())
}

/// Keeps what changes in a case: document, heads, valid heads, status, unit.
pub fn update(write: &Write<'_>, case: &Case, now: i64) -> Result<()> {
    write
        .sql
        .prepare_cached(
            "UPDATE case_file SET sealed = ?2, heads = ?3, valid = ?4, status = ?5, operations = ?6, unit = ?7, changed = ?8
             WHERE id = ?1",
        )?
        .execute(params![
            case.id.to_string(),
            case.sealed,
            joined(&case.heads),
            joined(&case.valid),
            case.status.name(),
            i64::try_from(case.operations).unwrap_or(i64::MAX),
            case.unit.as_str(),
            now,
        ])?;
    Ok(())
}

/// The scopes the case is visible in now.
pub fn scopes(view: &View<'_>, id: CaseId) -> Result<Vec<String>> {
    let mut found =
        view.sql.prepare_cached("SELECT scope FROM case_scope WHERE case_id = ?1 ORDER BY scope")?;
    let rows = found.query_map([id.to_string()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ids and heads of the cases visible in `scope`, and whether each is still a draft.
pub fn in_scope(view: &View<'_>, scope: &str, mut each: impl FnMut(CaseId, &[Digest], Status)) -> Result<()> {
    let mut found = view.sql.prepare_cached(
        "SELECT id, heads, status FROM case_file JOIN case_scope ON case_scope.case_id = case_file.id WHERE scope = ?1",
    )?;
    let mut rows = found.query([scope])?;
    while let Some(row) = rows.next()? {
        let id = parsed(&row.get::<_, String>(0)?, "case_file.id")?;
        let heads = split(&row.get::<_, Vec<u8>>(1)?)?;
        let status =
            Status::from_name(&row.get::<_, String>(2)?).ok_or(Error::Damaged("case_file.status"))?;
        each(id, &heads, status);
    }
    Ok(())
}
