//! The emulated WeChat that `--demo` uses.

use crate::{
    config::Settings,
    error::{Error, Kind, Result},
    wechat::{
        client::{AppConfig, TokenOrigin},
        emulator::{Emulator, Options, SAMPLE_APPID, SAMPLE_SECRET},
    },
};

/// Starts an emulator and lets the settings use it. It stops when the answer is dropped.
pub(super) fn emulate(settings: &mut Settings) -> Result<Emulator> {
    let emulator = Emulator::start(Options::default())
        .map_err(|e| Error::new(Kind::Internal, "emulator_failed", format!("the emulated WeChat cannot start: {e}")))?;
    let app = AppConfig { appid: SAMPLE_APPID.into(), secret: SAMPLE_SECRET.into(), token: TokenOrigin::Stable };
    settings.emulate(&emulator.url(), app);
    Ok(emulator)
}
