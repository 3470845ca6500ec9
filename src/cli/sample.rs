//! The emulated WeChat that `--demo` uses.

use tempfile::TempDir;

use crate::{
    config::Settings,
    wechat::{
        client::{AppConfig, TokenOrigin},
        emulator::{Emulator, Options, SAMPLE_SECRET},
    },
};
use haibao_core::{
    error::{Error, Kind, Result},
    sample::SAMPLE_APPID,
};

/// An emulator, and a folder for what it answers: sample codes must not lie among real ones.
pub(super) struct Sample {
    _emulator: Emulator,
    _data: TempDir,
}

/// Starts an emulator and lets the settings use it. It stops, and its data is removed, when the answer is dropped.
pub(super) fn emulate(settings: &mut Settings) -> Result<Sample> {
    let emulator = Emulator::start(Options::default())
        .map_err(|e| Error::new(Kind::Internal, "emulator_failed", format!("the emulated WeChat cannot start: {e}")))?;
    let app = AppConfig { appid: SAMPLE_APPID.into(), secret: SAMPLE_SECRET.into(), token: TokenOrigin::Stable };
    settings.emulate(&emulator.url(), app);
    let data = tempfile::tempdir().map_err(|e| {
        Error::new(Kind::Internal, "emulator_failed", format!("no folder for the emulated WeChat: {e}"))
    })?;
    settings.data = data.path().display().to_string();
    Ok(Sample { _emulator: emulator, _data: data })
}
