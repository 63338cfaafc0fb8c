//! A desk of paper: invented people and cases inside the window, to look at every screen without a desk behind it.
//!
//! Built only with the feature `fake`; opened with `?fake=agent`, `?fake=clerk` or `?fake=county` in the address.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::act::ActKind;
use domain::answer::{Answer, Answers};
use domain::catalogue::ServiceItem;
use domain::form::FormLogic;
use domain::id::{ActId, CaseId, Digest, PersonId, RowId};
use domain::lifecycle::{Status, allowed, may_write};
use domain::role::{Official, Role, Unit};
use ipc::Call;
use ipc::account::{DeskView, PersonCard, Settings, Stage};
use ipc::case::*;
use ipc::catalogue::{CatalogueView, LintFinding, Published, ReleaseView};
use ipc::home::HomeView;
use ipc::item::{ItemCard, ItemList, ItemView};
use ipc::material::{FileState, MaterialView};
use ipc::problem::{self, Problem};
use ipc::sync::{Link, SyncView, Watched};
use serde::{Deserialize, Serialize};

use super::inside;
use crate::browser;

const SAMPLE: &str = include_str!("fake/sample.json");

/// The invented data.
#[derive(Deserialize)]
struct Sample {
    unit: Unit,
    people: Vec<PersonCard>,
    items: Vec<ServiceItem>,
    cases: Vec<SampleCase>,
    picture: String,
}

#[derive(Deserialize)]
struct SampleCase {
    item: String,
    status: Status,
    receipt: Option<String>,
    answers: BTreeMap<String, String>,
    #[serde(default)]
    corrections: Vec<domain::act::CorrectionPoint>,
    #[serde(default)]
    conflict: Option<Conflict>,
    #[serde(default)]
    slots: Vec<String>,
    #[serde(default)]
    acts: Vec<String>,
}

/// The desk of paper.
pub struct Fake {
    sample: Sample,
    role: Role,
    state: RefCell<State>,
}

struct State {
    open: bool,
    settings: Settings,
    cases: Vec<CaseView>,
    revision: u64,
}

impl Fake {
    /// The desk of paper, if the address asks for one.
    pub fn wanted() -> Option<Self> {
        let search = web_sys::window()?.location().search().ok()?;
        let who = search.split("fake=").nth(1)?.split('&').next()?.to_owned();
        let role = match who.as_str() {
            "clerk" => Role::TownshipClerk,
            "county" => Role::CountyAdmin,
            _ => Role::VillageAgent,
        };
        let sample: Sample = serde_json::from_str(SAMPLE).ok()?;
        let mut settings = Settings::default();
        if search.contains("lang=en") {
            settings.language = "en".to_owned();
        }
        settings.large_text = search.contains("large");
        settings.high_contrast = search.contains("contrast");
        if search.contains("zoom=150") {
            settings.zoom = 150;
        }
        let open = !search.contains("locked");
        let state = RefCell::new(State { open, settings, cases: Vec::new(), revision: 1 });
        let fake = Fake { sample, role, state };
        let cases = fake.sample.cases.iter().enumerate().map(|(at, case)| fake.lay_out(at, case)).collect();
        fake.state.borrow_mut().cases = cases;
        Some(fake)
    }

    /// Answers a question as a desk would.
    pub async fn answer(&self, name: &str, args: &str, body: Vec<u8>) -> Result<String, Problem> {
        let args = serde_json::from_str(args).map_err(inside)?;
        let call = Call::parse(name, args, body)?;
        if matches!(call, Call::Watch(ref watch) if watch.after > 0) {
            gloo_timers::future::TimeoutFuture::new(20_000).await;
        } else {
            gloo_timers::future::TimeoutFuture::new(30).await;
        }
        self.reply(call)
    }

    /// A picture for every file.
    pub fn bytes(&self, _args: &str) -> Result<Vec<u8>, Problem> {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.decode(&self.sample.picture).map_err(inside)
    }

