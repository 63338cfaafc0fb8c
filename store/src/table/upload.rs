//! How far each attached file of each case has travelled to the county; it goes on where it stopped, also after a restart.

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::table::outbox::Waiting;
use crate::tx::{Read, Write};

/// How far a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadState {
    /// Nothing was sent yet.
    Waiting,
    /// The county gave it an address.
    Sending {
        /// Address of the upload, relative or absolute.
        url: String,
        /// Bytes the county acknowledged.
        sent: u64,
    },
    /// The county has it and its hash is right.
    AtCounty,
    /// The county refused it.
    Refused {
        /// Refusal code, snake_case.
        code: String,
    },
}

/// The transfer of one file for one case. A file is proven for each case that names it (ruling 20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The case.
    pub case: CaseId,
    /// The file.
    pub sha256: Digest,
    /// Plain bytes.
    pub size: u64,
    /// Urgency: lower lanes first, smaller files first within a lane.
    pub lane: u8,
    /// How far it is.
    pub state: UploadState,
}

const COLUMNS: &str = "\"case\", sha256, size, lane, state, url, sent, refusal";

/// Asks for a file to be sent for a case. A transfer that is known already goes on; one that was refused starts again.
///
/// # Errors
/// When the file is not known.
pub fn queue(w: &Write<'_>, case: CaseId, sha256: Digest, lane: u8) -> Result<(), StoreError> {
    let size: Option<u64> = w
        .conn
        .query_row("SELECT size FROM file WHERE sha256 = ?1", [Sql(sha256)], |row| row.get(0))
        .optional()?;
    let size = size.ok_or(StoreError::other("the file is not known"))?;
    w.conn.execute(
        "INSERT INTO upload (\"case\", sha256, state, lane, size) VALUES (?1, ?2, 'waiting', ?3, ?4) \
         ON CONFLICT (\"case\", sha256) DO UPDATE SET \
         lane = excluded.lane, state = 'waiting', url = NULL, sent = 0, refusal = NULL WHERE upload.state = 'refused'",
        params![Sql(case), Sql(sha256), lane, size],
    )?;
    Ok(())
}

/// The file to go on with now: most urgent lane, then smallest.
pub fn next(r: &Read<'_>, now: Millis) -> Result<Option<Upload>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT {COLUMNS} FROM upload WHERE state IN ('waiting', 'sending') \
         AND NOT (not_before > ?1 AND not_before <= ?2) ORDER BY lane, size, \"case\" LIMIT 1"
    ))?;
    Ok(statement.query_row([now, now.saturating_add(super::outbox::LONGEST_WAIT)], read).optional()?)
}

/// Every file that is not at the county, most urgent first.
pub fn unsent(r: &Read<'_>) -> Result<Vec<Upload>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT {COLUMNS} FROM upload WHERE state IN ('waiting', 'sending') ORDER BY lane, size, \"case\""
    ))?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The transfer of a file for a case.
pub fn get(r: &Read<'_>, case: CaseId, sha256: Digest) -> Result<Option<Upload>, StoreError> {
    let mut statement =
        r.conn.prepare(&format!("SELECT {COLUMNS} FROM upload WHERE \"case\" = ?1 AND sha256 = ?2"))?;
    Ok(statement.query_row(params![Sql(case), Sql(sha256)], read).optional()?)
}

