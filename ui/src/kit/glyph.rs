//! Small pictures that go with a word.

use yew::prelude::*;

/// What a picture stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// The first screen.
    Home,
    /// Service items.
    Items,
    /// Cases.
    Cases,
    /// Sending and receiving.
    Sync,
    /// The catalogue.
    Catalogue,
    /// Settings.
    Settings,
    /// Locking.
    Lock,
    /// Looking for something.
    Search,
    /// Done, in order.
    Check,
    /// Something must be put right.
    Wrong,
    /// Somebody should look.
    Doubt,
    /// For information.
    Info,
    /// Adding.
    Add,
    /// Taking away.
    Remove,
    /// Taking back what was done.
    Undo,
    /// On.
    Next,
    /// Back.
    Back,
    /// A paper or file.
    Paper,
    /// A photograph.
    Photo,
    /// Signing.
    Sign,
    /// Printing.
    Print,
    /// A person.
    Person,
    /// Waiting.
    Clock,
    /// On its way.
    Sending,
    /// At the county.
    County,
    /// Saved on this machine.
    Saved,
    /// No link.
    Offline,
    /// Looking at something covered.
    Reveal,
    /// Came back.
    Returned,
    /// Two values.
    Differing,
    /// Closing.
    Close,
    /// The village house.
    Village,
    /// Calling.
    Phone,
    /// Writing.
    Write,
}

impl Glyph {
    fn class(self) -> &'static str {
        match self {
            Glyph::Home => "fa-home",
            Glyph::Items => "fa-book-open",
            Glyph::Cases => "fa-folder-open",
            Glyph::Sync => "fa-sync-alt",
            Glyph::Catalogue => "fa-layer-group",
            Glyph::Settings => "fa-cog",
            Glyph::Lock => "fa-lock",
            Glyph::Search => "fa-search",
            Glyph::Check => "fa-check-circle",
            Glyph::Wrong => "fa-exclamation-circle",
            Glyph::Doubt => "fa-exclamation-triangle",
            Glyph::Info => "fa-info-circle",
            Glyph::Add => "fa-plus",
            Glyph::Remove => "fa-trash",
            Glyph::Undo => "fa-undo",
            Glyph::Next => "fa-angle-right",
            Glyph::Back => "fa-angle-left",
            Glyph::Paper => "fa-file-alt",
            Glyph::Photo => "fa-camera",
            Glyph::Sign => "fa-pen",
            Glyph::Print => "fa-print",
            Glyph::Person => "fa-user",
            Glyph::Clock => "fa-clock",
            Glyph::Sending => "fa-paper-plane",
            Glyph::County => "fa-landmark",
            Glyph::Saved => "fa-hdd",
            Glyph::Offline => "fa-unlink",
            Glyph::Reveal => "fa-eye",
            Glyph::Returned => "fa-reply",
            Glyph::Differing => "fa-exchange-alt",
            Glyph::Close => "fa-times",
            Glyph::Village => "fa-hands-helping",
            Glyph::Phone => "fa-phone",
            Glyph::Write => "fa-edit",
        }
    }

    /// The picture; read out by nobody, the word beside it is.
    pub fn show(self) -> Html {
        html! { <i class={classes!("fas", "glyph", self.class())} aria-hidden="true" /> }
    }
}
