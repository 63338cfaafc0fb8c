//! Bringing an older database up to what this program expects, one numbered step after the other.

use std::path::Path;

use refinery::error::Kind;
use rusqlite::Connection;

use crate::backup;
use crate::error::StoreError;
use crate::secret::DbKey;

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
            Some(rusqlite::Error::SqliteFailure(inner, _)) => {
                rusqlite::Error::SqliteFailure(*inner, None).into()
            }
            _ => StoreError::other("the database cannot be migrated"),
        },
        _ => StoreError::other("the database cannot be migrated"),
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{CaseId, Digest};
    use refinery::{Migration, Runner, Target};
    use uuid::Uuid;

    use super::*;
    use crate::table::case_index::{self, Query};
    use crate::table::{change, document, meta, original, receipt, seal, share};
    use crate::{FolderLock, Store, open, tx};

    fn at_version(folder: &Path, key: &DbKey, version: i32) -> Connection {
        let path = tx::database(folder);
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_CREATE;
        let mut conn = open::connect(&path, key, flags).unwrap();
        desk::migrations::runner().set_target(Target::Version(version)).run(&mut conn).unwrap();
        conn
    }

    #[test]
    fn a_desk_of_every_earlier_version_opens_and_keeps_what_it_held() {
        let newest = desk::migrations::runner().get_migrations().len();
        assert!(newest > 0);
        for version in 1..=i32::try_from(newest).unwrap() {
            let dir = tempfile::tempdir().unwrap();
            let key = DbKey::generate().unwrap();
            let old = at_version(dir.path(), &key, version);
            old.execute("INSERT INTO meta (name, value) VALUES ('kept', x'07')", []).unwrap();
            drop(old);
            let store = Store::open(&FolderLock::take(dir.path()).unwrap(), &key).unwrap();
            assert_eq!(
                store.read(|r| meta::get(r, "kept")).unwrap(),
                Some(vec![7]),
                "from version {version}"
            );
            store.verify().unwrap();
            let copy = dir.path().join(format!("before-migration/desk-{version:04}.db"));
            assert_eq!(copy.exists(), version < i32::try_from(newest).unwrap(), "version {version}");
            if copy.exists() {
                let copy = open::connect(&copy, &key, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
                open::check(&copy).unwrap();
            }
        }
    }

    #[test]
    fn what_lay_twice_is_said_once_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let key = DbKey::generate().unwrap();
        let old = at_version(dir.path(), &key, 13);
        let hash = "a1".repeat(32);
        old.execute_batch(&format!(
            "INSERT INTO document (\"case\", release, meta, snapshot, heads, acked_heads) VALUES
                 (zeroblob(16), 1, x'0102', x'aa', x'{hash}', x'{hash}'),
                 (x'{one}', 1, x'0102', x'bb', x'{hash}', x'');
             INSERT INTO case_index (\"case\", item, item_name, release, status, applicant, village, unit, updated_at, scopes) VALUES
                 (zeroblob(16), '0001', 'item', 1, 'draft', 'Z*', NULL, '131099100201', 7, 'draft:131099100201'),
                 (x'{one}', '0001', 'item', 1, 'draft', 'L*', '131099100201', '131099100201', 9, 'draft:131099100201');
             INSERT INTO search_key (key, n) SELECT 'zhang', n FROM case_index WHERE applicant = 'Z*';
             INSERT INTO search_key (key, n) SELECT 'san', n FROM case_index WHERE applicant = 'Z*';
             INSERT INTO meta (name, value) VALUES ('receipts/{hash}', x'5ea1');
             INSERT INTO receipt (item, \"case\", seq, signature, at) VALUES (x'{hash}', zeroblob(16), 41, x'{hash}', 5);
             INSERT INTO county_item (item, \"case\", seq, bytes, at, bundle) VALUES (x'{hash}', zeroblob(16), 41, x'0708', 5, 3);",
            one = "01".repeat(16),
        ))
        .unwrap();
        drop(old);
        let store = Store::open(&FolderLock::take(dir.path()).unwrap(), &key).unwrap();
        store.verify().unwrap();
        let (first, second) = (CaseId(Uuid::nil()), CaseId(Uuid::from_bytes([1; 16])));
        store
            .read(|r| {
                let (done, open) = (document::get(r, first)?.unwrap(), document::get(r, second)?.unwrap());
                assert_eq!(
                    (done.meta, done.snapshot, done.acked_heads),
                    (vec![1, 2], vec![0xaa], done.heads)
                );
                assert_eq!(
                    (open.meta, open.snapshot, open.acked_heads),
                    (vec![1, 2], vec![0xbb], Vec::new())
                );
                let waiting = document::not_acknowledged(r, None, 9)?;
                assert_eq!(waiting.iter().map(|row| row.case).collect::<Vec<_>>(), [second]);
                let listed = case_index::list(r, &Query::default())?.lines;
                let villages: Vec<_> = listed.iter().map(|listed| listed.line.village.is_some()).collect();
                assert_eq!(villages, [true, false], "the newest first");
                assert!(listed.iter().all(|listed| listed.line.item_name == "item"));
                assert_eq!(case_index::counts(r, None)?.values().sum::<u64>(), 2);
                for words in [["zh", "s"], ["zh", "x"]] {
                    let words = words.map(str::to_owned).to_vec();
                    let found = case_index::total(r, &Query { words: words.clone(), ..Query::default() })?;
                    assert_eq!(found, u64::from(words[1] == "s"), "{words:?}");
                }
                let proof = receipt::get(r, Digest([0xa1; 32]))?.unwrap();
                assert_eq!((proof.case, proof.seq, proof.at), (first, 41, 5));
                assert_eq!(seal::get(r, proof.seal)?, Some(vec![0x5e, 0xa1]));
                let kept = original::get(r, Digest([0xa1; 32]))?.unwrap();
                assert_eq!((kept.bytes, kept.bundle, kept.seq), (vec![7, 8], 3, 41));
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    #[test]
    fn tails_shares_and_answers_go_where_they_lie_today() {
        let dir = tempfile::tempdir().unwrap();
        let key = DbKey::generate().unwrap();
        let old = at_version(dir.path(), &key, 17);
        old.execute_batch(
            "INSERT INTO facts (meta) VALUES (x'07');
             INSERT INTO document (\"case\", release, snapshot, heads, facts, tight) VALUES
                 (zeroblob(16), 1, x'aa', zeroblob(32), 1, 1), (x'01010101010101010101010101010101', 1, x'bb', x'', 1, 0);
             INSERT INTO change (\"case\", hash, bytes) VALUES (zeroblob(16), x'02', x'cc'), (zeroblob(16), x'01', x'dd');
             INSERT INTO share (\"case\", bucket, draft, share) VALUES (zeroblob(16), 9, 1, x'05050505050505050505050505050505');
             INSERT INTO seal (hash, bytes) VALUES (x'0e', x'5ea1');",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&FolderLock::take(dir.path()).unwrap(), &key).unwrap();
        store.verify().unwrap();
        let (first, second) = (CaseId(Uuid::nil()), CaseId(Uuid::from_bytes([1; 16])));
        store
            .write(|w| {
                assert_eq!(document::get(w, first)?.unwrap().snapshot, [0xaa]);
                assert_eq!(document::get(w, second)?.unwrap().snapshot, [0xbb]);
                assert_eq!(change::tail(w, first)?, [vec![0xcc], vec![0xdd]]);
                let counted = Some(share::Share { case: first, draft: true, share: [5; 16] });
                assert_eq!((share::get(w, first)?, share::get(w, second)?), (counted, None));
                assert_eq!(seal::fold(w, 9)?, 0, "what lay there stays whole");
                assert_eq!(seal::get(w, 1)?, Some(vec![0x5e, 0xa1]));
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    #[test]
    fn the_database_of_an_earlier_program_is_rescued_with_its_cases() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, key) = (FolderLock::take(dir.path()).unwrap(), DbKey::generate().unwrap());
        let old = at_version(dir.path(), &key, 13);
        old.execute_batch(
            "INSERT INTO document (\"case\", release, meta, snapshot, heads, acked_heads)
                 VALUES (zeroblob(16), 1, x'0102', x'aa', zeroblob(32), zeroblob(32));
             INSERT INTO change (\"case\", hash, bytes) VALUES (zeroblob(16), zeroblob(32), x'bb');",
        )
        .unwrap();
        drop(old);
        crate::salvage(&lock, &key).unwrap();
        let store = Store::open(&lock, &key).unwrap();
        store.verify().unwrap();
        let case = CaseId(Uuid::nil());
        let (kept, tail) = store
            .read(|r| Ok::<_, StoreError>((document::get(r, case)?.unwrap(), change::tail(r, case)?)))
            .unwrap();
        assert_eq!((kept.meta, kept.snapshot, kept.acked_heads), (vec![1, 2], vec![0xaa], kept.heads));
        assert_eq!(tail, [vec![0xbb]]);
    }

    #[test]
    fn a_database_of_a_newer_program_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let key = DbKey::generate().unwrap();
        let lock = FolderLock::take(dir.path()).unwrap();
        drop(Store::open(&lock, &key).unwrap());
        let mut migrations = desk::migrations::runner().get_migrations().clone();
        migrations.push(
            Migration::unapplied("V0999__from_the_future", "CREATE TABLE future (n INTEGER);").unwrap(),
        );
        let mut conn = at_version(dir.path(), &key, 999);
        Runner::new(&migrations).run(&mut conn).unwrap();
        drop(conn);
        let before = std::fs::read(tx::database(dir.path())).unwrap();
        assert!(matches!(Store::open(&lock, &key), Err(StoreError::NewerSchema)));
        assert_eq!(std::fs::read(tx::database(dir.path())).unwrap(), before);
    }

    #[test]
    fn a_step_that_fails_leaves_the_database_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let key = DbKey::generate().unwrap();
        let lock = FolderLock::take(dir.path()).unwrap();
        let store = Store::open(&lock, &key).unwrap();
        store.write(|w| meta::put(w, "kept", b"1")).unwrap();
        drop(store);
        let mut migrations = desk::migrations::runner().get_migrations().clone();
        let broken = "CREATE TABLE half (n INTEGER); DROP TABLE meta; INSERT INTO nowhere VALUES (1);";
        migrations.push(Migration::unapplied("V0999__broken", broken).unwrap());
        let mut conn = at_version(dir.path(), &key, 999);
        assert!(run(&mut conn, &Runner::new(&migrations), dir.path(), &key).is_err());
        drop(conn);
        let store = Store::open(&lock, &key).unwrap();
        assert_eq!(store.read(|r| meta::get(r, "kept")).unwrap().as_deref(), Some(b"1".as_slice()));
    }
}
