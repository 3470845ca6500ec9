//! What responses say about faults of the machine, its files, database, bucket or settings. Messages of these name paths and
//! hosts: they are for the log.

use crate::words;
use haibao_core::error::{Domain, Error, Finding};

/// The error with a message that names nothing of the machine.
pub(crate) fn shown(error: Error) -> Error {
    if !is_inside(&error) {
        return error;
    }
    let finding = Finding::error(error.code(), words::part_failed());
    Error::of(error.kind(), finding).retry(error.retry_advice())
}

/// As [`shown`], for errors that are reported later: the rest is logged.
pub(crate) fn logged(error: &Error) -> Error {
    if is_inside(error) {
        let source = std::error::Error::source(error).map(ToString::to_string);
        tracing::warn!(code = error.code(), error = error.message(), source, "a part of the service failed");
    }
    shown(error.clone())
}

fn is_inside(error: &Error) -> bool {
    let inside = [Domain::Store, Domain::StoredFile, Domain::Disk, Domain::Settings];
    inside.into_iter().any(|domain| error.is_from(domain))
}

#[cfg(test)]
mod tests {
    use haibao_core::error::ErrorKind;

    use super::*;

    #[test]
    fn faults_of_the_machine_keep_their_code_alone() {
        let error = |domain| {
            Error::of(ErrorKind::Busy, Finding::error("store_busy", words::status(500)))
                .domain(domain)
                .hint(words::status(1))
        };
        for domain in [Domain::Store, Domain::StoredFile, Domain::Disk, Domain::Settings] {
            let shown = logged(&error(domain));
            assert_eq!((shown.code(), shown.kind()), ("store_busy", ErrorKind::Busy));
            assert!(!format!("{shown} {:?}", shown.hint_text()).contains("500"), "{shown:?}");
        }
        let kept = error(Domain::Picture);
        assert_eq!(shown(kept.clone()).message(), kept.message());
    }
}
