//! The calendar of days off and days worked instead, as the State Council announces them each autumn.

use std::collections::BTreeMap;

use domain::workday::{Calendar, CalendarDay, DayKind, LEAST_KEPT_DAYS};
use jiff::civil::Weekday;

use super::finding::Report;
use super::workbook::Table;

/// Reads and checks the calendar; days in their order.
pub(super) fn calendar(days: &Table, settings: &Table, report: &mut Report) -> Calendar {
    report.headers(days, &["date", "kind"], &["name"]);
    report.headers(settings, &["key", "value"], &["help"]);
    let mut found = BTreeMap::new();
    for row in &days.rows {
        if report.needed(days, row, "date").is_empty() {
            continue;
        }
        let (date, kind) =
            (report.day(days, row, "date"), report.word(days, row, "kind", "holiday, makeup_workday"));
        let (Some(date), Some(kind)) = (date, kind) else { continue };
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if kind == DayKind::MakeupWorkday && !weekend {
            report.warning(days.cell(row, "kind"), "calendar-makeup", &[("value", row.text("date"))]);
        }
        let day = CalendarDay { date, kind, name: row.text("name").to_owned() };
        if found.insert(date, day).is_some() {
            report.error(days.cell(row, "date"), "calendar-twice", &[("value", row.text("date"))]);
        }
    }
    let through = settings.rows.iter().find(|row| row.text("key") == "published_through");
    let through = match through {
        Some(row) => report.number(settings, row, "value").unwrap_or_default(),
        None => {
            report.error(settings.whole(), "key-missing", &[("key", "published_through")]);
            0
        }
    };
    let last = found.keys().next_back().map_or(0, |day| day.year());
    if through != 0 && last != through {
        report.warning(
            settings.whole(),
            "calendar-through",
            &[("value", &through.to_string()), ("last", &last.to_string())],
        );
    }
    let kept = settings.rows.iter().find(|row| row.text("key") == "keep_ended_days");
    let kept = kept.and_then(|row| {
        let days = report.number(settings, row, "value")?;
        if days < LEAST_KEPT_DAYS {
            let least = LEAST_KEPT_DAYS.to_string();
            report.error(settings.cell(row, "value"), "calendar-keep-ended", &[("least", &least)]);
        }
        Some(days)
    });
    Calendar { published_through: through, days: found.into_values().collect(), keep_ended_days: kept }
}
