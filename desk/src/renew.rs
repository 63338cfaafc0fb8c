//! A draft goes on with a newer edition of its form: question by question it is shown what stays, what is new, what is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::answer::{Answer, FieldPath};
use domain::catalogue::ServiceItem;
use domain::form::{Field, FieldKind, Part};
use domain::lifecycle::Status;
use ipc::case::CaseView;
use ipc::problem::{self, Problem};
use ipc::renewal::{CaseCompare, CaseRenew, Fate, Renewal, RenewedField, RenewedSlot};
use store::table::{catalogue, file};
use store::{Read, Write};
use sync::document::DocEdit;

use crate::fault::Fault;
use crate::index::{self, Touch};
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, blocking, cabinet, clock, draft, material};

/// The newer release a draft could go on with: the newest one here, if it asks anything else than the draft's own.
///
/// # Errors
/// The store's.
pub(crate) fn newer(
    r: &Read<'_>,
    open: &Open,
    paper: &Paper,
    item: &ServiceItem,
) -> Result<Option<u64>, Fault> {
    if paper.status() != Status::Draft {
        return Ok(None);
    }
    let newest = catalogue::current(r)?.filter(|newest| *newest > paper.meta.release);
    let Some(newest) = newest else { return Ok(None) };
    let Some(next) = open.item(r, newest, &paper.meta.item)? else { return Ok(None) };
    let asks_the_same =
        next.form == item.form && next.materials == item.materials && next.rules == item.rules;
    Ok((!asks_the_same || next.params != item.params).then_some(newest))
}

/// What becomes of a draft on the newest release.
pub(crate) async fn compare(desk: &Arc<Desk>, ask: CaseCompare) -> Result<Renewal, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let paper = Paper::load(r, &open, ask.case)?;
            let (old, to, new) = both(r, &open, &paper)?;
            Ok(renewal(&paper, &old, to, &new))
        })
    })
    .await
}

/// The draft's item, the newest release, and the item there.
fn both(
    r: &Read<'_>,
    open: &Open,
    paper: &Paper,
) -> Result<(Arc<ServiceItem>, u64, Arc<ServiceItem>), Fault> {
    let old = index::item_of(r, open, paper)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
    let to = newer(r, open, paper, &old)?.ok_or_else(|| Fault::told(problem::NOTHING_NEWER))?;
    let new = open.item(r, to, &paper.meta.item)?.ok_or_else(|| Fault::told(problem::NO_SUCH_ITEM))?;
    Ok((old, to, new))
}

fn renewal(paper: &Paper, old: &ServiceItem, to: u64, new: &ServiceItem) -> Renewal {
    let mut answered: BTreeMap<&str, Vec<(&FieldPath, &Answer)>> = BTreeMap::new();
    let answers = paper.doc.answers();
    for (path, answer) in answers.fields.iter().filter(|(_, answer)| !answer.value.is_empty()) {
        answered.entry(&path.question).or_default().push((path, answer));
    }
    let (places_before, places) = (places(old), places(new));
    let line = |field: &Field, path: &FieldPath, fate: Fate, value: &str| RenewedField {
        field: path.clone(),
        label: field.label.clone(),
        fate,
        value: value.to_owned(),
    };
    let mut fields = Vec::new();
    for field in new.form.fields().filter(|field| is_asked(field)) {
        let place = places.get(field.name.as_str());
        let before = old.form.field(&field.name).filter(|known| is_asked(known));
        match before.filter(|_| places_before.get(field.name.as_str()) == place) {
            None => {
                fields.push(line(field, &FieldPath::plain(field.name.clone()), Fate::New, ""));
            }
            Some(before) => {
                for (path, answer) in answered.remove(field.name.as_str()).unwrap_or_default() {
                    let fate = if carries(before, field, &answer.value) { Fate::Kept } else { Fate::Changed };
                    fields.push(line(field, path, fate, &answer.value));
                }
            }
        }
    }
    for field in old.form.fields().filter(|field| is_asked(field)) {
        for (path, answer) in answered.remove(field.name.as_str()).unwrap_or_default() {
            fields.push(line(field, path, Fate::Gone, &answer.value));
        }
    }
    Renewal { from: paper.meta.release, to, fields, slots: slots(paper, old, new) }
}

