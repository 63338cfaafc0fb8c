//! Rescuing a damaged database: every row that can still be read, from it and from the copies made earlier, goes into a new one.
//!
//! A page whose authenticity code does not fit cannot be read; everything else can. Rows are read one by one past the holes. The
//! end of a long value that lies on such a page comes as zeros without a word: values are looked at before they count.
//! What the copies hold fills the holes and nothing else: a row that was read from the damaged database stays as it is.
//! Lists, counts and search words are not rescued; they are built anew from documents and steps.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Statement, params_from_iter};
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;
use crate::lock::FolderLock;
use crate::secret::DbKey;
use crate::table::original;
use crate::tx::{Read, Statements, database};
use crate::{backup, open, pack};

/// What follows from other tables, or belongs to the tool that migrates.
const NOT_RESCUED: [&str; 4] = ["case_count", "item_key", "refinery_schema_history", "sqlite_sequence"];
/// The index of words keeps itself in tables whose names begin with its own.
const WORDS: &str = "search_key";
/// Rows read at once.
const PAGE: usize = 500;

/// A release that lacks anything goes as a whole: the county gives it again.
const INCOMPLETE_RELEASES: &str = "
    DELETE FROM catalogue_release WHERE digest NOT IN (SELECT digest FROM catalogue_body)
        OR regions NOT IN (SELECT digest FROM catalogue_body)
        OR calendar NOT IN (SELECT digest FROM catalogue_body)
        OR number IN (SELECT release FROM catalogue_item WHERE digest NOT IN (SELECT digest FROM catalogue_body));
    DELETE FROM catalogue_release WHERE
        (SELECT json_array_length(CAST(bytes AS TEXT), '$.items') FROM catalogue_body AS body
         WHERE body.digest = catalogue_release.digest)
        <> (SELECT count(*) FROM catalogue_item WHERE release = catalogue_release.number);
    DELETE FROM catalogue_item WHERE release NOT IN (SELECT number FROM catalogue_release);
";

/// Databases of earlier programs, and copies made by them, keep the facts of a case with its document.
const TAKES_OLDER: &str = "ALTER TABLE document ADD COLUMN meta BLOB;";
/// Brings those into today's form. A receipt whose sealed answer is lost names none.
const FROM_OLDER: &str = "
    INSERT OR IGNORE INTO facts (meta) SELECT DISTINCT meta FROM document WHERE facts IS NULL AND meta IS NOT NULL;
    UPDATE document SET facts = (SELECT n FROM facts WHERE facts.meta = document.meta) WHERE facts IS NULL;
    DELETE FROM document WHERE facts IS NULL;
    ALTER TABLE document DROP COLUMN meta;
    UPDATE document SET acked_heads = x'3d' WHERE acked_heads = heads AND heads <> x'';
    UPDATE receipt SET seal = 0 WHERE seal NOT IN (SELECT n FROM seal);
";

/// What was rescued.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Salvaged {
    /// Where the damaged database lies now.
    pub set_aside: Option<PathBuf>,
    /// Rows read from the damaged database.
    pub rows: u64,
    /// Rows that only a copy had.
    pub from_copies: u64,
    /// Tables of which something could not be read.
    pub holes: Vec<String>,
}

