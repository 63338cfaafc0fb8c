//! Becoming a desk, staying one, and being locked out.

use county::clock::DAY;
use county::enrol::CODE_LIFE;
use domain::role::Role;
use serde_json::json;
use sync::client::{self, LinkError};
use sync::enrol::RenewRequest;
use sync::version::SPOKEN;

use crate::town::{Laptop, Machine, Paper, TOWNSHIP, Town, VILLAGE, line, moment, stored};

fn code(error: LinkError) -> String {
    error.code().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_makes_one_desk_and_then_is_used_up() {
    let town = Town::begin().await;
    let made = town.code("王秀兰", VILLAGE, &[Role::VillageAgent]);
    let laptop = Laptop::enrol(&town, &made.code).await.unwrap();
    assert_eq!(laptop.reply.prefix.len(), 3);
    assert_eq!(laptop.reply.official.roles, vec![Role::VillageAgent]);
    assert_eq!(laptop.reply.county_name, "示范县");
    let again = Laptop::enrol(&town, &made.code).await.err().unwrap();
    assert_eq!(code(again), "enrol_code_used");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_on_the_way_is_given_again_to_the_same_machine_only() {
    let town = Town::begin().await;
    let made = town.code("王秀兰", VILLAGE, &[Role::VillageAgent]);
    let machine = Machine::new();
    let request = machine.request(&made.code, None);
    let first = client::enrol(&made.code, &request).await.unwrap();
    let second = client::enrol(&made.code, &request).await.unwrap();
    assert_eq!((first.desk, first.prefix), (second.desk, second.prefix));
    let mut stolen = Machine::new().request(&made.code, None);
    stolen.device_key = request.device_key;
    stolen.person_key = request.person_key;
    assert_eq!(code(client::enrol(&made.code, &stolen).await.err().unwrap()), "enrol_code_used");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_or_invented_code_opens_nothing() {
    let town = Town::begin().await;
    let made = town.code("王秀兰", VILLAGE, &[Role::VillageAgent]);
    let mut invented = made.code.clone();
    invented.secret = [9; 16];
    assert_eq!(code(Laptop::enrol(&town, &invented).await.err().unwrap()), "bad_enrol_code");
    town.later(CODE_LIFE + 1);
    assert_eq!(code(Laptop::enrol(&town, &made.code).await.err().unwrap()), "enrol_code_expired");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_another_county_does_not_trust_this_one() {
    let town = Town::begin().await;
    let mut made = town.code("王秀兰", VILLAGE, &[Role::VillageAgent]);
    made.code.ca = domain::id::Digest([1; 32]);
    let refused = Laptop::enrol(&town, &made.code).await.err().unwrap();
    assert!(matches!(refused, LinkError::UntrustedCounty), "{refused:?}");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_somebody_else_is_not_let_in() {
    let town = Town::begin().await;
    let laptop = town.agent().await;
    let foreign = Town::begin().await;
    let stranger = foreign.agent().await;
    let mut identity = stranger.identity.clone();
    identity.ca_der = laptop.identity.ca_der.clone();
    let mut request = laptop.request(None);
    request.desk = stranger.desk;
    let refused = line(&town, &identity).sync(SPOKEN.max, &request).await.err().unwrap();
    // The alert may be overtaken by the end of the connection; either way nobody is let in.
    assert!(
        matches!(refused, LinkError::Refused(_) | LinkError::NoLink | LinkError::StrangeAnswer),
        "{refused:?}"
    );
    laptop.client.sync(SPOKEN.max, &laptop.request(None)).await.unwrap();
    foreign.running.stop().await;
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_desk_is_refused_at_its_next_request() {
    let town = Town::begin().await;
    let laptop = town.agent().await;
    laptop.client.sync(SPOKEN.max, &laptop.request(None)).await.unwrap();
    let now = town.county().now();
    town.county()
        .database
        .write::<_, county::Error>(|write| Ok(county::database::desk::revoke(write, laptop.desk, now)?))
        .unwrap();
    let refused = laptop.client.sync(SPOKEN.max, &laptop.request(None)).await.err().unwrap();
    assert!(matches!(refused, LinkError::DeviceRevoked), "{refused:?}");
    let renew = RenewRequest { csr_der: laptop.machine.csr.clone(), clock: moment() };
    let refused = laptop.client.renew(&renew).await.err().unwrap();
    assert!(matches!(refused, LinkError::DeviceRevoked), "{refused:?}");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_may_renew_and_do_nothing_else() {
    let town = Town::begin().await;
    let mut laptop = town.agent().await;
    town.later(100 * DAY);
    let town = town.restart().await;
    laptop.client = line(&town, &laptop.identity);
    let refused = laptop.client.sync(SPOKEN.max, &laptop.request(None)).await.err().unwrap();
    assert!(matches!(refused, LinkError::CertificateExpired), "{refused:?}");
    let next = Machine::new();
    let renew = RenewRequest { csr_der: next.csr.clone(), clock: moment() };
    let lost = laptop.client.renew(&renew).await.unwrap();
    assert_eq!(lost.grants.len(), 1);
    assert_eq!(lost.grants[0].official.name, "王秀兰");
    // The answer got lost: the old certificate still renews.
    let reply = laptop.client.renew(&renew).await.unwrap();
    laptop.identity.cert_der = reply.client_cert_der;
    laptop.identity.key_der = next.tls;
    laptop.client = line(&town, &laptop.identity);
    laptop.client.sync(SPOKEN.max, &laptop.request(None)).await.unwrap();
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_joins_a_desk_and_reads_what_their_unit_has() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    let results = agent.push(&[paper.whole(), agent.submit(&paper)]).await;
    stored(&results[1]);
    // Somebody of another unit joins a desk that has read everything it could see.
    let mut other = town.laptop("赵敏", "131099101202", &[Role::VillageAgent]).await;
    assert!(other.pull().await.is_empty());
    let made = town.code("李建国", TOWNSHIP, &[Role::TownshipClerk]);
    let mut request = other.machine.request(&made.code, Some(other.desk));
    request.person_key = sync::key::SecretKey::from_seed(&[5; 32]).public();
    let joined = client::enrol(&made.code, &request).await.unwrap();
    assert_eq!(joined.desk, other.desk);
    assert_eq!(other.pull().await.len(), 2, "the case of the township, read from new places");
    // A machine that only claims to be that desk does not get in.
    let made = town.code("刘洋", TOWNSHIP, &[Role::TownshipClerk]);
    let thief = Machine::new().request(&made.code, Some(other.desk));
    assert_eq!(code(client::enrol(&made.code, &thief).await.err().unwrap()), "unknown_device");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_epoch_and_the_keys_stay_over_a_restart() {
    let town = Town::begin().await;
    let mut laptop = town.agent().await;
    let town = town.restart().await;
    laptop.client = line(&town, &laptop.identity);
    let reply = laptop.client.sync(SPOKEN.max, &laptop.request(None)).await.unwrap().0;
    assert_eq!(reply.epoch, laptop.epoch);
    assert!(town.audit().contains(&"desk_enrolled".to_owned()));
    assert_ne!(json!(reply.epoch.to_string()), json!("0".repeat(32)));
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_a_desk_under_the_signing_key_of_another_one() {
    let town = Town::begin().await;
    let laptop = town.agent().await;
    let made = town.code("刘洋", VILLAGE, &[Role::VillageAgent]);
    let mut request = Machine::new().request(&made.code, None);
    request.device_key = sync::key::SecretKey::from_seed(&laptop.machine.device_seed).public();
    assert_eq!(code(client::enrol(&made.code, &request).await.err().unwrap()), "unknown_device");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_claims_to_be_copied_without_end_is_stopped() {
    let town = Town::begin().await;
    let mut laptop = town.agent().await;
    let paper = Paper::begin(&laptop, "张大爷");
    laptop.push(&[paper.whole()]).await;
    let mut copies = 0;
    let stopped = loop {
        laptop.counter -= 1;
        let other = Paper::begin(&laptop, "李大娘");
        let chunk = laptop.chunk(&[other.whole()]);
        match laptop.client.sync(SPOKEN.max, &laptop.request(Some(chunk))).await {
            Ok((reply, _)) => {
                let copy = reply.instance.unwrap();
                assert_eq!(copy.grants.len(), 1, "its people may go on at once");
                copies += 1;
            }
            Err(error) => break code(error),
        }
    };
    assert_eq!((copies, stopped.as_str()), (15, "county_busy"));
    town.running.stop().await;
}
