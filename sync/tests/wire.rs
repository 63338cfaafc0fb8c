//! What travels comes out as it went in; what was tampered with does not come out at all.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use domain::act::{Act, ActKind, Payload};
use domain::id::{ActId, CaseId, CountyId, DeskId, Digest, PersonId};
use domain::moment::{CountyTime, Moment};
use domain::role::Role;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sync::act::{ActBody, SignedAct};
use sync::chunk::{Chunk, ChunkError, MAX_ITEMS};
use sync::digest::{Digests, ScopeDigest, Share};
use sync::enrol::EnrolCode;
use sync::item::{Actor, ActorClaim, CaseMeta, Item, ItemId};
use sync::key::{BadSignature, Purpose, SecretKey};
use sync::receipt::{Ack, ReceiptBody, SignedReceipts};
use sync::refusal::{Code, Refusal};
use sync::retry;
use sync::version::Window;
use sync::wire::{self, Epoch, FREE_GROWTH, MAX_UNPACKED, SyncRequest, WireError};
use uuid::Uuid;

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

fn moment() -> Moment {
    let county = Some(CountyTime { at: 1_763_870_400_000, heard: 12 });
    Moment { device: -1, zone: 480, boot: [3; 16], monotonic: 77, county }
}

fn body() -> ActBody {
    let act = Act {
        id: ActId(id(1)),
        case: CaseId(id(2)),
        kind: ActKind::Approve,
        by: PersonId(id(3)),
        unit: "131099".parse().unwrap(),
        role: Role::Department,
        payload: Payload { reason: Some("同意".into()), ..Payload::default() },
    };
    ActBody {
        county: CountyId(id(4)),
        desk: DeskId(id(5)),
        act,
        heads: vec![Digest([8; 32])],
        moment: moment(),
    }
}

fn keys() -> (SecretKey, SecretKey, SecretKey) {
    (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]), SecretKey::from_seed(&[3; 32]))
}

#[test]
fn an_act_is_accepted_with_the_seals_of_its_person_and_desk_only() {
    let (person, desk, stranger) = keys();
    let act = SignedAct::sign(&body(), &person, &desk);
    assert_eq!(act.verify(&person.public(), &desk.public()), Ok(()));
    assert_eq!(act.body().unwrap(), body());
    assert_eq!(act.verify(&stranger.public(), &desk.public()), Err(BadSignature));
    assert_eq!(act.verify(&person.public(), &stranger.public()), Err(BadSignature));
    assert_eq!(act.verify(&desk.public(), &person.public()), Err(BadSignature), "seals do not change places");

    let mut other = body();
    other.act.kind = ActKind::Reject;
    let forged = SignedAct { bytes: wire::to_cbor(&other), ..act.clone() };
    assert_eq!(forged.verify(&person.public(), &desk.public()), Err(BadSignature));
    let colleague = SignedAct::sign(&body(), &stranger, &desk);
    let swapped = SignedAct { person: colleague.person, ..act.clone() };
    assert_eq!(swapped.verify(&stranger.public(), &desk.public()), Err(BadSignature));
    let mut unknown = act;
    unknown.person.alg = 9;
    assert_eq!(unknown.verify(&person.public(), &desk.public()), Err(BadSignature));
}

#[test]
fn a_seal_for_one_purpose_fits_no_other() {
    let (key, ..) = keys();
    let seal = key.sign(Purpose::Chunk, b"x");
    assert_eq!(key.public().verify(Purpose::Receipt, b"x", &seal), Err(BadSignature));
    assert_eq!(key.public().verify(Purpose::Chunk, b"x", &seal), Ok(()));
}

fn claim() -> ActorClaim {
    ActorClaim {
        actor: Actor([6; 16]),
        desk: DeskId(id(5)),
        person: PersonId(id(3)),
        name: "周明".into(),
        unit: "131099100201".parse().unwrap(),
    }
}

fn sealed(items: Vec<Vec<u8>>, groups: Vec<Vec<u16>>) -> Chunk {
    Chunk::seal(CountyId(id(4)), DeskId(id(5)), 7, items, vec![claim()], groups, &keys().1)
}

