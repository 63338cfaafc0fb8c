use proptest::prelude::*;
use uuid::Uuid;

use super::Status::*;
use super::*;
use crate::act::Payload;
use crate::answer::FieldPath;
use crate::id::{ActId, CaseId, PersonId};
use crate::role::Role;

fn case() -> CaseId {
    CaseId(Uuid::from_u128(1))
}

fn official(roles: &[Role]) -> Official {
    let unit = "131099100".parse().unwrap();
    Official { person: PersonId(Uuid::from_u128(7)), name: "周敏".into(), unit, roles: roles.to_vec() }
}

/// Carries everything any step could need.
fn full() -> Payload {
    let point =
        CorrectionPoint { field: Some(FieldPath::plain("phone")), slot: None, reason: "缺一位".into() };
    Payload {
        reason: Some("理由".into()),
        points: vec![point],
        gaps: vec!["M-HK".into()],
        field: Some(FieldPath::plain("phone")),
        other_case: Some(CaseId(Uuid::from_u128(2))),
        unit: Some("131099100202".parse().unwrap()),
        satisfaction: Some(1),
        ..Payload::default()
    }
}

fn act(kind: ActKind, role: Role) -> Act {
    let unit = "131099100".parse().unwrap();
    let (id, by) = (ActId(Uuid::from_u128(3)), PersonId(Uuid::from_u128(7)));
    Act { id, case: case(), kind, by, unit, role, payload: full() }
}

fn story(steps: &[(ActKind, Role)]) -> Status {
    fold(&steps.iter().cloned().map(|(kind, role)| act(kind, role)).collect::<Vec<_>>())
}

use ActKind as K;
use Role::{CountyAdmin as C, Department as D, TownshipClerk as T, VillageAgent as V};

#[test]
fn from_the_kitchen_table_to_the_archive() {
    let mut steps = vec![(K::Submit, V)];
    assert_eq!(story(&steps), Submitted);
    steps.extend([(K::RequestCorrection, T)]);
    assert_eq!(story(&steps), CorrectionRequested);
    steps.extend([(K::SubmitCorrection, V), (K::AcceptWithGaps, T), (K::Accept, T)]);
    assert_eq!(story(&steps), Accepted);
    steps.extend([(K::Investigate, T), (K::PublicNotice, T), (K::Forward, T)]);
    assert_eq!(story(&steps), Forwarded);
    steps.extend([(K::Approve, D)]);
    assert_eq!(story(&steps), Approved);
    steps.extend([(K::Deliver, V), (K::Rate, V), (K::Close, T), (K::Archive, C)]);
    assert_eq!(story(&steps), Archived);
}

#[test]
fn the_county_may_send_back_and_the_round_begins_anew() {
    let mut steps = vec![(K::Submit, V), (K::Forward, T), (K::Return, D)];
    assert_eq!(story(&steps), PreReviewReturned);
    steps.extend([
        (K::Submit, V),
        (K::Accept, T),
        (K::Forward, T),
        (K::Reject, D),
        (K::Deliver, T),
        (K::Close, D),
    ]);
    assert_eq!(story(&steps), Closed);
}

#[test]
fn who_accepts_is_not_who_decides() {
    for role in [V, T, C] {
        let refusal = check(Forwarded, &act(K::Approve, role), &official(&[role])).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::NotYourRole);
        assert!(!allowed(Forwarded, &official(&[role])).contains(&K::Approve));
    }
    assert_eq!(check(Forwarded, &act(K::Approve, D), &official(&[C, D])), Ok(Approved));
    let not_held = check(Forwarded, &act(K::Approve, D), &official(&[C])).unwrap_err();
    assert_eq!(not_held.code, RefusalCode::NotYourRole);
    assert_eq!(role_for(Forwarded, &K::Approve, &official(&[C, D])), Some(D));
}

#[test]
fn forwarding_is_possible_from_four_statuses_at_least() {
    for status in [Submitted, CorrectionSubmitted, Accepted, AcceptedWithGaps] {
        assert_eq!(check(status, &act(K::Forward, T), &official(&[T])), Ok(Forwarded));
    }
}

#[test]
fn a_pause_ends_where_it_began() {
    let until = [(K::Submit, V), (K::Accept, T), (K::Investigate, T), (K::Suspend, T)];
    assert_eq!(story(&until), Suspended);
    assert_eq!(story(&[&until[..], &[(K::Resume, T)]].concat()), UnderInvestigation);
    let county = [(K::Submit, V), (K::Forward, T), (K::Suspend, D), (K::Resume, D)];
    assert_eq!(story(&county), Forwarded);
}

