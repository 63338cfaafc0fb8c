//! The share of each case in the sums by which desks and the county see whether they hold the same.

use domain::id::{ActId, CaseId, Digest};
use domain::lifecycle::Status;
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};
use sync::digest::{Mark, Share, heap, step};
use sync::item::ItemId;

use super::case::{self, Case};
use super::{Error, Result, View, Write, hash, parsed};

/// One case in the sums.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The case.
    pub case: CaseId,
    /// Its heap.
    pub heap: u8,
    /// Whether it counts among the drafts.
    pub draft: bool,
    /// Its share.
    pub share: Share,
}

/// The numbered steps and side branches of a case, by their marks. Looks at covered values are not among them: they go to no
/// other desk.
pub fn marks(view: &View<'_>, case: CaseId) -> Result<Vec<Mark>> {
    let mut acts = view.sql.prepare_cached(
        "SELECT act.id, act.seq FROM act JOIN item ON item.seq = act.seq WHERE act.case_id = ?1 AND item.kind = 'act'",
    )?;
    let mut marks = Vec::new();
    for found in
        acts.query_map([case.to_string()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
    {
        let (id, number) = found?;
        marks.push(step(parsed::<ActId>(&id, "act.id")?, number.unsigned_abs()));
    }
    let mut sides = view.sql.prepare_cached("SELECT id FROM item WHERE case_id = ?1 AND kind = 'side'")?;
    for id in sides.query_map([case.to_string()], |row| row.get::<_, Vec<u8>>(0))? {
        marks.push(ItemId(Digest(hash(&id?, "item.id")?)).mark());
    }
    Ok(marks)
}

/// Writes the share of a case anew, after its document or its steps changed.
pub fn refresh(write: &Write<'_>, known: &Case) -> Result<()> {
    let share = Share::of(known.id, &known.heads, &marks(write, known.id)?);
    write
        .sql
        .prepare_cached(
            "INSERT INTO case_share (case_id, heap, draft, share) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (case_id) DO UPDATE SET draft = excluded.draft, share = excluded.share",
        )?
        .execute(params![known.id.to_string(), heap(known.id), known.status == Status::Draft, share.0])?;
    Ok(())
}

/// Writes the shares that are missing: of a database that is older than they are.
pub fn complete(write: &Write<'_>) -> Result<()> {
    let mut missing =
        write.sql.prepare("SELECT id FROM case_file WHERE id NOT IN (SELECT case_id FROM case_share)")?;
    let cases = missing.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    for id in cases {
        let known = case::get(write, parsed(&id, "case_file.id")?)?.ok_or(Error::Damaged("case_file.id"))?;
        refresh(write, &known)?;
    }
    Ok(())
}

/// Walks the shares of all cases that are visible in one of `scopes`, each once.
pub fn each(view: &View<'_>, scopes: &[String], mut seen: impl FnMut(Row)) -> Result<()> {
    let sql = format!(
        "SELECT case_id, heap, draft, share FROM case_share
         WHERE case_id IN (SELECT case_id FROM case_scope WHERE scope IN ({}))",
        vec!["?"; scopes.len()].join(", ")
    );
    let mut found = view.sql.prepare_cached(&sql)?;
    let mut rows = found.query(params_from_iter(scopes.iter().cloned().map(Value::from)))?;
    while let Some(row) = rows.next()? {
        let share: Vec<u8> = row.get(3)?;
        seen(Row {
            case: parsed(&row.get::<_, String>(0)?, "case_share.case_id")?,
            heap: row.get(1)?,
            draft: row.get(2)?,
            share: Share(share.try_into().map_err(|_| Error::Damaged("case_share.share"))?),
        });
    }
    Ok(())
}
