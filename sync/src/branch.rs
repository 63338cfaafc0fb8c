//! A branch that the county refused: what builds on it, and saying anew what was entered later, on top of what the
//! county has (ruling 4).

use std::collections::BTreeSet;

use automerge::legacy::{Key, OpType};
use automerge::{ActorId, Change, ChangeHash};
use domain::answer::FieldPath;
use domain::id::Digest;

use crate::conflict::is_object;
use crate::document::{Document, DocumentError, Put, contained, digests};
use crate::item::Actor;
use crate::seed;

/// A document without a branch that was cut off.
#[derive(Debug)]
pub struct Pruned {
    /// The document, continued by the new writer.
    pub document: Document,
    /// Changes that built on the branch and were said anew, whole.
    pub anew: BTreeSet<Digest>,
    /// Changes that built on the branch and of which something was left behind.
    pub left: BTreeSet<Digest>,
}

impl Document {
    /// The document without `refused` and everything that builds on it. Of what builds on it, the changes for which
    /// `again` holds are said anew, one by one, by `actor` (a writer without changes yet), each upon what its author had
    /// seen of the rest: whatever somebody else entered meanwhile stands beside it as a second value. An answer for which
    /// `guarded` holds is left behind where it would replace several values unseen, and so is one in a row that is gone.
    ///
    /// # Errors
    /// [`DocumentError`] when a change cannot be read; the document itself is never touched.
    pub fn pruned(
        &self,
        refused: &BTreeSet<Digest>,
        actor: Actor,
        again: impl Fn(Actor) -> bool,
        guarded: impl Fn(&FieldPath) -> bool,
    ) -> Result<Pruned, DocumentError> {
        contained(|| {
            let changes = self.inner.get_changes(&[]);
            let (mut kept, mut cut, mut later) = (BTreeSet::new(), refused.clone(), Vec::new());
            for change in &changes {
                let hash = Digest(change.hash().0);
                if cut.contains(&hash) {
                    continue;
                }
                if change.deps().iter().any(|parent| cut.contains(&Digest(parent.0))) {
                    cut.insert(hash);
                    later.push(change);
                } else {
                    kept.insert(hash);
                }
            }
            let mut document = self.refork(&frontier(&changes, &kept), actor)?;
            let (mut anew, mut left) = (BTreeSet::new(), BTreeSet::new());
            let mut last: Option<ChangeHash> = None;
            for change in later {
                let hash = Digest(change.hash().0);
                let author = change.actor_id().to_bytes().try_into().map(Actor);
                if !author.is_ok_and(&again) {
                    left.insert(hash);
                    continue;
                }
                let seen = self.inner.fork_at(change.deps())?.get_changes(&[]);
                let known: BTreeSet<Digest> =
                    seen.iter().map(|one| Digest(one.hash().0)).filter(|hash| kept.contains(hash)).collect();
                let mut upon: Vec<ChangeHash> =
                    frontier(&seen, &known).into_iter().map(|head| ChangeHash(head.0)).collect();
                upon.extend(last);
                let inner = document.inner.fork_at(&upon)?.with_actor(ActorId::from(actor.0));
                let mut said = Document { inner };
                let (puts, whole) = said.puts_of(change, &guarded)?;
                if whole {
                    anew.insert(hash);
                } else {
                    left.insert(hash);
                }
                if let Some(new) = said.write(puts, change.timestamp().saturating_mul(1_000))? {
                    document.merge(&said)?;
                    last = Some(ChangeHash(new.0));
                }
            }
            Ok(Pruned { document, anew, left })
        })
    }

    /// Where the document stands when of everything beyond `heads` only what others wrote is counted, as far as it does not
    /// build on what `own` says to be one's own.
    pub fn heads_of_others(&self, heads: &[Digest], own: impl Fn(Actor) -> bool) -> Vec<Digest> {
        self.grown(heads, |_, by| !own(by)).1
    }

    /// Of everything beyond `heads`, the changes that `own` says to be one's own, by their hash and writer, and that build on
    /// nothing else; and where the document stands with them.
    pub fn own_since(
        &self,
        heads: &[Digest],
        own: impl Fn(&Digest, Actor) -> bool,
    ) -> (Vec<Vec<u8>>, Vec<Digest>) {
        self.grown(heads, own)
    }

    /// Adds to what `heads` hold the changes of writers for whom `takes` holds, parents first. Gives them and the heads then.
    fn grown(&self, heads: &[Digest], takes: impl Fn(&Digest, Actor) -> bool) -> (Vec<Vec<u8>>, Vec<Digest>) {
        let all = self.inner.get_changes(&[]);
        let known: Vec<ChangeHash> = heads.iter().map(|head| ChangeHash(head.0)).collect();
        let beyond: BTreeSet<Digest> =
            self.inner.get_changes(&known).iter().map(|change| Digest(change.hash().0)).collect();
        let (mut there, mut taken) = (BTreeSet::new(), Vec::new());
        for change in &all {
            let hash = Digest(change.hash().0);
            let by = change.actor_id().to_bytes().try_into().map(Actor);
            let stands = change.deps().iter().all(|parent| there.contains(&Digest(parent.0)));
            if !beyond.contains(&hash) {
                there.insert(hash);
            } else if stands && by.is_ok_and(|by| takes(&hash, by)) {
                there.insert(hash);
                taken.push(change.raw_bytes().to_vec());
            }
        }
        (taken, frontier(&all, &there))
    }