#[test]
fn nothing_in_a_chunk_can_be_exchanged() {
    let county = CountyId(id(4));
    let key = keys().1.public();
    let good = sealed(vec![vec![1], vec![2], vec![3]], vec![vec![0, 2]]);
    assert_eq!(good.check(county, &key), Ok(()));
    assert_eq!(good.units(), [vec![0, 2], vec![1]]);
    type Spoil = fn(&mut Chunk);
    let spoils: [Spoil; 7] = [
        |chunk| chunk.counter = 8,
        |chunk| chunk.desk = DeskId(Uuid::from_bytes([9; 16])),
        |chunk| chunk.items.swap(0, 1),
        |chunk| chunk.items.truncate(2),
        |chunk| chunk.claims[0].person = PersonId(Uuid::from_bytes([9; 16])),
        |chunk| chunk.claims.clear(),
        |chunk| chunk.groups = vec![vec![0, 1]],
    ];
    for (n, spoil) in spoils.into_iter().enumerate() {
        let mut chunk = good.clone();
        spoil(&mut chunk);
        let refused = chunk.check(county, &key).unwrap_err();
        assert!(matches!(refused, ChunkError::Signature(_) | ChunkError::BadGroups), "spoil {n}");
    }
    assert_eq!(good.check(CountyId(id(1)), &key), Err(ChunkError::Signature(BadSignature)), "another county");
}

#[test]
fn groups_and_sizes_are_checked_first() {
    let county = CountyId(id(4));
    let key = keys().1.public();
    assert_eq!(sealed(vec![vec![1]], vec![vec![1]]).check(county, &key), Err(ChunkError::BadGroups));
    assert_eq!(
        sealed(vec![vec![1], vec![2]], vec![vec![0, 1], vec![1]]).check(county, &key),
        Err(ChunkError::BadGroups)
    );
    let many = vec![vec![0]; MAX_ITEMS + 1];
    assert_eq!(sealed(many, vec![]).check(county, &key), Err(ChunkError::TooLarge));
    assert_eq!(sealed(vec![vec![0; 5 << 20]], vec![]).check(county, &key), Err(ChunkError::TooLarge));
}

#[test]
fn receipts_are_the_countys_own() {
    let (county, _, stranger) = keys();
    let acks =
        vec![(ItemId::of(b"a"), Ack::Stored { seq: 5 }), (ItemId::of(b"b"), Ack::Needs { hashes: vec![] })];
    let body =
        ReceiptBody { county: CountyId(id(4)), desk: DeskId(id(5)), epoch: Epoch([1; 16]), time: 9, acks };
    let receipts = SignedReceipts::sign(&body, &county);
    assert_eq!(receipts.open(&county.public()).unwrap(), body);
    assert!(receipts.open(&stranger.public()).is_err());
    let mut raised = body;
    raised.acks[0].1 = Ack::Stored { seq: 6 };
    assert!(SignedReceipts { bytes: wire::to_cbor(&raised), ..receipts }.open(&county.public()).is_err());
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![0u8; 64 << 20];
    let bomb = zstd::bulk::compress(&zeros, 19).unwrap();
    assert!(bomb.len() < 16 * 1024, "{}", bomb.len());
    assert_eq!(wire::unpack(&bomb).unwrap_err(), WireError::TooLarge);
    assert_eq!(wire::unpack(&vec![0; wire::MAX_BODY + 1]).unwrap_err(), WireError::TooLarge);
    let many = zstd::bulk::compress(&vec![7u8; FREE_GROWTH + 1], 3).unwrap();
    assert_eq!(wire::unpack(&many).unwrap_err(), WireError::TooLarge, "grows more than sixty-four times");
    assert_eq!(
        wire::unpack(&zstd::bulk::compress(&vec![7u8; FREE_GROWTH], 3).unwrap()).unwrap().len(),
        FREE_GROWTH
    );
    const { assert!(MAX_UNPACKED <= 16 << 20) };
}

#[test]
fn what_is_no_message_is_said_to_be_none() {
    assert_eq!(wire::decode::<Refusal>(b"<html>login</html>").unwrap_err(), WireError::Compression);
    let other = wire::encode(&"hello").unwrap();
    assert_eq!(wire::decode::<Refusal>(&other).unwrap_err(), WireError::Shape);
    let mut two = wire::to_cbor(&Refusal::new(Code::Busy));
    two.push(0);
    assert_eq!(wire::from_cbor::<Refusal>(&two).unwrap_err(), WireError::Shape);
    let deep = [vec![0x81; 10_000], vec![0]].concat();
    assert_eq!(wire::from_cbor::<Refusal>(&deep).unwrap_err(), WireError::Shape);
}

