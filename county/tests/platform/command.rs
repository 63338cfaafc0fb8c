//! The command line: exit statuses, keys of the JSON objects, and commands beside a running server.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn county(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_daiban-county"))
        .args(args)
        .env("LC_ALL", "en_US.UTF-8")
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn set_up(dir: &Path) -> Value {
    let done = county(&[
        "init",
        "--data",
        dir.to_str().unwrap(),
        "--region",
        "131099",
        "--name",
        "示范县",
        "--json",
    ]);
    assert!(done.status.success(), "{done:?}");
    json(&done)
}

struct Served {
    child: Child,
    told: Value,
}

fn serve(dir: &Path) -> Served {
    let mut child = Command::new(env!("CARGO_BIN_EXE_daiban-county"))
        .args([
            "serve",
            "--data",
            dir.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
            "--ops",
            "127.0.0.1:0",
            "--json",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Served { told: serde_json::from_str(&line).unwrap(), child }
}

#[test]
fn init_prints_the_first_admins_code_and_works_once() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let told = set_up(&data);
    for key in ["code", "expires_at", "unit", "role", "county", "region"] {
        assert!(keys(&told).contains(&key), "{told}");
    }
    assert_eq!(told["role"], "county_admin");
    assert!(told["code"].as_str().unwrap().starts_with("DB1."));
    let again = county(&["init", "--data", data.to_str().unwrap(), "--region", "131099", "--name", "示范县"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(String::from_utf8(again.stderr).unwrap().lines().count(), 1);
    let wrong = county(&["init", "--data", data.to_str().unwrap(), "--region", "13"]);
    assert_eq!(wrong.status.code(), Some(2));
    let nowhere = county(&["device", "list", "--data", dir.path().join("none").to_str().unwrap()]);
    assert_eq!(nowhere.status.code(), Some(1));
}

#[test]
fn codes_lists_checks_and_copies_work_beside_a_running_server() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    set_up(&data);
    let data = data.to_str().unwrap();
    let mut served = serve(Path::new(data));
    assert!(served.told["listen"].as_str().unwrap().starts_with("127.0.0.1:"));

    let made = county(&[
        "enrol-code",
        "--data",
        data,
        "--unit",
        "131099100201",
        "--role",
        "village_agent",
        "--name",
        "王秀兰",
        "--json",
    ]);
    let made = json(&made);
    for key in ["code", "expires_at", "unit", "role"] {
        assert!(keys(&made).contains(&key), "{made}");
    }
    assert_eq!((made["unit"].as_str(), made["role"].as_str()), (Some("131099100201"), Some("village_agent")));
    let both = county(&[
        "enrol-code",
        "--data",
        data,
        "--unit",
        "131099",
        "--role",
        "county_admin",
        "--role",
        "department",
        "--name",
        "甲",
        "--json",
    ]);
    assert_eq!(json(&both)["roles"], serde_json::json!(["department", "county_admin"]));
    let elsewhere = county(&[
        "enrol-code",
        "--data",
        data,
        "--unit",
        "990000",
        "--role",
        "village_agent",
        "--name",
        "乙",
    ]);
    assert_eq!(elsewhere.status.code(), Some(1));

    assert_eq!(
        json(&county(&["user", "list", "--data", data, "--json"]))["users"].as_array().unwrap().len(),
        3
    );
    assert_eq!(
        json(&county(&["device", "list", "--data", data, "--json"]))["devices"],
        serde_json::json!([])
    );
    let verified = json(&county(&["audit", "verify", "--data", data, "--json"]));
    assert_eq!((verified["ok"].as_bool(), verified["rows"].as_i64()), (Some(true), Some(4)));
    assert_eq!(json(&county(&["doctor", "--data", data, "--json"]))["ok"], true);
    let copy = dir.path().join("copy.db");
    let copied = json(&county(&["backup", copy.to_str().unwrap(), "--data", data, "--json"]));
    assert!(copied["files"].as_u64().unwrap() >= 4, "{copied}");
    let book = dir.path().join("audit.jsonl");
    county(&["audit", "export", "--data", data, "-o", book.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&book).unwrap().lines().count(), 5);

    Command::new("kill").args(["-TERM", &served.child.id().to_string()]).status().unwrap();
    assert!(served.child.wait().unwrap().success(), "a clean stop");
}

#[test]
fn a_damaged_book_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    set_up(&data);
    let sql = rusqlite::Connection::open(data.join("county.db")).unwrap();
    sql.execute_batch("DROP TRIGGER audit_is_never_changed; UPDATE audit SET body = '{}' WHERE seq = 2;")
        .unwrap();
    drop(sql);
    let found = county(&["audit", "verify", "--data", data.to_str().unwrap(), "--json"]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(json(&found), serde_json::json!({ "ok": false, "row": 2 }));
}

#[test]
fn the_catalogue_is_checked_and_published_from_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    set_up(&data);
    let workbooks = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue");
    let lint = county(&["catalogue", "lint", workbooks, "--json"]);
    assert!(lint.status.success(), "{lint:?}");
    assert!(json(&lint)["findings"].is_array());
    let published = county(&["catalogue", "publish", workbooks, "--data", data.to_str().unwrap(), "--json"]);
    assert!(json(&published)["release"].as_u64().unwrap() > 0);
    let empty = county(&["catalogue", "lint", dir.path().to_str().unwrap()]);
    assert_eq!(empty.status.code(), Some(1));
}

#[test]
fn namesakes_are_two_people_once_the_operator_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("data");
    set_up(&place);
    let data = place.to_str().unwrap();
    let at = ["--data", data, "--unit", "131099100201", "--role", "village_agent", "--json"];
    let said = |words: &[&str]| {
        let out = county(&[words, &at[..]].concat());
        assert!(out.status.success(), "{out:?}");
        json(&out)["person"].as_str().unwrap().to_owned()
    };
    let first = said(&["user", "add", "--name", "王秀兰"]);
    assert_eq!(
        said(&["enrol-code", "--name", "王秀兰"]),
        first,
        "she was never enrolled: the code is for her"
    );
    let sql = rusqlite::Connection::open(place.join("county.db")).unwrap();
    sql.execute_batch(&format!(
        "INSERT INTO desk (id, prefix, unit, tls_key, device_key, expires, created)
         VALUES ('00000000-0000-7000-8000-000000000001', 'AAA', '131099100201', zeroblob(32), zeroblob(32), 0, 0);
         INSERT INTO desk_person (desk, person, unit, key, enrolled)
         VALUES ('00000000-0000-7000-8000-000000000001', '{first}', '131099100201', zeroblob(32), 0);"
    ))
    .unwrap();
    drop(sql);

    // From now on nobody but the operator can know who is meant.
    for words in [["enrol-code", "--name", "王秀兰"].as_slice(), &["user", "add", "--name", "王秀兰"]] {
        let asked = county(&[words, &at[..]].concat());
        assert_eq!(asked.status.code(), Some(1));
        let sentence = String::from_utf8(asked.stderr).unwrap();
        assert!(sentence.contains(&first) && sentence.contains("--new"), "{sentence}");
        assert_eq!(sentence.lines().count(), 1);
    }
    assert_eq!(said(&["enrol-code", "--person", &first]), first);
    let second = said(&["enrol-code", "--name", "王秀兰", "--new"]);
    assert_ne!(second, first);

    let user = |words: &[&str]| county(&[words, &["--data", data, "--json"]].concat());
    assert_eq!(json(&user(&["user", "disable", &second]))["state"], "disabled");
    let users = json(&user(&["user", "list"]));
    let states = users["users"].as_array().unwrap().iter();
    let state = |id: &str| states.clone().find(|line| line["person"] == id).unwrap()["state"].clone();
    assert_eq!((state(&first), state(&second)), ("active".into(), "disabled".into()));
    let refused = county(&[&["enrol-code", "--person", &second], &at[..]].concat());
    assert_eq!(refused.status.code(), Some(1), "a disabled person gets no code");
    assert_eq!(json(&user(&["user", "enable", &second]))["state"], "active");
    assert_eq!(user(&["user", "disable", "00000000-0000-7000-8000-000000000099"]).status.code(), Some(1));
}

#[test]
fn a_file_that_is_no_request_gets_one_sentence_and_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("data");
    set_up(&place);
    let (request, reply) = (dir.path().join("request"), dir.path().join("reply"));
    std::fs::write(&request, b"age-encryption.org/v1\nnonsense").unwrap();
    let answered = county(&[
        "enrol-answer",
        "--data",
        place.to_str().unwrap(),
        request.to_str().unwrap(),
        "-o",
        reply.to_str().unwrap(),
    ]);
    assert_eq!(answered.status.code(), Some(1));
    assert_eq!(String::from_utf8(answered.stderr).unwrap().lines().count(), 1);
    assert!(!reply.exists());
}
