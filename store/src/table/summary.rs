//! Ended cases of which only a summary lies here, and which are due to become one.

use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::moment::Millis;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension as _, ToSql, params, params_from_iter};

use crate::column::Sql;
use crate::error::StoreError;
use crate::pack::Packed;
use crate::table::original;
use crate::tx::{Read, Write};

/// Whether somebody wants the whole case back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody does.
    Kept,
    /// It is to be fetched from the county.
    Wanted,
    /// It was asked for, and the county does not have it.
    Lacking,
}

/// What is left of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What its line and its search words are made of, in the caller's encoding.
    pub facts: Vec<u8>,
    /// Whether somebody wants the whole back.
    pub state: State,
}

/// What is left of a case; nothing when it lies here whole.
pub fn get(r: &Read<'_>, case: CaseId) -> Result<Option<Summary>, StoreError> {
    let mut statement = r.conn.prepare("SELECT facts, state FROM summary WHERE \"case\" = ?1")?;
    let read =
        |row: &rusqlite::Row<'_>| Ok(Summary { facts: row.get::<_, Packed<_>>(0)?.0, state: row.get(1)? });
    Ok(statement.query_row([Sql(case)], read).optional()?)
}

/// Lets a document shrink to a summary: its bytes and its tail go, where it stands is kept.
///
/// # Errors
/// When the case has no document, or is a summary already.
pub fn shrink(w: &Write<'_>, case: CaseId, facts: &[u8]) -> Result<(), StoreError> {
    original::unfold(w, case)?;
    let sql = "INSERT INTO summary (\"case\", facts, state) VALUES (?1, ?2, 'kept')";
    w.conn.execute(sql, params![Sql(case), Packed(facts)])?;
    let changed = w.conn.execute("UPDATE document SET snapshot = x'' WHERE \"case\" = ?1", [Sql(case)])?;
    w.conn.execute("DELETE FROM change WHERE \"case\" = ?1", [Sql(case)])?;
    if changed == 1 { Ok(()) } else { Err(StoreError::other("the case has no document here")) }
}

/// Notes whether somebody wants the whole back. A case that lies here whole is left alone.
pub fn set_state(w: &Write<'_>, case: CaseId, state: State) -> Result<(), StoreError> {
    w.conn.execute("UPDATE summary SET state = ?2 WHERE \"case\" = ?1", params![Sql(case), state])?;
    Ok(())
}

/// The case is a summary no more: its document came back, or it leaves this desk.
pub fn remove(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM summary WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

/// Cases that are to be fetched whole, at most `limit`.
pub fn wanted(r: &Read<'_>, limit: usize) -> Result<Vec<CaseId>, StoreError> {
    let mut statement = r.conn.prepare("SELECT \"case\" FROM summary WHERE state = 'wanted' LIMIT ?1")?;
    let rows = statement.query_map([limit], |row| Ok(row.get::<_, Sql<_>>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Cases in one of `statuses`, whole here, with which nothing happened since `before` and nothing is left to do: nothing
/// waits, is stuck, differs, is being typed or leaves, and the county has everything. At most `limit`.
pub fn due(
    r: &Read<'_>,
    statuses: &[Status],
    before: Millis,
    limit: usize,
) -> Result<Vec<CaseId>, StoreError> {
    let marks = vec!["?"; statuses.len()].join(", ");
    let sql = format!(
        "SELECT c.\"case\" FROM case_index AS c JOIN document AS d ON d.\"case\" = c.\"case\" \
         WHERE c.status IN ({marks}) AND c.discarded_at IS NULL AND c.differing = 0 AND c.updated_at < ? \
         AND d.acked_heads = x'3d' AND d.fetched_at < ? \
         AND NOT EXISTS (SELECT 1 FROM summary AS s WHERE s.\"case\" = c.\"case\") \
         AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.\"case\" = c.\"case\") \
         AND NOT EXISTS (SELECT 1 FROM upload AS u WHERE u.\"case\" = c.\"case\" AND u.state <> 'at_county') \
         AND NOT EXISTS (SELECT 1 FROM quarantine AS q WHERE q.\"case\" = c.\"case\" AND q.settled = 0) \
         AND NOT EXISTS (SELECT 1 FROM draft_buffer AS t WHERE t.\"case\" = c.\"case\") \
         AND NOT EXISTS (SELECT 1 FROM leaving AS l WHERE l.\"case\" = c.\"case\") \
         AND NOT EXISTS (SELECT 1 FROM receipt AS p WHERE p.\"case\" = c.\"case\" AND p.at >= ?) LIMIT ?"
    );
    let mut values: Vec<ToSqlOutput<'_>> = statuses.iter().map(|status| status.name().into()).collect();
    values.extend([before.into(), before.into(), before.into()]);
    values.push(limit.to_sql()?);
    let mut statement = r.conn.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| Ok(row.get::<_, Sql<_>>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl ToSql for State {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            State::Kept => "kept",
            State::Wanted => "wanted",
            State::Lacking => "lacking",
        }
        .into())
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "kept" => Ok(State::Kept),
            "wanted" => Ok(State::Wanted),
            "lacking" => Ok(State::Lacking),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
