// Sizes of files in words.

/** A number of bytes: `12 KiB`, `4.8 MiB`, `1.25 GiB`. */
export const sizeText = bytes => {
  if (bytes < 1 << 20) return `${Math.ceil(bytes / 1024)} KiB`
  return bytes < 1 << 30 ? `${(bytes / (1 << 20)).toFixed(1)} MiB` : `${(bytes / (1 << 30)).toFixed(2)} GiB`
}
