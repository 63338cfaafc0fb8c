//! The list of cases: one line each, a projection that can be thrown away and built again from documents and acts.
//!
//! How far a case travelled is not kept in the line: it is read from outbox, uploads and quarantine, so that a list
//! never says "at the county" about something that still waits here.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::moment::Millis;
use domain::region::RegionCode;
use rusqlite::types::ToSqlOutput;
use rusqlite::{OptionalExtension as _, Row, ToSql, params, params_from_iter};

use crate::column::Sql;
use crate::error::StoreError;
use crate::table::search_key;
use crate::tx::{Read, Write};

/// Most lines on one page.
pub const PAGE: usize = 50;

/// The line of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLine {
    /// The case.
    pub case: CaseId,
    /// Item code.
    pub item: String,
    /// Item name in the release the case began on.
    pub item_name: String,
    /// That release.
    pub release: u64,
    /// Where it stands, folded from its acts.
    pub status: Status,
    /// Masked name of the applicant.
    pub applicant: String,
    /// Official or provisional number, once handed in.
    pub number: Option<String>,
    /// Village of the applicant.
    pub village: Option<RegionCode>,
    /// The point it was taken in at.
    pub unit: RegionCode,
    /// The scopes it lies in, without spaces in them. Whoever reads none of them does not see the line.
    pub scopes: BTreeSet<String>,
    /// Last change.
    pub updated_at: Millis,
    /// When it was handed in.
    pub collected_at: Option<Millis>,
    /// Fields with two values.
    pub differing: u32,
    /// It came back or was decided and nobody here has looked yet.
    pub unseen: bool,
    /// When the draft was put away; such a line is only found by [`get`] and [`discarded`].
    pub discarded_at: Option<Millis>,
}

/// How far the data of a case travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Saved on this machine.
    Saved,
    /// Something of it is not acknowledged.
    Waiting,
    /// The county acknowledged everything of it, files included.
    AtCounty,
    /// Something of it was refused.
    NeedsAttention,
}

/// A line with how far the case travelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The line.
    pub line: CaseLine,
    /// How far the case travelled.
    pub transfer: Transfer,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageKey {
    /// `updated_at` of its last line.
    pub updated_at: Millis,
    /// Case of its last line.
    pub case: CaseId,
}

/// Which lines are wanted. Lines that were put away are never among them.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only cases that lie in one of these scopes; `None` for the machine itself, which keeps them all.
    pub scopes: Option<Vec<String>>,
    /// Only these statuses; empty means all.
    pub statuses: Vec<Status>,
    /// Words, each of which must begin one of the case's search keys; empty means no search. They have to be
    /// normalised as the keys are.
    pub words: Vec<String>,
    /// Only lines nobody here has looked at.
    pub unseen: bool,
    /// Where the last page ended.
    pub after: Option<PageKey>,
    /// At most this many, never more than [`PAGE`]; 0 means [`PAGE`].
    pub limit: usize,
}

/// One page, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The lines.
    pub lines: Vec<Listed>,
    /// Pass as `after` for the next page; `None` when this was the last one.
    pub next: Option<PageKey>,
}

const COLUMNS: &str = "c.\"case\", c.item, c.item_name, c.release, c.status, c.applicant, c.number, c.village, c.unit, \
     c.updated_at, c.collected_at, c.differing, c.unseen, c.discarded_at, c.scopes";

/// How far case `c` travelled, worst news first.
const TRANSFER: &str = "CASE \
     WHEN EXISTS (SELECT 1 FROM quarantine AS q WHERE q.\"case\" = c.\"case\" AND q.settled = 0) \
       OR EXISTS (SELECT 1 FROM upload AS u WHERE u.\"case\" = c.\"case\" AND u.state = 'refused') THEN 3 \
     WHEN EXISTS (SELECT 1 FROM outbox AS o WHERE o.\"case\" = c.\"case\") \
       OR EXISTS (SELECT 1 FROM upload AS u WHERE u.\"case\" = c.\"case\" AND u.state IN ('waiting', 'sending')) THEN 1 \
     ELSE coalesce((SELECT CASE WHEN d.acked_heads = x'' THEN 0 WHEN d.acked_heads = x'3d' THEN 2 ELSE 1 END \
       FROM document AS d WHERE d.\"case\" = c.\"case\"), 0) END";

