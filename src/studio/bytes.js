// Sizes of files in words.

/** A number of bytes: `12 KB`, `4.8 MB`. */
export const sizeText = bytes => (bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`)