fn slots(paper: &Paper, old: &ServiceItem, new: &ServiceItem) -> Vec<RenewedSlot> {
    let attached = material::attachments(paper);
    let files = |slot: &str, signed: bool| {
        let fits = |(key, entry): &(&String, &material::Attachment)| {
            material::slot_of(key) == slot && entry.signed_form.is_some() == signed
        };
        attached.iter().filter(fits).count() as u32
    };
    let mut slots = Vec::new();
    for slot in &new.materials {
        let known = old.materials.iter().any(|known| known.key == slot.key);
        let (count, signatures) = (files(&slot.key, false), files(&slot.key, true));
        let fate = match known {
            false => Fate::New,
            // What was signed is another form: it is signed again.
            true if signatures > 0 => Fate::Changed,
            true if count > u32::from(slot.max_files) => Fate::Changed,
            true => Fate::Kept,
        };
        if !known || count + signatures > 0 {
            let (slot, name) = (slot.key.clone(), slot.name.clone());
            slots.push(RenewedSlot { slot, name, fate, files: count + signatures });
        }
    }
    for slot in old.materials.iter().filter(|slot| new.materials.iter().all(|known| known.key != slot.key)) {
        let count = files(&slot.key, false) + files(&slot.key, true);
        if count > 0 {
            let (slot, name) = (slot.key.clone(), slot.name.clone());
            slots.push(RenewedSlot { slot, name, fate: Fate::Gone, files: count });
        }
    }
    slots
}

/// The repeated group of each question, if it lies in one.
fn places(item: &ServiceItem) -> BTreeMap<&str, Option<&str>> {
    let parts = item.form.pages.iter().flat_map(|page| &page.parts);
    let named = parts.flat_map(|part| match part {
        Part::Field(field) => vec![(field.name.as_str(), None)],
        Part::Repeat(repeat) => {
            repeat.fields.iter().map(|field| (field.name.as_str(), Some(repeat.name.as_str()))).collect()
        }
    });
    named.collect()
}

fn is_asked(field: &Field) -> bool {
    !field.computed && field.kind != FieldKind::Note
}

/// Whether an answer means the same to the new question.
fn carries(before: &Field, now: &Field, value: &str) -> bool {
    let text = |kind| matches!(kind, FieldKind::Text | FieldKind::LongText);
    let same_kind = before.kind == now.kind || (text(before.kind) && text(now.kind));
    let choice = |name: &str| {
        let label = |field: &Field| {
            field.choices.iter().find(|choice| choice.name == name).map(|choice| choice.label.clone())
        };
        label(now).is_some() && label(before) == label(now)
    };
    let chosen = match now.kind {
        FieldKind::SelectOne => choice(value),
        FieldKind::SelectMultiple => value.split(' ').all(choice),
        _ => true,
    };
    same_kind && chosen
}

/// Begins a draft on the newest release with what carries over, and puts the old one away.
pub(crate) async fn renew(desk: &Arc<Desk>, ask: CaseRenew) -> Result<CaseView, Problem> {
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut before, item) = draft::writable(w, open, ask.case)?;
        let typed = draft::planned(w, &before, &item, &[])?;
        before.write(w, &typed, clock::device())?;
        let (old, to, new) = both(w, open, &before)?;
        if let Some(conflict) = before.doc.conflicts().first() {
            return Err(Problem::new(problem::TWO_VALUES).with("field", &conflict.field).into());
        }
        let (mut paper, _) = draft::begin(w, open, &before.meta.item, Some(before.meta.village.clone()))?;
        let renewal = renewal(&before, &old, to, &new);
        paper.write(w, &carried(&before, &new, &renewal, &ask.without), clock::device())?;
        let is_kept =
            |slot: &str| renewal.slots.iter().any(|known| known.slot == slot && known.fate == Fate::Kept);
        for (key, entry) in material::attachments(&before) {
            let slot = material::slot_of(&key);
            if entry.signed_form.is_some() || !is_kept(slot) {
                continue;
            }
            if !file::get(w, entry.sha256)?.is_some_and(|row| row.here) {
                return Err(Fault::told(problem::FILE_NOT_HERE));
            }
            let edit = material::attach(w, &paper, slot, &entry)?;
            paper.write(w, &[edit], clock::device())?;
        }
        cabinet::finish(w, open, desk, &before, None)?;
        let discarded = Some(Some(clock::device()));
        index::refresh(w, open, &before, Touch { discarded, ..Touch::default() })?;
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, ask.request, "case_renew", Box::new(work)).await
}

/// The rows and answers that go into the new draft, with where each came from.
fn carried(before: &Paper, new: &ServiceItem, renewal: &Renewal, without: &[FieldPath]) -> Vec<DocEdit> {
    let answers = before.doc.answers();
    let repeats = new.form.pages.iter().flat_map(|page| &page.parts).filter_map(|part| match part {
        Part::Repeat(repeat) => Some(&repeat.name),
        Part::Field(_) => None,
    });
    let mut edits = Vec::new();
    for repeat in repeats {
        let rows = answers.rows.get(repeat).into_iter().flatten();
        edits.extend(rows.map(|row| DocEdit::AddRow { repeat: repeat.clone(), row: *row }));
    }
    for line in renewal.fields.iter().filter(|line| line.fate == Fate::Kept && !without.contains(&line.field))
    {
        if let Some(answer) = answers.fields.get(&line.field) {
            edits.push(DocEdit::SetAnswer { field: line.field.clone(), answer: answer.clone() });
        }
    }
    edits
}
