use jiff::civil::date;

use super::*;

fn calendar_2026() -> Calendar {
    let off = [
        ((1, 1), (1, 3)),
        ((2, 15), (2, 23)),
        ((4, 4), (4, 6)),
        ((5, 1), (5, 5)),
        ((6, 19), (6, 21)),
        ((9, 25), (9, 27)),
        ((10, 1), (10, 7)),
    ];
    let worked = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)];
    let day = |date, kind| CalendarDay { date, kind, name: String::new() };
    let mut days: Vec<_> =
        worked.map(|(month, at)| day(date(2026, month, at), DayKind::MakeupWorkday)).into();
    for ((month, from), (_, to)) in off {
        days.extend((from..=to).map(|at| day(date(2026, month, at), DayKind::Holiday)));
    }
    Calendar { published_through: 2026, days, keep_ended_days: None }
}

#[test]
fn the_vectors_of_2026() {
    let vectors = [
        ((2, 13), 1, (2, 14)),
        ((2, 13), 2, (2, 24)),
        ((2, 13), 5, (2, 27)),
        ((2, 14), 10, (3, 6)),
        ((4, 30), 1, (5, 6)),
        ((9, 18), 1, (9, 20)),
        ((9, 24), 20, (10, 29)),
        ((9, 30), 5, (10, 13)),
        ((1, 2), 1, (1, 4)),
        ((11, 20), 5, (11, 27)),
    ];
    for (from, count, to) in vectors {
        let (from, to) = (date(2026, from.0, from.1), date(2026, to.0, to.1));
        let due = calendar_2026().add_working_days(from, count);
        assert_eq!(due, DueDay { date: to, provisional: false }, "{from} + {count}");
        assert_eq!(calendar_2026().working_days_between(from, to), u32::from(count));
    }
}

#[test]
fn the_months_of_2026_have_their_working_days() {
    let calendar = calendar_2026();
    let of_month = |month| {
        date(2026, month, 1).series(1.day()).take_while(move |day| day.month() == month && day.year() == 2026)
    };
    let counts: Vec<usize> =
        (1..=12).map(|month| of_month(month).filter(|day| calendar.is_working_day(*day)).count()).collect();
    assert_eq!(counts, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]);
}

#[test]
fn beyond_the_announced_years_a_day_is_provisional() {
    let calendar = calendar_2026();
    assert!(!calendar.add_working_days(date(2026, 12, 30), 1).provisional);
    assert!(calendar.add_working_days(date(2026, 12, 30), 2).provisional);
}

#[test]
fn calendar_days_end_on_a_working_day() {
    let limit = |amount, unit| Limit { amount, unit };
    let calendar = calendar_2026();
    let end = |from, limit| calendar.limit_end(from, limit).date;
    assert_eq!(end(date(2026, 9, 24), limit(7, LimitUnit::CalendarDays)), date(2026, 10, 8));
    assert_eq!(end(date(2026, 3, 2), limit(3, LimitUnit::CalendarDays)), date(2026, 3, 5));
    assert_eq!(end(date(2026, 9, 24), limit(20, LimitUnit::WorkingDays)), date(2026, 10, 29));
    assert_eq!(end(date(2026, 2, 16), limit(0, LimitUnit::OnTheSpot)), date(2026, 2, 16));
}

#[test]
fn the_calendar_file_reads_as_published() {
    let file = r#"{"published_through": 2026, "days": [
        {"date": "2026-01-01", "kind": "holiday", "name": "元旦"}, {"date": "2026-01-04", "kind": "makeup_workday"}]}"#;
    let calendar: Calendar = serde_json::from_str(file).unwrap();
    assert!(!calendar.is_working_day(date(2026, 1, 1)) && calendar.is_working_day(date(2026, 1, 4)));
}