/// Puts the line of a case in, or replaces it.
pub fn put(w: &Write<'_>, line: &CaseLine) -> Result<(), StoreError> {
    let heading = heading(w, line)?;
    w.conn.execute(
        "INSERT INTO case_index (\"case\", heading, status, applicant, number, updated_at, collected_at, differing, \
         unseen, discarded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (\"case\") DO UPDATE SET \
         heading = excluded.heading, status = excluded.status, applicant = excluded.applicant, number = excluded.number, \
         updated_at = excluded.updated_at, collected_at = excluded.collected_at, differing = excluded.differing, \
         unseen = excluded.unseen, discarded_at = excluded.discarded_at",
        params![
            Sql(line.case),
            heading,
            Sql(line.status),
            line.applicant,
            line.number,
            line.updated_at,
            line.collected_at,
            line.differing,
            line.unseen,
            line.discarded_at,
        ],
    )?;
    Ok(())
}

/// Number of the part of a line that many lines share.
fn heading(w: &Write<'_>, line: &CaseLine) -> Result<i64, StoreError> {
    let scopes = line.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let village = line.village.as_ref().map_or("", RegionCode::as_str);
    let values = params![line.item, line.item_name, line.release, Sql(&line.unit), village, scopes];
    let find = "SELECT n FROM heading WHERE item = ?1 AND item_name = ?2 AND release = ?3 AND unit = ?4 \
         AND village = ?5 AND scopes = ?6";
    if let Some(known) = w.conn.query_row(find, values, |row| row.get(0)).optional()? {
        return Ok(known);
    }
    let add = "INSERT INTO heading (item, item_name, release, unit, village, scopes) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING n";
    Ok(w.conn.query_row(add, values, |row| row.get(0))?)
}

/// The line of a case, put away or not.
pub fn get(r: &Read<'_>, case: CaseId) -> Result<Option<Listed>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, {TRANSFER} FROM case_line AS c WHERE c.\"case\" = ?1");
    Ok(r.conn.prepare(&sql)?.query_row([Sql(case)], read).optional()?)
}

/// The case with that official or provisional number.
pub fn by_number(r: &Read<'_>, number: &str) -> Result<Option<CaseId>, StoreError> {
    let mut statement = r.conn.prepare("SELECT \"case\" FROM case_index WHERE number = ?1")?;
    Ok(statement.query_row([number], |row| Ok(row.get::<_, Sql<_>>(0)?.0)).optional()?)
}

/// Takes the line of a case away, with its search keys.
pub fn remove(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    let line = "SELECT n FROM case_index WHERE \"case\" = ?1";
    if let Some(line) = w.conn.query_row(line, [Sql(case)], |row| row.get(0)).optional()? {
        search_key::forget(w, line)?;
    }
    w.conn.execute("DELETE FROM case_index WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

/// Empties the list and its search keys, to be built again in the same transaction.
pub fn clear(w: &Write<'_>) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM case_index", [])?;
    // Lines that were rescued one by one were not all counted when they came.
    w.conn.execute("DELETE FROM case_count", [])?;
    w.conn.execute("INSERT INTO search_key (search_key) VALUES ('delete-all')", [])?;
    w.conn.execute("DELETE FROM heading", [])?;
    w.conn.execute("DELETE FROM item_key", [])?;
    Ok(())
}

/// A page of the list, newest first. Costs the lines it gives (times the statuses asked for), not the whole list;
/// with words it costs the cases that match.
pub fn list(r: &Read<'_>, query: &Query) -> Result<Page, StoreError> {
    let limit = if query.limit == 0 { PAGE } else { query.limit.min(PAGE) };
    let seen = Seen::by(r, query.scopes.as_deref())?;
    let select = Select::of(query, &seen);
    let mut lines = Vec::new();
    if query.words.is_empty() && !query.unseen {
        // One walk down the index for each status, merged: a common filter like "all open ones" sorts nothing.
        let statuses: Vec<Option<Status>> = if query.statuses.is_empty() {
            vec![None]
        } else {
            query.statuses.iter().copied().map(Some).collect()
        };
        for status in statuses {
            lines.extend(page(r, &Select { statuses: status.as_slice(), ..select }, limit + 1)?);
        }
        lines.sort_by_key(|(n, listed)| (std::cmp::Reverse(listed.line.updated_at), *n));
        lines.dedup_by_key(|(n, _)| *n);
    } else {
        lines = page(r, &select, limit + 1)?;
    }
    let more = lines.len() > limit;
    let lines: Vec<Listed> = lines.into_iter().take(limit).map(|(_, listed)| listed).collect();
    let next = lines
        .last()
        .filter(|_| more)
        .map(|last| PageKey { updated_at: last.line.updated_at, case: last.line.case });
    Ok(Page { lines, next })
}

/// How many lines fit a query, on all its pages.
pub fn total(r: &Read<'_>, query: &Query) -> Result<u64, StoreError> {
    if query.words.is_empty() && !query.unseen {
        let counts = counts(r, query.scopes.as_deref())?;
        let wanted = |status: &Status| query.statuses.is_empty() || query.statuses.contains(status);
        return Ok(counts.iter().filter(|(status, _)| wanted(status)).map(|(_, n)| n).sum());
    }
    let seen = Seen::by(r, query.scopes.as_deref())?;
    let select = Select { after: None, ..Select::of(query, &seen) };
    let (condition, values) = select.condition();
    let sql = format!("SELECT count(*) FROM case_line AS c WHERE {condition}");
    Ok(r.conn.prepare(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
}

/// How many lines in one of `scopes` (`None`: in any) there are in each status; statuses without lines are left out.
/// Costs the statuses and scopes there are, not the list.
pub fn counts(r: &Read<'_>, scopes: Option<&[String]>) -> Result<BTreeMap<Status, u64>, StoreError> {
    let mut statement = r.conn.prepare("SELECT scopes, status, n FROM case_count WHERE n > 0")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Sql<Status>>(1)?.0, row.get::<_, u64>(2)?))
    })?;
    let mut counts = BTreeMap::new();
    for row in rows {
        let (lies_in, status, n) = row?;
        if scopes.is_none_or(|scopes| meets(&lies_in, scopes)) {
            *counts.entry(status).or_default() += n;
        }
    }
    Ok(counts)
}

