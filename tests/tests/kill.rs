//! The desk's program is killed again and again, at any moment of the work: what it answered is there afterwards, and
//! nothing is there twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::{
    CaseBuffer, CaseCard, CaseList, CaseOpen, CaseSave, CaseStart, CaseSubmit, CaseView, Edit, Transfer,
};
use ipc::material::{FileState, MaterialPut};
use ipc::sync::{SyncNow, Watch};
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{TestDesk, set};
use scenarios::picture::photograph;
use scenarios::program::Program;
use scenarios::until::until;

/// Cases taken in; the program is killed once in each of the five parts of the work on each of them.
const CASES: usize = 11;
/// A field that is typed into and never saved by itself: it reaches the record as leftover typing.
const TYPED: &str = "hukou_address";

/// Random numbers that can be had again: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        limit.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// One thing the window asks for.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Start,
    Type(&'static str, String),
    Save(Vec<(String, String)>),
    Attach(&'static str),
    Submit,
    Sync,
}

/// The parts of the work on one case, in their order.
fn work() -> [Vec<Step>; 5] {
    let answers = gaoling();
    let answers: Vec<(String, String)> = answers
        .as_object()
        .unwrap()
        .iter()
        .filter(|(question, _)| question.as_str() != TYPED)
        .map(|(question, value)| (question.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let mut typing = vec![Step::Start];
    for (field, text) in [("applicant_name", "张秀英"), ("contact_name", "李桂"), (TYPED, "东村2组15号")]
    {
        let letters: Vec<char> = text.chars().collect();
        typing.extend((1..=letters.len()).map(|end| Step::Type(field, letters[..end].iter().collect())));
    }
    let saving = answers.chunks(6).map(|group| Step::Save(group.to_vec())).collect();
    [typing, saving, vec![Step::Attach("M-ID"), Step::Attach("M-BANK")], vec![Step::Submit], vec![Step::Sync]]
}

/// What the program answered about one case, and what it was asked last without an answer.
#[derive(Debug, Default)]
struct Told {
    number: usize,
    case: Option<CaseId>,
    typed: BTreeMap<String, String>,
    saved: BTreeMap<String, String>,
    files: BTreeSet<&'static str>,
    receipt: Option<String>,
    done: usize,
    asked: Option<Step>,
}

impl Told {
    /// A request id that stays the same when the same thing is asked again, as the window does it.
    fn request(&self, step: &Step) -> String {
        let first = |fields: &Vec<(String, String)>| fields[0].0.clone();
        match step {
            Step::Save(fields) => format!("{}-save-{}", self.number, first(fields)),
            Step::Attach(slot) => format!("{}-attach-{slot}", self.number),
            other => format!("{}-{other:?}", self.number),
        }
    }

    /// Does one step and notes it when it was answered; `None` when the program was gone before.
    async fn ask(&mut self, program: &Program, step: &Step, picture: &[u8]) -> Option<()> {
        self.asked = Some(step.clone());
        let request = self.request(step);
        let case = self.case.unwrap_or(CaseId(Default::default()));
        match step {
            Step::Start => {
                let view = program
                    .call(&CaseStart { request, item: GAOLING.to_owned(), village: None })
                    .await?
                    .unwrap();
                self.case = Some(view.case);
            }
            Step::Type(field, text) => {
                let field = FieldPath::plain(*field);
                program.call(&CaseBuffer { case, field: field.clone(), text: text.clone() }).await?.unwrap();
                self.typed.insert(field.to_string(), text.clone());
            }
            Step::Save(fields) => {
                let edits: Vec<Edit> =
                    fields.iter().map(|(field, value)| set(field, value.as_str())).collect();
                program.call(&CaseSave { request, case, edits }).await?.unwrap();
                self.saved.extend(std::mem::take(&mut self.typed));
                self.saved.extend(fields.iter().cloned());
            }
            Step::Attach(slot) => {
                let slot_name = (*slot).to_owned();
                let put = MaterialPut {
                    request,
                    case,
                    slot: slot_name,
                    name: format!("{slot}.jpg"),
                    original_seen: true,
                };
                program.put(&put, picture).await?.unwrap();
                self.files.insert(slot);
            }
            Step::Submit => {
                let view = program.call(&CaseSubmit { request, case, insist: false }).await?.unwrap();
                self.receipt = Some(view.receipt.unwrap());
            }
            Step::Sync => {
                program.call(&SyncNow {}).await?.unwrap();
            }
        }
        self.asked = None;
        self.done += 1;
        Some(())
    }

    /// Compares the case as it is shown with what was told about it.
    fn compare(&self, view: &CaseView) {
        let shown = |field: &str| view.answers.text(field).to_owned();
        let asked = |field: &str, value: &str| match &self.asked {
            Some(Step::Type(typed, text)) => *typed == field && text == value,
            Some(Step::Save(fields)) => fields.iter().any(|(one, other)| one == field && other == value),
            _ => false,
        };
        let mut expected = self.saved.clone();
        expected.extend(self.typed.clone());
        for (field, value) in &expected {
            let there = shown(field);
            if view.covered.iter().any(|covered| covered.to_string() == *field) {
                continue;
            }
            assert!(
                there == *value || asked(field, &there),
                "{field} is {there:?} and not {value:?}: {self:?}"
            );
        }
        for slot in ["M-ID", "M-BANK"] {
            let there = view.materials.iter().filter(|paper| paper.slot == slot).count();
            let told = usize::from(self.files.contains(slot));
            let allowed = told + usize::from(self.asked == Some(Step::Attach(slot)));
            assert!((told..=allowed).contains(&there), "{there} files in {slot}: {self:?}");
        }
        let handed_in = view.timeline.iter().filter(|step| step.kind == "submit").count();
        match &self.receipt {
            Some(number) => assert_eq!((view.receipt.as_ref(), handed_in), (Some(number), 1)),
            None if self.asked == Some(Step::Submit) => assert!(handed_in <= 1, "{handed_in}"),
            None => assert_eq!((view.receipt.as_ref(), handed_in, view.status), (None, 0, Status::Draft)),
        }
        assert!(view.conflicts.is_empty(), "{:?}", view.conflicts);
    }
}

async fn list(program: &Program) -> Vec<CaseCard> {
    let page = program.call(&CaseList { limit: Some(50), ..CaseList::default() }).await.unwrap().unwrap();
    assert_eq!(page.total, page.cases.len() as u64);
    page.cases
}

/// Nothing that was answered is missing, and nothing is there twice.
async fn compare(program: &Program, cases: &[Told]) {
    let listed = list(program).await;
    let known: BTreeSet<CaseId> = cases.iter().filter_map(|told| told.case).collect();
    let there: BTreeSet<CaseId> = listed.iter().map(|card| card.case).collect();
    assert_eq!(there.len(), listed.len(), "a case is listed twice");
    assert!(known.is_subset(&there), "{known:?} {there:?}");
    let beginning = usize::from(cases.iter().any(|told| told.asked == Some(Step::Start)));
    assert!(there.len() <= known.len() + beginning, "{} cases and {} known", there.len(), known.len());
    let numbers: Vec<&String> = listed.iter().filter_map(|card| card.receipt.as_ref()).collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "{numbers:?}");
    for told in cases {
        if let Some(case) = told.case {
            told.compare(&program.call(&CaseOpen { case }).await.unwrap().unwrap());
        }
    }
}

/// Goes on with the work up to the step `end`; `None` when the program was gone before.
async fn go_on(program: &Program, told: &mut Told, steps: &[Step], end: usize, picture: &[u8]) -> Option<()> {
    while told.done < end {
        told.ask(program, &steps[told.done], picture).await?;
    }
    Some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_missing_and_nothing_doubled_after_any_number_of_kills() {
    let given = std::env::var("DAIBAN_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64);
    println!("DAIBAN_SEED={seed}");
    let mut dice = Dice(seed);
    let mut county = TestCounty::start().await;
    let laptop =
        TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await.off().await;
    let (parts, picture) = (work(), photograph(640, 480));
    let steps = parts.concat();
    // How long each part takes; learned on the way.
    let mut spans = [Duration::from_millis(150); 5];
    let mut cases: Vec<Told> = Vec::new();
    let mut kills = 0;
    for number in 0..CASES {
        cases.push(Told { number, ..Told::default() });
        let mut end = 0;
        for (part, span) in parts.iter().zip(&mut spans) {
            let mut program = Program::start(laptop.path()).await;
            compare(&program, &cases).await;
            let told = cases.last_mut().unwrap();
            // What was left open is asked again, with the same request ids.
            go_on(&program, told, &steps, end, &picture).await.unwrap();
            end += part.len();
            let begun = Instant::now();
            tokio::select! {
                done = go_on(&program, told, &steps, end, &picture) => {
                    done.unwrap();
                    *span = begun.elapsed();
                }
                // The one place where time decides: that is what a power cut does.
                () = tokio::time::sleep(dice.below(*span)) => *span = span.mul_f64(1.15),
            }
            program.kill().await;
            kills += 1;
        }
    }
    let mut program = Program::start(laptop.path()).await;
    compare(&program, &cases).await;
    go_on(&program, cases.last_mut().unwrap(), &steps, steps.len(), &picture).await.unwrap();
    program.kill().await;
    assert!(kills >= 50);
    println!("{kills} kills");
    at_the_end(&county, laptop.path(), &cases, seed).await;
    county.down().await;
}

/// Left alone, the desk sends everything; the township has every case once, with its papers.
async fn at_the_end(county: &TestCounty, laptop: &Path, cases: &[Told], seed: u64) {
    let program = Program::start(laptop).await;
    compare(&program, cases).await;
    let mut revision = 0;
    loop {
        let told = program.call(&Watch { after: revision }).await.unwrap().unwrap();
        revision = told.revision;
        assert!(told.sync.quarantined.is_empty(), "{:?} (seed {seed})", told.sync.quarantined);
        if (told.sync.waiting_items, told.sync.waiting_files) == (0, 0) {
            break;
        }
    }
    compare(&program, cases).await;
    assert!(list(&program).await.iter().all(|card| card.transfer == Transfer::AtCounty));

    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let there = until(&li.desk, "every case", async || {
        let there = li.cases().await;
        let whole = there.iter().filter(|card| card.status == Status::Submitted).count();
        (whole == cases.len()).then_some(there)
    })
    .await;
    let sent: BTreeSet<(CaseId, String)> =
        cases.iter().map(|told| (told.case.unwrap(), told.receipt.clone().unwrap())).collect();
    let arrived: Vec<(CaseId, String)> =
        there.iter().map(|card| (card.case, card.receipt.clone().unwrap())).collect();
    assert_eq!(arrived.len(), sent.len());
    assert_eq!(arrived.into_iter().collect::<BTreeSet<_>>(), sent);
    let serials: BTreeSet<&String> = sent.iter().map(|(_, number)| number).collect();
    assert_eq!(serials.len(), sent.len());
    for told in cases {
        let view = li.look(told.case.unwrap()).await;
        assert_eq!(view.answers.text("applicant_name"), "张秀英");
        assert_eq!(view.answers.text(TYPED), "东村2组15号");
        let acts: Vec<&str> =
            view.timeline.iter().filter(|step| step.act.is_some()).map(|step| step.kind.as_str()).collect();
        assert_eq!(acts, ["submit"]);
        assert_eq!(view.materials.len(), 2);
        assert!(
            view.materials.iter().all(|paper| matches!(paper.state, FileState::Remote | FileState::AtCounty))
        );
    }
}