    fn me(&self) -> Official {
        let card = self.sample.people.iter().find(|card| card.roles.contains(&self.role));
        let (person, name) = card
            .map_or((PersonId(uuid::Uuid::nil()), String::new()), |card| (card.person, card.name.clone()));
        let mut roles = vec![self.role];
        if self.role == Role::CountyAdmin {
            roles.push(Role::Department);
        }
        Official { person, name, unit: self.sample.unit.code.clone(), roles }
    }

    fn desk(&self) -> DeskView {
        let state = self.state.borrow();
        DeskView {
            stage: if state.open { Stage::Open } else { Stage::Locked },
            people: self.sample.people.clone(),
            desk: None,
            unit: state.open.then(|| self.sample.unit.clone()),
            me: state.open.then(|| self.me()),
            catalogue_release: Some(3),
            settings: state.settings.clone(),
        }
    }

    fn lay_out(&self, at: usize, sample: &SampleCase) -> CaseView {
        let item = self.item(&sample.item).unwrap_or_else(|_| self.first());
        let mut answers = Answers::default();
        for (name, value) in &sample.answers {
            answers.fields.insert(domain::answer::FieldPath::plain(name), Answer::stated(value.clone()));
        }
        let me = self.me();
        let now = browser::now() - (at as i64) * 5_400_000;
        let entry = |kind: &str, back: i64, state: ActState, seq: Option<u64>| TimelineEntry {
            act: (kind != "saved").then_some(ActId(uuid::Uuid::nil())),
            kind: kind.to_owned(),
            by: self.agent(),
            unit: None,
            at: now - back * 600_000,
            seq,
            state,
            refusal: None,
            payload: domain::act::Payload::default(),
        };
        let mut timeline = vec![entry("saved", 9, ActState::Done, None)];
        let waits = sample.status == Status::Collected;
        for (place, kind) in sample.acts.iter().enumerate() {
            let state = if waits { ActState::Waiting } else { ActState::Done };
            timeline.push(entry(kind, 6 - place as i64, state, (!waits).then_some(place as u64 + 40)));
        }
        let materials = sample.slots.iter().enumerate().map(|(at, slot)| self.file(slot, at)).collect();
        let covered = match self.role {
            Role::VillageAgent => vec![],
            _ => ["id_no", "pay_account"].into_iter().map(domain::answer::FieldPath::plain).collect(),
        };
        for path in &covered {
            if let (Some(answer), Some(field)) =
                (answers.fields.get_mut(path), item.form.field(&path.question))
            {
                answer.value = domain::mask::field(field, &answer.value);
            }
        }
        CaseView {
            case: CaseId(uuid::Uuid::from_u128(at as u128 + 0x1000)),
            release: 3,
            status: sample.status,
            transfer: match sample.status {
                Status::Draft => Transfer::Saved,
                Status::Collected => Transfer::Waiting,
                _ => Transfer::AtCounty,
            },
            receipt: sample.receipt.clone(),
            answers,
            covered,
            unsaved: Vec::new(),
            newer: None,
            findings: Vec::new(),
            conflicts: sample.conflict.clone().into_iter().collect(),
            materials,
            timeline,
            corrections: sample.corrections.clone(),
            may_write: may_write(sample.status, &me, true),
            acts: allowed(sample.status, &me),
            updated_at: now,
            facts: BTreeMap::new(),
            today: "2026-11-22".to_owned(),
            item,
        }
    }

    fn file(&self, slot: &str, at: usize) -> MaterialView {
        MaterialView {
            file: format!("{slot}-{at}-{}", browser::now()),
            slot: slot.to_owned(),
            name: format!("IMG_{:04}.jpg", 1200 + at),
            mime: "image/png".to_owned(),
            sha256: Digest([at as u8; 32]),
            size: 412_000 + 1000 * at as u64,
            original_seen: at == 0,
            at: browser::now(),
            state: FileState::Saved,
        }
    }

    fn first(&self) -> ServiceItem {
        #[expect(clippy::indexing_slicing, reason = "the invented data has items")]
        self.sample.items[0].clone()
    }

    fn agent(&self) -> String {
        self.sample.people.first().map(|card| card.name.clone()).unwrap_or_default()
    }

    fn item(&self, code: &str) -> Result<ServiceItem, Problem> {
        let item = self.sample.items.iter().find(|item| item.code == code).cloned();
        item.ok_or_else(|| Problem::new(problem::NO_SUCH_ITEM))
    }

