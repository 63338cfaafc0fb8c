//! What each scope reads, in order. When a case enters a scope, everything it holds is appended there at new places,
//! so that nothing ever lies unseen below a desk's cursor (ruling 8).

use domain::id::{CaseId, DeskId};
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::{Result, View, Write, meta, parsed};

/// One place in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The place: what cursors count.
    pub place: u64,
    /// The item there, or the case that left the scope.
    pub what: What,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The item of that number.
    Item(u64),
    /// The case was taken away from the scope.
    Withdrawn(CaseId),
}

/// The scope that holds what only one desk must read again, for example after a person joined it.
pub fn desk_scope(desk: DeskId) -> String {
    format!("desk:{desk}")
}

/// Appends an item to every scope its case is visible in.
pub fn append(write: &Write<'_>, case: CaseId, seq: u64) -> Result<()> {
    write
        .sql
        .prepare_cached("INSERT INTO scope_index (scope, seq) SELECT scope, ?2 FROM case_scope WHERE case_id = ?1 ORDER BY scope")?
        .execute(params![case.to_string(), i64::try_from(seq).unwrap_or(i64::MAX)])?;
    Ok(())
}

/// Lets a case enter a scope: all its items so far are appended there. Nothing happens when it is there already.
pub fn enter(write: &Write<'_>, case: CaseId, scope: &str) -> Result<bool> {
    let case = case.to_string();
    let new = write
        .sql
        .prepare_cached("INSERT INTO case_scope (case_id, scope) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![case, scope])?;
    if new == 0 {
        return Ok(false);
    }
    write
        .sql
        .prepare_cached(
            "INSERT INTO scope_index (scope, seq) SELECT ?2, seq FROM item WHERE case_id = ?1 AND kind <> 'note' ORDER BY seq",
        )?
        .execute(params![case, scope])?;
    Ok(true)
}

/// Takes a case away from a scope and tells the desks that read it. Its places there go, so that a desk that reads from
/// the start does not find it, and everything of it is read again should it come back.
pub fn leave(write: &Write<'_>, case: CaseId, scope: &str) -> Result<()> {
    let case = case.to_string();
    let gone = write
        .sql
        .execute("DELETE FROM case_scope WHERE case_id = ?1 AND scope = ?2", params![case, scope])?;
    if gone > 0 {
        write.sql.execute(
            "DELETE FROM scope_index WHERE scope = ?1 AND seq IN (SELECT seq FROM item WHERE case_id = ?2)",
            params![scope, case],
        )?;
        write
            .sql
            .execute("INSERT INTO scope_index (scope, withdrawn) VALUES (?1, ?2)", params![scope, case])?;
    }
    Ok(())
}

/// Whether the case was in one of `scopes` and left it.
pub fn left(view: &View<'_>, case: CaseId, scopes: &[String]) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM scope_index WHERE withdrawn = ? AND scope IN ({}))",
        marks(scopes.len())
    );
    let mut values: Vec<Value> = vec![case.to_string().into()];
    values.extend(scopes.iter().cloned().map(Value::from));
    Ok(view.sql.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
}

/// Lets a desk read everything of `scopes` again, at new places.
pub fn reread(write: &Write<'_>, desk: DeskId, scopes: &[String]) -> Result<()> {
    let mut values: Vec<Value> = vec![desk_scope(desk).into()];
    values.extend(scopes.iter().cloned().map(Value::from));
    let sql = format!(
        "INSERT INTO scope_index (scope, seq) SELECT DISTINCT ?, item.seq FROM item
         JOIN case_scope ON case_scope.case_id = item.case_id WHERE case_scope.scope IN ({}) AND item.kind <> 'note' ORDER BY item.seq",
        marks(scopes.len())
    );
    write.sql.prepare(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Tells one desk that it may no longer see the cases of `scopes`. A case it still sees by another scope stays.
pub fn withdraw(write: &Write<'_>, desk: DeskId, scopes: &[String]) -> Result<()> {
    let mut values: Vec<Value> = vec![desk_scope(desk).into()];
    values.extend(scopes.iter().cloned().map(Value::from));
    let sql = format!(
        "INSERT INTO scope_index (scope, withdrawn) SELECT DISTINCT ?, case_id FROM case_scope WHERE scope IN ({}) ORDER BY case_id",
        marks(scopes.len())
    );
    write.sql.prepare(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Whether some desk was told before that place that the case is gone.
pub fn was_withdrawn(view: &View<'_>, case: CaseId, before: u64) -> Result<bool> {
    let mut found = view
        .sql
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM scope_index WHERE withdrawn = ?1 AND place < ?2)")?;
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    Ok(found.query_row(params![case.to_string(), before], |row| row.get(0))?)
}

/// Up to `limit` places after `cursor` that a desk with these scopes has to read. An item that stood in another of
/// its scopes earlier is left out: the desk has it.
pub fn after(
    view: &View<'_>,
    desk: DeskId,
    scopes: &[String],
    cursor: u64,
    limit: u32,
) -> Result<Vec<Place>> {
    let own = desk_scope(desk);
    let marks = marks(scopes.len());
    let sql = format!(
        "SELECT place, seq, withdrawn FROM scope_index AS here
         WHERE place > ? AND (scope = ? OR (scope IN ({marks}) AND NOT EXISTS (
             SELECT 1 FROM scope_index AS earlier
             WHERE earlier.seq = here.seq AND earlier.scope IN ({marks}) AND earlier.place < here.place)))
         ORDER BY place LIMIT ?"
    );
    let mut values: Vec<Value> = vec![i64::try_from(cursor).unwrap_or(i64::MAX).into(), own.into()];
    for _ in 0..2 {
        values.extend(scopes.iter().cloned().map(Value::from));
    }
    values.push(i64::from(limit).into());
    let mut found = view.sql.prepare_cached(&sql)?;
    let rows = found.query_map(params_from_iter(values), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    let mut places = Vec::new();
    for row in rows {
        let (place, seq, withdrawn) = row?;
        let what = match (seq, withdrawn) {
            (Some(seq), _) => What::Item(seq.unsigned_abs()),
            (None, Some(case)) => What::Withdrawn(parsed(&case, "scope_index.withdrawn")?),
            (None, None) => continue,
        };
        places.push(Place { place: place.unsigned_abs(), what });
    }
    Ok(places)
}

/// The last place, and the scopes in which something stands behind `place`.
pub fn touched(view: &View<'_>, place: u64) -> Result<(u64, Vec<String>)> {
    let mut found = view.sql.prepare_cached("SELECT DISTINCT scope FROM scope_index WHERE place > ?1")?;
    let rows = found.query_map([i64::try_from(place).unwrap_or(i64::MAX)], |row| row.get(0))?;
    Ok((last(view)?, rows.collect::<rusqlite::Result<_>>()?))
}

/// The last place in any of `scopes`; it grows whenever something in them changes.
pub fn last_of(view: &View<'_>, scopes: &[String]) -> Result<u64> {
    let mut found = view.sql.prepare_cached("SELECT max(place) FROM scope_index WHERE scope = ?1")?;
    let mut last = 0;
    for scope in scopes {
        last = last.max(found.query_row([scope], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0));
    }
    Ok(last.unsigned_abs())
}

/// Below which place nothing can be read any more: it was pruned.
pub fn floor(view: &View<'_>) -> Result<u64> {
    Ok(meta::get(view, meta::FLOOR)?.and_then(|floor| floor.parse().ok()).unwrap_or(0))
}

/// Takes the places up to `place` away; desks that stand before it compare instead of reading on.
pub fn prune(write: &Write<'_>, place: u64) -> Result<()> {
    let until = i64::try_from(place).unwrap_or(i64::MAX);
    write.sql.execute("DELETE FROM scope_index WHERE place <= ?1 AND withdrawn IS NULL", [until])?;
    meta::set(write, meta::FLOOR, &place.max(floor(write)?).to_string())
}

/// The last place there is: a cursor beyond it comes from another epoch.
pub fn last(view: &View<'_>) -> Result<u64> {
    let last: Option<i64> =
        view.sql.prepare_cached("SELECT max(place) FROM scope_index")?.query_row([], |row| row.get(0))?;
    Ok(last.unwrap_or(0).unsigned_abs().max(floor(view)?))
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}
