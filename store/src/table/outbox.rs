//! What still has to reach the county. An item leaves only on its own acknowledgement, or into quarantine.

use domain::id::{CaseId, Digest, PersonId};
use domain::moment::Millis;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::pack::Packed;
use crate::table::quarantine::{self, Direction, Quarantined};
use crate::table::{original, receipt};
use crate::tx::{Read, Write};

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A whole document.
    Document,
    /// Changes of a document.
    Changes,
    /// An official step.
    Act,
}

impl ItemKind {
    fn name(self) -> &'static str {
        match self {
            ItemKind::Document => "document",
            ItemKind::Changes => "changes",
            ItemKind::Act => "act",
        }
    }
}

/// An item to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// SHA-256 of `bytes`.
    pub item: Digest,
    /// The case.
    pub case: CaseId,
    /// Who made it.
    pub person: PersonId,
    /// What it is.
    pub kind: ItemKind,
    /// Urgency: lower lanes leave first.
    pub lane: u8,
    /// What travels.
    pub bytes: Vec<u8>,
}

/// An item waiting to be sent or acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// SHA-256 of `bytes`.
    pub item: Digest,
    /// The case.
    pub case: CaseId,
    /// Who made it.
    pub person: PersonId,
    /// What it is.
    pub kind: ItemKind,
    /// Number of the bundle it belongs to; items of one bundle leave together (ruling 4).
    pub bundle: i64,
    /// Urgency.
    pub lane: u8,
    /// What travels.
    pub bytes: Vec<u8>,
    /// When it was put in.
    pub at: Millis,
    /// Counter of the chunk it was last sent in.
    pub chunk: Option<u64>,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Items.
    pub items: u64,
    /// Cases they belong to.
    pub cases: u64,
    /// Their bytes as they lie here, packed: about what goes over the line.
    pub bytes: u64,
}

/// The county's acknowledgement of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// Number the county gave it.
    pub seq: u64,
    /// Number of the sealed answer it came in ([`crate::table::seal`]).
    pub seal: i64,
    /// When it was received, by the desk's clock.
    pub at: Millis,
}

const COLUMNS: &str = "item, \"case\", person, kind, bundle, lane, bytes, at, chunk";

/// Puts items in. Items put in together are one bundle: they leave together or not at all, in the most urgent of their
/// lanes. An item that is there already stays where it is.
pub fn put(w: &Write<'_>, items: &[NewItem], at: Millis) -> Result<(), StoreError> {
    let lane = items.iter().map(|item| item.lane).min().unwrap_or(0);
    let bundle = next_bundle(w)?;
    let mut statement = w.conn.prepare(
        "INSERT INTO outbox (item, \"case\", person, kind, bundle, lane, bytes, at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (item) DO NOTHING",
    )?;
    for new in items {
        statement.execute(params![
            Sql(new.item),
            Sql(new.case),
            Sql(new.person),
            new.kind.name(),
            bundle,
            lane,
            Packed(new.bytes.as_slice()),
            at
        ])?;
    }
    Ok(())
}

/// A bundle number that nothing carries, neither here nor aside nor in the re-offer window.
fn next_bundle(r: &Read<'_>) -> Result<i64, StoreError> {
    let sql = "SELECT 1 + max(coalesce((SELECT max(bundle) FROM outbox), 0), \
               coalesce((SELECT max(bundle) FROM quarantine), 0), coalesce((SELECT max(bundle) FROM original WHERE bundle <> 0), 0))";
    Ok(r.conn.query_row(sql, [], |row| row.get(0))?)
}

/// Takes back the document and change items of a case that were never sent and stand in a bundle of their own, so that
/// one newer item can replace them. Items that were sent once, and those bound to an act, stay.
pub fn supersede(w: &Write<'_>, case: CaseId) -> Result<usize, StoreError> {
    Ok(w.conn.execute(
        "DELETE FROM outbox WHERE \"case\" = ?1 AND kind IN ('document', 'changes') AND chunk IS NULL \
         AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.bundle = outbox.bundle AND other.n <> outbox.n)",
        [Sql(case)],
    )?)
}

/// Nothing is put off for longer, milliseconds: an hour that lies further ahead was written under a clock that was wrong.
pub(crate) const LONGEST_WAIT: Millis = 24 * 3600 * 1000;