    fn card(&self, view: &CaseView) -> CaseCard {
        let name = view.answers.text(&view.item.subject.name);
        CaseCard {
            case: view.case,
            receipt: view.receipt.clone(),
            item: view.item.code.clone(),
            item_name: view.item.name.clone(),
            status: view.status,
            transfer: view.transfer,
            applicant: domain::mask::name(name),
            village: None,
            updated_at: view.updated_at,
            collected_at: None,
            differing: view.conflicts.len() as u32,
        }
    }

    fn sync(&self) -> SyncView {
        let state = self.state.borrow();
        let waiting = state.cases.iter().filter(|case| case.transfer == Transfer::Waiting).count() as u64;
        SyncView {
            link: if waiting > 0 { Link::Offline } else { Link::Idle },
            waiting_items: waiting * 4,
            waiting_cases: waiting,
            waiting_files: waiting * 2,
            waiting_bytes: waiting * 830_000,
            quarantined: vec![],
            last_sync_at: Some(browser::now() - 3_900_000),
            next_try_at: Some(browser::now() + 30_000),
            problem: (waiting > 0).then(|| Problem::new(problem::NO_LINK)),
        }
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for case in &self.state.borrow().cases {
            *counts.by_status.entry(case.status.name().to_owned()).or_default() += 1;
            counts.waiting += u64::from(case.transfer == Transfer::Waiting);
        }
        counts.queue = self.cards(|case| self.queued(case)).len() as u64;
        counts
    }

    fn queued(&self, case: &CaseView) -> bool {
        match self.role {
            Role::VillageAgent => false,
            Role::TownshipClerk => {
                matches!(case.status, Status::Submitted | Status::CorrectionSubmitted | Status::Accepted)
            }
            _ => matches!(case.status, Status::Forwarded | Status::UnderDecision),
        }
    }

    fn cards(&self, wanted: impl Fn(&CaseView) -> bool) -> Vec<CaseCard> {
        let state = self.state.borrow();
        let shown = |case: &&CaseView| self.role == Role::VillageAgent || case.receipt.is_some();
        state.cases.iter().filter(shown).filter(|case| wanted(case)).map(|case| self.card(case)).collect()
    }

    fn tile(&self, item: &ServiceItem) -> ItemCard {
        ItemCard {
            code: item.code.clone(),
            name: item.name.clone(),
            department: item.department.clone(),
            topic: item.topic.clone(),
            summary: item.summary.clone(),
            village_complete: item.village_complete,
            visits: item.visits,
        }
    }

    fn case(&self, id: CaseId) -> Result<CaseView, Problem> {
        let found = self.state.borrow().cases.iter().find(|case| case.case == id).cloned();
        found.ok_or_else(|| Problem::new(problem::NO_SUCH_CASE))
    }

    fn change(&self, id: CaseId, edit: impl FnOnce(&mut CaseView)) -> Result<String, Problem> {
        let mut state = self.state.borrow_mut();
        state.revision += 1;
        let found = state.cases.iter_mut().find(|case| case.case == id);
        let case = found.ok_or_else(|| Problem::new(problem::NO_SUCH_CASE))?;
        edit(case);
        case.updated_at = browser::now();
        let me = self.me();
        case.may_write = may_write(case.status, &me, true);
        case.acts = allowed(case.status, &me);
        json(&*case)
    }