/// Builds a new database from what can be read of the damaged one (in its place, or set aside last) and of its copies.
/// Nothing is deleted: the damaged one lies in `set-aside/` afterwards.
///
/// # Errors
/// [`StoreError::Damaged`] when there is nothing to rescue from; [`StoreError::DiskFull`]. The folder then has no
/// database, and another attempt can be made.
pub fn salvage(lock: &FolderLock, db_key: &DbKey) -> Result<Salvaged, StoreError> {
    let folder = lock.folder();
    if database(folder).exists() {
        open::set_aside(folder)?;
    }
    let mut done = Salvaged { set_aside: newest(&folder.join(open::SET_ASIDE))?, ..Salvaged::default() };
    let mut sources: Vec<PathBuf> = done.set_aside.iter().map(|place| place.join("desk.db")).collect();
    let copies = backup::copies(folder)?;
    if sources.is_empty() && copies.is_empty() {
        return Err(StoreError::Damaged { set_aside: None });
    }
    sources.extend(copies.into_iter().rev());
    let new = open::open(folder, db_key)?;
    let filled = fill(&new, &sources, db_key, folder, &mut done);
    if filled.is_err() {
        drop(new);
        // Nothing was committed: an empty database must not be taken for what was rescued, nor be rescued from next time.
        for ending in ["", "-wal", "-shm"] {
            let _gone = std::fs::remove_file(with_ending(&database(folder), ending));
        }
    }
    filled.map(|()| done)
}

fn fill(
    new: &Connection,
    sources: &[PathBuf],
    db_key: &DbKey,
    folder: &Path,
    done: &mut Salvaged,
) -> Result<(), StoreError> {
    new.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;")?;
    new.execute_batch(TAKES_OLDER)?;
    // Reading must not change what was set aside: SQLite would work its log into it.
    let work = tempfile::tempdir_in(folder)
        .map_err(|error| StoreError::io("no room to read a damaged database", &error))?;
    for (at, source) in sources.iter().enumerate() {
        let source = copied(source, work.path(), at)?;
        let mut reading = Reading { path: source, key: db_key, conn: None };
        for table in tables(new)? {
            let (added, mut whole) = rescue(new, &mut reading, &table)?;
            if table == "catalogue_body" {
                whole &= false_bodies(new)? == 0;
            }
            if at == 0 {
                done.rows += added;
                if !whole {
                    done.holes.push(table);
                }
            } else {
                done.from_copies += added;
            }
        }
    }
    new.execute_batch(FROM_OLDER)?;
    new.execute_batch(INCOMPLETE_RELEASES)?;
    // What went may have been the parent of something itself.
    while without_parents(new)? > 0 {}
    original::remove_unreadable(&Read { conn: Statements(new) })?;
    new.execute_batch("COMMIT; PRAGMA foreign_keys = ON;")?;
    open::check(new)
}

/// A copy of the database with its log, to be read.
fn copied(source: &Path, work: &Path, at: usize) -> Result<PathBuf, StoreError> {
    let target = work.join(format!("{at}.db"));
    for ending in ["", "-wal"] {
        let from = with_ending(source, ending);
        if from.exists() {
            std::fs::copy(from, with_ending(&target, ending))
                .map_err(|error| StoreError::io("a damaged database cannot be copied", &error))?;
        }
    }
    Ok(target)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn tables(new: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = new.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let follows = |name: &String| name.starts_with(WORDS) || NOT_RESCUED.contains(&name.as_str());
    Ok(names.into_iter().filter(|name| !follows(name)).collect())
}

fn columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// A database being read. After a page that cannot be read SQLCipher gives nothing more: the connection is made anew.
struct Reading<'k> {
    path: PathBuf,
    key: &'k DbKey,
    conn: Option<Connection>,
}

impl Reading<'_> {
    fn ask<T>(&mut self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        if self.conn.is_none() {
            self.conn = open::connect(&self.path, self.key, OpenFlags::SQLITE_OPEN_READ_WRITE).ok();
        }
        let answer = ask(self.conn.as_ref()?).ok();
        if answer.is_none() {
            self.conn = None;
        }
        answer
    }

    /// Rows of a table, each after its number, and what stopped the reading.
    fn rows(&mut self, sql: &str, from: i64) -> (Vec<Vec<Value>>, Stopped) {
        let (mut found, mut next) = (Vec::new(), from);
        let ended = self.ask(|conn| {
            let mut statement = conn.prepare(sql)?;
            let width = statement.column_count();
            let mut rows = statement.query([from])?;
            while let Some(row) = rows.next()? {
                let number: i64 = row.get(0)?;
                found.push((1..width).map(|at| row.get(at)).collect::<Result<_, _>>()?);
                next = number.saturating_add(1);
            }
            Ok(())
        });
        let stopped = match ended {
            None => Stopped::Hole(next),
            Some(()) if found.len() < PAGE => Stopped::End,
            Some(()) => Stopped::Page(next),
        };
        (found, stopped)
    }
}

