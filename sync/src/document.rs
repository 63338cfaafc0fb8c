//! A case as it is filled in: answers with where they came from, rows, materials and notes, by several people at once.
//!
//! What two people entered without knowing of each other stays side by side until somebody chooses; see
//! [`crate::conflict`]. Every list of the document is made by one fixed first change, keys are flat text, values are
//! text (ruling 1). The functions here are the only ones that touch Automerge documents.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, AutomergeError, Change, ChangeHash, ObjId, ROOT, ReadDoc, Value};
use domain::answer::{Answer, Answers, FieldPath, Source};
use domain::id::{Digest, RowId};
use domain::moment::Millis;

use crate::item::Actor;
use crate::seed;

/// One case document, and who is writing in it.
#[derive(Clone)]
pub struct Document {
    pub(crate) inner: Automerge,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("heads", &self.heads()).finish_non_exhaustive()
    }
}

/// What a person entered. Several of them, saved together, become one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocEdit {
    /// An answer with its provenance. An empty value means: cleared on purpose.
    SetAnswer {
        /// The field.
        field: FieldPath,
        /// The answer.
        answer: Answer,
    },
    /// A new row at the end of a repeated group, or a removed row brought back.
    AddRow {
        /// The repeated group.
        repeat: String,
        /// The row's random id, made by the caller.
        row: RowId,
    },
    /// A row that is no longer shown. Its answers stay in the document.
    RemoveRow {
        /// The repeated group.
        repeat: String,
        /// The row.
        row: RowId,
    },
    /// A file in a material slot.
    PutMaterial {
        /// `SLOT/UUID`.
        key: String,
        /// `{sha256, size, mime, name, original_seen, at}`.
        json: String,
    },
    /// A file taken out of its slot.
    RemoveMaterial {
        /// `SLOT/UUID`.
        key: String,
    },
    /// A note beside the case.
    PutNote {
        /// Random id of the note, made by the caller.
        key: String,
        /// Its text; empty removes it.
        text: String,
    },
}

/// A document or change that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The bytes are damaged or not a case document.
    #[error("damaged or not a case document")]
    Damaged,
    /// Changes are missing that others build on.
    #[error("{} changes are missing that others build on", .0.len())]
    MissingParents(Vec<Digest>),
    /// Heads that this document does not have.
    #[error("this document never stood there")]
    UnknownHeads,
    /// Two different changes with one actor and number: a cloned writer.
    #[error("two different changes of one writer carry the same number")]
    ClonedWriter,
}

impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        match error {
            AutomergeError::DuplicateSeqNumber(..) => DocumentError::ClonedWriter,
            AutomergeError::InvalidHash(_) => DocumentError::UnknownHeads,
            _ => DocumentError::Damaged,
        }
    }
}

/// Runs Automerge on bytes from elsewhere: what it does not survive is a damaged document, not a dead program.
pub(crate) fn contained<T>(work: impl FnOnce() -> Result<T, DocumentError>) -> Result<T, DocumentError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(DocumentError::Damaged))
}

impl Document {
    /// A new case, written by `actor`.
    ///
    /// # Errors
    /// Never in practice; [`DocumentError::Damaged`] if the engine refuses its own seed.
    pub fn begin(actor: Actor) -> Result<Document, DocumentError> {
        Ok(Document { inner: seed::document()?.with_actor(ActorId::from(actor.0)) })
    }

    /// A stored document, to be continued by `actor`. The actor must be new at every unlock: continuing under an old one
    /// after a restore would give two changes the same number.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] when the bytes are not a case document.
    pub fn load(bytes: &[u8], actor: Actor) -> Result<Document, DocumentError> {
        contained(|| {
            let inner = Automerge::load(bytes)?.with_actor(ActorId::from(actor.0));
            let document = Document { inner };
            if document.has(&seed::HASH) { Ok(document) } else { Err(DocumentError::Damaged) }
        })
    }

