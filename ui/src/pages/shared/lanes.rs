//! What is left to send, in the order in which it goes: how much of it, what moves now, and what waits for what.

use ipc::sync::{Lane, LaneKind, Link, SyncView};
use yew::prelude::*;

use crate::components::moment;
use crate::kit::{Glyph, Tag, Tone};
use crate::text::{size, t, tr};

/// What the list is given.
#[derive(Clone, PartialEq, Properties)]
pub struct LanesProps {
    /// How sending stands.
    pub sync: SyncView,
}

/// One line for each kind of thing that is left; nothing at all when nothing is.
#[component]
pub fn Lanes(props: &LanesProps) -> Html {
    let sync = &props.sync;
    if sync.lanes.is_empty() && sync.to_fetch.count == 0 {
        return html! {};
    }
    let first = sync.lanes.iter().position(|lane| !lane.held && lane.again_at.is_none());
    let fetch = (sync.to_fetch.count > 0).then(|| {
        let (word, glyph, tone) = match (sync.link, sync.held_back()) {
            (_, true) => (t("lane-held"), Glyph::Clock, Tone::Calm),
            (Link::Offline, _) => (t("lane-offline"), Glyph::Offline, Tone::Calm),
            _ => (t("lane-queued"), Glyph::Clock, Tone::Calm),
        };
        line(
            t("lane-fetch"),
            tr("lane-files", &[("count", &sync.to_fetch.count)]),
            sync.to_fetch.bytes,
            (word, glyph, tone),
        )
    });
    html! {
        <ul class="lanes" aria-label={t("lanes-title")}>
            { for sync.lanes.iter().enumerate().map(|(at, lane)| shown(sync, lane, first == Some(at))) }
            { for fetch }
        </ul>
    }
}

fn shown(sync: &SyncView, lane: &Lane, first: bool) -> Html {
    let count = lane.left.count;
    let (what, how_many) = match lane.what {
        LaneKind::Texts => (t("lane-texts"), tr("lane-cases", &[("count", &count)])),
        LaneKind::SmallFiles => (t("lane-small"), tr("lane-files", &[("count", &count)])),
        LaneKind::LargeFiles => (t("lane-large"), tr("lane-files", &[("count", &count)])),
    };
    let state = match (lane.again_at, sync.link) {
        _ if lane.held => (t("lane-held"), Glyph::Clock, Tone::Calm),
        (Some(at), _) => (tr("lane-again", &[("at", &moment::short(at))]), Glyph::Clock, Tone::Calm),
        (None, Link::Offline) => (t("lane-offline"), Glyph::Offline, Tone::Calm),
        (None, Link::Stuck) => (t("lane-stuck"), Glyph::Wrong, Tone::Signal),
        (None, _) if first => (t("lane-now"), Glyph::Sending, Tone::Active),
        (None, _) => (t("lane-queued"), Glyph::Clock, Tone::Calm),
    };
    line(what, how_many, lane.left.bytes, state)
}

fn line(what: String, how_many: String, bytes: u64, (word, glyph, tone): (String, Glyph, Tone)) -> Html {
    html! {
        <li>
            <span class="lane-what">{ what }</span>
            <span class="lane-left is-number">{ how_many }{ " · " }{ size(bytes) }</span>
            <Tag {word} {glyph} {tone} />
        </li>
    }
}
