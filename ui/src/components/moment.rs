//! When something was, the way people say it: 10:32 today, yesterday 10:32, 3 March, 2025-03-03.

use crate::browser;
use crate::text::{t, tr};

/// A moment in short, by this machine's clock.
pub fn short(at: i64) -> String {
    let [year, month, day, hour, minute] = browser::local(at);
    let [this_year, this_month, today, ..] = browser::local(browser::now());
    let time = format!("{hour:02}:{minute:02}");
    if (year, month, day) == (this_year, this_month, today) {
        return time;
    }
    let [last_year, last_month, yesterday, ..] = browser::local(browser::now() - 86_400_000);
    if (year, month, day) == (last_year, last_month, yesterday) {
        return format!("{} {time}", t("yesterday"));
    }
    if year == this_year {
        return format!("{} {time}", tr("month-day", &[("month", &month), ("day", &day)]));
    }
    format!("{year}-{month:02}-{day:02}")
}

/// A moment in full, for papers and the timeline.
pub fn full(at: i64) -> String {
    let [year, month, day, hour, minute] = browser::local(at);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}")
}
