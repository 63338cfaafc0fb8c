//! Official steps done to cases, as signed bytes, with what the county said to them.

use domain::id::{ActId, CaseId};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::pack::Packed;
use crate::tx::{Read, Write};

/// Whether a step is real.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActState {
    /// Made here, without a number of the county yet.
    Waiting,
    /// The county gave it this sequence number.
    Done {
        /// County sequence.
        seq: u64,
    },
    /// The county refused it.
    Refused {
        /// Refusal code, snake_case.
        code: String,
    },
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// Its id.
    pub id: ActId,
    /// The case.
    pub case: CaseId,
    /// The signed act in the caller's encoding.
    pub bytes: Vec<u8>,
    /// Whether it is real.
    pub state: ActState,
}

/// Puts a step in, or brings a known one up to date. A step the county numbered never goes back to waiting or refused.
pub fn put(w: &Write<'_>, act: &ActRow) -> Result<(), StoreError> {
    let (state, seq, refusal) = match &act.state {
        ActState::Waiting => ("waiting", None, None),
        ActState::Done { seq } => ("done", Some(*seq), None),
        ActState::Refused { code } => ("refused", None, Some(code.as_str())),
    };
    w.conn.execute(
        "INSERT INTO act (id, \"case\", bytes, state, seq, refusal) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, state = excluded.state, seq = excluded.seq, \
         refusal = excluded.refusal WHERE act.state <> 'done' OR excluded.state = 'done'",
        params![Sql(act.id), Sql(act.case), Packed(act.bytes.as_slice()), state, seq, refusal],
    )?;
    Ok(())
}

/// A step.
pub fn get(r: &Read<'_>, id: ActId) -> Result<Option<ActRow>, StoreError> {
    let mut statement =
        r.conn.prepare("SELECT id, \"case\", bytes, state, seq, refusal FROM act WHERE id = ?1")?;
    Ok(statement.query_row([Sql(id)], read).optional()?)
}

/// The steps of a case: those the county numbered in its order, then the others in the order they were made.
pub fn of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<ActRow>, StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT id, \"case\", bytes, state, seq, refusal FROM act WHERE \"case\" = ?1 ORDER BY seq IS NULL, seq, n",
    )?;
    let rows = statement.query_map([Sql(case)], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The county gave a step its number. Returns whether the step is known here.
pub fn set_done(w: &Write<'_>, id: ActId, seq: u64) -> Result<bool, StoreError> {
    let sql = "UPDATE act SET state = 'done', seq = ?2, refusal = NULL WHERE id = ?1";
    Ok(w.conn.execute(sql, params![Sql(id), seq])? == 1)
}

/// The county refused a step that was sent: one that waited, or one that had a number which a restored county no longer knows.
/// Returns whether there was such a step.
pub fn set_refused(w: &Write<'_>, id: ActId, code: &str) -> Result<bool, StoreError> {
    let sql =
        "UPDATE act SET state = 'refused', seq = NULL, refusal = ?2 WHERE id = ?1 AND state <> 'refused'";
    Ok(w.conn.execute(sql, params![Sql(id), code])? == 1)
}

/// Takes the steps of a case away, after the case was withdrawn from this desk's scope.
pub fn remove_of_case(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM act WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<ActRow> {
    let seq: Option<u64> = row.get(4)?;
    let refusal: Option<String> = row.get(5)?;
    let name: String = row.get(3)?;
    let state = match (name.as_str(), seq, refusal) {
        ("waiting", None, None) => ActState::Waiting,
        ("done", Some(seq), None) => ActState::Done { seq },
        ("refused", None, Some(code)) => ActState::Refused { code },
        _ => return Err(rusqlite::Error::InvalidColumnType(3, "state".to_owned(), Type::Text)),
    };
    Ok(ActRow {
        id: row.get::<_, Sql<_>>(0)?.0,
        case: row.get::<_, Sql<_>>(1)?.0,
        bytes: row.get::<_, Packed<_>>(2)?.0,
        state,
    })
}