    fn reply(&self, call: Call) -> Result<String, Problem> {
        match call {
            Call::DeskState(_) => json(&self.desk()),
            Call::Unlock(unlock) if unlock.password.len() < 4 => Err(Problem::new(problem::WRONG_PASSWORD)),
            Call::Enrol(_) => Err(Problem::new(problem::NO_LINK)),
            Call::Unlock(_) => {
                self.state.borrow_mut().open = true;
                json(&self.desk())
            }
            Call::Lock(_) => {
                self.state.borrow_mut().open = false;
                json(&self.desk())
            }
            Call::SettingsPut(put) => {
                self.state.borrow_mut().settings = put.settings.clone();
                json(&put.settings)
            }
            Call::Home(_) => json(&HomeView {
                village_items: self.sample.items.iter().map(|item| self.tile(item)).collect(),
                drafts: self.cards(|case| case.status == Status::Draft),
                waiting: self.cards(|case| case.transfer == Transfer::Waiting),
                came_back: self.cards(|case| {
                    self.role == Role::VillageAgent && case.status == Status::CorrectionRequested
                }),
                queue: self.cards(|case| self.queued(case)),
                counts: self.counts(),
            }),
            Call::ItemSearch(search) => {
                let words = search.words.trim().to_lowercase();
                let fits = |item: &&ServiceItem| {
                    words.is_empty()
                        || item.name.contains(&words)
                        || item.code.contains(&words)
                        || item.aliases.contains(&words)
                };
                json(&ItemList {
                    items: self.sample.items.iter().filter(fits).map(|item| self.tile(item)).collect(),
                })
            }
            Call::ItemShow(show) => json(&ItemView { item: self.item(&show.code)?, release: 3 }),
            Call::CaseStart(start) => {
                let at = self.state.borrow().cases.len();
                let sample = SampleCase {
                    item: start.item,
                    status: Status::Draft,
                    receipt: None,
                    answers: BTreeMap::new(),
                    corrections: vec![],
                    conflict: None,
                    slots: vec![],
                    acts: vec![],
                };
                let view = self.lay_out(at, &sample);
                self.state.borrow_mut().cases.push(view.clone());
                json(&view)
            }
            Call::CaseOpen(open) => json(&self.case(open.case)?),
            Call::CaseBuffer(_) => json(&Done {}),
            Call::CaseSave(save) => {
                self.change(save.case, |case| save.edits.into_iter().for_each(|one| edit(case, one)))
            }
            Call::CaseCheck(check) => json(&judged(&self.case(check.case)?)),
            Call::CaseSubmit(submit) => self.change(submit.case, |case| {
                case.status = Status::Collected;
                case.transfer = Transfer::Waiting;
                case.corrections.clear();
                case.receipt = Some("131099100201-K7-000128-4".to_owned());
            }),
            Call::CaseList(list) => {
                let fits = |case: &CaseView| {
                    (list.statuses.is_empty() || list.statuses.contains(&case.status))
                        && (list.search.is_empty() || case.item.name.contains(&list.search))
                };
                let cases = self.cards(fits);
                json(&CasePage { total: cases.len() as u64, cases, next: None, counts: self.counts() })
            }
            Call::CaseAct(act) => self.change(act.case, |case| {
                case.status = domain::lifecycle::after(case.status, &act.kind);
                if act.kind == ActKind::RequestCorrection {
                    case.corrections.clone_from(&act.payload.points);
                }
                case.transfer = Transfer::Waiting;
            }),
            Call::CaseResolve(resolve) => self.change(resolve.case, |case| {
                case.conflicts.retain(|conflict| conflict.field != resolve.field);
                case.answers.fields.insert(resolve.field, Answer::stated(resolve.value));
            }),
            Call::CaseReveal(_) => json(&Revealed { value: "131099194003150021".to_owned() }),
            Call::CaseDiscard(_) | Call::CaseRestore(_) => json(&Done {}),
            Call::Receipt(receipt) => {
                let view = self.case(receipt.case)?;
                let name = |key: &str| {
                    view.item.materials.iter().find(|slot| slot.key == key).map(|slot| slot.name.clone())
                };
                json(&ReceiptView {
                    number: view.receipt.clone().unwrap_or_default(),
                    qr: QR.to_owned(),
                    item: view.item.name.clone(),
                    applicant: domain::mask::name(view.answers.text(&view.item.subject.name)),
                    unit: self.sample.unit.name.clone(),
                    agent: self.agent(),
                    at: view.updated_at,
                    materials: view.materials.iter().filter_map(|file| name(&file.slot)).collect(),
                    gaps: vec![],
                    promised: view.item.promised_limit,
                    phone: view.item.guide.phone.clone(),
                })
            }
            Call::MaterialMark(mark) => self.change(mark.case, |case| {
                let file = case.materials.iter_mut().find(|file| file.file == mark.file);
                file.into_iter().for_each(|file| file.original_seen = mark.original_seen);
            }),
            Call::MaterialRemove(remove) => {
                self.change(remove.case, |case| case.materials.retain(|file| file.file != remove.file))
            }
            Call::MaterialRestore(restore) => self.change(restore.case, |_| ()),
            Call::MaterialPut(put, bytes) if bytes.len() < 8 => {
                let _name = put.name;
                Err(Problem::new(problem::NOT_A_PICTURE))
            }
            Call::MaterialPut(put, _) => {
                let mut file = self.file(&put.slot, 1);
                file.name = put.name;
                self.change(put.case, |case| case.materials.push(file))
            }
            Call::SignaturePut(put, _) => {
                let file = self.file("M-FORM", 2);
                self.change(put.case, |case| {
                    case.materials.retain(|old| old.slot != "M-FORM");
                    case.materials.push(file);
                })
            }
            Call::SyncNow(_) => json(&self.sync()),
            Call::Watch(_) => {
                let revision = self.state.borrow().revision;
                json(&Watched { revision, sync: self.sync(), touched: vec![], desk_changed: false })
            }
            Call::CatalogueShow(_) => {
                let release = |number: u64, issued: &str| ReleaseView {
                    number,
                    issued: issued.to_owned(),
                    note: self.first().summary,
                    items: self.sample.items.iter().map(|item| item.name.clone()).collect(),
                };
                json(&CatalogueView {
                    current: Some(release(3, "2026-11-01")),
                    earlier: vec![release(2, "2026-07-01")],
                })
            }
            Call::CataloguePublish(publish, _) if publish.check_only => json(&Published {
                release: None,
                findings: vec![LintFinding {
                    sheet: "survey".to_owned(),
                    row: 14,
                    column: "relevant".to_owned(),
                    level: "warning".to_owned(),
                    code: "unused".to_owned(),
                    message: self.first().guide.result,
                }],
            }),
            Call::CataloguePublish(..) => json(&Published { release: Some(4), findings: vec![] }),
            Call::MaterialGet(_) => Err(Problem::new(problem::BAD_QUESTION)),
        }
    }
}