#[test]
fn a_message_of_a_newer_program_is_understood() {
    #[derive(Serialize, Deserialize)]
    struct Newer {
        code: &'static str,
        hint: u8,
    }
    let refusal: Refusal =
        wire::decode(&wire::encode(&Newer { code: "moon_phase", hint: 3 }).unwrap()).unwrap();
    assert_eq!(refusal.code, Code::Other("moon_phase".into()));
    assert_eq!(refusal.code.name(), "moon_phase");
    for code in Code::known() {
        assert_eq!(Code::from(code.name().to_owned()), code);
    }
}

fn idle() -> SyncRequest {
    SyncRequest {
        protocol: Window { min: 1, max: 1 },
        desk: DeskId(id(5)),
        epoch: Some(Epoch([1; 16])),
        cursor: 123_456,
        chunk: None,
        adopt: vec![],
        offer: vec![],
        digests: Some(Digests::default()),
        compare: None,
        want: 65_536,
        catalogue: Some(Digest([4; 32])),
        wait: false,
    }
}

#[test]
fn an_idle_exchange_is_a_few_dozen_bytes() {
    for (version, most) in [(1, 240), (2, 120)] {
        let bytes = wire::encode_for(version, &idle()).unwrap();
        assert!(bytes.len() < most, "{} bytes in version {version}", bytes.len());
        assert_eq!(wire::decode::<SyncRequest>(&bytes).unwrap(), idle());
    }
    assert_eq!(wire::encode(&idle()), wire::encode_for(1, &idle()));
    assert_eq!(wire::encode_for(9, &idle()), wire::encode_for(2, &idle()), "the newest there is");
}

#[test]
fn a_dictionary_is_named_and_an_unknown_one_is_said_to_be_unknown() {
    let mut bytes = wire::encode_for(2, &idle()).unwrap();
    let named = |bytes: &[u8]| zstd::zstd_safe::get_dict_id_from_frame(bytes).map(u32::from);
    assert_eq!((named(&bytes), named(&wire::encode(&idle()).unwrap())), (Some(1), None));
    let at = bytes.iter().position(|byte| *byte == 1).unwrap();
    bytes[at] = 77;
    assert_eq!(named(&bytes), Some(77));
    assert_eq!(wire::unpack(&bytes).unwrap_err(), WireError::UnknownDictionary);
    let frame = wire::encode_for(2, &0).unwrap();
    assert_eq!(wire::unpack(&frame.repeat(2)).unwrap(), [0, 0]);
    assert_eq!(wire::unpack(&frame.repeat(3)).unwrap_err(), WireError::Compression, "a body has two frames");
    assert_eq!(wire::unpack(&[]).unwrap_err(), WireError::Compression);
    let bomb = wire::encode_for(2, &serde_bytes::ByteBuf::from(vec![0; 4 << 20])).unwrap();
    assert!(bomb.len() < 4 * 1024, "{}", bomb.len());
    assert_eq!(wire::unpack(&bomb).unwrap_err(), WireError::TooLarge);
    let halves = wire::encode_for(2, &serde_bytes::ByteBuf::from(vec![0; FREE_GROWTH / 2])).unwrap();
    assert_eq!(wire::unpack(&halves.repeat(2)).unwrap_err(), WireError::TooLarge, "both count");
}

#[test]
fn an_enrolment_code_survives_being_typed_with_spaces() {
    let code = EnrolCode {
        v: 1,
        address: "10.0.0.2:8443".into(),
        ca: Digest([1; 32]),
        root: Digest([2; 32]),
        secret: [3; 16],
    };
    let text = code.to_string();
    assert!(text.starts_with("DB1."));
    assert_eq!(text.parse(), Ok(code.clone()));
    let typed = format!("  {} \n{} ", &text[..20], &text[20..]);
    assert_eq!(typed.parse(), Ok(code.clone()));
    assert!(text[..text.len() - 6].parse::<EnrolCode>().is_err());
    assert!("DB2.AAAA".parse::<EnrolCode>().is_err());
    assert!(!format!("{code:?}").contains("secret"), "the secret is not for logs");
}

