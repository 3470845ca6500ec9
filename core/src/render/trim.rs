//! Makes room for drawing by evicting from the caches.

use super::Renderer;

impl Renderer {
    /// Memory of the caches, and of artwork that was evicted from them while posters are drawn with it, bytes.
    pub fn memory(&self) -> u64 {
        let cached: u64 = self.caches().iter().map(|usage| usage.bytes).sum();
        cached + self.evicted.bytes()
    }

    /// Evicts from the caches until [`Renderer::memory`] is at most `bytes`, if possible, to make room for drawing: artwork first, then
    /// paints, bands, and glyphs with the texts that use them.
    pub fn trim_caches(&self, bytes: u64) {
        let mut surplus = self.memory().saturating_sub(bytes);
        surplus = surplus.saturating_sub(self.evict_artworks(surplus));
        surplus = surplus.saturating_sub(self.context.evict_paints(surplus));
        surplus = surplus.saturating_sub(self.bands.evict(surplus));
        self.context.evict_glyphs(surplus);
    }

    /// Evicts artwork of about `bytes`. Returns how many bytes are free now.
    fn evict_artworks(&self, bytes: u64) -> u64 {
        if bytes == 0 {
            return 0;
        }
        let mut freed = 0;
        let used = self.evicted.add(|| {
            let before = self.artworks.values();
            freed = self.artworks.evict(bytes);
            before.into_iter().filter(|(key, _)| !self.artworks.contains(key)).map(|(_, artwork)| artwork).collect()
        });
        freed.saturating_sub(used)
    }
}