fn edit(case: &mut CaseView, edit: Edit) {
    match edit {
        Edit::Set { field, value, source, original_seen } => {
            case.answers.fields.insert(field, Answer { value, source, evidence: None, original_seen });
        }
        Edit::AddRow { repeat } => {
            let row = browser::request_id().parse().unwrap_or(RowId(uuid::Uuid::nil()));
            case.answers.rows.entry(repeat).or_default().push(row);
        }
        Edit::RemoveRow { repeat, row } => {
            case.answers.rows.entry(repeat).or_default().retain(|other| *other != row);
            case.answers.fields.retain(|path, _| path.row.as_ref().is_none_or(|(_, id)| *id != row));
        }
    }
}

fn judged(view: &CaseView) -> CheckView {
    let today = view.today.parse().unwrap_or(jiff::civil::Date::constant(1970, 1, 1));
    let findings = domain::form::open(&view.item.form, &view.answers, today)
        .map(|form| form.outcome().findings)
        .unwrap_or_default();
    let findings: Vec<FindingView> = findings
        .into_iter()
        .map(|finding| FindingView {
            stops: finding.is_error(),
            field: finding.field,
            slot: finding.slot,
            code: finding.code,
            message: finding.message,
            args: finding.args,
        })
        .collect();
    let rules = view.item.rules.iter().map(|rule| RuleView {
        id: rule.id.clone(),
        level: "soft".to_owned(),
        verdict: "unknown".to_owned(),
        message: rule.message.clone(),
    });
    let ready = !findings.iter().any(|finding| finding.stops);
    CheckView { findings, ready, eligible: "unknown".to_owned(), rules: rules.collect() }
}

fn json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(inside)
}

/// Not a real code; the desk draws the real ones.
const QR: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0h3v3H0zM6 0h3v3H6zM0 6h3v3H0zM4 4h2v2H4zM7 5h2v1H7zM5 7h1v2H5zM7 7h2v2H7z'/></svg>";
