// Reads the ZIP file: stored members only, every header as litterwatch writes it.
class Broken extends Error {}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function unhex(text, length) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text) || text.length !== 2 * length) {
    throw new Broken("chữ ký không đọc được / the signature cannot be read");
  }
  return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
}

async function sha256(data) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
}

function header(view, at, fields) {
  return fields.every(([offset, size, value]) =>
    value === (size === 4 ? view.getUint32(at + offset, true) : view.getUint16(at + offset, true)));
}

const CHANGED = "gói đã bị thay đổi / the package was changed";

async function readArchive(file) {
  const end = new DataView(await file.slice(Math.max(0, file.size - 22)).arrayBuffer());
  if (end.byteLength !== 22 || end.getUint32(0, true) !== 0x06054b50) {
    throw new Broken("đây không phải là gói chứng cứ / this is not a package");
  }
  const count = end.getUint16(10, true);
  const start = end.getUint32(16, true);
  const fixed = [[4, 2, 0], [6, 2, 0], [8, 2, count], [20, 2, 0]];
  if (!header(end, 0, fixed) || start + end.getUint32(12, true) + 22 !== file.size) {
    throw new Broken(CHANGED);
  }
  const directory = new DataView(await file.slice(start, file.size - 22).arrayBuffer());
  const members = new Map();
  let [at, expected] = [0, 0];
  for (let number = 0; number < count; number += 1) {
    const member = await memberAt(file, directory, at, expected);
    if (members.has(member.name)) throw new Broken(CHANGED);
    members.set(member.name, member);
    at += 46 + member.nameLength;
    expected = member.end;
  }
  if (at !== directory.byteLength || expected !== start) throw new Broken(CHANGED);
  return members;
}

const FIXED = [20, 0x0800, 0, 0, 0x21]; // version, flags, stored, no time, the first day of ZIP

async function memberAt(file, directory, at, expected) {
  if (at + 46 > directory.byteLength) throw new Broken(CHANGED);
  const [crc, size] = [directory.getUint32(at + 16, true), directory.getUint32(at + 20, true)];
  const nameLength = directory.getUint16(at + 28, true);
  const same = [[0, 4, 0x02014b50], [4, 2, 20], ...FIXED.map((value, i) => [6 + 2 * i, 2, value]),
    [24, 4, size], [30, 2, 0], [32, 2, 0], [34, 2, 0], [36, 2, 0], [38, 4, 0], [42, 4, expected]];
  if (!header(directory, at, same) || at + 46 + nameLength > directory.byteLength) {
    throw new Broken(CHANGED);
  }
  const raw = new Uint8Array(directory.buffer, at + 46, nameLength);
  const begin = expected + 30 + nameLength;
  const local = await file.slice(expected, begin).arrayBuffer();
  const expectedLocal = [[0, 4, 0x04034b50], ...FIXED.map((value, i) => [4 + 2 * i, 2, value]),
    [14, 4, crc], [18, 4, size], [22, 4, size], [26, 2, nameLength], [28, 2, 0]];
  if (local.byteLength !== 30 + nameLength || !header(new DataView(local), 0, expectedLocal)
      || hex(new Uint8Array(local, 30)) !== hex(raw)) {
    throw new Broken(CHANGED);
  }
  const content = file.slice(begin, begin + size);
  return { name: UTF8.decode(raw), nameLength, content, size, end: begin + size,
    sha256: await sha256(await content.arrayBuffer()) };
}
