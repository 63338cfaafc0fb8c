//! An official step: who did it, whether they may, and what follows from it.

use domain::act::{Act, ActKind};
use domain::id::Digest;
use domain::lifecycle::{self, RefusalCode};
use serde_json::json;
use sync::act::{ActBody, SignedAct};
use sync::item::{Item, ItemId};
use sync::key::PublicKey;
use sync::receipt::Ack;
use sync::refusal::Code;

use super::{Delivery, Stop};
use crate::database::case::Case;
use crate::database::item::Kind;
use crate::database::{self, act, audit, case, desk, index, item, person, share};
use crate::scope;
use crate::seal::CaseKey;

fn code(refusal: RefusalCode) -> Code {
    match refusal {
        RefusalCode::NotYou | RefusalCode::NotYourRole => Code::NotYourRole,
        RefusalCode::WrongStatus => Code::WrongStatus,
        RefusalCode::UnknownKind => Code::UnknownKind,
        _ => Code::PayloadMissing,
    }
}

/// The acts of a case that have a number, in the county's order.
pub(crate) fn numbered(
    view: &database::View<'_>,
    key: &CaseKey,
    case: domain::id::CaseId,
) -> Result<Vec<Act>, Stop> {
    let mut acts = Vec::new();
    for sealed in item::acts(view, case)? {
        let bytes = key.open("item", &sealed)?;
        let Ok(Item::Act(signed)) = Item::from_bytes(&bytes) else { return Err(Code::Internal.into()) };
        acts.push(signed.body().map_err(|_| Code::Internal)?.act);
    }
    Ok(acts)
}

impl Delivery<'_> {
    /// Takes in an official step.
    pub(super) fn take_act(
        &self,
        id: &ItemId,
        signed: &SignedAct,
        body: &ActBody,
        whole: &[u8],
    ) -> Result<Ack, Stop> {
        let step = &body.act;
        if body.county != self.county.id {
            return Err(Code::OtherCounty.into());
        }
        // The seals are held against the keys on record for the desk the act was made on, whoever carries it here.
        let made_on = desk::get(self.write, body.desk)?.ok_or(Code::UnknownDevice)?;
        if made_on.revoked {
            return Err(Code::Revoked.into());
        }
        let at = desk::person(self.write, body.desk, step.by)?.ok_or(Code::UnknownPerson)?;
        let device = PublicKey(made_on.device_key);
        let keys = desk::keys(self.write, body.desk, step.by)?;
        if keys.iter().all(|key| signed.verify(&PublicKey(*key), &device).is_err()) {
            return Err(Code::BadSignature.into());
        }
        if at.unit != step.unit {
            return Err(Code::OutOfScope.into());
        }
        let official = person::official(self.write, step.by, &at.unit)?.ok_or(Code::UnknownPerson)?;
        let unit = person::unit(self.write, &at.unit)?.ok_or(Code::OutOfScope)?;
        let Some(mut known) = case::get(self.write, step.case)? else {
            return Err(Stop::Needs(body.heads.clone()));
        };
        if !self.in_scope(known.id, &unit)? {
            return Err(Code::OutOfScope.into());
        }
        let (key, document) = self.document(&known)?;
        let missing: Vec<Digest> = body.heads.iter().filter(|head| !document.has(head)).copied().collect();
        if !missing.is_empty() {
            return Err(Stop::Needs(missing));
        }
        let mut acts = numbered(self.write, &key, known.id)?;
        let status = lifecycle::fold(&acts);
        match lifecycle::check(status, step, &official) {
            // Kinds of newer programs are kept and displayed, and change nothing (ruling 7).
            Ok(_) | Err(lifecycle::Refusal { code: RefusalCode::UnknownKind, .. }) => {}
            Err(refusal) => return Err(code(refusal.code).into()),
        }
        self.check_others(step, &known)?;
        if !step.kind.is_step() {
            return self.take_note(id, step, &known, &key, whole);
        }
        acts.push(step.clone());
        known.status = lifecycle::fold(&acts);
        if !matches!(step.kind, ActKind::Other(_)) {
            known.valid.clone_from(&body.heads);
            known.valid.sort_unstable();
        }
        case::update(self.write, &known, self.now)?;
        let seq = self.number(id, Kind::Act, &key, known.id, whole)?;
        act::add(self.write, step.id, known.id, seq, step.kind.name(), step.by)?;
        index::append(self.write, known.id, seq)?;
        share::refresh(self.write, &known)?;
        self.widen(step, &known)?;
        let told = json!({
            "act": step.id, "case": step.case, "kind": step.kind, "person": step.by, "unit": step.unit,
            "desk": self.desk.id, "seq": seq, "status": known.status,
        });
        audit::append(self.write, self.now, "act_accepted", &told)?;
        Ok(Ack::Stored { seq })
    }

    /// A look at a covered value: numbered and written into the book, and nothing else. Its reason is somebody's own words;
    /// it stays sealed with the item.
    fn take_note(
        &self,
        id: &ItemId,
        step: &Act,
        known: &Case,
        key: &CaseKey,
        whole: &[u8],
    ) -> Result<Ack, Stop> {
        let seq = self.number(id, Kind::Note, key, known.id, whole)?;
        act::add(self.write, step.id, known.id, seq, step.kind.name(), step.by)?;
        let told = json!({
            "act": step.id, "case": step.case, "field": step.payload.field, "person": step.by, "unit": step.unit,
            "desk": self.desk.id, "seq": seq,
        });
        audit::append(self.write, self.now, "value_revealed", &told)?;
        Ok(Ack::Stored { seq })
    }

    /// What a step says about other cases and units must exist.
    fn check_others(&self, step: &Act, known: &Case) -> Result<(), Stop> {
        match step.kind {
            ActKind::MarkDuplicate => {
                let other = step.payload.other_case.ok_or(Code::PayloadMissing)?;
                let other = case::get(self.write, other)?.ok_or(Code::NotFound)?;
                let unit = person::unit(self.write, &step.unit)?.ok_or(Code::OutOfScope)?;
                if !self.in_scope(other.id, &unit)? {
                    return Err(Code::OutOfScope.into());
                }
            }
            ActKind::Reassign => {
                let unit = step.payload.unit.as_ref().ok_or(Code::PayloadMissing)?;
                let taking = person::unit(self.write, unit)?.ok_or(Code::NotFound)?;
                if !scope::serves(&taking, &known.village) {
                    return Err(Code::OutOfScope.into());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Lets the case enter the scopes that the step opens, and leave those that it closes.
    fn widen(&self, step: &Act, known: &Case) -> Result<(), Stop> {
        for scope in scope::entered_by(&step.kind, &known.village) {
            index::enter(self.write, known.id, &scope)?;
        }
        if let (ActKind::Reassign, Some(unit)) = (&step.kind, &step.payload.unit) {
            let taking = scope::drafts(unit);
            for scope in case::scopes(self.write, known.id)? {
                if scope.starts_with("draft:") && scope != taking {
                    index::leave(self.write, known.id, &scope)?;
                }
            }
            index::enter(self.write, known.id, &taking)?;
        }
        Ok(())
    }
}
