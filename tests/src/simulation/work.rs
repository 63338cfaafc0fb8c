//! What people do at their laptops, through the same questions the window asks; what they are answered goes into the book.

use std::sync::Arc;

use desk::Desk;
use desk::dispatch::{ask, call, put};
use domain::act::{Act, ActKind, CorrectionPoint, Payload};
use domain::answer::FieldPath;
use domain::id::{ActId, CaseId, Digest};
use domain::lifecycle::Status;
use domain::moment::Moment;
use ipc::case::{
    CaseAct, CaseBuffer, CaseList, CaseOpen, CaseResolve, CaseSave, CaseStart, CaseSubmit, CaseView,
    Conflict, Edit, Transfer,
};
use ipc::problem::DATABASE_DAMAGED;
use ipc::summary::CaseFetch;
use ipc::{Command, Problem};
use serde::Deserialize;
use serde_json::json;
use store::StoreError;
use store::table::{act, document, outbox};
use sync::act::{ActBody, SignedAct};
use sync::item::{Item, ItemId};
use sync::key::SecretKey;

use super::ledger::{Entry, Typing};
use super::plan::{Forgery, Work};
use super::town;
use super::world::World;
use crate::answers::{GAOLING, gaoling};
use crate::desk::set;
use crate::picture::pdf;

/// What people look at of a case as it is shown. The form, which comes along every time, is most of it.
#[derive(Deserialize)]
struct Seen {
    case: CaseId,
    status: Status,
    #[serde(default)]
    receipt: Option<String>,
    acts: Vec<ActKind>,
    conflicts: Vec<Conflict>,
}

/// Asks something that is answered with a case.
async fn see<C: Command<Reply = CaseView>>(desk: &Arc<Desk>, question: C) -> Result<Seen, Problem> {
    let shown = call(desk, C::NAME, serde_json::to_value(question).unwrap()).await?;
    Ok(serde_json::from_value(shown).unwrap())
}

/// Fields people change, each group as one leaves it: guarded ones among them.
const GROUPS: [&[&str]; 6] = [
    &["hukou_address"],
    &["pay_account", "pay_account_again"],
    &["living"],
    &["contact_phone"],
    &["applicant_name"],
    &["contact_name"],
];

impl World {
    /// Somebody does something; gives how it ended.
    pub(super) async fn work(&mut self, number: u32, at: usize, work: &Work) -> String {
        if let Err(problem) = self.seats[at].on(&self.road).await {
            return problem.code;
        }
        let done = match work {
            Work::Begin => self.begin_case(number, at).await,
            Work::Type { case, field } => self.type_into(number, at, *case, *field).await,
            Work::Save { case, field } => self.save(number, at, *case, *field).await,
            Work::Attach { case } => self.attach(number, at, *case).await,
            Work::Submit { case } => self.submit(number, at, *case).await,
            Work::Act { case, act } => self.act(number, at, *case, *act).await,
            Work::End { case } => self.end(number, at, *case).await,
            Work::Fetch { case } => self.fetch(at, *case).await,
            Work::Resolve { case } => self.resolve(number, at, *case).await,
            Work::Look => self.look(at).await,
        };
        self.seats[at].ring();
        match done {
            Ok(told) => told,
            Err(problem) => {
                if problem.code == DATABASE_DAMAGED {
                    self.seats[at].kill();
                }
                let reason =
                    problem.args.get("reason").or(problem.args.get("code")).cloned().unwrap_or_default();
                format!("{} {reason}", problem.code)
            }
        }
    }

    /// The cases that lie at a desk, in the order in which they were begun.
    fn here(&self, at: usize) -> Vec<CaseId> {
        let listed = self.seats[at].look(|r| document::list(r, None, 10_000)).unwrap_or_default();
        let mut cases: Vec<CaseId> = listed.into_iter().map(|row| row.case).collect();
        cases.sort_by_key(|case| self.ledger.ordinal(*case));
        cases
    }

    fn pick(&self, at: usize, case: u16) -> Option<CaseId> {
        let cases = self.here(at);
        cases.get(usize::from(case) % cases.len().max(1)).copied()
    }

    fn heads(&self, at: usize, case: CaseId) -> Vec<Digest> {
        let row = self.seats[at].look(|r| document::heads(r, case)).flatten();
        row.map(|row| row.heads.into_iter().map(Digest).collect()).unwrap_or_default()
    }

