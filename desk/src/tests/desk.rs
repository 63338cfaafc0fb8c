//! A desk for the stories: enrolled by hand with a county key of the test's own, with a small catalogue.

use std::path::Path;
use std::sync::Arc;

use domain::catalogue::{Release, ServiceItem};
use domain::id::{CountyId, DeskId, Digest, PersonId};
use domain::role::{Official, Role, Unit};
use ipc::account::Unlock;
use pasetors::claims::Claims;
use pasetors::keys::AsymmetricSecretKey;
use pasetors::version4::V4;
use rcgen::KeyPair;
use serde_json::{Value, json};
use sha2::Digest as _;
use store::table::catalogue::{self, Body, NewRelease};
use store::{Cost, DbKey, Keys, PersonSeed, Store};
use sync::key::SecretKey;
use uuid::Uuid;

use crate::fault::Fault;
use crate::identity::{self, Identity, Staff};
use crate::{Desk, Place};

pub const PASSWORD: &str = "demo-password-1";
pub const ITEM: &str = "130511901000";
/// A village without a point of its own, served by this one.
pub const OTHER_VILLAGE: &str = "131099100202";
pub const PERSON: PersonId = PersonId(Uuid::from_u128(11));
const COUNTY_SEED: [u8; 32] = [7; 32];

/// A desk of the village agent, unlocked.
pub async fn unlocked(folder: &Path) -> Arc<Desk> {
    enrol(folder, jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 30));
    let desk = open(folder);
    unlock(&desk).await.unwrap();
    desk
}

/// The program starts.
pub fn open(folder: &Path) -> Arc<Desk> {
    Desk::open(Place { data: folder.to_owned(), cost: Cost::CHEAP_FOR_TESTS }).unwrap()
}

pub async fn unlock(desk: &Arc<Desk>) -> Result<ipc::account::DeskView, ipc::Problem> {
    crate::account::unlock(desk, Unlock { person: PERSON, password: PASSWORD.to_owned() }).await
}

/// What enrolment leaves behind, with a permission that ends at `until`.
pub fn enrol(folder: &Path, until: jiff::Timestamp) {
    let desk = open(folder);
    let (db_key, seed) = (DbKey::generate().unwrap(), PersonSeed::generate().unwrap());
    let unit = Unit {
        code: "131099100201".parse().unwrap(),
        name: "东村便民服务站".to_owned(),
        villages: vec![OTHER_VILLAGE.parse().unwrap()],
    };
    let official = Official {
        person: PERSON,
        name: "王桂兰".to_owned(),
        unit: unit.code.clone(),
        roles: vec![Role::VillageAgent],
    };
    let identity = Identity {
        desk: DeskId(Uuid::from_u128(21)),
        prefix: "7KQ".to_owned(),
        county: CountyId(Uuid::from_u128(31)),
        county_name: "示范县".to_owned(),
        // Nobody listens there.
        address: "127.0.0.1:9".to_owned(),
        county_key: SecretKey::from_seed(&COUNTY_SEED).public(),
        ca_der: certificate(),
        client_cert_der: certificate(),
        tls_key_der: KeyPair::generate().unwrap().serialize_der(),
        device_seed: [9; 32],
        tuf_root: Vec::new(),
    };
    let grant = grant(&identity, until);
    let mut keys = Keys::load(folder).unwrap();
    keys.put(PERSON, &official.name, &official.roles, PASSWORD, &db_key, &seed, Cost::CHEAP_FOR_TESTS)
        .unwrap();
    let store = Store::open(&desk.folder, &db_key).unwrap();
    store
        .write::<_, Fault>(|w| {
            identity::put(w, &identity)?;
            identity::put_staff(
                w,
                &Staff {
                    official: official.clone(),
                    unit: unit.clone(),
                    grant: grant.clone(),
                    taken_back: None,
                },
            )?;
            catalogue::install(w, &release(1, item()), 0)?;
            Ok(())
        })
        .unwrap();
}

fn certificate() -> Vec<u8> {
    rcgen::generate_simple_self_signed(vec!["county".to_owned()]).unwrap().cert.der().to_vec()
}

