//! Who works at which desk: sharing one, coming back to it, losing an answer, and the end of a permission.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use desk::dispatch::{ask, get};
use domain::answer::FieldPath;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::{CaseBuffer, CaseCheck, CaseOpen, CaseReveal, Receipt};
use ipc::home::Home;
use scenarios::county::{TestCounty, sample_catalogue};
use scenarios::desk::TestDesk;
use scenarios::program;
use serde_json::{Value, json};

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
    let listed = |person: domain::id::PersonId| {
        let person = person.to_string();
        let (ended, said) =
            program::run(shut.path(), scenarios::desk::PASSWORD, &["--person", &person, "case", "list"]);
        assert_eq!(ended, 0, "{said}");
        said["total"].as_u64().unwrap()
    };
    assert_eq!((listed(wang), listed(zhou), listed(li)), (2, 1, 1));
    let args = ["--person", &zhou.to_string(), "case", "show", &drafted.to_string()];
    let (ended, said) = program::run(shut.path(), scenarios::desk::PASSWORD, &args);
    assert_eq!((ended, said["problem"]["code"].as_str().unwrap()), (1, "no_such_case"));
    county.down().await;
}