#[test]
fn what_is_not_in_order_is_passed_over() {
    assert_eq!(story(&[(K::Approve, D), (K::Submit, V), (K::Submit, V), (K::Accept, V)]), Submitted);
    assert_eq!(story(&[(K::Submit, V), (K::Other("teleport".into()), T), (K::Accept, T)]), Accepted);
    let mut empty = act(K::RequestCorrection, T);
    empty.payload = Payload::default();
    assert_eq!(fold(&[act(K::Submit, V), empty]), Submitted);
}

#[test]
fn two_people_at_once_the_first_valid_wins() {
    assert_eq!(story(&[(K::Submit, V), (K::Accept, T), (K::Withdraw, V)]), Accepted);
    assert_eq!(story(&[(K::Submit, V), (K::Withdraw, V), (K::Accept, T)]), Withdrawn);
}

#[test]
fn nothing_says_sent_before_the_county_numbered_it() {
    let (submit, accept) = (act(K::Submit, V), act(K::Accept, T));
    assert_eq!(fold_here(&[], std::slice::from_ref(&submit)), Collected);
    assert_eq!(fold_here(std::slice::from_ref(&submit), &[]), Submitted);
    assert_eq!(fold_here(std::slice::from_ref(&submit), &[accept]), Accepted);
    assert_eq!(fold_here(&[], &[submit, act(K::Withdraw, V)]), Withdrawn);
    assert_eq!(fold_here(&[], &[]), Draft);
}

#[test]
fn each_missing_part_has_its_own_code() {
    type Spoil = fn(&mut Payload);
    let cases: [(K, Role, Status, Spoil, RefusalCode); 9] = [
        (K::Reject, D, Forwarded, |p| p.reason = Some("  ".into()), RefusalCode::ReasonMissing),
        (K::RequestCorrection, T, Submitted, |p| p.points.clear(), RefusalCode::PointsMissing),
        (K::RequestCorrection, T, Submitted, |p| p.points[0].field = None, RefusalCode::PointsMissing),
        (K::AcceptWithGaps, T, Submitted, |p| p.gaps.clear(), RefusalCode::GapsMissing),
        (K::Reconcile, T, Submitted, |p| p.field = None, RefusalCode::FieldMissing),
        (K::Reconcile, V, Draft, |p| p.reason = None, RefusalCode::ReasonMissing),
        (K::MarkDuplicate, T, Submitted, |p| p.other_case = Some(case()), RefusalCode::OtherCaseMissing),
        (K::Reassign, T, Submitted, |p| p.unit = None, RefusalCode::UnitMissing),
        (K::Rate, V, Delivered, |p| p.satisfaction = Some(6), RefusalCode::SatisfactionMissing),
    ];
    for (kind, role, status, spoil, code) in cases {
        let mut act = act(kind, role);
        assert!(check(status, &act, &official(&[role])).is_ok());
        spoil(&mut act.payload);
        assert_eq!(check(status, &act, &official(&[role])).unwrap_err().code, code);
    }
    let mut by_other = act(K::Submit, V);
    by_other.by = PersonId(Uuid::from_u128(8));
    assert_eq!(check(Draft, &by_other, &official(&[V])).unwrap_err().code, RefusalCode::NotYou);
    let odd = check(Draft, &act(K::Other("x".into()), V), &official(&[V])).unwrap_err();
    assert_eq!((odd.code.name(), odd.to_string().as_str()), ("unknown_kind", "unknown_kind"));
    assert_eq!(
        check(Closed, &act(K::Submit, V), &official(&[V])).unwrap_err().code,
        RefusalCode::WrongStatus
    );
}

#[test]
fn a_decided_difference_leaves_the_case_where_it_stands() {
    for (role, status) in
        [(V, Draft), (V, CorrectionRequested), (T, Submitted), (T, Accepted), (D, Forwarded)]
    {
        assert_eq!(check(status, &act(K::Reconcile, role), &official(&[role])), Ok(status));
    }
    assert!(check(Submitted, &act(K::Reconcile, V), &official(&[V])).is_err());
}