    /// The bytes to store or send, uncompressed.
    pub fn save(&self) -> Vec<u8> {
        self.inner.save_nocompress()
    }

    /// Where the document stands, sorted. Two documents with equal heads are equal.
    pub fn heads(&self) -> Vec<Digest> {
        digests(self.inner.get_heads())
    }

    /// Whether the document contains that change.
    pub fn has(&self, change: &Digest) -> bool {
        self.inner.get_change_meta_by_hash(&ChangeHash(change.0)).is_some()
    }

    /// Who wrote first, and when by that desk's clock; none while nothing was written beyond the fixed beginning.
    pub fn begun(&self) -> Option<(Actor, Millis)> {
        let changes = self.inner.get_changes(&[]);
        let first = changes.iter().find(|change| !change.deps().is_empty())?;
        let at = first.timestamp().saturating_mul(1_000);
        Some((Actor(first.actor_id().to_bytes().try_into().ok()?), at))
    }

    /// Changes that a replica standing at `heads` lacks, uncompressed, parents first. Unknown heads are ignored.
    pub fn changes_since(&self, heads: &[Digest]) -> Vec<Vec<u8>> {
        let known: Vec<ChangeHash> =
            heads.iter().filter(|head| self.has(head)).map(|h| ChangeHash(h.0)).collect();
        self.inner.get_changes(&known).iter().map(|change| change.raw_bytes().to_vec()).collect()
    }

    /// Takes in changes made elsewhere; those already there are skipped. Gives the hashes of the new ones.
    ///
    /// # Errors
    /// [`DocumentError`]; the document is then as it was.
    pub fn apply(&mut self, changes: &[impl AsRef<[u8]>]) -> Result<Vec<Digest>, DocumentError> {
        contained(|| {
            let changes = parse(changes)?;
            let fresh: Vec<Digest> =
                changes.iter().map(|change| Digest(change.hash().0)).filter(|hash| !self.has(hash)).collect();
            if fresh.is_empty() {
                return Ok(fresh);
            }
            let mut next = self.inner.clone();
            next.apply_changes(changes)?;
            let missing = next.get_missing_deps(&[]);
            if !missing.is_empty() {
                return Err(DocumentError::MissingParents(digests(missing)));
            }
            self.inner = next;
            Ok(fresh)
        })
    }

    /// Takes in everything of `other`.
    ///
    /// # Errors
    /// [`DocumentError::ClonedWriter`] when the two disagree about one writer; the document is then as it was.
    pub fn merge(&mut self, other: &Document) -> Result<(), DocumentError> {
        contained(|| {
            let mut next = self.inner.clone();
            next.merge(&mut other.inner.clone())?;
            self.inner = next;
            Ok(())
        })
    }

    /// The document as it stood at `heads` (ruling 3). For looking at; it has a writer of its own.
    ///
    /// # Errors
    /// [`DocumentError::UnknownHeads`] when it never stood there.
    pub fn at(&self, heads: &[Digest]) -> Result<Document, DocumentError> {
        let heads: Vec<ChangeHash> = heads.iter().map(|head| ChangeHash(head.0)).collect();
        Ok(Document { inner: self.inner.fork_at(&heads)? })
    }

    /// The document as it stood at `heads`, to be continued by `actor`, leaving a refused branch behind (ruling 4).
    ///
    /// # Errors
    /// [`DocumentError::UnknownHeads`] when it never stood there.
    pub fn refork(&self, heads: &[Digest], actor: Actor) -> Result<Document, DocumentError> {
        let inner = self.at(heads)?.inner.with_actor(ActorId::from(actor.0));
        Ok(Document { inner })
    }

    /// Saves what a person entered, as one change, stamped with `time` (kept to the second). Entries that change nothing
    /// are left out; gives the hash of the change, or `None` when nothing was left.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] when the document is not a case document; it is then as it was.
    pub fn edit(&mut self, edits: &[DocEdit], time: Millis) -> Result<Option<Digest>, DocumentError> {
        let mut puts = Vec::new();
        for edit in edits {
            self.plan(edit, &mut puts);
        }
        self.write(puts, time)
    }

