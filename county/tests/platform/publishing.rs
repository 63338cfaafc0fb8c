//! A county admin publishes from a desk; everybody else may not.

use std::path::Path;

use domain::role::Role;
use sync::publish::{CatalogueFile, PublishBody, PublishRequest};
use sync::version::SPOKEN;
use sync::wire::to_cbor;

use crate::town::{COUNTY, Laptop, Paper, START, Town, answer, stored};

fn workbooks() -> Vec<CatalogueFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let mut names = vec!["regions.xlsx".to_owned(), "calendar.xlsx".to_owned()];
    for entry in std::fs::read_dir(root.join("items")).unwrap() {
        names.push(format!("items/{}/item.xlsx", entry.unwrap().file_name().to_str().unwrap()));
    }
    names
        .into_iter()
        .map(|name| CatalogueFile { bytes: std::fs::read(root.join(&name)).unwrap(), name })
        .collect()
}

fn request(laptop: &Laptop, files: Vec<CatalogueFile>) -> PublishRequest {
    let body = PublishBody {
        county: laptop.county,
        desk: laptop.desk,
        person: laptop.person,
        note: "首次发布".into(),
        files,
    };
    PublishRequest::sign(&body, &laptop.seal)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_publishes_and_every_desk_hears_of_it() {
    let town = Town::begin().await;
    let admin = town.laptop("县管理员", COUNTY, &[Role::CountyAdmin]).await;
    let agent = town.agent().await;
    let before = agent.client.sync(SPOKEN.max, &agent.request(None)).await.unwrap().0;
    assert_eq!(before.catalogue, None);
    assert_eq!(agent.client.catalogue("metadata/timestamp.json", 10_000).await.unwrap(), None);

    let checked = admin.client.publish(&request(&admin, workbooks()), true, "zh").await.unwrap();
    assert_eq!((checked.release, checked.findings.iter().filter(|finding| finding.error).count()), (None, 0));
    let published = admin.client.publish(&request(&admin, workbooks()), false, "zh").await.unwrap();
    let first = published.release.unwrap();
    let after = agent.client.sync(SPOKEN.max, &agent.request(None)).await.unwrap().0;
    assert!(after.catalogue.is_some());
    assert!(agent.client.catalogue("metadata/timestamp.json", 10_000).await.unwrap().is_some());

    // One workbook, under a name of its own, laid over those published last.
    let one = workbooks().into_iter().find(|file| file.name.contains("gaoling")).unwrap();
    let renamed = CatalogueFile { name: "改动.xlsx".into(), bytes: one.bytes };
    let second = admin.client.publish(&request(&admin, vec![renamed]), false, "zh").await.unwrap();
    assert!(second.release.unwrap() > first, "{second:?}");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_publishes_and_keys_are_not_served() {
    let town = Town::begin().await;
    let agent = town.agent().await;
    let refused = agent.client.publish(&request(&agent, workbooks()), false, "zh").await.err().unwrap();
    assert_eq!(refused.code(), "not_your_role");
    let admin = town.laptop("县管理员", COUNTY, &[Role::CountyAdmin]).await;
    let mut forged = request(&admin, workbooks());
    forged.bytes = to_cbor(&PublishBody { note: "别的".into(), ..forged.body().unwrap() });
    assert_eq!(admin.client.publish(&forged, false, "en").await.err().unwrap().code(), "bad_signature");
    for path in
        ["metadata/..%2f..%2fkeys%2fonline.pk8", "targets/%2e%2e/%2e%2e/keys/root.pk8", "metadata/.lock"]
    {
        assert_eq!(agent.client.catalogue(path, 10_000).await.ok().flatten(), None, "{path}");
    }
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_a_desk_did_not_check_is_taken_and_told_in_the_book() {
    let town = Town::begin().await;
    let admin = town.laptop("县管理员", COUNTY, &[Role::CountyAdmin]).await;
    let published = admin.client.publish(&request(&admin, workbooks()), false, "zh").await.unwrap();
    let mut agent = town.agent().await;
    let mut paper = Paper::begin(&agent, "张大爷");
    paper.meta.item = "130511901000".into();
    paper.meta.release = published.release.unwrap();
    paper.document.edit(&[answer("applicant_id_no", "131099194003150022")], START).unwrap();
    let handed_in = agent.submit(&paper);
    agent.push(&[paper.whole(), handed_in]).await.iter().for_each(|ack| {
        stored(ack);
    });
    // It was acknowledged; then, while nothing else is to be done, it is checked.
    let begun = std::time::Instant::now();
    while !town.audit().contains(&"form_findings".to_owned()) {
        assert!(begun.elapsed().as_secs() < 30, "nobody checked the form");
        tokio::task::yield_now().await;
    }
    let mut told = Vec::new();
    town.county()
        .database
        .read::<_, county::Error>(|view| {
            Ok(county::database::audit::walk(view, |row| {
                told.extend((row.kind == "form_findings").then_some(row.body));
                true
            })?)
        })
        .unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("id_check_digit") && told[0].contains("applicant_id_no"), "{told:?}");
    assert!(!told[0].contains("131099194003150022"), "no answer stands in the book: {told:?}");
    // Once is enough.
    assert_eq!(county::findings::next(town.county()).unwrap(), 0);
    town.running.stop().await;
}