pub fn grant(identity: &Identity, until: jiff::Timestamp) -> String {
    let pair = {
        let seed = COUNTY_SEED;
        let public = SecretKey::from_seed(&seed).public();
        [seed, public.0].concat()
    };
    let key = AsymmetricSecretKey::<V4>::from(&pair).unwrap();
    let mut claims = Claims::new().unwrap();
    claims.issuer(&identity.county.to_string()).unwrap();
    claims.audience(&identity.desk.to_string()).unwrap();
    claims.subject(&PERSON.to_string()).unwrap();
    claims.add_additional("unit", "131099100201").unwrap();
    claims.add_additional("roles", vec!["village_agent"]).unwrap();
    claims.expiration(&until.to_string()).unwrap();
    pasetors::public::sign(&key, &claims, None, None).unwrap()
}

fn body(bytes: Vec<u8>) -> Body {
    Body { digest: Digest(sha2::Sha256::digest(&bytes).into()), bytes }
}

/// The county publishes a further release with another form of the item.
pub fn publish(desk: &Desk, number: u64, item: Value) {
    let item: ServiceItem = serde_json::from_value(item).unwrap();
    let open = desk.unlocked().unwrap();
    open.store.write::<_, Fault>(|w| Ok(catalogue::install(w, &release(number, item), 0)?)).unwrap();
}

/// A release with one item.
fn release(number: u64, item: ServiceItem) -> NewRelease {
    let item = body(serde_json::to_vec(&item).unwrap());
    let contents = Release {
        number,
        issued: "2026-03-01".to_owned(),
        note: String::new(),
        region: "131099".parse().unwrap(),
        items: vec![],
    };
    NewRelease {
        number,
        issued: contents.issued.clone(),
        note: String::new(),
        contents: body(serde_json::to_vec(&contents).unwrap()),
        regions: body(b"[]".to_vec()),
        calendar: body(b"{}".to_vec()),
        items: vec![(ITEM.to_owned(), "高龄老人生活补贴".to_owned(), item)],
    }
}

/// A name, an identity number, a village, an account; a slot for the identity card.
fn item() -> ServiceItem {
    serde_json::from_value(item_json()).unwrap()
}

/// The same, to be changed.
pub fn item_json() -> Value {
    let field = |name: &str, kind: &str, class: &str| json!({"part": "field", "name": name, "path": format!("/data/p/{name}"), "label": name, "kind": kind, "class": class});
    let parts = json!([
        field("applicant_name", "person_name", "personal"),
        field("applicant_id_no", "resident_id", "guarded"),
        field("hukou_region", "region", "plain"),
        field("pay_account", "bank_account", "guarded"),
    ]);
    let bind = |name: &str, more: &str| format!("<bind nodeset=\"/data/p/{name}\" type=\"string\" {more}/>");
    let binds = [
        bind("applicant_name", "required=\"true()\""),
        bind("applicant_id_no", "required=\"true()\""),
        bind("hukou_region", ""),
        bind("pay_account", ""),
    ]
    .concat();
    let xform = format!(
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head><h:title>t</h:title>\
         <model><instance><data id=\"t\"><p><applicant_name/><applicant_id_no/><hukou_region/><pay_account/></p></data></instance>\
         {binds}</model></h:head><h:body><group ref=\"/data/p\"><label>p</label><input ref=\"/data/p/applicant_name\"/>\
         <input ref=\"/data/p/applicant_id_no\"/><input ref=\"/data/p/hukou_region\"/><input ref=\"/data/p/pay_account\"/></group></h:body></h:html>"
    );
    let limit = json!({"amount": 30, "unit": "working_days"});
    let card = json!({"key": "M-ID", "name": "居民身份证", "necessity": "required", "origin": "authority", "max_files": 2});
    json!({
        "code": ITEM, "name": "高龄老人生活补贴", "aliases": ["高龄津贴"], "item_type": "05", "department": "县民政局", "topic": "养老",
        "summary": "", "village_complete": true, "visits": 0, "statutory_limit": limit, "promised_limit": limit,
        "guide": {"basis": [], "conditions": [], "steps": [], "result": "", "phone": "0316-1", "complaint_phone": "0316-2"},
        "materials": [card], "rules": [],
        "subject": {"name": "applicant_name", "id_no": "applicant_id_no", "region": "hukou_region"},
        "form": {"xform": xform, "pages": [{"name": "p", "path": "/data/p", "title": "p", "parts": parts}]},
    })
}

pub fn answers() -> Value {
    json!({
        "applicant_name": "张秀英", "applicant_id_no": "131099194003150021", "hukou_region": "131099100201",
        "pay_account": "6217000000000000004",
    })
}
