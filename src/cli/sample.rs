//! The emulated WeChat of `--demo`.

use tempfile::TempDir;

use crate::{
    causes,
    config::Settings,
    wechat::{
        client::AppConfig,
        emulator::{Emulator, Options, SAMPLE_SECRET},
    },
    words,
};
use haibao_core::{
    error::{Error, ErrorKind, Result},
    sample::SAMPLE_APPID,
};

/// A running emulator and a temporary data folder. Codes and links of the sample app go there, never to the database or bucket
/// of the settings.
pub(super) struct Sample {
    _emulator: Emulator,
    _data: TempDir,
}

/// Starts an emulator and points the settings at it. Dropping the result stops the emulator and deletes its data.
pub(super) fn emulate(settings: &mut Settings) -> Result<Sample> {
    let emulator = Emulator::start(Options::default())
        .map_err(|e| Error::of(ErrorKind::Internal, words::emulator_failed(causes::io(&e))))?;
    let app = AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET);
    settings.emulate(&emulator.url(), app);
    let data = private_folder().map_err(|e| Error::of(ErrorKind::Internal, words::emulator_folder(causes::io(&e))))?;
    settings.data = data.path().display().to_string();
    (settings.store, settings.blobs) = ("".into(), "".into());
    if settings.links.keys.is_empty() {
        settings.links.keys.push(format!("demo:{}", random_secret()?).into());
    }
    Ok(Sample { _emulator: emulator, _data: data })
}

/// A temporary folder for this user alone, as data folders are.
fn private_folder() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// A secret for signed links, which the demo serves without any configuration.
fn random_secret() -> Result<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|e| Error::internal("the system provides no random bytes").source(e.to_string()))?;
    Ok(blake3::Hash::from(random).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::Loaded;

    #[test]
    fn a_text_check_needs_no_app_of_its_own() {
        let env = [("HAIBAO_APPS__DEFAULT__TEXT_CHECK__RISKY".to_owned(), "mask".to_owned())];
        let mut loaded = Loaded::read(None, env, []).expect("settings");
        let text = loaded.check().expect_err("there is no appid").message().to_owned();
        assert!(text.contains("`apps.default.appid` (HAIBAO_APPS__DEFAULT__APPID)"), "{text}");
        let _sample = emulate(&mut loaded.settings).expect("a sample");
        loaded.check().expect("the sample app has an appid");
        assert!(loaded.settings.apps["default"].text_check.is_some());
    }

    #[test]
    fn samples_are_kept_out_of_the_configured_stores() {
        let env = [("HAIBAO_STORE", "postgres://me@host/db"), ("HAIBAO_BLOBS", "s3://bucket")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut settings = Loaded::read(None, env, []).expect("settings").settings;
        let sample = emulate(&mut settings).expect("a sample");
        assert_eq!((settings.store.expose_secret(), settings.blobs.expose_secret()), ("", ""));
        assert_eq!(settings.data, sample._data.path().display().to_string());
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(sample._data.path()).expect("a folder").permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o700);
        }
    }
}