/// The next items to send: whole bundles in order of lane and age, at most `items` and `bytes` (the first bundle is
/// given whatever its size). Bundles put off until after `now`, and those of a chunk still under way, are left out.
pub fn take(r: &Read<'_>, items: usize, bytes: usize, now: Millis) -> Result<Vec<OutboxItem>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT {COLUMNS} FROM outbox AS o WHERE NOT EXISTS \
         (SELECT 1 FROM outbox AS b WHERE b.bundle = o.bundle \
          AND ((b.not_before > ?1 AND b.not_before <= ?2) OR b.chunk IS NOT NULL)) \
         ORDER BY lane, bundle, n"
    ))?;
    let mut rows = statement.query([now, now.saturating_add(LONGEST_WAIT)])?;
    let mut taken: Vec<OutboxItem> = Vec::new();
    // Items before `whole` belong to complete bundles within the budget.
    let mut whole = 0;
    let mut sum = 0usize;
    while let Some(row) = rows.next()? {
        let next = read(row)?;
        if taken.last().is_some_and(|last| last.bundle != next.bundle) {
            whole = taken.len();
            if taken.len() >= items || sum >= bytes {
                return Ok(taken);
            }
        }
        sum = sum.saturating_add(next.bytes.len());
        taken.push(next);
        if whole > 0 && (taken.len() > items || sum > bytes) {
            taken.truncate(whole);
            return Ok(taken);
        }
    }
    Ok(taken)
}

/// Notes that items leave in the chunk of that counter, before it is sent.
pub fn mark_sent(w: &Write<'_>, items: &[Digest], chunk: u64) -> Result<(), StoreError> {
    let mut statement = w.conn.prepare("UPDATE outbox SET chunk = ?2 WHERE item = ?1")?;
    for item in items {
        statement.execute(params![Sql(*item), chunk])?;
    }
    Ok(())
}

/// The chunk that was sent and not answered yet, with what is left of it in its order: to be sent again unchanged.
pub fn under_way(r: &Read<'_>) -> Result<Option<(u64, Vec<OutboxItem>)>, StoreError> {
    // Without the condition it would read everything that waits.
    let first = "SELECT min(chunk) FROM outbox WHERE chunk IS NOT NULL";
    let counter: Option<u64> = r.conn.query_row(first, [], |row| row.get(0))?;
    let Some(counter) = counter else { return Ok(None) };
    let mut statement =
        r.conn.prepare(&format!("SELECT {COLUMNS} FROM outbox WHERE chunk = ?1 ORDER BY lane, bundle, n"))?;
    let rows = statement.query_map([counter], read)?;
    Ok(Some((counter, rows.collect::<Result<_, _>>()?)))
}

/// Every chunk that was sent and not answered yet, in the order of their counters, each with what is left of it.
pub fn all_under_way(r: &Read<'_>) -> Result<Vec<(u64, Vec<OutboxItem>)>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT {COLUMNS} FROM outbox WHERE chunk IS NOT NULL ORDER BY chunk, lane, bundle, n"
    ))?;
    let mut chunks: Vec<(u64, Vec<OutboxItem>)> = Vec::new();
    for row in statement.query_map([], read)? {
        let item = row?;
        let counter = item.chunk.unwrap_or(0);
        match chunks.last_mut() {
            Some((last, items)) if *last == counter => items.push(item),
            _ => chunks.push((counter, vec![item])),
        }
    }
    Ok(chunks)
}

/// Lets items marked as sent be taken again (the chunk was answered without them, or the county has a new epoch).
pub fn unmark_sent(w: &Write<'_>) -> Result<(), StoreError> {
    w.conn.execute("UPDATE outbox SET chunk = NULL WHERE chunk IS NOT NULL", [])?;
    Ok(())
}

/// Lets what is left of one chunk be taken again: it was answered without them.
pub fn unmark_chunk(w: &Write<'_>, chunk: u64) -> Result<(), StoreError> {
    w.conn.execute("UPDATE outbox SET chunk = NULL WHERE chunk = ?1", [chunk])?;
    Ok(())
}

/// The county has an item: in one step its receipt is kept, its original goes to the re-offer window and it leaves the
/// outbox. Returns the item, or `None` when it was not waiting here (then nothing is kept).
pub fn acknowledge(
    w: &Write<'_>,
    item: Digest,
    ack: &Acknowledged,
) -> Result<Option<OutboxItem>, StoreError> {
    let Some(known) = get(w, item)? else { return Ok(None) };
    let proof = receipt::Receipt { item, case: known.case, seq: ack.seq, seal: ack.seal, at: ack.at };
    let receipt = receipt::put(w, &proof)?;
    original::keep(w, receipt, item)?;
    w.conn.execute("DELETE FROM outbox WHERE item = ?1", [Sql(item)])?;
    Ok(Some(known))
}

/// The county wants an item later: it and its bundle wait until `not_before`.
pub fn put_off(w: &Write<'_>, item: Digest, not_before: Millis) -> Result<(), StoreError> {
    w.conn.execute(
        "UPDATE outbox SET not_before = ?2, chunk = NULL \
         WHERE bundle = (SELECT bundle FROM outbox WHERE item = ?1)",
        params![Sql(item), not_before],
    )?;
    Ok(())
}

