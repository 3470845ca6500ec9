//! Access tokens of one app: `token` and `stable_token` have independent spaces.

use std::{collections::hash_map::RandomState, hash::BuildHasher, time::Duration};

use super::{errcode::Errcode, options::Options};

/// Maximum forced refreshes per day.
const MAX_FORCES_PER_DAY: u32 = 20;
/// Characters of a token: the maximum that WeChat documents.
const LENGTH: usize = 512;

/// A token and its remaining lifetime in whole seconds, as the endpoints return them.
pub(super) type Issued = (String, u64);

/// Both token spaces of one app. Times are since the Unix epoch.
#[derive(Default)]
pub(super) struct Tokens {
    ordinary: Space,
    stable: Space,
    /// Time of the last forced refresh, its day, and the number of forced refreshes on that day.
    forced: Option<(Duration, u64, u32)>,
    /// Number of tokens issued.
    pub(super) minted: u64,
    /// Number of forced refreshes that took effect.
    pub(super) forces: u64,
}

#[derive(Default)]
struct Space {
    current: Option<Token>,
    /// Replaced tokens that are still valid.
    earlier: Vec<Token>,
}

struct Token {
    text: String,
    /// Time of expiry.
    until: Duration,
}

impl Tokens {
    /// `/cgi-bin/token`: always a new token. The previous one stays valid for at most the overlap.
    pub(super) fn ordinary(&mut self, now: Duration, options: &Options) -> Issued {
        self.minted += 1;
        self.ordinary.replace(now, options, options.token_overlap)
    }

    /// `/cgi-bin/stable_token`: the same token until shortly before it expires, unless a refresh is forced.
    pub(super) fn stable(&mut self, force: bool, now: Duration, options: &Options) -> Result<Issued, Errcode> {
        if force && self.may_force(now, options.force_gap)? {
            self.minted += 1;
            self.forces += 1;
            return Ok(self.stable.replace(now, options, Duration::ZERO));
        }
        match &self.stable.current {
            Some(token) if token.until > now + options.token_overlap => {
                Ok((token.text.clone(), (token.until - now).as_secs()))
            }
            _ => {
                self.minted += 1;
                Ok(self.stable.replace(now, options, options.token_overlap))
            }
        }
    }

    /// Whether a forced refresh takes effect now, in which case it is counted.
    ///
    /// # Errors
    /// 45009 if the limit of the day is reached.
    fn may_force(&mut self, now: Duration, gap: Duration) -> Result<bool, Errcode> {
        let today = day(now);
        let count = match self.forced {
            Some((last, _, _)) if now < last + gap => return Ok(false),
            Some((_, day, count)) if day == today => count,
            _ => 0,
        };
        if count >= MAX_FORCES_PER_DAY {
            return Err(Errcode::Quota);
        }
        self.forced = Some((now, today, count + 1));
        Ok(true)
    }

    /// Simulates a refresh of both spaces by another program: all earlier tokens become invalid at once.
    pub(super) fn steal(&mut self, now: Duration, options: &Options) {
        for space in [&mut self.ordinary, &mut self.stable] {
            space.replace(now, options, Duration::ZERO);
        }
    }

    /// Checks a token for the code endpoints.
    pub(super) fn check(&self, token: &str, now: Duration) -> Result<(), Errcode> {
        let spaces = [&self.ordinary, &self.stable];
        let known = |token: &&Token, text: &str| token.text == text;
        let live = |found: &Token| if found.until > now { Ok(()) } else { Err(Errcode::TokenExpired) };
        if let Some(found) = spaces.iter().filter_map(|space| space.current.as_ref()).find(|t| known(t, token)) {
            return live(found);
        }
        let earlier = spaces.iter().flat_map(|space| &space.earlier).find(|t| known(t, token) && t.until > now);
        earlier.map(|_| ()).ok_or(Errcode::TokenInvalid)
    }
}

impl Space {
    /// Issues a new token. The previous one stays valid for at most `overlap`.
    fn replace(&mut self, now: Duration, options: &Options, overlap: Duration) -> Issued {
        let until = now + options.token_life;
        if overlap.is_zero() {
            self.earlier.clear();
            self.current = None;
        }
        self.earlier.retain(|token| token.until > now);
        self.earlier.extend(self.current.take().map(|token| Token { until: token.until.min(now + overlap), ..token }));
        let text = fresh();
        self.current = Some(Token { text: text.clone(), until });
        (text, options.token_life.as_secs())
    }
}

