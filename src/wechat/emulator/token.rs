//! Access tokens of one app: two spaces that know nothing of each other.

use std::{collections::hash_map::RandomState, hash::BuildHasher, time::Duration};

use super::{errcode::Errcode, options::Options};

/// Forced refreshes closer together than this do nothing.
const FORCE_GAP: Duration = Duration::from_secs(30);
/// Forced refreshes of one day.
const FORCES_A_DAY: u32 = 20;
/// Characters of a token: WeChat asks its users to have room for 512.
const LENGTH: usize = 512;

/// A token and its remaining life in whole seconds, as the endpoints answer.
pub(super) type Answer = (String, u64);

/// Both spaces of one app. Times are since the Unix epoch.
#[derive(Default)]
pub(super) struct Tokens {
    ordinary: Space,
    stable: Space,
    /// Forced refreshes: the last one, its day and how many that day had.
    forced: Option<(Duration, u64, u32)>,
    /// Tokens made.
    pub(super) minted: u64,
    /// Forced refreshes done.
    pub(super) forces: u64,
}

#[derive(Default)]
struct Space {
    current: Option<Token>,
    /// Replaced ones that still work.
    earlier: Vec<Token>,
}

struct Token {
    text: String,
    /// When it stops to work.
    until: Duration,
}

impl Tokens {
    /// `/cgi-bin/token`: a new one each time; the one before works for the overlap at most.
    pub(super) fn ordinary(&mut self, now: Duration, options: &Options) -> Answer {
        self.minted += 1;
        self.ordinary.replace(now, options, options.token_overlap)
    }

    /// `/cgi-bin/stable_token`: the same one but for its last minutes, unless a refresh is forced.
    pub(super) fn stable(&mut self, force: bool, now: Duration, options: &Options) -> Result<Answer, Errcode> {
        if force && self.may_force(now)? {
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

    /// Whether a forced refresh does something now; counts it then.
    fn may_force(&mut self, now: Duration) -> Result<bool, Errcode> {
        let today = day(now);
        let count = match self.forced {
            Some((last, _, _)) if now < last + FORCE_GAP => return Ok(false),
            Some((_, day, count)) if day == today => count,
            _ => 0,
        };
        if count >= FORCES_A_DAY {
            return Err(Errcode::Quota);
        }
        self.forced = Some((now, today, count + 1));
        Ok(true)
    }

    /// Another server refreshes both spaces: what was given out before stops to work at once.
    pub(super) fn steal(&mut self, now: Duration, options: &Options) {
        for space in [&mut self.ordinary, &mut self.stable] {
            space.replace(now, options, Duration::ZERO);
        }
    }

    /// Whether a code endpoint takes this token.
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
    /// A new token; the one before works for `overlap` at most.
    fn replace(&mut self, now: Duration, options: &Options, overlap: Duration) -> Answer {
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

/// The number of a day, which ends at midnight in China (UTC+8).
pub(super) fn day(now: Duration) -> u64 {
    (now.as_secs() + 8 * 3600) / 86_400
}

/// A text that no other call and no other process gives.
fn fresh() -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // Two keys of the standard library's hasher: random in every process, different at every call.
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
    fn an_ordinary_token_lives_300_s_after_the_next_one_at_most() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (first, life) = tokens.ordinary(after(0), &options);
        assert_eq!((life, first.len()), (7200, 512));
        let (second, _) = tokens.ordinary(after(7000), &options);
        assert_ne!(first, second);
        assert_eq!(tokens.check(&first, after(7199)), Ok(()), "199 s after it was replaced");
        assert_eq!(tokens.check(&first, after(7200)), Err(Errcode::TokenInvalid), "its own end comes before 300 s");
        let (third, _) = tokens.ordinary(after(7300), &options);
        assert_eq!(tokens.check(&second, after(7599)), Ok(()));
        assert_eq!(tokens.check(&second, after(7600)), Err(Errcode::TokenInvalid), "replaced 300 s ago");
        assert_eq!(tokens.check(&third, after(7300 + 7199)), Ok(()));
        assert_eq!(tokens.check(&third, after(7300 + 7200)), Err(Errcode::TokenExpired));
        assert_eq!(tokens.check("nonsense", after(0)), Err(Errcode::TokenInvalid));
    }

    #[test]
    fn a_stable_token_stays_until_its_last_five_minutes() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (first, _) = tokens.stable(false, after(0), &options).unwrap();
        assert_eq!(tokens.stable(false, after(6899), &options), Ok((first.clone(), 301)));
        let (second, life) = tokens.stable(false, after(6900), &options).unwrap();
        assert_ne!(first, second);
        assert_eq!(life, 7200);
        assert_eq!(tokens.check(&first, after(7199)), Ok(()), "both work until the first one's end");
        assert_eq!(tokens.check(&first, after(7200)), Err(Errcode::TokenInvalid));
        assert_eq!(tokens.minted, 2);
    }

    #[test]
    fn the_two_spaces_leave_each_other_alone() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (stable, _) = tokens.stable(false, after(0), &options).unwrap();
        let (ordinary, _) = tokens.ordinary(after(1), &options);
        tokens.stable(true, after(2), &options).unwrap();
        assert_eq!(tokens.check(&ordinary, after(1000)), Ok(()));
        assert_eq!(tokens.check(&stable, after(3)), Err(Errcode::TokenInvalid), "a forced refresh kills at once");
    }

    #[test]
    fn forced_refreshes_are_30_s_apart_and_20_a_day() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (mut last, _) = tokens.stable(true, after(0), &options).unwrap();
        assert_eq!(tokens.stable(true, after(29), &options), Ok((last.clone(), 7171)), "29 s later it does nothing");
        for n in 1..20 {
            let (next, _) = tokens.stable(true, after(30 * n), &options).unwrap();
            assert_ne!(next, last, "refresh {n}");
            last = next;
        }
        assert_eq!(tokens.stable(true, after(600), &options), Err(Errcode::Quota), "the 21st");
        assert_eq!(tokens.stable(false, after(600), &options).unwrap().0, last, "normal mode goes on");
        let tomorrow = after(20 * 3600);
        assert!(tokens.stable(true, tomorrow, &options).is_ok(), "midnight in China has passed");
        assert_eq!(tokens.forces, 21);
    }

    #[test]
    fn a_stolen_token_is_invalid_at_once_and_the_thiefs_is_handed_out() {
        let (mut tokens, options) = (Tokens::default(), Options::default());
        let (mine, _) = tokens.stable(false, after(0), &options).unwrap();
        tokens.steal(after(10), &options);
        assert_eq!(tokens.check(&mine, after(10)), Err(Errcode::TokenInvalid));
        let (theirs, _) = tokens.stable(false, after(10), &options).unwrap();
        assert_eq!(tokens.check(&theirs, after(10)), Ok(()));
    }
}
