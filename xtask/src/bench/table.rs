//! The table of what was measured, for people: desks beside each other, a line for each thing they do.

use super::at;
use serde_json::Value;

/// One line of the table below the times: its name, and how it is read from what was measured at a desk.
type Fact = (&'static str, fn(&Value) -> String);

/// The table people read; Markdown, so that it can be kept in `docs/performance.md`.
pub fn of(told: &Value) -> String {
    let desks = at(told, "/desks").as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines = vec![machine(told), String::new()];
    let mut head = format!("| {:<36} |", "milliseconds: median / 95 %");
    let mut rule = format!("|{}|", "-".repeat(38));
    for desk in desks {
        head += &format!(" {:>26} |", format!("{} cases", at(desk, "/measured/cases")));
        rule += &format!("{}:|", "-".repeat(27));
    }
    lines.extend([format!("{head} {:>9} |", "answer"), format!("{rule}{}:|", "-".repeat(10))]);
    let rows = |desk: &Value| at(desk, "/measured/rows").as_array().cloned().unwrap_or_default();
    for (n, row) in desks.first().map(rows).unwrap_or_default().iter().enumerate() {
        let mut line = format!("| {:<36} |", at(row, "/what").as_str().unwrap_or_default());
        for desk in desks {
            let cell = rows(desk).get(n).map(times).unwrap_or_default();
            line += &format!(" {cell:>26} |");
        }
        lines.push(format!("{line} {:>9} |", bytes(at(row, "/answer_bytes"))));
    }
    let facts: [Fact; 8] = [
        ("memory: begun, nothing open", |desk| bytes(at(desk, "/measured/memory/started"))),
        ("memory: unlocked, list shown", |desk| bytes(at(desk, "/measured/memory/open"))),
        ("memory: after all of the above", |desk| bytes(at(desk, "/measured/memory/worked"))),
        ("memory: most at any time", |desk| bytes(at(desk, "/measured/memory/peak"))),
        ("database", |desk| bytes(at(desk, "/measured/database_bytes"))),
        ("filling: cases made a second", |desk| rate(at(desk, "/prepared"), "cases", "make_seconds")),
        ("filling: items sent a second", |desk| rate(at(desk, "/prepared"), "items_sent", "send_seconds")),
        ("filling: bytes sent", |desk| bytes(at(desk, "/prepared/bytes_sent"))),
    ];
    for (what, fact) in facts {
        let mut line = format!("| {what:<36} |");
        for desk in desks {
            line += &format!(" {:>26} |", fact(desk));
        }
        lines.push(format!("{line} {:>9} |", ""));
    }
    lines.extend([String::new(), format!("| {:<36} | {:>10} |", "shipped", "size")]);
    lines.push(format!("|{}|{}:|", "-".repeat(38), "-".repeat(11)));
    for size in at(told, "/sizes").as_array().into_iter().flatten() {
        lines.push(format!(
            "| {:<36} | {:>10} |",
            at(size, "/what").as_str().unwrap_or_default(),
            bytes(at(size, "/bytes"))
        ));
    }
    lines.join("\n")
}

/// What the numbers depend on.
pub fn machine(told: &Value) -> String {
    let system = at(told, "/machine/system").as_str().unwrap_or_default();
    format!("{} cores, {} GB, {system}", at(told, "/machine/cores"), at(told, "/machine/memory_gb"))
}

fn times(row: &Value) -> String {
    let ms = |key: &str| row.get(key).unwrap_or(&Value::Null).as_f64().unwrap_or_default();
    let hits = at(row, "/hits").as_u64().map(|hits| format!(" ({hits} found)")).unwrap_or_default();
    format!("{:.1} / {:.1}{hits}", ms("median_ms"), ms("p95_ms"))
}

fn rate(facts: &Value, count: &str, seconds: &str) -> String {
    let of = |key: &str| facts.get(key).unwrap_or(&Value::Null).as_f64().unwrap_or_default();
    format!("{:.0}", of(count) / of(seconds).max(0.001))
}

/// A size as people say it; nothing for nothing.
fn bytes(value: &Value) -> String {
    match value.as_f64().unwrap_or_default() {
        0.0 => String::new(),
        tiny if tiny < 1e3 => format!("{tiny} B"),
        small if small < 1e6 => format!("{:.1} KB", small / 1e3),
        large => format!("{:.1} MB", large / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;

    #[test]
    fn the_table_holds_every_measure_beside_each_other() {
        let desk = |cases: u64, median: f64| {
            json!({
                "measured": {
                    "cases": cases,
                    "rows": [{"what": "save a field", "median_ms": median, "p95_ms": 9.25, "answer_bytes": 46_000, "hits": 3}],
                    "memory": {"started": 1, "open": 27_100_000, "worked": 1, "peak": 1},
                    "database_bytes": 3_400_000,
                },
                "prepared": {"cases": cases, "make_seconds": 2.0, "items_sent": 400, "send_seconds": 0.5, "bytes_sent": 1},
            })
        };
        let told = json!({
            "machine": {"cores": 2, "memory_gb": 8, "system": "linux x86_64"},
            "desks": [desk(200, 4.04), desk(20_000, 5.0)],
            "sizes": [{"what": "daiban", "bytes": 12_300_000}],
        });
        let table = of(&told);
        let line = table.lines().find(|line| line.contains("save a field")).unwrap();
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(cells, ["", "save a field", "4.0 / 9.2 (3 found)", "5.0 / 9.2 (3 found)", "46.0 KB", ""]);
        assert!(table.contains("27.1 MB") && table.contains("12.3 MB"), "{table}");
        let wide: Vec<usize> = table.lines().filter(|line| line.contains("cases")).map(str::len).collect();
        assert!(wide.windows(2).all(|two| two[0] == two[1]), "{table}");
    }
}