/// Number of the day, which ends at midnight China time (UTC+8).
pub(super) fn day(now: Duration) -> u64 {
    (now.as_secs() + 8 * 3600) / 86_400
}

/// A random text, unique across calls and processes.
fn fresh() -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // The standard library's hasher has random keys per process, which change with every instance.
    let seed = [RandomState::new().hash_one(0u8), RandomState::new().hash_one(1u8)].map(u64::to_le_bytes);
    let mut bytes = [0; LENGTH - 3];
    blake3::Hasher::new_derive_key("haibao emulator: token")
        .update(seed.as_flattened())
        .finalize_xof()
        .fill(&mut bytes);
    let signs = bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte % 64)]));
    "88_".chars().chain(signs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_735_675_200);

    fn after(seconds: u64) -> Duration {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn a_replaced_ordinary_token_is_valid_for_at_most_300_s() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (first, life) = tokens.ordinary(after(0), &options);
        assert_eq!((life, first.len()), (7200, 512));
        let (second, _) = tokens.ordinary(after(7000), &options);
        assert_ne!(first, second);
        assert_eq!(tokens.check(&first, after(7199)), Ok(()), "199 s after it was replaced");
        assert_eq!(
            tokens.check(&first, after(7200)),
            Err(Errcode::TokenInvalid),
            "it expires before the 300 s are over"
        );
        let (third, _) = tokens.ordinary(after(7300), &options);
        assert_eq!(tokens.check(&second, after(7599)), Ok(()));
        assert_eq!(tokens.check(&second, after(7600)), Err(Errcode::TokenInvalid), "replaced 300 s ago");
        assert_eq!(tokens.check(&third, after(7300 + 7199)), Ok(()));
        assert_eq!(tokens.check(&third, after(7300 + 7200)), Err(Errcode::TokenExpired));
        assert_eq!(tokens.check("nonsense", after(0)), Err(Errcode::TokenInvalid));
    }

    #[test]
    fn a_stable_token_is_kept_until_5_minutes_before_its_expiry() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (first, _) = tokens.stable(false, after(0), &options).unwrap();
        assert_eq!(tokens.stable(false, after(6899), &options), Ok((first.clone(), 301)));
        let (second, life) = tokens.stable(false, after(6900), &options).unwrap();
        assert_ne!(first, second);
        assert_eq!(life, 7200);
        assert_eq!(tokens.check(&first, after(7199)), Ok(()), "both are valid until the first one expires");
        assert_eq!(tokens.check(&first, after(7200)), Err(Errcode::TokenInvalid));
        assert_eq!(tokens.minted, 2);
    }

    #[test]
    fn the_two_spaces_are_independent() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (stable, _) = tokens.stable(false, after(0), &options).unwrap();
        let (ordinary, _) = tokens.ordinary(after(1), &options);
        tokens.stable(true, after(2), &options).unwrap();
        assert_eq!(tokens.check(&ordinary, after(1000)), Ok(()));
        assert_eq!(tokens.check(&stable, after(3)), Err(Errcode::TokenInvalid), "a forced refresh invalidates at once");
    }

    #[test]
    fn forced_refreshes_are_30_s_apart_and_20_a_day() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (mut last, _) = tokens.stable(true, after(0), &options).unwrap();
        assert_eq!(tokens.stable(true, after(29), &options), Ok((last.clone(), 7171)), "no effect after 29 s");
        for n in 1..20 {
            let (next, _) = tokens.stable(true, after(30 * n), &options).unwrap();
            assert_ne!(next, last, "refresh {n}");
            last = next;
        }
        assert_eq!(tokens.stable(true, after(600), &options), Err(Errcode::Quota), "the 21st");
        assert_eq!(tokens.stable(false, after(600), &options).unwrap().0, last, "normal mode still works");
        let tomorrow = after(20 * 3600);
        assert!(tokens.stable(true, tomorrow, &options).is_ok(), "midnight in China has passed");
        assert_eq!(tokens.forces, 21);
    }

    #[test]
    fn a_stolen_token_is_invalid_at_once_and_its_successor_is_returned() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (mine, _) = tokens.stable(false, after(0), &options).unwrap();
        tokens.steal(after(10), &options);
        assert_eq!(tokens.check(&mine, after(10)), Err(Errcode::TokenInvalid));
        let (theirs, _) = tokens.stable(false, after(10), &options).unwrap();
        assert_eq!(tokens.check(&theirs, after(10)), Ok(()));
    }
}
