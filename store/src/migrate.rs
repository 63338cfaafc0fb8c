//! Bringing an older database up to what this program expects, one numbered step after the other.

use std::path::Path;

use refinery::error::Kind;
use rusqlite::Connection;

use crate::backup;
use crate::error::StoreError;
use crate::secret::DbKey;

#[expect(clippy::unwrap_used, reason = "generated; the names were checked when it was compiled")]
mod desk {
    refinery::embed_migrations!("../migrations/desk");
}

/// How many copies made before a migration are kept.
const COPIES: usize = 3;
/// Where refinery writes down what was applied.
const HISTORY: &str = "refinery_schema_history";

/// Runs what is missing. A database that already holds something is copied to `before-migration/` first.
///
/// # Errors
/// [`StoreError::NewerSchema`] when the database knows steps that this program does not.
pub(crate) fn migrate(conn: &mut Connection, folder: &Path, db_key: &DbKey) -> Result<(), StoreError> {
    run(conn, &desk::migrations::runner(), folder, db_key)
}

fn run(
    conn: &mut Connection,
    runner: &refinery::Runner,
    folder: &Path,
    db_key: &DbKey,
) -> Result<(), StoreError> {
    let newest = runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0);
    let last = if conn.table_exists(None, HISTORY)? {
        runner.get_last_applied_migration(conn).map_err(classify)?.map_or(0, |migration| migration.version())
    } else {
        0
    };
    if last > newest {
        return Err(StoreError::NewerSchema);
    }
    if (1..newest).contains(&last) {
        let copies = folder.join("before-migration");
        crate::lock::make_private_folder(&copies)
            .map_err(|error| StoreError::io("the folder for copies cannot be made", &error))?;
        backup::copy(conn, &copies.join(format!("desk-{last:04}.db")), db_key)?;
        forget_old_copies(&copies)?;
    }
    // Also when nothing is missing: this notices a released step that was edited.
    runner.run(conn).map_err(classify)?;
    Ok(())
}

fn forget_old_copies(folder: &Path) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| StoreError::io("old copies cannot be listed", &error);
    let mut copies = std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    copies.sort();
    let surplus = copies.len().saturating_sub(COPIES);
    for old in copies.iter().take(surplus) {
        std::fs::remove_file(old).map_err(failed)?;
    }
    Ok(())
}

fn classify(error: refinery::Error) -> StoreError {
    match error.kind() {
        Kind::MissingVersion(_) => StoreError::NewerSchema,
        Kind::DivergentVersion(..) => StoreError::other("a released migration was edited"),
        Kind::Connection(_, source) => match source.downcast_ref::<rusqlite::Error>() {
            Some(rusqlite::Error::SqliteFailure(inner, _)) => rusqlite::Error::SqliteFailure(*inner, None).into(),
            _ => StoreError::other("the database cannot be migrated"),
        },
        _ => StoreError::other("the database cannot be migrated"),
    }
}
