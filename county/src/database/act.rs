//! Which official steps have a number already. Repeating a step is harmless: it is found here by its id.

use domain::id::{ActId, CaseId, PersonId};
use rusqlite::{OptionalExtension, params};

use super::{Result, View, Write};

/// The number of that act, if the county has it.
pub fn seq_of(view: &View<'_>, id: ActId) -> Result<Option<u64>> {
    let mut found = view.sql.prepare_cached("SELECT seq FROM act WHERE id = ?1")?;
    Ok(found.query_row([id.to_string()], |row| row.get::<_, i64>(0)).optional()?.map(i64::unsigned_abs))
}

/// Notes an act that was accepted.
pub fn add(write: &Write<'_>, id: ActId, case: CaseId, seq: u64, kind: &str, person: PersonId) -> Result<()> {
    write
        .sql
        .prepare_cached("INSERT INTO act (id, case_id, seq, kind, person) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            id.to_string(),
            case.to_string(),
            i64::try_from(seq).unwrap_or(i64::MAX),
            kind,
            person.to_string()
        ])?;
    Ok(())
}