/// The transfers of a case.
pub fn of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<Upload>, StoreError> {
    let mut statement = r.conn.prepare(&format!("SELECT {COLUMNS} FROM upload WHERE \"case\" = ?1"))?;
    let rows = statement.query_map([Sql(case)], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes how far a transfer is.
pub fn set(w: &Write<'_>, case: CaseId, sha256: Digest, state: &UploadState) -> Result<(), StoreError> {
    let (name, url, sent, refusal) = match state {
        UploadState::Waiting => ("waiting", None, 0, None),
        UploadState::Sending { url, sent } => ("sending", Some(url), *sent, None),
        UploadState::AtCounty => ("at_county", None, 0, None),
        UploadState::Refused { code } => ("refused", None, 0, Some(code)),
    };
    let changed = w.conn.execute(
        "UPDATE upload SET state = ?3, url = ?4, sent = ?5, refusal = ?6, not_before = 0 \
         WHERE \"case\" = ?1 AND sha256 = ?2",
        params![Sql(case), Sql(sha256), name, url, sent, refusal],
    )?;
    if changed == 1 { Ok(()) } else { Err(StoreError::other("the transfer is not known")) }
}

/// The county wants it later, or it failed: not before `not_before`.
pub fn put_off(w: &Write<'_>, case: CaseId, sha256: Digest, not_before: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE upload SET not_before = ?3 WHERE \"case\" = ?1 AND sha256 = ?2";
    w.conn.execute(sql, params![Sql(case), Sql(sha256), not_before])?;
    Ok(())
}

/// Stops a transfer, after the attachment was taken away. What the county has stays with the county.
pub fn cancel(w: &Write<'_>, case: CaseId, sha256: Digest) -> Result<(), StoreError> {
    let sql = "DELETE FROM upload WHERE \"case\" = ?1 AND sha256 = ?2 AND state <> 'at_county'";
    w.conn.execute(sql, params![Sql(case), Sql(sha256)])?;
    Ok(())
}

/// Whether files of a case still have to be sent.
pub fn waits(r: &Read<'_>, case: CaseId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM upload WHERE \"case\" = ?1 AND state IN ('waiting', 'sending'))";
    Ok(r.conn.query_row(sql, [Sql(case)], |row| row.get(0))?)
}

/// Forgets the transfers of a case that is gone from this desk.
pub fn remove_of_case(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM upload WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

/// Everything is offered again, after the county got a new epoch; files it still has cost no bytes.
pub fn offer_again(w: &Write<'_>) -> Result<(), StoreError> {
    w.conn.execute(
        "UPDATE upload SET state = 'waiting', url = NULL, sent = 0 WHERE state IN ('sending', 'at_county')",
        [],
    )?;
    Ok(())
}

/// How many files wait, of how many cases, and how many bytes of them are still to be sent.
pub fn waiting(r: &Read<'_>) -> Result<Waiting, StoreError> {
    let sql = "SELECT count(*), count(DISTINCT \"case\"), coalesce(sum(size - sent), 0) FROM upload \
               WHERE state IN ('waiting', 'sending')";
    Ok(r.conn.query_row(sql, [], |row| {
        Ok(Waiting { items: row.get(0)?, cases: row.get(1)?, bytes: row.get(2)? })
    })?)
}

/// What waits in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLeft {
    /// The lane.
    pub lane: u8,
    /// How much waits.
    pub waiting: Waiting,
    /// The earliest time at which something of it may go; none when something may go at once.
    pub not_before: Option<Millis>,
}

/// What waits, lane by lane, most urgent first.
pub fn lanes(r: &Read<'_>) -> Result<Vec<LaneLeft>, StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT lane, count(*), count(DISTINCT \"case\"), coalesce(sum(size - sent), 0), min(not_before) FROM upload \
         WHERE state IN ('waiting', 'sending') GROUP BY lane ORDER BY lane",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(LaneLeft {
            lane: row.get(0)?,
            waiting: Waiting { items: row.get(1)?, cases: row.get(2)?, bytes: row.get(3)? },
            not_before: Some(row.get(4)?).filter(|at: &Millis| *at > 0),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Transfers that were refused, at most `limit`.
pub fn refused(r: &Read<'_>, limit: usize) -> Result<Vec<Upload>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT {COLUMNS} FROM upload WHERE state = 'refused' ORDER BY \"case\", sha256 LIMIT ?1"
    ))?;
    let rows = statement.query_map([limit], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Upload> {
    let state: String = row.get(4)?;
    let url: Option<String> = row.get(5)?;
    let refusal: Option<String> = row.get(7)?;
    let state = match (state.as_str(), url, refusal) {
        ("waiting", _, _) => UploadState::Waiting,
        ("sending", Some(url), _) => UploadState::Sending { url, sent: row.get(6)? },
        ("at_county", _, _) => UploadState::AtCounty,
        ("refused", _, Some(code)) => UploadState::Refused { code },
        _ => {
            let error = Box::new(FromSqlError::InvalidType);
            return Err(rusqlite::Error::FromSqlConversionFailure(4, Type::Text, error));
        }
    };
    Ok(Upload {
        case: row.get::<_, Sql<_>>(0)?.0,
        sha256: row.get::<_, Sql<_>>(1)?.0,
        size: row.get(2)?,
        lane: row.get(3)?,
        state,
    })
}
