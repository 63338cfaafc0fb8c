// Changing a workbook as a county admin does in Excel: some cells get another text, everything else stays.

import { readFile } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';

/** The bytes of a workbook in which `changes` (`[sheet, cell, from, to]`) were made. */
export async function changed(workbook, changes) {
  const parts = unpacked(await readFile(workbook));
  const contents = parts.get('xl/workbook.xml').toString('utf8');
  const sheets = [...contents.matchAll(/<sheet [^>]*name="([^"]+)"/g)].map(([, name]) => name);
  for (const [sheet, cell, from, to] of changes) {
    const part = `xl/worksheets/sheet${sheets.indexOf(sheet) + 1}.xml`;
    const text = parts.get(part).toString('utf8');
    const begin = text.indexOf(`<c r="${cell}"`);
    const end = text.indexOf('</c>', begin);
    const held = text.slice(begin, end);
    if (begin < 0 || !held.includes(`<t>${from}</t>`)) throw new Error(`${cell} of ${sheet} holds ${held}`);
    parts.set(part, Buffer.from(text.slice(0, begin) + held.replace(`<t>${from}</t>`, `<t>${to}</t>`) + text.slice(end)));
  }
  return packed(parts);
}

/** The files in a ZIP by name, read by way of its directory at the end. */
function unpacked(zip) {
  const parts = new Map();
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size, name, extra, comment] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), ...[28, 30, 32].map((more) => zip.readUInt16LE(at + more))];
    const file = zip.readUInt32LE(at + 42);
    const begin = file + 30 + zip.readUInt16LE(file + 26) + zip.readUInt16LE(file + 28);
    const bytes = zip.subarray(begin, begin + size);
    parts.set(zip.toString('utf8', at + 46, at + 46 + name), method === 8 ? inflateRawSync(bytes) : bytes);
    at += 46 + name + extra + comment;
  }
  return parts;
}

/** A ZIP of these files, stored as they are. */
function packed(parts) {
  const [files, directory] = [[], []];
  let at = 0;
  for (const [path, bytes] of parts) {
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    files.push(Buffer.from('PK\x03\x04', 'latin1'), common, name, bytes);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, place, name);
    at += 30 + name.length + bytes.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.size, 8);
  end.writeUInt16LE(parts.size, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, list, end]);
}