    /// Writes down what was acknowledged.
    fn note(&mut self, step: u32, at: usize, case: CaseId, wrote: Vec<(FieldPath, String)>) {
        let heads = self.heads(at, case);
        let typed = self.ledger.typed.get(&(at, case)).cloned().unwrap_or_default();
        let excused = self.seats[at].revoked.then_some("its desk was locked out");
        self.ledger.entries.push(Entry { step, seat: at, case, wrote, typed, heads, excused });
    }

    fn desk(&self, at: usize) -> std::sync::Arc<desk::Desk> {
        self.seats[at].desk.clone().unwrap()
    }

    async fn begin_case(&mut self, number: u32, at: usize) -> Result<String, Problem> {
        let desk = self.desk(at);
        let start = CaseStart { request: format!("{number}-begin"), item: GAOLING.to_owned(), village: None };
        let case = see(&desk, start).await?.case;
        self.ledger.begun(case);
        let mut answers = gaoling();
        answers["hukou_region"] = json!(self.seats[at].place.unit());
        let plain = answers.as_object().unwrap().iter().filter(|(_, value)| !value.is_array());
        let wrote: Vec<(FieldPath, String)> = plain
            .map(|(question, value)| {
                (FieldPath::plain(question), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        let edits = wrote.iter().map(|(field, value)| set(&field.to_string(), value.clone())).collect();
        see(&desk, CaseSave { request: format!("{number}-fill"), case, edits }).await?;
        self.note(number, at, case, wrote);
        Ok(format!("case {}", self.ledger.ordinal(case)))
    }

    async fn type_into(&mut self, number: u32, at: usize, case: u16, field: u8) -> Result<String, Problem> {
        let Some(case) = self.pick(at, case) else { return Ok("no case".to_owned()) };
        let (field, text) = values(number, field).swap_remove(0);
        self.ledger.typed.entry((at, case)).or_default().push(field.clone());
        let heads = self.heads(at, case);
        self.ledger.typing.push(Typing { case, field: field.clone(), heads });
        ask(&self.desk(at), CaseBuffer { case, field, text }).await?;
        Ok(format!("case {}", self.ledger.ordinal(case)))
    }

    async fn save(&mut self, number: u32, at: usize, case: u16, field: u8) -> Result<String, Problem> {
        let Some(case) = self.pick(at, case) else { return Ok("no case".to_owned()) };
        let wrote = values(number, field);
        let edits: Vec<Edit> =
            wrote.iter().map(|(field, value)| set(&field.to_string(), value.clone())).collect();
        see(&self.desk(at), CaseSave { request: format!("{number}-save"), case, edits }).await?;
        self.note(number, at, case, wrote);
        Ok(format!("case {}", self.ledger.ordinal(case)))
    }

    async fn attach(&mut self, number: u32, at: usize, case: u16) -> Result<String, Problem> {
        let Some(case) = self.pick(at, case) else { return Ok("no case".to_owned()) };
        // Long papers are long before their first object: behind the last line nothing may stand.
        let mut paper =
            format!("%PDF-1.4\n% {number} {}\n", "x".repeat(number as usize % 7 * 4000)).into_bytes();
        paper.extend(pdf());
        let args = json!({"request": format!("{number}-attach"), "case": case, "slot": "M-ID",
            "name": format!("{number}.pdf"), "original_seen": true});
        put(&self.desk(at), "material_put", args, paper).await?;
        self.note(number, at, case, Vec::new());
        Ok(format!("case {}", self.ledger.ordinal(case)))
    }

    async fn submit(&mut self, number: u32, at: usize, case: u16) -> Result<String, Problem> {
        let Some(case) = self.pick(at, case) else { return Ok("no case".to_owned()) };
        let submit = CaseSubmit { request: format!("{number}-submit"), case, insist: true };
        let view = see(&self.desk(at), submit).await?;
        if let Some(receipt) = &view.receipt
            && let Some(other) = self.ledger.numbers.insert(receipt.clone(), case)
            && other != case
        {
            self.broken.push(format!("the number {receipt} was given to two cases"));
        }
        self.note(number, at, case, Vec::new());
        Ok(format!("case {} {}", self.ledger.ordinal(case), view.status.name()))
    }

    async fn end(&mut self, number: u32, at: usize, case: u16) -> Result<String, Problem> {
        let Some(case) = self.pick(at, case) else { return Ok("no case".to_owned()) };
        let view = see(&self.desk(at), CaseOpen { case }).await?;
        match view.acts.iter().find(|kind| ends(kind)).cloned() {
            Some(kind) => self.do_act(number, at, &view, kind).await,
            None => Ok("nothing to do".to_owned()),
        }
    }

    async fn fetch(&mut self, at: usize, case: u16) -> Result<String, Problem> {
        let Some(case) = self.pick(at, case) else { return Ok("no case".to_owned()) };
        let view = ask(&self.desk(at), CaseFetch { case }).await?;
        let asked = if view.summary.is_some() { "asked for" } else { "is whole" };
        Ok(format!("case {} {asked}", self.ledger.ordinal(case)))
    }

    async fn act(&mut self, number: u32, at: usize, case: u16, act: u8) -> Result<String, Problem> {
        let Some(case) = self.pick(at, case) else { return Ok("no case".to_owned()) };
        let view = see(&self.desk(at), CaseOpen { case }).await?;
        // The forms of ending a case would end the story too soon: every other step comes up more often.
        let mut open: Vec<ActKind> = view.acts.iter().filter(|kind| !ends(kind)).cloned().collect();
        if open.is_empty() || act.is_multiple_of(8) {
            open.clone_from(&view.acts);
        }
        if open.is_empty() {
            return Ok("nothing to do".to_owned());
        }
        let kind = open[usize::from(act / 8) % open.len()].clone();
        self.do_act(number, at, &view, kind).await
    }

    async fn do_act(
        &mut self,
        number: u32,
        at: usize,
        view: &Seen,
        kind: ActKind,
    ) -> Result<String, Problem> {
        let (case, name) = (view.case, kind.name().to_owned());
        let payload = payload(view, &kind);
        let ask_act = CaseAct { request: format!("{number}-act"), case, kind, payload };
        let view = match see(&self.desk(at), ask_act).await {
            Ok(view) => view,
            Err(problem) => {
                return Ok(format!("case {} {name}: {}", self.ledger.ordinal(case), problem.code));
            }
        };
        self.note(number, at, case, Vec::new());
        Ok(format!("case {} {name} {}", self.ledger.ordinal(case), view.status.name()))
    }

    async fn resolve(&mut self, number: u32, at: usize, case: u16) -> Result<String, Problem> {
        let desk = self.desk(at);
        let differing = self.seats[at].look(|_| Ok(()));
        if differing.is_none() {
            return Ok(String::new());
        }
        let cases = self.here(at);
        for step in 0..cases.len() {
            let case = cases[(usize::from(case) + step) % cases.len()];
            let view = see(&desk, CaseOpen { case }).await?;
            let Some(conflict) = view.conflicts.first() else { continue };
            if !view.acts.contains(&ActKind::Reconcile) {
                continue;
            }
            let field = conflict.field.clone();
            let value = conflict.values[number as usize % conflict.values.len()].value.clone();
            let resolve = CaseResolve {
                request: format!("{number}-resolve"),
                case,
                field: field.clone(),
                value: value.clone(),
                reason: "核对存折".to_owned(),
            };
            see(&desk, resolve).await?;
            self.note(number, at, case, vec![(field.clone(), value)]);
            return Ok(format!("case {} {field}", self.ledger.ordinal(case)));
        }
        Ok("nothing differs".to_owned())
    }

    /// Everything the list says must be true (I6): what it calls sent is at the county.
    pub(super) async fn look(&mut self, at: usize) -> Result<String, Problem> {
        let desk = self.desk(at);
        let page = ask(&desk, CaseList { limit: Some(50), ..CaseList::default() }).await?;
        let stands = self.seats[at].drive.as_ref().map(|drive| drive.position().clone());
        let knows =
            stands.is_some_and(|stands| stands.epoch == Some(self.county().epoch) && !stands.offering);
        if !knows || self.orphaned {
            return Ok(format!("{} cases, not told yet of a restored county", page.cases.len()));
        }
        for card in &page.cases {
            if card.transfer == Transfer::AtCounty && !self.county_has(card.case, &self.heads(at, card.case))
            {
                let case = self.ledger.ordinal(card.case);
                self.broken
                    .push(format!("I6: desk {at} says that case {case} is at the county, and it is not"));
            }
        }
        Ok(format!("{} cases", page.cases.len()))
    }

    /// Writes down the numbers the county gave to official steps, as this desk was told (I1, I3).
    pub(super) fn numbers(&mut self, at: usize) {
        let cases = &self.ledger.cases;
        let rows = self.seats[at].look(|r| cases.iter().map(|case| act::of_case(r, *case)).collect());
        let rows: Vec<Vec<act::ActRow>> = rows.unwrap_or_default();
        for row in rows.into_iter().flatten() {
            let act::ActState::Done { seq } = row.state else { continue };
            if let Some(before) = self.ledger.sealed.insert(row.id, seq)
                && before != seq
                && !self.copied
                && !self.orphaned
            {
                self.broken.push(format!("I3: one step has the numbers {before} and {seq}"));
            }
        }
    }

    /// Something forged lies in the outbox of a desk, among its own items.
    pub(super) async fn forge(&mut self, number: u32, at: usize, forgery: Forgery) -> String {
        if let Err(problem) = self.seats[at].on(&self.road).await {
            return problem.code;
        }
        let Some(case) = self.pick(at, 0) else { return "no case".to_owned() };
        let bytes = match forgery {
            Forgery::Noise => format!("noise {number}").into_bytes(),
            Forgery::Seal => self.forged_act(number, at, case),
        };
        let row = outbox::NewItem {
            item: ItemId::of(&bytes).0,
            case,
            person: self.seats[at].person,
            kind: outbox::ItemKind::Act,
            lane: 1,
            bytes,
        };
        let store = self.seats[at].drive.as_ref().unwrap().store();
        store.write::<_, StoreError>(|w| outbox::put(w, &[row], super::host::now())).unwrap();
        self.seats[at].ring();
        String::new()
    }

    /// An approval that nobody gave, under somebody's name and other people's seals.
    fn forged_act(&self, number: u32, at: usize, case: CaseId) -> Vec<u8> {
        let stranger = SecretKey::from_seed(&[number as u8; 32]);
        let county = self.county();
        let act = Act {
            id: ActId(town::uuid(u128::from(number) + 1)),
            case,
            kind: ActKind::Approve,
            by: self.seats[at].person,
            unit: self.seats[at].place.unit().parse().unwrap(),
            role: domain::role::Role::Department,
            payload: Payload::default(),
        };
        let moment =
            Moment { device: super::host::now(), zone: 480, boot: [9; 16], monotonic: 1, county: None };
        let desk = super::check::desk_of(self, at).first().copied().unwrap();
        let body = ActBody { county: county.id, desk, act, heads: self.heads(at, case), moment };
        Item::Act(SignedAct::sign(&body, &stranger, &stranger)).to_bytes()
    }
}

/// Whether a step is one of the forms of ending a case.
fn ends(kind: &ActKind) -> bool {
    matches!(kind, ActKind::Void | ActKind::Withdraw | ActKind::Lapse | ActKind::NotAccept)
}

/// The fields of a group with values that only this step writes.
fn values(number: u32, field: u8) -> Vec<(FieldPath, String)> {
    let group = GROUPS[usize::from(field) % GROUPS.len()];
    let value = match group[0] {
        "pay_account" => card(number),
        "living" => ["alone", "spouse"][number as usize % 2].to_owned(),
        "contact_phone" => format!("139{number:08}"),
        "applicant_name" => ["张秀英", "张秀瑛", "张秀颖"][number as usize % 3].to_owned(),
        "contact_name" => ["李桂芳", "李桂芬", "李贵芳"][number as usize % 3].to_owned(),
        _ => format!("示范县示范镇东村2组{number}号"),
    };
    group.iter().map(|field| (FieldPath::plain(*field), value.clone())).collect()
}

/// A bank card number whose check digit fits.
fn card(number: u32) -> String {
    let body = format!("621700{number:012}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Whatever a step may have to carry.
fn payload(view: &Seen, kind: &ActKind) -> Payload {
    let reason = Some("按规定办理".to_owned());
    let point = CorrectionPoint {
        field: Some(FieldPath::plain("hukou_address")),
        slot: None,
        reason: "请写到门牌号".to_owned(),
    };
    let mut payload = Payload { reason, ..Payload::default() };
    match kind {
        ActKind::RequestCorrection | ActKind::Return => payload.points = vec![point],
        ActKind::AcceptWithGaps => payload.gaps = vec!["M-ID".to_owned()],
        ActKind::Reconcile => {
            payload.field = Some(
                view.conflicts.first().map_or_else(|| FieldPath::plain("living"), |one| one.field.clone()),
            );
        }
        ActKind::MarkDuplicate => payload.other_case = Some(view.case),
        ActKind::Reassign => payload.unit = "131099100201".parse().ok(),
        ActKind::Rate => payload.satisfaction = Some(5),
        _ => {}
    }
    if view.status == Status::Draft {
        payload.points.clear();
    }
    payload
}