    /// Ends a difference: `value` replaces all values of the field, also when it is one of them (its provenance is then
    /// kept). Gives the hash of the change.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] when the document is not a case document; it is then as it was.
    pub fn resolve(
        &mut self,
        field: &FieldPath,
        value: &str,
        time: Millis,
    ) -> Result<Option<Digest>, DocumentError> {
        let among = self.candidates(field).into_iter().map(|candidate| candidate.answer);
        let answer = among.filter(|answer| answer.value == value).max_by_key(|answer| answer.source);
        let mut puts = Vec::new();
        let key = field.to_string();
        let before = self.answer(&key);
        put_answer(&key, &answer.unwrap_or_else(|| Answer::stated(value)), before.as_ref(), &mut puts);
        self.write(puts, time)
    }

    /// All answers, and the rows of repeated groups in their order. Answers of removed rows are left out.
    pub fn answers(&self) -> Answers {
        let rows = self.rows();
        let mut fields = BTreeMap::new();
        for key in self.keys("answers") {
            let Ok(field) = key.parse::<FieldPath>() else { continue };
            let shown = match &field.row {
                Some((repeat, row)) => rows.get(repeat).is_some_and(|rows| rows.contains(row)),
                None => true,
            };
            if shown && let Some(answer) = self.answer(&key) {
                fields.insert(field, answer);
            }
        }
        Answers { fields, rows }
    }

    /// What is shown in a field outside of rows; empty when nothing was entered.
    pub fn text(&self, question: &str) -> String {
        let key = FieldPath::plain(question).to_string();
        self.all("answers", &key).pop().map(|(value, _)| value).unwrap_or_default()
    }

    /// Files by `SLOT/UUID`, each with its JSON description. Files taken out are left out.
    pub fn materials(&self) -> BTreeMap<String, String> {
        self.filled("materials")
    }

    /// Notes by their id.
    pub fn notes(&self) -> BTreeMap<String, String> {
        self.filled("notes")
    }

    fn plan(&self, edit: &DocEdit, puts: &mut Vec<Put>) {
        match edit {
            DocEdit::SetAnswer { field, answer } => {
                let key = field.to_string();
                let before = self.answer(&key);
                let settled = self.all("answers", &key).len() == 1;
                if !settled || before.as_ref() != Some(answer) {
                    put_answer(&key, answer, before.as_ref(), puts);
                }
            }
            DocEdit::AddRow { repeat, row } => {
                let shown = self.rows().get(repeat).is_some_and(|rows| rows.contains(row));
                if !shown {
                    let planned = puts.iter().filter(|put| put.list == "rows").map(|put| put.value.as_str());
                    let order = next_order(self.orders(repeat).iter().map(String::as_str).chain(planned));
                    puts.push(Put { list: "rows", key: format!("{repeat}/{row}"), value: order });
                }
            }
            DocEdit::RemoveRow { repeat, row } => {
                self.put_if_new("rows", &format!("{repeat}/{row}"), "", puts)
            }
            DocEdit::PutMaterial { key, json } => self.put_if_new("materials", key, json, puts),
            DocEdit::RemoveMaterial { key } => self.put_if_new("materials", key, "", puts),
            DocEdit::PutNote { key, text } => self.put_if_new("notes", key, text, puts),
        }
    }

    fn put_if_new(&self, list: &'static str, key: &str, value: &str, puts: &mut Vec<Put>) {
        let there = self.all(list, key);
        let same = match there.as_slice() {
            [] => value.is_empty(),
            [(only, _)] => only == value,
            _ => false,
        };
        if !same {
            let shown = there.last().is_some_and(|(shown, _)| shown == value);
            put_anew(list, key, value, shown, puts);
        }
    }