/// How many cases in one of `scopes` (`None`: in any) have something not acknowledged yet: an item or a file.
pub fn waiting(r: &Read<'_>, scopes: Option<&[String]>) -> Result<u64, StoreError> {
    let seen = Seen::by(r, scopes)?;
    let (condition, values) = seen.condition();
    let sql = format!(
        "SELECT count(*) FROM (SELECT \"case\" FROM outbox \
         UNION SELECT \"case\" FROM upload WHERE state IN ('waiting', 'sending')) AS o \
         LEFT JOIN case_index AS l ON l.\"case\" = o.\"case\" LEFT JOIN heading AS c ON c.n = l.heading WHERE 1{condition}"
    );
    Ok(r.conn.prepare(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
}

/// Cases in one of `scopes` (`None`: in any) with something not acknowledged yet, those waiting longest first, at most
/// `limit`.
pub fn waiting_lines(
    r: &Read<'_>,
    scopes: Option<&[String]>,
    limit: usize,
) -> Result<Vec<Listed>, StoreError> {
    let seen = Seen::by(r, scopes)?;
    let (condition, mut values) = seen.condition();
    values.push(limit.to_sql()?);
    let sql = format!(
        "SELECT {COLUMNS}, {TRANSFER} FROM case_line AS c JOIN (SELECT \"case\", min(n) AS n FROM outbox \
         GROUP BY \"case\") AS o ON o.\"case\" = c.\"case\" WHERE c.discarded_at IS NULL{condition} \
         ORDER BY o.n LIMIT ?"
    );
    let mut statement = r.conn.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(values), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Drafts that were put away before `before`, oldest first, at most `limit`.
pub fn discarded(r: &Read<'_>, before: Millis, limit: usize) -> Result<Vec<CaseId>, StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT \"case\" FROM case_index WHERE discarded_at IS NOT NULL AND discarded_at < ?1 \
         ORDER BY discarded_at LIMIT ?2",
    )?;
    let rows = statement.query_map(params![before, limit], |row| Ok(row.get::<_, Sql<_>>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that somebody looked at a case.
pub fn set_seen(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("UPDATE case_index SET unseen = 0 WHERE \"case\" = ?1 AND unseen = 1", [Sql(case)])?;
    Ok(())
}

/// Which texts of scopes a reader may see: a desk of one unit sees all there are, and nothing is asked for them.
enum Seen {
    All,
    These(Vec<String>),
}

impl Seen {
    fn by(r: &Read<'_>, scopes: Option<&[String]>) -> Result<Seen, StoreError> {
        let Some(scopes) = scopes else { return Ok(Seen::All) };
        let mut statement = r.conn.prepare("SELECT DISTINCT scopes FROM case_count WHERE n > 0")?;
        let texts = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        let all = texts.len();
        let seen: Vec<String> = texts.into_iter().filter(|text| meets(text, scopes)).collect();
        Ok(if seen.len() == all { Seen::All } else { Seen::These(seen) })
    }

    fn condition(&self) -> (String, Vec<ToSqlOutput<'_>>) {
        match self {
            Seen::All => (String::new(), Vec::new()),
            Seen::These(texts) => {
                let marks = vec!["?"; texts.len()].join(", ");
                let values = texts.iter().map(|text| text.as_str().into()).collect();
                (format!(" AND c.scopes IN ({marks})"), values)
            }
        }
    }
}

/// Whether a line with that text of scopes lies in one of `scopes`.
fn meets(text: &str, scopes: &[String]) -> bool {
    text.split_whitespace().any(|scope| scopes.iter().any(|read| read == scope))
}

/// The condition of a query, ready to be put after `WHERE`.
#[derive(Clone, Copy)]
struct Select<'q> {
    seen: &'q Seen,
    statuses: &'q [Status],
    words: &'q [String],
    unseen: bool,
    after: Option<PageKey>,
}

impl<'q> Select<'q> {
    fn of(query: &'q Query, seen: &'q Seen) -> Self {
        Select {
            seen,
            statuses: &query.statuses,
            words: &query.words,
            unseen: query.unseen,
            after: query.after,
        }
    }

    fn condition(&self) -> (String, Vec<ToSqlOutput<'q>>) {
        let mut sql = "c.discarded_at IS NULL".to_owned();
        let (seen, mut values) = self.seen.condition();
        sql.push_str(&seen);
        if self.unseen {
            sql.push_str(" AND c.unseen = 1");
        }
        match self.statuses {
            [] => {}
            [one] => {
                sql.push_str(" AND c.status = ?");
                values.push(one.name().into());
            }
            many => {
                sql.push_str(&format!(" AND c.status IN (?{})", ", ?".repeat(many.len() - 1)));
                values.extend(many.iter().map(|status| ToSqlOutput::from(status.name())));
            }
        }
        for word in self.words {
            sql.push_str(
                " AND c.n IN (SELECT rowid FROM search_key WHERE search_key MATCH ? \
                 UNION ALL SELECT i.n FROM item_key AS k JOIN heading AS h ON h.item = k.item AND h.item_name = k.item_name \
                 JOIN case_index AS i ON i.heading = h.n WHERE k.key >= ? AND k.key < ?)",
            );
            // No key has a character behind U+10FFFF, so this ends the keys that begin with the word.
            let end = format!("{word}\u{10FFFF}");
            values.extend([search_key::beginning(word).into(), word.as_str().into(), end.into()]);
        }
        if let Some(after) = self.after {
            // `updated_at` goes down and the number of the line goes up, so this is no plain row comparison.
            sql.push_str(
                " AND c.updated_at <= ? AND (c.updated_at < ? OR c.n > \
                 coalesce((SELECT n FROM case_index WHERE \"case\" = ?), 0))",
            );
            values.extend([after.updated_at.into(), after.updated_at.into()]);
            values.push(after.case.0.as_bytes().to_vec().into());
        }
        (sql, values)
    }
}

/// Lines with their numbers, which order those of one time.
fn page(r: &Read<'_>, select: &Select<'_>, limit: usize) -> Result<Vec<(i64, Listed)>, StoreError> {
    let (sql, mut values) = page_sql(select);
    values.push(limit.to_sql()?);
    let mut statement = r.conn.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| Ok((row.get(16)?, read(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn page_sql<'q>(select: &Select<'q>) -> (String, Vec<ToSqlOutput<'q>>) {
    let (condition, values) = select.condition();
    let newest = "ORDER BY c.updated_at DESC, c.n";
    let sql = if select.words.is_empty() {
        format!("SELECT {COLUMNS}, {TRANSFER}, c.n FROM case_line AS c WHERE {condition} {newest} LIMIT ?")
    } else {
        // What matches has to be sorted; how far a case travelled is only asked for those that are shown.
        format!(
            "SELECT {COLUMNS}, {TRANSFER}, c.n FROM case_line AS c WHERE c.n IN \
             (SELECT c.n FROM case_line AS c WHERE {condition} {newest} LIMIT ?) {newest}"
        )
    };
    (sql, values)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        line: CaseLine {
            case: row.get::<_, Sql<_>>(0)?.0,
            item: row.get(1)?,
            item_name: row.get(2)?,
            release: row.get(3)?,
            status: row.get::<_, Sql<_>>(4)?.0,
            applicant: row.get(5)?,
            number: row.get(6)?,
            village: row.get::<_, Option<Sql<_>>>(7)?.map(|village| village.0),
            unit: row.get::<_, Sql<_>>(8)?.0,
            updated_at: row.get(9)?,
            collected_at: row.get(10)?,
            differing: row.get(11)?,
            unseen: row.get(12)?,
            discarded_at: row.get(13)?,
            scopes: row.get::<_, String>(14)?.split_whitespace().map(str::to_owned).collect(),
        },
        transfer: match row.get(15)? {
            0 => Transfer::Saved,
            1 => Transfer::Waiting,
            2 => Transfer::AtCounty,
            _ => Transfer::NeedsAttention,
        },
    })
}

#[cfg(test)]
mod tests;