    /// What a change entered, as far as it can be entered here; and whether that is all of it.
    fn puts_of(
        &self,
        change: &Change,
        guarded: impl Fn(&FieldPath) -> bool,
    ) -> Result<(Vec<Put>, bool), DocumentError> {
        let rows = self.answers().rows;
        let mut lists = Vec::new();
        for list in seed::LISTS {
            lists.push((list, self.list(list).ok_or(DocumentError::Damaged)?));
        }
        let (mut puts, mut whole, mut new_rows) = (Vec::new(), true, BTreeSet::new());
        for operation in change.decode().operations {
            let list = lists.iter().find(|(_, id)| is_object(&operation.obj, id)).map(|(list, _)| *list);
            let (Some(list), Key::Map(key), OpType::Put(value)) = (list, &operation.key, &operation.action)
            else {
                whole = false;
                continue;
            };
            let Some(value) = value.as_str() else {
                whole = false;
                continue;
            };
            if list == "rows" {
                new_rows.insert(key.to_string());
            }
            if ["answers", "source", "evidence", "seen"].contains(&list)
                && let Ok(field) = key.parse::<FieldPath>()
            {
                let in_row = field.row.as_ref().is_none_or(|(repeat, row)| {
                    rows.get(repeat).is_some_and(|there| there.contains(row))
                        || new_rows.contains(&format!("{repeat}/{row}"))
                });
                if !in_row || (guarded(&field) && self.all("answers", key).len() > 1) {
                    whole = false;
                    continue;
                }
            }
            puts.push(Put { list, key: key.to_string(), value: value.to_owned() });
        }
        Ok((puts, whole))
    }
}

/// The newest of `among`: those that no other of them builds on.
fn frontier(changes: &[Change], among: &BTreeSet<Digest>) -> Vec<Digest> {
    let inner: BTreeSet<Digest> = changes
        .iter()
        .filter(|change| among.contains(&Digest(change.hash().0)))
        .flat_map(|change| digests(change.deps().iter().copied()))
        .collect();
    among.difference(&inner).copied().collect()
}

#[cfg(test)]
mod tests {
    use domain::answer::Answer;

    use super::*;
    use crate::document::DocEdit;

    fn set(doc: &mut Document, field: &str, value: &str) -> Digest {
        let edit =
            DocEdit::SetAnswer { field: FieldPath::plain(field), answer: Answer::stated(value.to_owned()) };
        doc.edit(&[edit], 1_000_000).unwrap().unwrap()
    }

    fn text(doc: &Document, field: &str) -> String {
        doc.answers().text(field).to_owned()
    }

    #[test]
    fn what_was_entered_after_a_refused_change_is_said_anew_and_the_refused_one_is_gone() {
        let mut doc = Document::begin(Actor([1; 16])).unwrap();
        set(&mut doc, "name", "A");
        let refused = set(&mut doc, "account", "1");
        let later = set(&mut doc, "living", "alone");
        let pruned = doc.pruned(&BTreeSet::from([refused]), Actor([2; 16]), |_| true, |_| false).unwrap();
        assert_eq!((pruned.anew, pruned.left), (BTreeSet::from([later]), BTreeSet::new()));
        let kept = pruned.document;
        assert_eq!((text(&kept, "name"), text(&kept, "account")), ("A".to_owned(), String::new()));
        assert_eq!(text(&kept, "living"), "alone");
        assert!(!kept.has(&refused) && !kept.has(&later));
        // The refused branch can still be looked at beside it: no writer wrote two things under one number.
        let mut both = kept.clone();
        both.merge(&doc).unwrap();
    }

    #[test]
    fn a_value_that_somebody_else_entered_meanwhile_is_not_written_over() {
        let mut mine = Document::begin(Actor([1; 16])).unwrap();
        set(&mut mine, "name", "A");
        let mut theirs = mine.refork(&mine.heads(), Actor([3; 16])).unwrap();
        set(&mut theirs, "account", "2");
        let refused = set(&mut mine, "name", "B");
        set(&mut mine, "account", "3");
        mine.merge(&theirs).unwrap();
        let pruned = mine.pruned(&BTreeSet::from([refused]), Actor([2; 16]), |_| true, |_| false).unwrap();
        let conflicts = pruned.document.conflicts();
        let values: Vec<&str> = conflicts[0].values.iter().map(|value| value.answer.value.as_str()).collect();
        assert_eq!((conflicts.len(), values.len()), (1, 2), "{values:?}");
        assert_eq!(text(&pruned.document, "name"), "A");
    }

    #[test]
    fn what_another_person_entered_is_left_to_them() {
        let mut mine = Document::begin(Actor([1; 16])).unwrap();
        set(&mut mine, "name", "A");
        let refused = set(&mut mine, "name", "B");
        let mut theirs = mine.refork(&mine.heads(), Actor([3; 16])).unwrap();
        let later = set(&mut theirs, "living", "alone");
        let pruned = theirs
            .pruned(&BTreeSet::from([refused]), Actor([2; 16]), |by| by != Actor([3; 16]), |_| false)
            .unwrap();
        assert_eq!(pruned.left, BTreeSet::from([later]));
        assert_eq!(text(&pruned.document, "living"), "");
    }

    #[test]
    fn a_decision_that_was_refused_takes_the_overwriting_with_it() {
        let mut mine = Document::begin(Actor([1; 16])).unwrap();
        set(&mut mine, "name", "A");
        let mut theirs = mine.refork(&mine.heads(), Actor([3; 16])).unwrap();
        set(&mut theirs, "account", "2");
        set(&mut mine, "account", "3");
        mine.merge(&theirs).unwrap();
        let refused = mine.resolve(&FieldPath::plain("account"), "3", 1_000_000).unwrap().unwrap();
        let later = set(&mut mine, "account", "4");
        let pruned = mine.pruned(&BTreeSet::from([refused]), Actor([2; 16]), |_| true, |_| true).unwrap();
        assert_eq!(pruned.left, BTreeSet::from([later]));
        assert_eq!(pruned.document.conflicts().len(), 1, "both values stay until somebody decides");
    }
}