/// Why reading rows stopped.
enum Stopped {
    /// There are no more.
    End,
    /// A page of rows is full; the next one begins here.
    Page(i64),
    /// What comes from here on cannot be read.
    Hole(i64),
}

/// One table being rescued.
struct Rescue<'a, 'k> {
    reading: &'a mut Reading<'k>,
    insert: Statement<'a>,
    /// Reads a page of rows from a number on.
    page: String,
    /// Finds the next number there is.
    next: String,
    added: u64,
    /// Whether a row had a value that was not whole.
    spoilt: bool,
}

impl Rescue<'_, '_> {
    fn take(&mut self, from: i64) -> Result<Stopped, StoreError> {
        let (rows, stopped) = self.reading.rows(&self.page, from);
        for values in rows {
            let whole = |value: &Value| !matches!(value, Value::Blob(kept) if !pack::is_whole(kept));
            if !values.iter().all(whole) {
                self.spoilt = true;
                continue;
            }
            self.added += self.insert.execute(params_from_iter(values))? as u64;
        }
        Ok(stopped)
    }

    /// Reads what can be read. Gives whether that was everything.
    fn run(&mut self) -> Result<bool, StoreError> {
        let (mut from, mut whole) = (0, true);
        loop {
            match self.take(from)? {
                Stopped::End => return Ok(whole && !self.spoilt),
                Stopped::Page(next) => from = next,
                Stopped::Hole(at) => {
                    whole = false;
                    let Some(edge) = self.beyond(at) else { return Ok(false) };
                    from = edge;
                }
            }
        }
    }

    /// Finds the far edge of a hole: ever wider jumps to something that can be read, then halves back to where that
    /// begins. `None` when nothing lies behind the hole.
    fn beyond(&mut self, at: i64) -> Option<i64> {
        let (mut bad, mut jump) = (at, 1);
        let mut good = loop {
            let target = at.checked_add(jump)?;
            match self.next_from(target) {
                Some(found) => break found?,
                // Where even the root cannot be read the jumps come to an end.
                None => (bad, jump) = (target, jump.checked_mul(2)?),
            }
        };
        let mut edge = good;
        while bad.saturating_add(1) < good {
            let middle = bad + (good - bad) / 2;
            match self.next_from(middle) {
                Some(found) => {
                    good = middle;
                    edge = found.unwrap_or(edge).min(edge);
                }
                None => bad = middle,
            }
        }
        Some(edge)
    }

    /// The first row from that number on, if that can be told: it lies in a hole otherwise.
    fn next_from(&mut self, number: i64) -> Option<Option<i64>> {
        let next = self.next.clone();
        self.reading.ask(|conn| conn.query_row(&next, [number], |row| row.get(0)))
    }
}

/// Copies what can be read of one table. Gives how many rows were new, and whether all of it could be read.
fn rescue(new: &Connection, reading: &mut Reading<'_>, table: &str) -> Result<(u64, bool), StoreError> {
    let wanted = columns(new, table)?;
    let Some(there) = reading.ask(|conn| columns(conn, table)) else { return Ok((0, false)) };
    let shared: Vec<String> =
        wanted.iter().filter(|name| there.contains(name)).map(|name| format!("\"{name}\"")).collect();
    if shared.is_empty() {
        return Ok((0, true));
    }
    let (list, marks) = (shared.join(", "), vec!["?"; shared.len()].join(", "));
    let mut rescue = Rescue {
        reading,
        insert: new.prepare(&format!("INSERT OR IGNORE INTO \"{table}\" ({list}) VALUES ({marks})"))?,
        page: format!("SELECT rowid, {list} FROM \"{table}\" WHERE rowid >= ?1 ORDER BY rowid LIMIT {PAGE}"),
        next: format!("SELECT min(rowid) FROM \"{table}\" WHERE rowid >= ?1"),
        added: 0,
        spoilt: false,
    };
    let whole = rescue.run()?;
    Ok((rescue.added, whole))
}

