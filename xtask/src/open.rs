//! Opens the product as one of three people sees it: in a window, or in a browser where there is no display.

use crate::places::Places;
use crate::stage::{Person, Stage};
use crate::stop::Stop;
use crate::tell;
use anyhow::Result;
use std::env;
use std::process::Command;

/// Opens the desk of the person who plays `part`; comes back when it was closed, or when it was asked to end.
pub fn open(places: &Places, part: &str, offline: bool) -> Result<()> {
    // Before anything is started, so that it ends with us.
    let stop = Stop::listen()?;
    let stage = Stage::new(places, places.cache.join("demo"))?;
    let person = stage.person(part)?;
    // The first time desks must be enrolled even when they shall be without a county afterwards.
    let county = if offline && stage.is_prepared() { None } else { Some(stage.prepare()?) };
    let _county = county.filter(|_| !offline);
    if offline && stage.county_is_open() {
        tell::note("another run keeps the county open: this desk will reach it");
    }
    println!();
    for person in &stage.people {
        println!("    {:<8} {}  password: {}", person.part, person.name, person.password);
    }
    println!();
    stop.run(&mut desk(places, &stage, person))
}

/// The program that shows a person's desk.
fn desk(places: &Places, stage: &Stage, person: &Person) -> Command {
    let display = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let mut command = if display("DISPLAY") || display("WAYLAND_DISPLAY") {
        tell::note(&format!("opening the window of {}; close it or press Ctrl-C to end", person.name));
        Command::new(places.program("daiban"))
    } else {
        tell::note(&format!("no display: serving {}'s desk to a browser; Ctrl-C ends it", person.name));
        let mut command = Command::new(places.program("daiban-desk"));
        command.arg("serve");
        command
    };
    command.arg("--data").arg(stage.desk(person)).env("DAIBAN_UI_DIST", places.served_ui());
    command
}
