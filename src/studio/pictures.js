// Packs pictures that were chosen or dropped as a folder into one ZIP archive (APPNOTE 6.3.10), stored without compression.

const EXTENSIONS = /\.(jpe?g|png|webp|gif|bmp|heic|tiff?)$/i

// The path of a file in the folder that was chosen.
const pathOf = file => file.path_in_folder || file.webkitRelativePath || file.name

export const isPicture = file => EXTENSIONS.test(file.name) && !pathOf(file).split('/').some(step => step.startsWith('.') || step === '__MACOSX')

// The files of what was dropped, also of folders.
export const dropped = async transfer => {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean)
  if (!entries.length) return [...transfer.files]
  const files = []
  const visit = async (entry, folder) => {
    const path = folder + entry.name
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject))
      file.path_in_folder = path
      files.push(file)
      return
    }
    const reader = entry.createReader()
    // A reader returns its entries in parts, the last one empty.
    for (;;) {
      const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
      if (!part.length) return
      for (const inner of part) await visit(inner, `${path}/`)
    }
  }
  for (const entry of entries) await visit(entry, '')
  return files
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})

const crc32 = bytes => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

// Numbers of two and four bytes, little-endian.
const record = (...numbers) => {
  const bytes = new Uint8Array(numbers.reduce((sum, [length]) => sum + length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [length, number] of numbers) {
    if (length === 2) view.setUint16(at, number, true)
    else view.setUint32(at, number, true)
    at += length
  }
  return bytes
}
const two = number => [2, number]
const four = number => [4, number]

// The archive of some files. Their content stays where it is: the archive refers to it.
export const pack = async files => {
  const [parts, index] = [[], []]
  let offset = 0
  for (const file of files) {
    const name = new TextEncoder().encode(pathOf(file))
    const crc = crc32(new Uint8Array(await file.arrayBuffer()))
    // Version 2.0, names in UTF-8, stored, 1980-01-01.
    const common = [two(20), two(0x800), two(0), two(0), two(0x21), four(crc), four(file.size), four(file.size), two(name.length), two(0)]
    const head = record(four(0x04034b50), ...common)
    parts.push(head, name, file)
    index.push(record(four(0x02014b50), two(20), ...common, two(0), two(0), two(0), four(0), four(offset)), name)
    offset += head.length + name.length + file.size
    if (offset > 0xffffffff || files.length > 0xffff) throw new RangeError('too large for an archive')
  }
  const length = index.reduce((sum, part) => sum + part.length, 0)
  const end = record(four(0x06054b50), two(0), two(0), two(files.length), two(files.length), four(length), four(offset), two(0))
  return new Blob([...parts, ...index, end], { type: 'application/zip' })
}
