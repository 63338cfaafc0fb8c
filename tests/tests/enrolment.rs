//! Who works at which desk: sharing one, coming back to it, losing an answer, and the end of a permission.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use county::enrol::CODE_LIFE;
use desk::Machine;
use desk::clock::Clock;
use desk::dispatch::{ask, get};
use domain::answer::FieldPath;
use domain::id::PersonId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::{DeskState, Enrol, Stage, Unlock};
use ipc::case::{CaseBuffer, CaseCheck, CaseList, CaseOpen, CaseReveal, Receipt};
use ipc::home::Home;
use scenarios::county::{TestCounty, sample_catalogue};
use scenarios::desk::{PASSWORD, TestDesk, open, open_on};
use scenarios::program;
use scenarios::until::until;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const GAOLING: &str = "130511901000";
const EAST: &str = "131099100201";
const WEST: &str = "131099100202";
const TOWNSHIP: &str = "131099100";

fn gaoling() -> Value {
    let text = std::fs::read_to_string(sample_catalogue().join("examples/gaoling.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_different_units_share_a_desk_and_see_their_own_cases_only() {
    let mut county = TestCounty::start().await;
    let mut desk = TestDesk::enrol(&county.code("王桂兰", EAST, &[Role::VillageAgent])).await;
    let wang = desk.person;
    let drafted = desk.begin(GAOLING, &gaoling()).await.case;
    let handed_in = desk.begin(GAOLING, &gaoling()).await.case;
    desk.submit(handed_in).await.unwrap();
    desk.sees(handed_in, Status::Submitted).await;

    // A colleague of the next village uses the same laptop: nothing of the other village is there for her.
    let zhou = desk.join(&county.code("周凤", WEST, &[Role::VillageAgent])).await;
    assert!(desk.cases().await.is_empty());
    let home = ask(&desk.desk, Home {}).await.unwrap();
    assert!(home.drafts.is_empty() && home.waiting.is_empty() && home.came_back.is_empty());
    assert_eq!((home.counts.by_status.len(), home.counts.queue, home.counts.waiting), (0, 0, 0));
    for case in [drafted, handed_in] {
        let field = FieldPath::plain("applicant_id_no");
        let codes = [
            ask(&desk.desk, CaseOpen { case }).await.unwrap_err().code,
            ask(&desk.desk, CaseCheck { case }).await.unwrap_err().code,
            ask(&desk.desk, Receipt { case }).await.unwrap_err().code,
            ask(&desk.desk, CaseReveal { case, field: field.clone(), reason: "看看".to_owned() })
                .await
                .unwrap_err()
                .code,
            ask(&desk.desk, CaseBuffer { case, field, text: "1".to_owned() }).await.unwrap_err().code,
            get(&desk.desk, "material_get", json!({"case": case, "file": "M-ID/1"})).await.unwrap_err().code,
            desk.submit(case).await.unwrap_err().code,
            desk.save(case, Vec::new()).await.unwrap_err().code,
        ];
        assert_eq!(codes, ["no_such_case"; 8]);
    }
    let own = desk.begin(GAOLING, &gaoling()).await.case;
    assert_eq!(desk.cases().await.iter().map(|card| card.case).collect::<Vec<_>>(), [own]);

    // The clerk of the township sees what was handed in, and no draft of anybody.
    let li = desk.join(&county.code("李雪", TOWNSHIP, &[Role::TownshipClerk])).await;
    assert_eq!(desk.cases().await.iter().map(|card| card.case).collect::<Vec<_>>(), [handed_in]);
    assert!(ask(&desk.desk, CaseOpen { case: drafted }).await.is_err());
    desk.look(handed_in).await;

    // Everybody finds their own again.
    desk.unlock(wang).await;
    let mut mine: Vec<_> = desk.cases().await.iter().map(|card| card.case).collect();
    mine.sort();
    assert_eq!(mine, [drafted, handed_in]);

    // The command line keeps to the same rule.
    let shut = desk.off().await;
    let listed = |person: PersonId| {
        let person = person.to_string();
        let (ended, said) = program::run(shut.path(), PASSWORD, &["--person", &person, "case", "list"]);
        assert_eq!(ended, 0, "{said}");
        said["total"].as_u64().unwrap()
    };
    assert_eq!((listed(wang), listed(zhou), listed(li)), (2, 1, 1));
    let args = ["--person", &zhou.to_string(), "case", "show", &drafted.to_string()];
    let (ended, said) = program::run(shut.path(), PASSWORD, &args);
    assert_eq!((ended, said["problem"]["code"].as_str().unwrap()), (1, "no_such_case"));
    county.down().await;
}

/// A line to the county that loses every answer from the moment a desk was enrolled, until it is mended.
async fn lossy(county: &TestCounty) -> (SocketAddr, Arc<AtomicBool>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (address, mended) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
    let (to, folder, works) = (county.address(), county.path().to_owned(), mended.clone());
    tokio::spawn(async move {
        while let Ok((laptop, _)) = listener.accept().await {
            let (works, folder) = (works.clone(), folder.clone());
            tokio::spawn(async move {
                let beyond = TcpStream::connect(to).await.unwrap();
                let (mut from_laptop, mut to_laptop) = laptop.into_split();
                let (mut from_county, mut to_county) = beyond.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_laptop, &mut to_county).await });
                let mut bytes = vec![0; 16 * 1024];
                while let Ok(count @ 1..) = from_county.read(&mut bytes).await {
                    if !works.load(Ordering::SeqCst) && enrolled(&folder) {
                        return;
                    }
                    if to_laptop.write_all(&bytes[..count]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, mended)
}

fn enrolled(county: &Path) -> bool {
    let county = county::County::open(county::Folder::at(county), county::clock::machine()).unwrap();
    let desks = county.database.read::<_, county::Error>(|view| Ok(county::database::desk::all(view)?));
    !desks.unwrap().is_empty()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_whose_answer_was_lost_is_asked_for_once_more_with_the_same_code() {
    let mut county = TestCounty::start().await;
    let (line, mended) = lossy(&county).await;
    let code = county.code_over(Some(line), CODE_LIFE, "王桂兰", EAST, &[Role::VillageAgent]);
    let folder = tempfile::tempdir().unwrap();
    let enrol = |password: &str| Enrol { code: code.clone(), password: password.to_owned() };
    let desk = open(folder.path());
    let lost = ask(&desk, enrol("first-password")).await.unwrap_err();
    assert_eq!(lost.code, "no_link");
    assert_eq!((county.desks(), ask(&desk, DeskState {}).await.unwrap().stage), (1, Stage::Fresh));
    // What waits on the disk opens with the code and nothing else.
    let kept = std::fs::read_dir(folder.path().join("enrolling")).unwrap().next().unwrap().unwrap();
    assert!(std::fs::read(kept.path()).unwrap().starts_with(b"age-encryption.org/v1"));
    drop(desk);

    // The program was closed and opened again, the network is back, and another password comes to mind.
    mended.store(true, Ordering::SeqCst);
    let desk = open(folder.path());
    let view = ask(&desk, enrol("second-password")).await.unwrap();
    assert_eq!((view.stage, view.me.unwrap().name), (Stage::Open, "王桂兰".to_owned()));
    assert_eq!(county.desks(), 1, "one laptop is one desk");
    assert_eq!(std::fs::read_dir(folder.path().join("enrolling")).unwrap().count(), 0);
    let report = desk::syncing::exchange(&desk, true).await.unwrap();
    assert!(report.requests > 0);

    // Elsewhere the code is of no use.
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = ask(&open(elsewhere.path()), enrol("third-password")).await.unwrap_err();
    assert_eq!(stranger.code, "enrol_code_used");
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_forgot_their_password_is_enrolled_again_and_what_they_signed_before_arrives() {
    let mut county = TestCounty::start().await;
    let wang_code = || county.code("王桂兰", EAST, &[Role::VillageAgent]);
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.json");
    std::fs::write(&answers, gaoling().to_string()).unwrap();
    let data = folder.path().join("desk");
    let done = |password: &str, args: &[&str]| {
        let (ended, said) = program::run(&data, password, args);
        assert_eq!(ended, 0, "{args:?}: {said}");
        said
    };
    done("forgotten-1", &["enrol", "--code", &wang_code()]);
    let opener = folder.path().join("opener");
    std::fs::write(&opener, "forgotten-1").unwrap();
    let opened_by = ["--opener-password-file", opener.to_str().unwrap()];
    let zhou = county.code("周凤", EAST, &[Role::VillageAgent]);
    done("colleague-1", &["enrol", "--code", &zhou, opened_by[0], opened_by[1]]);

    // Something is signed and not sent yet.
    let new =
        ["--person", "王桂兰", "case", "new", "--item", GAOLING, "--answers", answers.to_str().unwrap()];
    let case = done("forgotten-1", &[&new[..], &["--submit"]].concat())["case"].as_str().unwrap().to_owned();

    // The password is forgotten; a colleague lets her in with a new code and a new password.
    std::fs::write(&opener, "colleague-1").unwrap();
    let enrol = ["--person", "周凤", "enrol", "--code"];
    done("remembered-2", &[&enrol[..], &[wang_code().as_str()], &opened_by[..]].concat());
    let (ended, said) = program::run(&data, "forgotten-1", &["--person", "王桂兰", "case", "list"]);
    assert_eq!((ended, said["problem"]["code"].as_str().unwrap()), (1, "wrong_password"));
    let synced = done("remembered-2", &["--person", "王桂兰", "sync", "--until-idle"]);
    assert_eq!((&synced["refused"], &synced["waiting"]), (&json!([]), &json!(0)));
    let shown = done("remembered-2", &["--person", "王桂兰", "case", "show", &case]);
    assert_eq!(shown["status"], "submitted", "what was signed with the old key counts");
    assert!(done("remembered-2", &["--person", "王桂兰", "verify"])["wrong"].as_array().unwrap().is_empty());
    done("colleague-1", &["--person", "周凤", "case", "show", &case]);
    assert_eq!(county.desks(), 1);
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_one_unit_at_one_desk_and_is_told_so() {
    let mut county = TestCounty::start().await;
    let mut desk = TestDesk::enrol(&county.code("王桂兰", EAST, &[Role::VillageAgent])).await;
    let wang = desk.person;
    let beside = county.open();
    let new = county::enrol::NewCode {
        unit: WEST.parse().unwrap(),
        unit_name: None,
        villages: Vec::new(),
        roles: vec![Role::VillageAgent],
        name: String::new(),
        address: None,
        life: CODE_LIFE,
    };
    let whom = county::enrol::Whom::Known(wang);
    let code = county::enrol::make_code_for(&beside, &new, whom).unwrap().code.to_string();
    let enrol = || Enrol { code: code.clone(), password: PASSWORD.to_owned() };
    assert_eq!(ask(&desk.desk, enrol()).await.unwrap_err().code, "other_unit_here");
    assert_eq!(ask(&desk.desk, DeskState {}).await.unwrap().unit.unwrap().code.as_str(), EAST);

    // She moves for good: then the same code is good.
    assert!(county::staff::disable(&beside, wang, Some(&EAST.parse().unwrap())).unwrap());
    assert_eq!(desk.join(&code).await, wang);
    assert_eq!(ask(&desk.desk, DeskState {}).await.unwrap().unit.unwrap().code.as_str(), WEST);
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_permission_ended_the_desk_opens_by_itself_as_soon_as_the_county_renews_it() {
    let mut county = TestCounty::start().await;
    let (boot, day) = ([7; 16], 24 * 3600 * 1000);
    let at = |uptime| Machine { clock: Clock::of_boot(boot, uptime), ..Machine::default() };
    let desk = TestDesk::enrol_on(at(0), &county.code("王桂兰", EAST, &[Role::VillageAgent])).await;
    county.down().await;
    let case = desk.begin(GAOLING, &gaoling()).await.case;
    desk.submit(case).await.unwrap();
    let person = desk.person;
    let shut = desk.off().await;

    // 31 days later, by a clock nobody can set back, and no network yet.
    let desk = open_on(at(31 * day), shut.path());
    let unlock = Unlock { person, password: PASSWORD.to_owned() };
    assert_eq!(ask(&desk, unlock).await.unwrap_err().code, "lease_ended");
    let view = ask(&desk, DeskState {}).await.unwrap();
    assert_eq!((view.stage, view.ended.unwrap().code.as_str()), (Stage::Locked, "lease_ended"));
    assert_eq!(ask(&desk, CaseList::default()).await.unwrap_err().code, "lease_ended");
    assert_eq!(ask(&desk, CaseOpen { case }).await.unwrap_err().code, "lease_ended");

    desk::start(&desk);
    county.up().await;
    let view = until(&desk, "the permission", async || {
        let view = ask(&desk, DeskState {}).await.unwrap();
        (view.stage == Stage::Open).then_some(view)
    })
    .await;
    assert_eq!((view.me.unwrap().person, view.ended), (person, None));
    until(&desk, "the case at the county", async || {
        let view = ask(&desk, CaseOpen { case }).await.unwrap();
        (view.status == Status::Submitted).then_some(())
    })
    .await;
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_disabled_signs_nothing_more_and_sees_nothing_more() {
    let mut county = TestCounty::start().await;
    let desk = TestDesk::enrol(&county.code("王桂兰", EAST, &[Role::VillageAgent])).await;
    let li = TestDesk::enrol(&county.code("李雪", TOWNSHIP, &[Role::TownshipClerk])).await;
    let arrived = desk.begin(GAOLING, &gaoling()).await.case;
    desk.submit(arrived).await.unwrap();
    desk.sees(arrived, Status::Submitted).await;
    county.down().await;
    let late = desk.begin(GAOLING, &gaoling()).await.case;
    desk.submit(late).await.unwrap();

    // She leaves; what she signed in the meantime arrives too late.
    assert!(county::staff::disable(&county.open(), desk.person, None).unwrap());
    county.up().await;
    let view = until(&desk.desk, "the end of her permission", async || {
        let view = ask(&desk.desk, DeskState {}).await.unwrap();
        view.ended.is_some().then_some(view)
    })
    .await;
    assert_eq!((view.stage, view.ended.unwrap().code.as_str()), (Stage::Locked, "person_disabled"));
    let unlock = || Unlock { person: desk.person, password: PASSWORD.to_owned() };
    assert_eq!(ask(&desk.desk, unlock()).await.unwrap_err().code, "person_disabled");
    li.sees(arrived, Status::Submitted).await;
    li.sync().await;
    assert_eq!(li.cases().await.len(), 1, "nothing new in her name");

    // Taken back into service, she finds what was refused, with the reason.
    assert!(county::staff::enable(&county.open(), desk.person).unwrap());
    ask(&desk.desk, unlock()).await.unwrap();
    let stuck = until(&desk.desk, "what was refused", async || {
        let view = ask(&desk.desk, ipc::sync::SyncNow {}).await.unwrap();
        view.quarantined.iter().find(|stuck| stuck.case == late).map(|stuck| stuck.code.clone())
    })
    .await;
    assert!(["unknown_person", "group_refused"].contains(&stuck.as_str()), "{stuck}");
    let seen =
        until(&desk.desk, "her cases again", async || ask(&desk.desk, CaseOpen { case: arrived }).await.ok())
            .await;
    assert_eq!(seen.status, Status::Submitted);
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_village_that_has_no_network_at_all_is_enrolled_by_two_files() {
    let county = TestCounty::set_up().await;
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let text = |name: &str| place(name).to_str().unwrap().to_owned();
    let run = |desk: &str, args: &[&str]| program::run(&place(desk), PASSWORD, args);
    let refused = |desk: &str, args: &[&str]| {
        let (ended, said) = run(desk, args);
        assert_eq!(ended, 1, "{said}");
        said["problem"]["code"].as_str().unwrap().to_owned()
    };
    let answer = |request: &str, reply: &str| {
        let reply_bytes = county::enrol::answer(&county.open(), &std::fs::read(place(request)).unwrap())?;
        std::fs::write(place(reply), reply_bytes).unwrap();
        Ok::<_, county::Error>(())
    };
    let code = county.code("王桂兰", EAST, &[Role::VillageAgent]);
    let (ended, said) = run("wang", &["enrol", "--code", &code, "--request", &text("request")]);
    assert_eq!(ended, 0, "{said}");
    assert!(!place("wang").join("keys.json").exists() && !place("wang").join("desk.db").exists());
    let other = county.code("周凤", WEST, &[Role::VillageAgent]);
    run("zhou", &["enrol", "--code", &other, "--request", &text("other-request")]);

    // A file nobody here made is refused; the right one is answered, as often as it is asked.
    std::fs::write(place("nonsense"), b"age-encryption.org/v1\n").unwrap();
    let strange = answer("nonsense", "reply").unwrap_err();
    assert!(matches!(strange, county::Error::Refused(sync::refusal::Code::BadEnrolCode)), "{strange:?}");
    answer("request", "first-reply").unwrap();
    answer("request", "reply").unwrap();
    assert_eq!(county.desks(), 1);

    // An answer that was altered, from elsewhere, or for another machine: one clear sentence, and nothing is taken.
    let whole = std::fs::read(place("reply")).unwrap();
    let place_of = |needle: &[u8]| whole.windows(needle.len()).position(|part| part == needle).unwrap();
    let mut altered = whole.clone();
    altered[place_of("王桂兰".as_bytes())] ^= 1;
    std::fs::write(place("altered"), &altered).unwrap();
    std::fs::write(place("cut"), &whole[..whole.len() / 2]).unwrap();
    let finish = |file: &str| vec!["enrol".to_owned(), "--reply".to_owned(), text(file)];
    let refuse = |desk: &str, file: &str| {
        let args = finish(file);
        refused(desk, &args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(["enrol_reply_altered", "not_an_enrol_reply"].contains(&refuse("wang", "altered").as_str()));
    assert_eq!(refuse("wang", "cut"), "not_an_enrol_reply");
    assert_eq!(refuse("wang", "request"), "not_an_enrol_reply");
    assert_eq!(refuse("zhou", "reply"), "enrol_reply_elsewhere");
    assert_eq!(refuse("nobody", "reply"), "enrol_reply_elsewhere");
    assert_eq!(refuse("wang", "forged"), "file_unreadable");

    let (ended, said) = run("wang", &["enrol", "--reply", &text("reply")]);
    assert_eq!(ended, 0, "{said}");
    assert_eq!((&said["unit"], said["catalogue_release"].as_u64().is_some()), (&json!(EAST), true));
    assert_eq!(refuse("wang", "reply"), "enrol_reply_done");
    assert_eq!(refuse("wang", "first-reply"), "enrol_reply_done");

    // She works at once, without ever having seen a network.
    std::fs::write(place("answers.json"), gaoling().to_string()).unwrap();
    let (ended, said) =
        run("wang", &["case", "new", "--item", GAOLING, "--answers", &text("answers.json"), "--submit"]);
    assert_eq!((ended, &said["status"]), (0, &json!("collected")), "{said}");

    // The county of the same name that somebody else set up is not believed.
    let impostor = county.impostor().await;
    let foreign = impostor.code("王桂兰", EAST, &[Role::VillageAgent]);
    run("fresh", &["enrol", "--code", &foreign, "--request", &text("foreign-request")]);
    assert!(answer("foreign-request", "foreign-reply").is_err());

    // A day in town: the same desk, online.
    let mut county = county;
    county.up().await;
    let (ended, synced) = run("wang", &["sync", "--until-idle"]);
    assert_eq!((ended, &synced["waiting"]), (0, &json!(0)), "{synced}");
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_password_opens_and_the_old_one_does_not() {
    let mut county = TestCounty::start().await;
    let desk = TestDesk::enrol(&county.code("王桂兰", EAST, &[Role::VillageAgent])).await;
    let put = |old: &str, new: &str| ipc::account::PasswordPut { old: old.to_owned(), new: new.to_owned() };
    assert_eq!(
        ask(&desk.desk, put("not-it-at-all", "新的口令 2026")).await.unwrap_err().code,
        "wrong_password"
    );
    assert_eq!(ask(&desk.desk, put(PASSWORD, "short")).await.unwrap_err().code, "weak_password");
    ask(&desk.desk, put(PASSWORD, "新的口令 2026")).await.unwrap();
    let shut = desk.off().await;
    let (ended, said) = program::run(shut.path(), PASSWORD, &["status"]);
    assert_eq!((ended, said["problem"]["code"].as_str().unwrap()), (1, "wrong_password"));
    let file = shut.path().join("new");
    std::fs::write(&file, "another-2026\n").unwrap();
    let (ended, said) = program::run(
        shut.path(),
        "新的口令 2026",
        &["password", "--new-password-file", file.to_str().unwrap()],
    );
    assert_eq!((ended, said["name"].as_str().unwrap()), (0, "王桂兰"));
    assert_eq!(program::run(shut.path(), "another-2026", &["status"]).0, 0);
    county.down().await;
}