/// An item goes once more by itself, parted from its bundle.
pub fn alone(w: &Write<'_>, item: Digest) -> Result<(), StoreError> {
    let bundle = next_bundle(w)?;
    let sql = "UPDATE outbox SET bundle = ?2, chunk = NULL, not_before = 0 WHERE item = ?1";
    w.conn.execute(sql, params![Sql(item), bundle])?;
    Ok(())
}

/// The county refused an item: it moves to quarantine with the code and the version of the program it was refused to.
/// Returns it, or `None` when it was not waiting.
pub fn refuse(
    w: &Write<'_>,
    item: Digest,
    code: &str,
    at: Millis,
    program: &str,
) -> Result<Option<OutboxItem>, StoreError> {
    let Some(known) = get(w, item)? else { return Ok(None) };
    quarantine::put(
        w,
        &Quarantined {
            item,
            case: known.case,
            person: Some(known.person),
            direction: Direction::Up,
            code: code.to_owned(),
            bytes: known.bytes.clone(),
            at,
            bundle: known.bundle,
            program: program.to_owned(),
        },
    )?;
    w.conn.execute("DELETE FROM outbox WHERE item = ?1", [Sql(item)])?;
    Ok(Some(known))
}

/// One waiting item.
pub fn get(r: &Read<'_>, item: Digest) -> Result<Option<OutboxItem>, StoreError> {
    let mut statement = r.conn.prepare(&format!("SELECT {COLUMNS} FROM outbox WHERE item = ?1"))?;
    Ok(statement.query_row([Sql(item)], read).optional()?)
}

/// Everything that waits, oldest first. For rescuing a database; it takes in all bytes at once.
pub fn list(r: &Read<'_>) -> Result<Vec<OutboxItem>, StoreError> {
    let mut statement = r.conn.prepare(&format!("SELECT {COLUMNS} FROM outbox ORDER BY n"))?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The waiting items of a case, oldest first.
pub fn of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<OutboxItem>, StoreError> {
    let mut statement =
        r.conn.prepare(&format!("SELECT {COLUMNS} FROM outbox WHERE \"case\" = ?1 ORDER BY n"))?;
    let rows = statement.query_map([Sql(case)], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How much waits.
pub fn waiting(r: &Read<'_>) -> Result<Waiting, StoreError> {
    let sql = "SELECT count(*), count(DISTINCT \"case\"), coalesce(sum(length(bytes)), 0) FROM outbox";
    Ok(r.conn.query_row(sql, [], |row| {
        Ok(Waiting { items: row.get(0)?, cases: row.get(1)?, bytes: row.get(2)? })
    })?)
}

/// Whether more than `items` wait. Costs those few, however many wait; [`waiting`] walks them all.
pub fn more_than(r: &Read<'_>, items: usize) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM outbox LIMIT 1 OFFSET ?1)";
    Ok(r.conn.query_row(sql, [items], |row| row.get(0))?)
}

/// When the earliest item that was put off may leave, also when that time has passed; `None` when nothing is put off.
pub fn next_at(r: &Read<'_>) -> Result<Option<Millis>, StoreError> {
    Ok(r.conn.query_row("SELECT min(not_before) FROM outbox WHERE not_before > 0", [], |row| row.get(0))?)
}

/// When the first item may leave, when every item that waits was put off; `None` when something may leave at once.
pub fn all_put_off(r: &Read<'_>) -> Result<Option<Millis>, StoreError> {
    let sql = "SELECT min(not_before) FROM outbox";
    let first: Option<Millis> = r.conn.query_row(sql, [], |row| row.get(0))?;
    Ok(first.filter(|at| *at > 0))
}

fn read(row: &Row<'_>) -> rusqlite::Result<OutboxItem> {
    let kind: String = row.get(3)?;
    let kind = [ItemKind::Document, ItemKind::Changes, ItemKind::Act]
        .into_iter()
        .find(|known| known.name() == kind)
        .ok_or_else(|| {
            rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(FromSqlError::InvalidType))
        })?;
    Ok(OutboxItem {
        item: row.get::<_, Sql<_>>(0)?.0,
        case: row.get::<_, Sql<_>>(1)?.0,
        person: row.get::<_, Sql<_>>(2)?.0,
        kind,
        bundle: row.get(4)?,
        lane: row.get(5)?,
        bytes: row.get::<_, Packed<_>>(6)?.0,
        at: row.get(7)?,
        chunk: row.get(8)?,
    })
}