/// Takes out what the county published and what is not what its digest says. Gives how many.
fn false_bodies(new: &Connection) -> Result<usize, StoreError> {
    let mut read = new.prepare("SELECT digest, bytes FROM catalogue_body")?;
    let bodies = read.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut wrong = Vec::new();
    for body in bodies {
        let (digest, bytes) = body?;
        if Sha256::digest(&bytes).as_slice() != digest {
            wrong.push(digest);
        }
    }
    for digest in &wrong {
        new.execute("DELETE FROM catalogue_body WHERE digest = ?1", [digest])?;
    }
    Ok(wrong.len())
}

/// Takes out rows whose parent is lost: the county sends the case again, and what waits to be sent is kept elsewhere too. Gives
/// how many.
fn without_parents(new: &Connection) -> Result<usize, StoreError> {
    let mut check = new.prepare("SELECT \"table\", rowid FROM pragma_foreign_key_check")?;
    let rows = check.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    for (table, row) in &rows {
        new.execute(&format!("DELETE FROM \"{table}\" WHERE rowid = ?1"), [row])?;
    }
    Ok(rows.len())
}

/// The folder made last below `set-aside/`.
fn newest(aside: &Path) -> Result<Option<PathBuf>, StoreError> {
    let Ok(found) = std::fs::read_dir(aside) else { return Ok(None) };
    let mut places: Vec<(std::time::SystemTime, PathBuf)> = Vec::new();
    for entry in found {
        let entry = entry.map_err(|error| StoreError::io("set-aside cannot be listed", &error))?;
        let database = entry.path().join("desk.db");
        if let Ok(facts) = database.metadata()
            && facts.len() > 0
        {
            places.push((facts.modified().unwrap_or(std::time::UNIX_EPOCH), entry.path()));
        }
    }
    Ok(places.into_iter().max().map(|(_, place)| place))
}

#[cfg(test)]
mod tests {
    use domain::id::CaseId;
    use uuid::Uuid;

    use super::*;
    use crate::table::{change, document, outbox};
    use crate::{Store, tx};

    #[test]
    fn documents_whose_facts_are_lost_go_and_everything_else_is_rescued() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, key) = (FolderLock::take(dir.path()).unwrap(), DbKey::generate().unwrap());
        let store = Store::open(&lock, &key).unwrap();
        let case = |n: u8| CaseId(Uuid::from_bytes([n; 16]));
        store
            .write::<_, StoreError>(|w| {
                for n in 1..=2 {
                    let heads = vec![[n; 32]];
                    let row = document::Document {
                        case: case(n),
                        release: 1,
                        meta: vec![n],
                        snapshot: vec![n; 9],
                        heads,
                        acked_heads: Vec::new(),
                    };
                    document::insert(w, &row)?;
                    change::append(w, case(n), &[n; 5])?;
                }
                Ok(())
            })
            .unwrap();
        drop(store);
        let raw = open::connect(&tx::database(dir.path()), &key, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        raw.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM facts WHERE meta = x'01';").unwrap();
        drop(raw);
        salvage(&lock, &key).unwrap();
        let store = Store::open(&lock, &key).unwrap();
        store.verify().unwrap();
        store
            .read(|r| {
                assert_eq!(document::get(r, case(1))?, None);
                assert_eq!(document::get(r, case(2))?.unwrap().meta, [2]);
                assert_eq!(change::tail(r, case(2))?, [vec![2; 5]]);
                assert!(outbox::list(r)?.is_empty());
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