#[test]
fn who_may_write_when() {
    for status in Status::ALL {
        let writes = |role| may_write(status, &official(&[role]), true);
        assert_eq!(
            writes(V),
            matches!(status, Draft | CorrectionRequested | PreReviewReturned),
            "{status:?}"
        );
        assert!(!may_write(status, &official(&[V, T, D, C]), false), "never outside one's villages");
        assert!(!writes(C));
    }
    assert!(may_write(Submitted, &official(&[T]), true) && may_write(Accepted, &official(&[T]), true));
    assert!(!may_write(Draft, &official(&[T]), true) && !may_write(Closed, &official(&[T]), true));
}

#[test]
fn names_are_those_of_the_wire() {
    for status in Status::ALL {
        assert_eq!(Status::from_name(status.name()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.name());
    }
    assert_eq!(PreReviewReturned.label_key(), "status-pre-review-returned");
    assert_eq!(Status::from_name("teleported"), None);
}

#[test]
fn every_step_and_every_status_has_its_lines() {
    for kind in ActKind::known() {
        assert!(table().iter().any(|line| line.kind == kind), "{kind:?}");
    }
    // A step that a role may take from a status stands in one line only, else the table would contradict itself.
    for (at, one) in table().iter().enumerate() {
        for other in table().iter().skip(at + 1).filter(|other| other.kind == one.kind) {
            let same = |status: &&Status| other.from.contains(status);
            let shared = one.roles.iter().any(|role| other.roles.contains(role));
            assert!(!shared || !one.from.iter().any(|status| same(&status)), "{:?}", one.kind);
        }
    }
    let end: Vec<Status> = Status::ALL
        .into_iter()
        .filter(|status| table().iter().all(|line| !line.kind.is_step() || !line.from.contains(status)))
        .collect();
    assert_eq!(end, [Archived], "everything else leads on");
}

#[test]
fn the_page_names_every_line() {
    let page = markdown();
    assert_eq!(page.lines().count(), table().len() + 2);
    assert!(
        page.contains("| reject | department | forwarded, under_decision | rejected | reason |"),
        "{page}"
    );
    assert!(page.contains("| submit | village_agent | draft, pre_review_returned | submitted | |"), "{page}");
}

fn any_kind() -> impl Strategy<Value = ActKind> {
    prop_oneof![20 => prop::sample::select(ActKind::known().to_vec()), 1 => "[a-z]{1,8}".prop_map(ActKind::from)]
}

fn any_role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![V, T, D, C])
}

proptest! {
    #[test]
    fn folding_never_panics_and_skips_what_check_refuses(
        steps in prop::collection::vec((any_kind(), any_role(), any::<bool>()), 0..40)
    ) {
        let acts: Vec<Act> = steps.into_iter().map(|(kind, role, bare)| {
            let mut act = act(kind, role);
            if bare { act.payload = Payload::default(); }
            act
        }).collect();
        for (at, next) in acts.iter().enumerate() {
            let (before, now) = (fold(&acts[..at]), fold(&acts[..=at]));
            match check(before, next, &official(&[next.role])) {
                Err(_) => prop_assert_eq!(before, now),
                Ok(_) if next.kind == K::Resume => prop_assert_ne!(now, Suspended),
                Ok(to) => prop_assert_eq!(to, now),
            }
        }
        let _ = fold_here(&acts[..acts.len() / 2], &acts[acts.len() / 2..]);
    }

    #[test]
    fn buttons_check_and_table_agree(status in prop::sample::select(Status::ALL.to_vec()), kind in any_kind(), role in any_role()) {
        let person = official(&[role]);
        let button = allowed(status, &person).contains(&kind);
        let checked = check(status, &act(kind.clone(), role), &person);
        prop_assert_eq!(button, checked.is_ok() && kind.is_step());
        prop_assert_eq!(checked.is_ok().then_some(role), role_for(status, &kind, &person));
        if let Ok(to) = checked {
            prop_assert_eq!(after(status, &kind), to);
        }
    }

    #[test]
    fn names_of_kinds_and_fields_round_trip(kind in any_kind(), repeat in "[a-z_]{1,8}", question in "[a-z_.]{1,8}", row in any::<u128>()) {
        prop_assert_eq!(ActKind::from(String::from(kind.clone())), kind);
        for path in [FieldPath::plain(&question), FieldPath::in_row(&repeat, crate::id::RowId(Uuid::from_u128(row)), &question)] {
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }
}
