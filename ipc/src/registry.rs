//! The one list of everything the window can ask for.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{self, Problem};
use crate::{account, case, catalogue, courier, home, item, material, renewal, summary, sync};

/// A question that is answered with data.
pub trait Command: Serialize + DeserializeOwned {
    /// Name on the wire, snake_case; also the name of its permission.
    const NAME: &'static str;
    /// What comes back.
    type Reply: Serialize + DeserializeOwned;
}

/// A command that brings raw bytes along (a photograph, a workbook). Bytes never travel as JSON.
pub trait Upload: Serialize + DeserializeOwned {
    /// Name on the wire.
    const NAME: &'static str;
    /// What comes back.
    type Reply: Serialize + DeserializeOwned;
}

/// A command that is answered with raw bytes (a picture to show).
pub trait Download: Serialize + DeserializeOwned {
    /// Name on the wire.
    const NAME: &'static str;
}

fn parse<T: DeserializeOwned>(args: Value) -> Result<T, Problem> {
    serde_json::from_value(args).map_err(|error| Problem::new(problem::BAD_QUESTION).with("detail", error))
}

macro_rules! registry {
    (
        call { $($cname:literal $cvariant:ident : $carg:ty => $creply:ty;)* }
        upload { $($uname:literal $uvariant:ident : $uarg:ty => $ureply:ty;)* }
        download { $($dname:literal $dvariant:ident : $darg:ty;)* }
    ) => {
        $(impl Command for $carg { const NAME: &'static str = $cname; type Reply = $creply; })*
        $(impl Upload for $uarg { const NAME: &'static str = $uname; type Reply = $ureply; })*
        $(impl Download for $darg { const NAME: &'static str = $dname; })*

        /// Every command's name. The shell's permission list is made from it.
        pub const COMMANDS: &[&str] = &[$($cname,)* $($uname,)* $($dname,)*];

        /// Names of the commands that are answered with raw bytes.
        pub const DOWNLOADS: &[&str] = &[$($dname,)*];

        /// A question that arrived, understood. Dispatch matches on it, so that the compiler finds a forgotten one.
        #[derive(Debug)]
        pub enum Call {
            $(#[doc = concat!("`", $cname, "`")] $cvariant($carg),)*
            $(#[doc = concat!("`", $uname, "`")] $uvariant($uarg, Vec<u8>),)*
            $(#[doc = concat!("`", $dname, "`")] $dvariant($darg),)*
        }

        impl Call {
            /// Understands a question by name. `body` is what an upload brought, empty otherwise.
            ///
            /// # Errors
            /// `unknown_command` or `bad_question`.
            pub fn parse(name: &str, args: Value, body: Vec<u8>) -> Result<Call, Problem> {
                match name {
                    $($cname => parse(args).map(Call::$cvariant),)*
                    $($uname => parse(args).map(|args| Call::$uvariant(args, body)),)*
                    $($dname => parse(args).map(Call::$dvariant),)*
                    _ => Err(Problem::new(problem::UNKNOWN_COMMAND).with("command", name)),
                }
            }
        }
    };
}

registry! {
    call {
        "desk_state" DeskState: account::DeskState => account::DeskView;
        "enrol" Enrol: account::Enrol => account::DeskView;
        "unlock" Unlock: account::Unlock => account::DeskView;
        "password_put" PasswordPut: account::PasswordPut => account::DeskView;
        "lock" Lock: account::Lock => account::DeskView;
        "salvage" Salvage: account::Salvage => account::Salvaged;
        "settings_put" SettingsPut: account::SettingsPut => account::Settings;
        "home" Home: home::Home => home::HomeView;
        "item_search" ItemSearch: item::ItemSearch => item::ItemList;
        "item_show" ItemShow: item::ItemShow => item::ItemView;
        "case_start" CaseStart: case::CaseStart => case::CaseView;
        "case_open" CaseOpen: case::CaseOpen => case::CaseView;
        "case_fetch" CaseFetch: summary::CaseFetch => case::CaseView;
        "case_buffer" CaseBuffer: case::CaseBuffer => case::Done;
        "case_save" CaseSave: case::CaseSave => case::CaseView;
        "case_check" CaseCheck: case::CaseCheck => case::CheckView;
        "case_submit" CaseSubmit: case::CaseSubmit => case::CaseView;
        "case_list" CaseList: case::CaseList => case::CasePage;
        "case_act" CaseAct: case::CaseAct => case::CaseView;
        "case_resolve" CaseResolve: case::CaseResolve => case::CaseView;
        "case_reveal" CaseReveal: case::CaseReveal => case::Revealed;
        "case_discard" CaseDiscard: case::CaseDiscard => case::Done;
        "case_restore" CaseRestore: case::CaseRestore => case::Done;
        "case_unsaved" CaseUnsaved: case::CaseUnsaved => case::CaseView;
        "case_compare" CaseCompare: renewal::CaseCompare => renewal::Renewal;
        "case_renew" CaseRenew: renewal::CaseRenew => case::CaseView;
        "receipt" Receipt: case::Receipt => case::ReceiptView;
        "material_mark" MaterialMark: material::MaterialMark => case::CaseView;
        "material_remove" MaterialRemove: material::MaterialRemove => case::CaseView;
        "material_restore" MaterialRestore: material::MaterialRestore => case::CaseView;
        "sync_now" SyncNow: sync::SyncNow => sync::SyncView;
        "pictures_put" PicturesPut: sync::PicturesPut => sync::SyncView;
        "pictures_now" PicturesNow: sync::PicturesNow => sync::SyncView;
        "quarantine_list" QuarantineList: sync::QuarantineList => sync::QuarantineView;
        "quarantine_settle" QuarantineSettle: sync::QuarantineSettle => sync::QuarantineView;
        "watch" Watch: sync::Watch => sync::Watched;
        "catalogue_show" CatalogueShow: catalogue::CatalogueShow => catalogue::CatalogueView;
        "courier_state" CourierState: courier::CourierState => courier::CourierView;
    }
    upload {
        "material_put" MaterialPut: material::MaterialPut => case::CaseView;
        "enrol_finish" EnrolFinish: account::EnrolFinish => account::DeskView;
        "signature_put" SignaturePut: material::SignaturePut => case::CaseView;
        "catalogue_publish" CataloguePublish: catalogue::CataloguePublish => catalogue::Published;
        "courier_import" CourierImport: courier::CourierImport => courier::CourierTaken;
    }
    download {
        "enrol_by_file" EnrolByFile: account::EnrolByFile;
        "material_get" MaterialGet: material::MaterialGet;
        "courier_export" CourierExport: courier::CourierExport;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_unique_and_fit_for_permissions() {
        let mut names = COMMANDS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }

    #[test]
    fn a_question_is_understood_or_refused_with_a_code() {
        assert!(matches!(
            Call::parse("item_search", json!({"words": "gl"}), vec![]),
            Ok(Call::ItemSearch(_))
        ));
        let unknown = Call::parse("drop_tables", json!({}), vec![]).unwrap_err();
        assert_eq!(unknown.code, problem::UNKNOWN_COMMAND);
        let bad = Call::parse("item_search", json!({"words": 7}), vec![]).unwrap_err();
        assert_eq!(bad.code, problem::BAD_QUESTION);
    }
}