#[test]
fn the_scope_sum_knows_what_is_in_it_and_not_in_which_order_it_came() {
    let (a, b) = (CaseId(id(1)), CaseId(id(2)));
    let heads = [Digest([1; 32]), Digest([2; 32])];
    let turned = [heads[1], heads[0]];
    let (one, two) = (Share::of(a, &heads, &[]), Share::of(b, &heads, &[[1; 16]]));
    assert_eq!(one, Share::of(a, &turned, &[]));
    let sum = ScopeDigest::default().with(one).with(two);
    assert_eq!(sum, ScopeDigest::default().with(two).with(one));
    assert_eq!(sum.without(one).without(two), ScopeDigest::default());
    assert_ne!(ScopeDigest::default().with(one), ScopeDigest::default().with(two));
}

#[test]
fn waits_grow_differ_and_end_at_five_minutes() {
    for jitter in [0, 1 << 16, u32::MAX / 2, u32::MAX] {
        let waits: Vec<_> = (1..40).map(|failures| retry::wait(failures, jitter)).collect();
        assert!(
            waits.is_sorted() && waits.iter().all(|wait| (100..=retry::LONGEST).contains(wait)),
            "{waits:?}"
        );
    }
    assert_eq!(retry::wait(1, u32::MAX), 1_000);
    assert_eq!(retry::wait(99, u32::MAX), retry::LONGEST);
    assert_ne!(retry::wait(9, 1 << 30), retry::wait(9, 1 << 31));
}

#[test]
fn versions_meet_or_somebody_updates() {
    let window = |min, max| Window { min, max };
    assert_eq!(window(1, 3).common(window(2, 5)), Some(3));
    assert_eq!(window(1, 1).common(window(2, 5)), None);
    assert_eq!(window(4, 6).common(window(2, 3)), None);
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn item() -> impl Strategy<Value = Item> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300).prop_map(ByteBuf::from);
    let case = || any::<[u8; 16]>().prop_map(|bytes| CaseId(Uuid::from_bytes(bytes)));
    let heads = || prop::collection::vec(digest(), 0..4);
    let whole = (case(), bytes(), heads(), digest(), any::<u64>(), "[A-Z]-[0-9]{2}");
    let changes = (case(), heads(), prop::collection::vec(bytes(), 0..6), heads());
    prop_oneof![
        whole.prop_map(|(case, bytes, heads, form, release, item)| Item::Document {
            case,
            meta: CaseMeta {
                item,
                release,
                village: "131099100201".parse().unwrap(),
                unit: "131099100201".parse().unwrap(),
                form,
            },
            bytes,
            heads,
            moment: moment(),
        }),
        changes.prop_map(|(case, base, changes, heads)| Item::Changes {
            case,
            base,
            changes,
            heads,
            moment: moment()
        }),
        "\\PC{0,40}".prop_map(|reason| {
            let mut body = body();
            body.act.payload.reason = Some(reason);
            Item::Act(SignedAct::sign(&body, &keys().0, &keys().1))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn items_and_requests_come_out_as_they_went_in(items in prop::collection::vec(item(), 0..8), cursor: u64, wait: bool) {
        for item in &items {
            let bytes = item.to_bytes();
            let read = Item::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&read, item);
            prop_assert_eq!(read.to_bytes(), bytes.clone());
            prop_assert!(Item::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        }
        let bytes = items.iter().map(Item::to_bytes).collect();
        let request = SyncRequest {
            protocol: Window { min: 1, max: 1 },
            desk: DeskId(id(5)),
            epoch: None,
            cursor,
            chunk: Some(sealed(bytes, vec![])),
            adopt: vec![],
            offer: items.iter().map(|item| ItemId::of(&item.to_bytes())).collect(),
            digests: None,
            compare: None,
            want: 1,
            catalogue: None,
            wait,
        };
        let read: SyncRequest = wire::decode(&wire::encode(&request).unwrap()).unwrap();
        prop_assert_eq!(read.chunk.as_ref().unwrap().check(CountyId(id(4)), &keys().1.public()), Ok(()));
        // The same in two parts, the chunk before everything else.
        let (first, then) = (1 + u16::from(wait), 1 + u16::from(cursor % 2 == 0));
        let mut parts = wire::encode_chunk(first, request.chunk.as_ref().unwrap()).unwrap();
        prop_assert!(wire::decode::<SyncRequest>(&parts).is_err(), "half a request is none");
        parts.extend(wire::encode_rest(then, &request).unwrap());
        prop_assert_eq!(&wire::decode::<SyncRequest>(&parts).unwrap(), &request);
        prop_assert_eq!(wire::decode::<wire::Hello>(&parts).unwrap().protocol, request.protocol);
        prop_assert_eq!(read, request);
    }
}
