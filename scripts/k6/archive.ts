import { gunzipSync, inflateRawSync } from 'node:zlib';

/**
 * Takes one file out of a .tar.gz or .zip that is held in memory: as much of the two formats as a release archive uses.
 * The archive's hash is checked before; what is malformed is still refused with an Error, never read past its end.
 */

/** The largest file that is unpacked; k6 has 47 MB. */
const MAX_UNPACKED_BYTES = 400 * 1024 * 1024;

/** The content of the file whose last path segment is `fileName`; throws an Error if the archive has none or is broken. */
export function extractFile(archive: Buffer, archiveName: string, fileName: string): Buffer {
  const content = archiveName.endsWith('.zip') ? fromZip(archive, fileName) : fromTarGz(archive, fileName);
  if (content === null) throw new Error(`${archiveName} holds no file ${fileName}`);
  return content;
}

const TAR_BLOCK_BYTES = 512;

/** ustar: a 512-byte header (name at 0, size in octal at 124, type at 156, prefix at 345), then the content in whole blocks. */
function fromTarGz(archive: Buffer, fileName: string): Buffer | null {
  const tar = gunzipSync(archive, { maxOutputLength: MAX_UNPACKED_BYTES });
  for (let offset = 0; offset + TAR_BLOCK_BYTES <= tar.length; ) {
    const header = tar.subarray(offset, offset + TAR_BLOCK_BYTES);
    if (header[0] === 0) return null;
    const sizeText = fieldText(header, 124, 12);
    if (!/^[0-7]+$/.test(sizeText)) throw new Error('the tar archive has a header without a size');
    const sizeBytes = Number.parseInt(sizeText, 8);
    const start = offset + TAR_BLOCK_BYTES;
    if (start + sizeBytes > tar.length) throw new Error('the tar archive ends inside a file');
    const type = fieldText(header, 156, 1);
    if ((type === '' || type === '0') && lastSegment(fieldText(header, 0, 100)) === fileName) {
      return tar.subarray(start, start + sizeBytes);
    }
    offset = start + Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
  }
  return null;
}

function fieldText(header: Buffer, start: number, length: number): string {
  const text = header.toString('latin1', start, start + length);
  const end = text.indexOf('\0');
  return (end < 0 ? text : text.slice(0, end)).trim();
}

const ZIP_END_SIGNATURE = 0x06054b50;
const ZIP_ENTRY_SIGNATURE = 0x02014b50;
const ZIP_STORED = 0;
const ZIP_DEFLATED = 8;

/** The central directory at the end of a .zip (PKWARE APPNOTE 4.3.12, 4.3.16), without zip64: files below 4 GB. */
function fromZip(zip: Buffer, fileName: string): Buffer | null {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== ZIP_END_SIGNATURE) end -= 1;
  if (end < 0) throw new Error('the zip archive has no directory at its end');
  const entries = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let entry = 0; entry < entries; entry += 1) {
    if (zip.readUInt32LE(at) !== ZIP_ENTRY_SIGNATURE) throw new Error('the directory of the zip archive is broken');
    const nameBytes = zip.readUInt16LE(at + 28);
    if (lastSegment(zip.toString('utf8', at + 46, at + 46 + nameBytes)) === fileName) return zipContent(zip, at);
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return null;
}

/** The content behind the directory entry at `at`; its local header has name and extra fields of its own lengths. */
function zipContent(zip: Buffer, at: number): Buffer {
  const method = zip.readUInt16LE(at + 10);
  const packedBytes = zip.readUInt32LE(at + 20);
  const local = zip.readUInt32LE(at + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  if (start + packedBytes > zip.length) throw new Error('the zip archive ends inside a file');
  const packed = zip.subarray(start, start + packedBytes);
  if (method === ZIP_STORED) return packed;
  if (method !== ZIP_DEFLATED) throw new Error(`the zip archive packs with method ${method}, which is not known here`);
  return inflateRawSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
