//! What the county knows about itself, by name.

use rusqlite::{OptionalExtension, params};

use super::{Result, View, Write};

/// Id of the county (UUID).
pub const COUNTY: &str = "county";
/// Name of the county.
pub const NAME: &str = "name";
/// Region code of the county.
pub const REGION: &str = "region";
/// The epoch, 32 hexadecimal digits; another one after a restore.
pub const EPOCH: &str = "epoch";
/// `host:port` that enrolment codes carry unless told otherwise.
pub const ADDRESS: &str = "address";
/// Host names and addresses the server certificate is valid for, separated by one space.
pub const HOSTS: &str = "hosts";

/// The least number of the next release of the catalogue; set when the county was restored.
pub const RELEASES: &str = "releases";
/// Below which place of `scope_index` nothing can be read any more.
pub const FLOOR: &str = "floor";

/// The value of that name.
pub fn get(view: &View<'_>, key: &str) -> Result<Option<String>> {
    Ok(view
        .sql
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Sets the value of that name.
pub fn set(write: &Write<'_>, key: &str, value: &str) -> Result<()> {
    write.sql.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
    )?;
    Ok(())
}