    pub(crate) fn write(&mut self, puts: Vec<Put>, time: Millis) -> Result<Option<Digest>, DocumentError> {
        if puts.is_empty() {
            return Ok(None);
        }
        let lists: BTreeMap<&str, ObjId> =
            seed::LISTS.iter().filter_map(|list| Some((*list, self.list(list)?))).collect();
        let options = CommitOptions::default().with_time(time.div_euclid(1_000));
        let done = self.inner.transact_with::<_, _, DocumentError, _>(
            |()| options,
            |tx| {
                for put in &puts {
                    let list = lists.get(put.list).ok_or(DocumentError::Damaged)?;
                    tx.put(list, put.key.as_str(), put.value.as_str())?;
                }
                Ok(())
            },
        );
        match done {
            Ok(done) => Ok(done.hash.map(|hash| Digest(hash.0))),
            Err(failure) => Err(failure.error),
        }
    }

    /// The id of a list made by the seed.
    pub(crate) fn list(&self, name: &str) -> Option<ObjId> {
        match self.inner.get(ROOT, name) {
            Ok(Some((Value::Object(_), id))) => Some(id),
            _ => None,
        }
    }

    pub(crate) fn keys(&self, list: &str) -> Vec<String> {
        self.list(list).map(|id| self.inner.keys(&id).collect()).unwrap_or_default()
    }

    /// Keys that hold more than one value.
    pub(crate) fn contested(&self, list: &str) -> Vec<String> {
        let Some(id) = self.list(list) else { return Vec::new() };
        let several = self.inner.map_range(&id, ..).filter(|item| item.conflict);
        several.map(|item| item.key.into_owned()).collect()
    }

    /// All values of a key that nobody has replaced yet, the one Automerge shows last.
    pub(crate) fn all(&self, list: &str, key: &str) -> Vec<(String, ObjId)> {
        let values = self.list(list).and_then(|id| self.inner.get_all(&id, key).ok()).unwrap_or_default();
        values.into_iter().filter_map(|(value, id)| Some((value.as_str()?.to_owned(), id))).collect()
    }

    /// The answer shown for a field: the value Automerge chose, with the provenance that was saved along with it.
    fn answer(&self, key: &str) -> Option<Answer> {
        let (value, id) = self.all("answers", key).pop()?;
        Some(self.with_provenance(key, value, self.change_of(&id)))
    }

    /// Provenance counts only from the change that wrote the value, so that one person's "original seen" never adorns
    /// what another one typed.
    pub(crate) fn with_provenance(&self, key: &str, value: String, change: Option<Digest>) -> Answer {
        let beside = |list: &str| {
            let same = |(_, id): &(String, ObjId)| self.change_of(id) == change;
            self.all(list, key).into_iter().find(same).map(|(text, _)| text).filter(|text| !text.is_empty())
        };
        let source = beside("source").and_then(|name| source_named(&name)).unwrap_or_default();
        Answer { value, source, evidence: beside("evidence"), original_seen: beside("seen").is_some() }
    }

    /// The change that wrote a value.
    pub(crate) fn change_of(&self, id: &ObjId) -> Option<Digest> {
        self.inner.hash_for_opid(id).map(|hash| Digest(hash.0))
    }

    fn orders(&self, repeat: &str) -> Vec<String> {
        let of_group = |key: &String| key.split_once('/').is_some_and(|(group, _)| group == repeat);
        let orders = self.keys("rows").into_iter().filter(of_group);
        orders.flat_map(|key| self.all("rows", &key)).map(|(order, _)| order).collect()
    }

    /// Rows in their order. A row that one person removed while another one changed it stays: nothing entered is lost.
    fn rows(&self) -> BTreeMap<String, Vec<RowId>> {
        let mut ordered: BTreeMap<String, Vec<(String, RowId)>> = BTreeMap::new();
        for key in self.keys("rows") {
            let Some((repeat, row)) = key.split_once('/') else { continue };
            let Ok(row) = row.parse::<RowId>() else { continue };
            let order =
                self.all("rows", &key).into_iter().map(|(order, _)| order).filter(|o| !o.is_empty()).min();
            if let Some(order) = order {
                ordered.entry(repeat.to_owned()).or_default().push((order, row));
            }
        }
        let sorted = ordered.into_iter().map(|(repeat, mut rows)| {
            rows.sort();
            (repeat, rows.into_iter().map(|(_, row)| row).collect())
        });
        sorted.collect()
    }

    fn filled(&self, list: &str) -> BTreeMap<String, String> {
        let shown = |key: String| {
            let (value, _) = self.all(list, &key).into_iter().rfind(|(value, _)| !value.is_empty())?;
            Some((key, value))
        };
        self.keys(list).into_iter().filter_map(shown).collect()
    }
}

/// One text to be put under one key of one list.
pub(crate) struct Put {
    pub(crate) list: &'static str,
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Puts a text, also where it is shown already. Automerge then writes nothing, or deletes what others entered beside it,
/// which nobody takes in; another text in between makes it write.
fn put_anew(list: &'static str, key: &str, value: &str, shown: bool, puts: &mut Vec<Put>) {
    if shown {
        let between = if value.is_empty() { "-" } else { "" };
        puts.push(Put { list, key: key.to_owned(), value: between.to_owned() });
    }
    puts.push(Put { list, key: key.to_owned(), value: value.to_owned() });
}

/// Puts a value and its provenance, all of it anew: a value that is only vouched for again is written again too, so that
/// it stands against whatever somebody else enters meanwhile.
fn put_answer(key: &str, answer: &Answer, before: Option<&Answer>, puts: &mut Vec<Put>) {
    let sourced = puts.iter().any(|put| put.list == "source" && put.key == key);
    let mut put = |list, value: &str, there: bool| put_anew(list, key, value, there, puts);
    put("answers", &answer.value, before.is_some_and(|before| before.value == answer.value));
    // What comes now may hold what belonged to a value replaced since. A value without a source of its own change counts
    // as stated: nearly all are, so that is written only over another source given a moment ago.
    if answer.source != Source::default() || sourced {
        put("source", source_name(answer.source), before.is_some() || sourced);
    }
    if let Some(evidence) = &answer.evidence {
        put("evidence", evidence, true);
    }
    if answer.original_seen {
        put("seen", "1", true);
    }
}

/// The order text of a row behind all others: eight digits, so that a later program can place a row between two by
/// adding digits.
fn next_order<'a>(orders: impl Iterator<Item = &'a str>) -> String {
    let last = orders.filter_map(|order| order.get(..8)?.parse::<u32>().ok()).max().unwrap_or(0);
    format!("{:08}", last.saturating_add(1))
}

const SOURCES: [(Source, &str); 6] = [
    (Source::CarriedOver, "carried_over"),
    (Source::Stated, "stated"),
    (Source::Scan, "scan"),
    (Source::OriginalSeenByVillage, "original_seen_by_village"),
    (Source::OriginalSeenByTownship, "original_seen_by_township"),
    (Source::Verified, "verified"),
];

fn source_name(source: Source) -> &'static str {
    SOURCES.iter().find(|(known, _)| *known == source).map_or("stated", |(_, name)| name)
}

fn source_named(name: &str) -> Option<Source> {
    SOURCES.iter().find(|(_, known)| *known == name).map(|(source, _)| *source)
}

pub(crate) fn parse(changes: &[impl AsRef<[u8]>]) -> Result<Vec<Change>, DocumentError> {
    let read = |bytes: &[u8]| Change::from_bytes(bytes.to_vec()).map_err(|_| DocumentError::Damaged);
    changes.iter().map(|bytes| read(bytes.as_ref())).collect()
}

pub(crate) fn digests(hashes: impl IntoIterator<Item = ChangeHash>) -> Vec<Digest> {
    let mut digests: Vec<Digest> = hashes.into_iter().map(|hash| Digest(hash.0)).collect();
    digests.sort_unstable();
    digests
}
